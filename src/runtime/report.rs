//! What a worker did, as it tells when it ends.

use crate::model::TaskStatus;

/// What a worker did between its start and its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Of the failed ones: how many lead to another.
    pub retried: u64,
    /// Attempts that were cancelled.
    pub canceled: u64,
    /// Attempts given back to their queues: not begun, or interrupted with retries.
    pub given_back: u64,
    /// Attempts that its stop interrupted for good.
    pub stopped: u64,
    /// Attempts that had ended, or were interrupted, and whose end could not be told to the database before it left:
    /// they are found by other workers.
    pub unsettled: u64,
    /// Blocking functions that had not returned when it left.
    pub stuck: u32,
}

impl Report {
    /// An attempt was settled so.
    pub(super) fn count(&mut self, status: TaskStatus, retried: bool) {
        self.retried += u64::from(retried);
        match status {
            TaskStatus::Success => self.succeeded += 1,
            TaskStatus::Failed => self.failed += 1,
            TaskStatus::Canceled => self.canceled += 1,
            TaskStatus::Queued => self.given_back += 1,
            TaskStatus::Stopped => self.stopped += 1,
            _ => {}
        }
    }
}
