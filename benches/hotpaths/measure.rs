//! Paired measurements: every variant once a round, so that what disturbs the machine disturbs them alike.

use anyhow::Result;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

/// What one sample gives: one figure a metric of the case.
pub type Figures = Vec<f64>;

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
    /// Median, lowest and highest of a metric.
    pub fn spread(&self, metric: usize) -> (f64, f64, f64) {
        let sorted = sorted(self.samples.iter().map(|figures| figures[metric]).collect());
        (median(&sorted), sorted[0], sorted[sorted.len() - 1])
    }

    /// The median over the rounds of this one's share of `base`, for a metric.
    pub fn share_of(&self, base: &Series, metric: usize) -> f64 {
        let shares = self.samples.iter().zip(&base.samples).map(|(ours, bare)| ours[metric] / bare[metric]);
        median(&sorted(shares.collect()))
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
    Ok((series, median(&sorted(busy))))
}

/// The `share` (0.0 to 1.0) quantile of `values`, which are sorted by it.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        length => values[((length as f64 * share) as usize).min(length - 1)],
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

/// The share of the processors that is in use while we do nothing: what others take. 0 where it cannot be told.
async fn busy_share() -> f64 {
    let Some((busy, total)) = cpu_time() else { return 0.0 };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let Some((busy_now, total_now)) = cpu_time() else { return 0.0 };
    (busy_now - busy) as f64 / (total_now - total).max(1) as f64
}

/// Ticks of all processors since the machine started: in use, and in all.
fn cpu_time() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = text.lines().next()?.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    let total: u64 = fields.iter().take(8).sum();
    let idle = fields.get(3)? + fields.get(4)?;
    Some((total - idle, total))
}
