//! What happened, in figures: counted from what the database holds.

use super::look::Found;
use crate::cli::human::between;
use crate::model::TaskStatus;
use crate::store::{AttemptRow, RunDetail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Figures of one queue, or of all.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Runs.
    pub(crate) runs: usize,
    /// Runs that succeeded.
    pub(crate) succeeded: usize,
    /// Attempts that failed and were followed by another.
    pub(crate) retried: usize,
    /// Runs that failed for good, were lost or stopped.
    pub(crate) failed: usize,
    /// Runs that were cancelled.
    pub(crate) canceled: usize,
    /// Runs that are not over.
    pub(crate) open: usize,
    /// From queued to started.
    pub(crate) wait: Spread,
    /// From started to finished.
    pub(crate) run: Spread,
}

/// How durations spread, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Spread {
    /// The median.
    pub(crate) p50_us: u64,
    /// The 95th percentile.
    pub(crate) p95_us: u64,
    /// The 99th percentile.
    pub(crate) p99_us: u64,
    /// The longest.
    pub(crate) max_us: u64,
}

impl Spread {
    fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        // The nearest rank: the smallest value that so many percent do not exceed.
        let rank = |percent: usize| (micros.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent: usize| micros.get(rank(percent)).copied().unwrap_or_default();
        Self { p50_us: at(50), p95_us: at(95), p99_us: at(99), max_us: at(100) }
    }
}

/// The figures of all runs, and by queue.
pub(crate) fn count(found: &Found) -> (Figures, BTreeMap<String, Figures>) {
    let mut by_queue: BTreeMap<String, Vec<&RunDetail>> = BTreeMap::new();
    for run in found.runs.values() {
        by_queue.entry(run.latest.row.queue.clone()).or_default().push(run);
    }
    let all = figures(found.runs.values());
    (all, by_queue.into_iter().map(|(queue, runs)| (queue, figures(runs.into_iter()))).collect())
}

fn figures<'a>(runs: impl Iterator<Item = &'a RunDetail>) -> Figures {
    let (mut figures, mut waits, mut durations) = (Figures::default(), Vec::new(), Vec::new());
    for run in runs {
        figures.runs += 1;
        *figures.place(run.latest.row.status) += 1;
        for row in &run.attempts {
            figures.retried += usize::from(is_retried(row, run));
            waits.extend(span(row.queued, row.started));
            durations.extend(span(row.started, row.finished));
        }
    }
    Figures { wait: Spread::of(waits), run: Spread::of(durations), ..figures }
}

fn is_retried(row: &AttemptRow, run: &RunDetail) -> bool {
    row.status.is_finished() && row.id != run.latest.row.id
}

fn span(from: Option<crate::model::Timestamp>, to: Option<crate::model::Timestamp>) -> Option<u64> {
    Some(micros(between(from?, to?)))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Figures {
    fn place(&mut self, status: TaskStatus) -> &mut usize {
        match status {
            TaskStatus::Success => &mut self.succeeded,
            TaskStatus::Failed | TaskStatus::Lost | TaskStatus::Stopped => &mut self.failed,
            TaskStatus::Canceled | TaskStatus::Skipped => &mut self.canceled,
            TaskStatus::Running
            | TaskStatus::Queued
            | TaskStatus::UpForCancel
            | TaskStatus::AwaitDeps
            | TaskStatus::AwaitStartTime => &mut self.open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let spread = Spread::of((1..=200).rev().collect());
        assert_eq!(spread, Spread { p50_us: 100, p95_us: 190, p99_us: 198, max_us: 200 });
        assert_eq!(Spread::of(vec![7]), Spread { p50_us: 7, p95_us: 7, p99_us: 7, max_us: 7 });
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
