//! What ran in the last minutes: by queue and minute, and how long it took.

use crate::model::Timestamp;
use crate::store::HIST_BUCKETS;
use chrono::{DurationRound, TimeDelta};
use std::collections::BTreeMap;
use std::time::Duration;

/// Asks what ran in the last minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Minutes back, 1 to 60: the one under way is the last of them.
    pub minutes: u32,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What ran in the last minutes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Activity {
    /// The database's clock (or the query's `now`).
    pub now: Timestamp,
    /// By queue and minute, where something ended: in the order of queues, then of minutes.
    pub minutes: Vec<QueueMinute>,
    /// How long attempts waited and ran over all these minutes, in the order of queues.
    pub durations: Vec<QueueDurations>,
    /// How it was found.
    pub source: ActivitySource,
}

/// How an [`Activity`] was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivitySource {
    /// From the counters that workers keep: all of it, some seconds late.
    Counters,
    /// From the newest rows, in a database without counters.
    LookBack {
        /// Rows looked at.
        looked_at: u32,
        /// Whether they reach back to the first minute asked for.
        complete: bool,
    },
}

/// Attempts of one queue that ended within one minute, by how.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct QueueMinute {
    /// The queue.
    pub queue: String,
    /// The start of the minute.
    pub minute: Timestamp,
    /// SUCCESS.
    pub succeeded: u64,
    /// FAILED.
    pub failed: u64,
    /// Of the failed ones: how many lead to another attempt.
    pub retried: u64,
    /// CANCELED.
    pub canceled: u64,
    /// STOPPED.
    pub stopped: u64,
    /// LOST.
    pub lost: u64,
}

impl QueueMinute {
    /// A minute in which nothing ended yet.
    pub(crate) fn new(queue: String, minute: Timestamp) -> Self {
        Self { queue, minute, succeeded: 0, failed: 0, retried: 0, canceled: 0, stopped: 0, lost: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.retried += other.retried;
        self.canceled += other.canceled;
        self.stopped += other.stopped;
        self.lost += other.lost;
    }

    /// All that ended.
    pub fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.canceled + self.stopped + self.lost
    }
}

/// How long attempts of one queue waited, and ran.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct QueueDurations {
    /// The queue.
    pub queue: String,
    /// From queued to started.
    pub wait: Histogram,
    /// From started to ended.
    pub run: Histogram,
}

/// Attempts by duration: bucket `i` counts those of at least 2^i and less than 2^(i+1) milliseconds; the first also
/// what is less, the last also what is more (see [`Count`](crate::store::Count)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Histogram(pub [u64; HIST_BUCKETS]);

impl Histogram {
    /// The duration below which the share `p` (0 to 1) of the attempts lies, interpolated within its bucket, which is
    /// as exact as powers of two are; `None`: there are none.
    ///
    /// ```
    /// use hyrex::store::Histogram;
    /// use std::time::Duration;
    ///
    /// let mut waits = Histogram::default();
    /// assert_eq!(waits.quantile(0.5), None);
    /// waits.0[4] = 100; // of 16 to 32 ms
    /// assert_eq!(waits.quantile(0.5), Some(Duration::from_millis(24)));
    /// ```
    pub fn quantile(&self, p: f64) -> Option<Duration> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let wanted = p.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        for (bucket, count) in self.0.iter().enumerate() {
            let count = *count as f64;
            if count > 0.0 && below + count >= wanted {
                return Some(within(bucket, (wanted - below) / count));
            }
            below += count;
        }
        Some(within(HIST_BUCKETS - 1, 1.0))
    }

    /// Adds what another one counts.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = own.saturating_add(other);
        }
    }

    /// Attempts.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Counts one attempt.
    #[cfg(any(test, feature = "postgres"))]
    pub(crate) fn record(&mut self, duration: Duration) {
        let bucket = duration.as_millis().max(1).ilog2() as usize;
        self.0[bucket.min(HIST_BUCKETS - 1)] += 1;
    }

    /// As it is stored; what is missing or negative counts nothing.
    pub(crate) fn read(counts: &[i64]) -> Self {
        let mut histogram = Self::default();
        for (own, count) in histogram.0.iter_mut().zip(counts) {
            *own = u64::try_from(*count).unwrap_or(0);
        }
        histogram
    }
}

/// What the stores read: a queue's minute with its durations.
pub(crate) struct Summed {
    pub minute: QueueMinute,
    pub wait: Histogram,
    pub run: Histogram,
}

/// Puts together what was read, in any order; a queue's minute may stand there several times.
pub(crate) fn activity(now: Timestamp, rows: Vec<Summed>, source: ActivitySource) -> Activity {
    let mut minutes: BTreeMap<(String, Timestamp), QueueMinute> = BTreeMap::new();
    let mut durations: BTreeMap<String, QueueDurations> = BTreeMap::new();
    for row in rows {
        let (queue, at) = (&row.minute.queue, row.minute.minute);
        let of_queue = durations.entry(queue.clone()).or_insert_with(|| QueueDurations {
            queue: queue.clone(),
            wait: Histogram::default(),
            run: Histogram::default(),
        });
        of_queue.wait.merge(&row.wait);
        of_queue.run.merge(&row.run);
        let minute = minutes.entry((queue.clone(), at)).or_insert_with(|| QueueMinute::new(queue.clone(), at));
        minute.add(&row.minute);
    }
    let minutes = minutes.into_values().filter(|minute| minute.ended() > 0).collect();
    Activity { now, minutes, durations: durations.into_values().collect(), source }
}

/// Where the first of so many minutes begins.
pub(crate) fn first_minute(now: Timestamp, minutes: u32) -> Timestamp {
    let back = TimeDelta::minutes(i64::from(minutes.clamp(1, 60)) - 1);
    let minute = minute_of(now);
    minute.checked_sub_signed(back).unwrap_or(minute)
}

/// The minute that holds a time.
pub(crate) fn minute_of(time: Timestamp) -> Timestamp {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// The point `share` (0 to 1) of the way through a bucket.
fn within(bucket: usize, share: f64) -> Duration {
    let low = if bucket == 0 { 0.0 } else { (1_u64 << bucket) as f64 };
    let high = (2_u64 << bucket) as f64;
    Duration::from_secs_f64((low + (high - low) * share.clamp(0.0, 1.0)) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(durations: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        durations.iter().for_each(|millis| histogram.record(Duration::from_millis(*millis)));
        histogram
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn a_quantile_lies_in_the_bucket_of_its_attempt() {
        let histogram = of(&[1, 3, 5, 9, 20, 40, 100, 200, 300, 5000]);
        let millis = |p| histogram.quantile(p).unwrap().as_millis();
        assert!((16..=32).contains(&millis(0.5)), "{}", millis(0.5));
        assert!((4096..=8192).contains(&millis(0.95)), "{}", millis(0.95));
        assert!(millis(0.0) <= 2 && millis(1.0) == 8192);
    }

    #[test]
    fn quantiles_grow_with_the_share() {
        let histogram = of(&[0, 0, 7, 7, 7, 90, 1_000_000_000]);
        let all: Vec<_> = (0..=100).map(|p| histogram.quantile(f64::from(p) / 100.0).unwrap()).collect();
        assert!(all.is_sorted());
    }

    #[test]
    fn what_is_merged_is_counted_once_each() {
        let mut sum = of(&[1, 2, 3]);
        sum.merge(&of(&[3, 4]));
        assert_eq!((sum.total(), sum), (5, of(&[1, 2, 3, 3, 4])));
        assert_eq!(Histogram::read(&[2, -1]).total(), 2);
    }
}
