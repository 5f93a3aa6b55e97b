//! Paired measurements: every variant once a round, so that what disturbs the machine disturbs them alike.

use anyhow::Result;
use futures_util::future::LocalBoxFuture;
pub use hyrex::cli::bench::clock::Figures;
use hyrex::cli::bench::clock::busy_share;
use hyrex::cli::bench::statistics::Summary;

/// One way to do a thing.
pub struct Variant<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// The share of the first variant's figure that it has to reach.
    pub target: Option<f64>,
    run: Box<dyn FnMut() -> LocalBoxFuture<'a, Result<Figures>> + 'a>,
}

impl<'a> Variant<'a> {
    /// A way without a target.
    pub fn new(name: &'static str, run: impl FnMut() -> LocalBoxFuture<'a, Result<Figures>> + 'a) -> Self {
        Self { name, target: None, run: Box::new(run) }
    }

    /// The same with a target.
    pub fn target(self, share: f64) -> Self {
        Self { target: Some(share), ..self }
    }
}

/// The figures of one variant.
pub struct Series {
    /// What it is called.
    pub name: &'static str,
    /// The share of the first variant that it has to reach.
    pub target: Option<f64>,
    /// Its samples, by round.
    pub samples: Vec<Figures>,
}

impl Series {
    /// Over the samples of a metric; `None`: it cannot be had.
    pub fn summary(&self, metric: usize) -> Option<Summary> {
        Summary::of(self.of(metric))
    }

    /// The median over the rounds of this one's share of `base`, for a metric.
    pub fn share_of(&self, base: &Series, metric: usize) -> Option<f64> {
        Summary::of_shares(&self.of(metric), &base.of(metric)).map(|shares| shares.median)
    }

    fn of(&self, metric: usize) -> Vec<f64> {
        self.samples.iter().map(|figures| figures.get(metric).copied().unwrap_or(f64::NAN)).collect()
    }
}

/// Runs all variants `rounds` times in turns; also the median share of the machine that others took meanwhile.
pub async fn paired(rounds: usize, mut variants: Vec<Variant<'_>>) -> Result<(Vec<Series>, f64)> {
    let mut series: Vec<_> = variants
        .iter()
        .map(|variant| Series { name: variant.name, target: variant.target, samples: Vec::new() })
        .collect();
    let mut busy = Vec::new();
    for _ in 0..rounds.max(1) {
        for (variant, series) in variants.iter_mut().zip(&mut series) {
            busy.push(busy_share().await);
            series.samples.push((variant.run)().await?);
        }
    }
    Ok((series, Summary::of(busy).map_or(0.0, |summary| summary.median)))
}
