//! What a worker did, by minute, queue and task: totals of each minute, sent with the beats until they are acknowledged.

use crate::model::{ClaimedRun, TaskStatus, Timestamp};
use crate::store::{Count, HIST_BUCKETS};
use chrono::{DurationRound, TimeDelta};
use std::collections::HashMap;
use std::time::Duration;

/// The totals of the last minutes.
#[derive(Default)]
pub(crate) struct Counts(HashMap<(Timestamp, String, String), Total>);

struct Total {
    count: Count,
    /// How many attempts it counts, and counted when it was last acknowledged.
    attempts: u64,
    acknowledged: u64,
    /// What was acknowledged: the whole of it, so that it can be taken off.
    written: Option<Count>,
}

/// Totals are kept for some minutes after they were acknowledged: the clock may be set back a little, and a total
/// that began anew would replace the whole.
const KEPT: TimeDelta = TimeDelta::minutes(10);

impl Counts {
    /// An attempt ended so, at `at` by the database's clock, after `ran`.
    pub fn add(&mut self, run: &ClaimedRun, status: TaskStatus, retried: bool, ran: Duration, at: Timestamp) {
        let minute = at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at);
        let key = (minute, run.queue.clone(), run.task_name.clone());
        let total = self.0.entry(key).or_insert_with_key(|(minute, queue, task)| Total::new(*minute, queue, task));
        let count = &mut total.count;
        match status {
            TaskStatus::Success => count.succeeded += 1,
            TaskStatus::Failed => count.failed += 1,
            TaskStatus::Canceled => count.canceled += 1,
            TaskStatus::Stopped => count.stopped += 1,
            _ => return,
        }
        total.attempts += 1;
        count.retried += i64::from(retried);
        let waited = run.queued.and_then(|queued| (run.started - queued).to_std().ok()).unwrap_or_default();
        record(waited, &mut count.wait_us, &mut count.wait_hist);
        record(ran, &mut count.run_us, &mut count.run_hist);
    }

    /// The totals that changed since they were acknowledged.
    pub fn unsent(&self) -> Vec<Count> {
        let changed = self.0.values().filter(|total| total.attempts != total.acknowledged);
        changed.map(|total| total.count.clone()).collect()
    }

    /// These totals are written. Old ones are let go.
    pub fn acknowledged(&mut self, counts: Vec<Count>) {
        let newest = counts.iter().map(|count| count.minute).max();
        for count in counts {
            let attempts = count.succeeded + count.failed + count.canceled + count.stopped;
            let key = (count.minute, count.queue.clone(), count.task_name.clone());
            if let Some(total) = self.0.get_mut(&key) {
                total.acknowledged = u64::try_from(attempts).unwrap_or(0);
                total.written = Some(count);
            }
        }
        let Some(oldest) = newest.map(|newest| newest - KEPT) else { return };
        self.0.retain(|(minute, ..), total| *minute > oldest || total.attempts != total.acknowledged);
    }

    /// The worker counts under a new executor from now on: what the old one has written is not its own.
    pub fn renewed(&mut self) {
        self.0.retain(|_, total| total.attempts != total.acknowledged);
        self.0.values_mut().for_each(Total::renew);
    }
}

impl Total {
    fn new(minute: Timestamp, queue: &str, task: &str) -> Self {
        let count = Count {
            minute,
            queue: queue.to_owned(),
            task_name: task.to_owned(),
            succeeded: 0,
            failed: 0,
            retried: 0,
            canceled: 0,
            stopped: 0,
            wait_us: 0,
            run_us: 0,
            wait_hist: [0; HIST_BUCKETS],
            run_hist: [0; HIST_BUCKETS],
        };
        Self { count, attempts: 0, acknowledged: 0, written: None }
    }

    /// Keeps what is not acknowledged.
    fn renew(&mut self) {
        let Some(written) = self.written.take() else { return };
        let count = &mut self.count;
        count.succeeded -= written.succeeded;
        count.failed -= written.failed;
        count.retried -= written.retried;
        count.canceled -= written.canceled;
        count.stopped -= written.stopped;
        count.wait_us -= written.wait_us;
        count.run_us -= written.run_us;
        let hists = [(&mut count.wait_hist, written.wait_hist), (&mut count.run_hist, written.run_hist)];
        for (own, written) in hists {
            own.iter_mut().zip(written).for_each(|(own, written)| *own -= written);
        }
        (self.attempts, self.acknowledged) = (self.attempts - self.acknowledged, 0);
    }
}

fn record(time: Duration, sum_us: &mut i64, hist: &mut [i32; HIST_BUCKETS]) {
    *sum_us = sum_us.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    let bucket = time.as_millis().max(1).ilog2() as usize;
    hist[bucket.min(HIST_BUCKETS - 1)] += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::test_runs::claimed_run;

    fn run() -> ClaimedRun {
        let (attempt, executor) = (crate::model::AttemptId::new(), crate::model::ExecutorId::new());
        let fence = crate::model::Fence { attempt, executor, claim: 1 };
        claimed_run(fence, "q", "t")
    }

    #[test]
    fn under_a_new_executor_only_what_was_not_written_is_counted() {
        let (mut counts, run, second) = (Counts::default(), run(), Duration::from_secs(1));
        let add = |counts: &mut Counts| counts.add(&run, TaskStatus::Success, false, second, Timestamp::default());
        (0..3).for_each(|_| add(&mut counts));
        let written = counts.unsent();
        counts.acknowledged(written);
        add(&mut counts);
        counts.renewed();
        let [left] = counts.unsent().try_into().expect("one total");
        assert_eq!((left.succeeded, left.run_us, left.run_hist.iter().sum::<i32>()), (1, 1_000_000, 1));
        add(&mut counts);
        assert_eq!(counts.unsent()[0].succeeded, 2);
    }

    #[test]
    fn durations_fall_into_buckets_by_powers_of_two() {
        let (mut sum, mut hist) = (0, [0; HIST_BUCKETS]);
        for millis in [0, 1, 2, 3, 4, 1023, 1024, 1 << 20, 1 << 30] {
            record(Duration::from_millis(millis), &mut sum, &mut hist);
        }
        assert_eq!((hist[0], hist[1], hist[2], hist[9], hist[10], hist[HIST_BUCKETS - 1]), (2, 2, 1, 1, 1, 2));
    }
}
