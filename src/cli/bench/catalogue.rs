//! What is measured: names, units, what each figure is held against, and the targets.

use super::error::{Result, said};
use super::rows::Stage;

/// What a figure has to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// At least this share of the base of the same round.
    Share(f64),
    /// At most this.
    Most(f64),
}

/// The kind of work that gives the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// So many senders of one process, each of which waits for its answers.
    Send(usize),
    /// One send of many.
    SendMany,
    /// A worker that gets through a backlog.
    Drain,
    /// The same beside other runs in the same table.
    Beside(Stage),
    /// The same in one of ten queues, while runs come in the others.
    Queues,
    /// How soon a worker starts what was sent: `None`, to one that is idle each time, else so many a second.
    PickUp {
        /// How many a second.
        rate: Option<u64>,
        /// Whether the sender is in the worker's process.
        inside: bool,
    },
    /// What a worker costs that has nothing to do.
    Idle,
    /// One run of a workflow.
    Workflow(Shape),
}

/// The graph of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each node waits for the one before.
    Chain,
    /// One node, then all but one at once, then the last.
    Fan,
    /// Layers, each node of which waits for all of the layer before.
    Lattice,
}

/// One figure of a measurement.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What it is called; of a measurement's figures each has another name.
    pub(crate) name: &'static str,
    /// In which unit.
    pub(crate) unit: &'static str,
    /// What the base is; empty: there is none.
    pub(crate) base: &'static str,
    /// On PostgreSQL and on SQLite.
    pub(crate) targets: [Option<Target>; 2],
}

/// One measurement.
#[derive(Debug)]
pub(crate) struct Measure {
    /// What it is called.
    pub(crate) name: &'static str,
    /// In words.
    pub(crate) about: &'static str,
    /// The work.
    pub(crate) work: Work,
    /// Its figures, in the order in which the work gives them.
    pub(crate) figures: &'static [Figure],
}

const fn figure(name: &'static str, unit: &'static str, base: &'static str, targets: [Option<Target>; 2]) -> Figure {
    Figure { name, unit, base, targets }
}

/// A rate that has to be a share of its base.
const fn rate(base: &'static str, postgres: f64, sqlite: f64) -> Figure {
    figure("rate", "runs/s", base, [Some(Target::Share(postgres)), Some(Target::Share(sqlite))])
}

/// A figure that may be so high.
const fn most(name: &'static str, unit: &'static str, base: &'static str, targets: [f64; 2]) -> Figure {
    figure(name, unit, base, [Some(Target::Most(targets[0])), Some(Target::Most(targets[1]))])
}

/// Nodes a second, that must not sink with their number: four times the nodes in at most five times the time.
const NODES: &[Figure] = &[figure("rate", "nodes/s", "a run of a quarter of the nodes", [Some(Target::Share(0.8)); 2])];

const NONE: [Option<Target>; 2] = [None, None];
const NOTIFIED: &str = "a bare claim on being told";

const fn waits(p50: [Option<Target>; 2], p99: [Option<Target>; 2]) -> [Figure; 3] {
    [figure("p50", "ms", NOTIFIED, p50), figure("p95", "ms", NOTIFIED, NONE), figure("p99", "ms", NOTIFIED, p99)]
}

const fn pick_up(rate: Option<u64>, inside: bool) -> Work {
    Work::PickUp { rate, inside }
}

const IDLE: &[Figure] =
    &waits([Some(Target::Most(0.8)), Some(Target::Most(1.5))], [Some(Target::Most(2.5)), Some(Target::Most(4.0))]);
const FAST: &[Figure] = &waits(NONE, [Some(Target::Most(3.0)), None]);
const INSIDE: &[Figure] = &waits([None, Some(Target::Most(0.2))], [None, Some(Target::Most(0.6))]);
const INSIDE_FAST: &[Figure] = &waits(NONE, [None, Some(Target::Most(1.5))]);

