//! What is printed at the end: one line a figure, or one JSON document with everything.

use super::catalogue::{Figure, Measure, Target};
use super::machine::Machine;
use super::place::Database;
use super::statistics::Summary;
use super::work::{Sample, Settings};
use serde::Serialize;

/// Above this share of the machine in others' hands, absolute figures say little.
pub(crate) const BUSY: f64 = 0.15;

/// A benchmark, as scripts read it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) version: &'static str,
    /// Built without optimisation: figures say nothing.
    pub(crate) debug_build: bool,
    pub(crate) began: String,
    pub(crate) seconds: f64,
    pub(crate) machine: Machine,
    pub(crate) database: Database,
    pub(crate) settings: Settings,
    /// The share of the processors that was in use while the benchmark did nothing, 0.0 to 1.0.
    pub(crate) others_took: f64,
    pub(crate) busy: bool,
    pub(crate) measures: Vec<Measured>,
}

/// One measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) figures: Vec<Shown>,
}

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Over the rounds.
    pub(crate) ours: Option<Summary>,
    /// By round.
    pub(crate) samples: Vec<Option<f64>>,
    pub(crate) base: Option<Base>,
    /// Ours as a share of the base of the same round.
    pub(crate) share: Option<Summary>,
    pub(crate) target: Option<Goal>,
}

/// What a figure is held against.
#[derive(Debug, Serialize)]
pub(crate) struct Base {
    pub(crate) what: &'static str,
    #[serde(flatten)]
    pub(crate) summary: Summary,
    pub(crate) samples: Vec<Option<f64>>,
}

/// A target, and whether it is met.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    /// `share_at_least` or `at_most`.
    pub(crate) kind: &'static str,
    pub(crate) value: f64,
    /// `None`: there is no figure.
    pub(crate) met: Option<bool>,
}

impl Measured {
    /// Of the samples of each round, in the order of the figures; `store`: 0 PostgreSQL, 1 SQLite.
    pub(crate) fn new(measure: &'static Measure, rounds: &[Vec<Sample>], store: usize) -> Self {
        let figures = measure.figures.iter().enumerate();
        let figures = figures.map(|(at, figure)| {
            let samples: Vec<Sample> = rounds.iter().filter_map(|round| round.get(at).copied()).collect();
            Shown::new(figure, &samples, figure.targets[store])
        });
        Self { name: measure.name, about: measure.about, figures: figures.collect() }
    }
}

impl Shown {
    fn new(figure: &'static Figure, samples: &[Sample], target: Option<Target>) -> Self {
        let ours: Vec<f64> = samples.iter().map(|sample| sample.ours).collect();
        let bases: Vec<f64> = samples.iter().map(|sample| sample.base).collect();
        let (summary, share) = (Summary::of(ours.iter().copied()), Summary::of_shares(&ours, &bases));
        let base = Summary::of(bases.iter().copied());
        Self {
            name: figure.name,
            unit: figure.unit,
            ours: summary,
            samples: numbers(&ours),
            base: base.map(|summary| Base { what: figure.base, summary, samples: numbers(&bases) }),
            share,
            target: target.map(|target| Goal::new(target, summary, share)),
        }
    }
}

/// JSON has no NaN.
fn numbers(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|value| value.is_finite().then_some(*value)).collect()
}

impl Goal {
    fn new(target: Target, ours: Option<Summary>, share: Option<Summary>) -> Self {
        match target {
            Target::Share(value) => {
                Self { kind: "share_at_least", value, met: share.map(|share| share.median >= value) }
            }
            Target::Most(value) => Self { kind: "at_most", value, met: ours.map(|ours| ours.median <= value) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::catalogue::MEASURES;

    fn measured(name: &str, rounds: &[Vec<Sample>], store: usize) -> Measured {
        let measure = MEASURES.iter().find(|measure| measure.name == name).unwrap();
        Measured::new(measure, rounds, store)
    }

    fn round(pairs: &[(f64, f64)]) -> Vec<Sample> {
        pairs.iter().map(|&(ours, base)| Sample { ours, base }).collect()
    }

    #[test]
    fn a_share_is_held_against_the_target_of_its_store() {
        let rounds = [round(&[(85.0, 100.0)]), round(&[(860.0, 1_000.0)]), round(&[(8.7, 10.0)])];
        let met = |store| measured("send-1", &rounds, store).figures[0].target.as_ref().unwrap().met;
        assert_eq!((met(0), met(1)), (Some(false), Some(true)), "0.86 of 0.9 and of 0.8");
    }

    #[test]
    fn what_may_be_so_high_is_held_against_the_median() {
        let rounds = [round(&[(3.0, f64::NAN), (0.04, f64::NAN)]), round(&[(40.0, f64::NAN), (0.06, f64::NAN)])];
        let idle = measured("idle", &rounds, 0);
        let met: Vec<_> = idle.figures.iter().map(|figure| figure.target.as_ref().unwrap().met).collect();
        assert_eq!(met, [Some(false), Some(true)], "21.5 of 20, 0.05 of 0.05");
        assert!(idle.figures[0].base.is_none() && idle.figures[0].share.is_none());
    }

    #[test]
    fn what_could_not_be_measured_is_neither_met_nor_missed() {
        let shown = measured("queues", &[round(&[(1.0, 1.0), (f64::NAN, f64::NAN)])], 1);
        assert_eq!((shown.figures[1].ours, shown.figures[1].samples.as_slice()), (None, [None].as_slice()));
        assert_eq!(shown.figures[3].target.as_ref().unwrap().met, None);
    }
}