/// All, in the order in which they run.
pub(crate) static MEASURES: &[Measure] = &[
    Measure {
        name: "send-1",
        about: "one sender, one by one",
        work: Work::Send(1),
        figures: &[rate("bare INSERT, one client", 0.9, 0.8)],
    },
    Measure {
        name: "send-10",
        about: "ten senders at once in one process",
        work: Work::Send(10),
        figures: &[rate("bare INSERT, 16 clients (SQLite: one)", 1.5, 4.5)],
    },
    Measure {
        name: "send-100",
        about: "a hundred senders at once in one process",
        work: Work::Send(100),
        figures: &[rate("bare INSERT, 16 clients (SQLite: one)", 4.0, 14.0)],
    },
    Measure {
        name: "send-many",
        about: "20,000 in one call",
        work: Work::SendMany,
        figures: &[rate("bare binary COPY (SQLite: INSERT, 1,000 a transaction)", 0.85, 1.0)],
    },
    Measure {
        name: "drain",
        about: "one worker gets through a backlog",
        work: Work::Drain,
        figures: &[
            rate("bare claim, complete, keep the result", 0.85, 0.8),
            figure("cpu", "µs a run", "", NONE),
            most("memory", "MiB", "", [30.0, 40.0]),
        ],
    },
    Measure {
        name: "drain-finished",
        about: "the same beside many runs that are over",
        work: Work::Beside(Stage::Finished),
        figures: &[rate("the drain without them", 0.85, 0.9)],
    },
    Measure {
        name: "drain-scheduled",
        about: "the same beside many runs that are not due",
        work: Work::Beside(Stage::Scheduled),
        figures: &[rate("the drain without them", 0.85, 0.9)],
    },
    Measure {
        name: "queues",
        about: "ten queues, one with the backlog",
        work: Work::Queues,
        figures: &[
            rate("the drain of one queue", 0.85, 0.85),
            figure("p50", "ms", "", NONE),
            figure("p95", "ms", "", NONE),
            most("p99", "ms", "", [50.0, 50.0]),
        ],
    },
    Measure { name: "pickup-idle", about: "an idle worker", work: pick_up(None, false), figures: IDLE },
    Measure { name: "pickup-100", about: "100 a second", work: pick_up(Some(100), false), figures: &waits(NONE, NONE) },
    Measure { name: "pickup-1000", about: "1,000 a second", work: pick_up(Some(1_000), false), figures: FAST },
    Measure {
        name: "pickup-inside",
        about: "an idle worker that sends itself",
        work: pick_up(None, true),
        figures: INSIDE,
    },
    Measure {
        name: "pickup-inside-1000",
        about: "the same, 1,000 a second",
        work: pick_up(Some(1_000), true),
        figures: INSIDE_FAST,
    },
    Measure {
        name: "idle",
        about: "20 s of a worker without work",
        work: Work::Idle,
        figures: &[most("transactions", "in 20 s", "", [20.0, 5.0]), most("cpu", "s in 20 s", "", [0.05, 0.05])],
    },
    Measure {
        name: "workflow-chain",
        about: "1,000 nodes, one after the other",
        work: Work::Workflow(Shape::Chain),
        figures: NODES,
    },
    Measure {
        name: "workflow-fan",
        about: "998 nodes between a first and a last",
        work: Work::Workflow(Shape::Fan),
        figures: NODES,
    },
    Measure {
        name: "workflow-lattice",
        about: "8 layers of 50 nodes, each after all of the layer before",
        work: Work::Workflow(Shape::Lattice),
        figures: NODES,
    },
];

/// What all measurements of workflows have in their names.
pub(crate) const WORKFLOWS: &str = "workflow-";

/// Those that `only` names, by their whole name or else by a part of it; all where it is empty.
///
/// # Errors
/// When there is none for one of them.
pub(crate) fn chosen(only: &[String]) -> Result<Vec<&'static Measure>> {
    if let Some(part) = only.iter().find(|part| !MEASURES.iter().any(|measure| is_meant(measure.name, part))) {
        let names: Vec<_> = MEASURES.iter().map(|measure| measure.name).collect();
        return said(format!("no measurement has a name with '{part}': there are {}", names.join(", ")));
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| is_meant(name, part));
    Ok(MEASURES.iter().filter(|measure| wanted(measure.name)).collect())
}

/// `drain` is the one of this name, `drain-` all that begin so.
fn is_meant(name: &str, part: &str) -> bool {
    let whole = MEASURES.iter().any(|measure| measure.name == part);
    !part.is_empty() && if whole { name == part } else { name.contains(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<&'static str> {
        let only: Vec<_> = only.iter().map(|part| part.to_string()).collect();
        chosen(&only).unwrap().into_iter().map(|measure| measure.name).collect()
    }

    #[test]
    fn parts_of_names_choose() {
        assert_eq!(names(&[]).len(), MEASURES.len());
        assert_eq!(names(&["drain-"]), ["drain-finished", "drain-scheduled"]);
        assert_eq!(names(&[WORKFLOWS]).len(), 3);
        assert_eq!(names(&["idle", "send-m"]), ["send-many", "idle"]);
        assert_eq!(names(&["drain"]), ["drain"], "a whole name is meant alone");
        let error = chosen(&["drain".into(), "nothing".into()]).unwrap_err().to_string();
        assert!(error.contains("'nothing'") && error.contains("pickup-1000"), "{error}");
        assert!(chosen(&[String::new()]).is_err());
    }

    #[test]
    fn no_two_have_the_same_name() {
        let mut names: Vec<_> = MEASURES
            .iter()
            .flat_map(|measure| measure.figures.iter().map(move |figure| (measure.name, figure.name)))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
