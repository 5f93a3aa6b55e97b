//! Completions that the database refuses by themselves, while it takes others: tried again for a while, then given up
//! as failures, so that one of them neither holds up the rest nor is tried for ever.

use super::turns::Turns;
use crate::model::{Completion, Outcome, TaskError};
use crate::store::StoreError;
use std::time::{Duration, Instant};

/// How long one is tried as it is.
const PATIENCE: Duration = Duration::from_secs(30);
/// The wait between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// A completion that was refused alone.
pub(crate) struct RefusedCompletion {
    completion: Completion,
    since: Instant,
    /// When it is tried again; `None`: it waits for a turn, or is in one.
    again_at: Option<Instant>,
}

impl Turns {
    /// The database refused this one alone.
    pub fn refuse(&mut self, mut completion: Completion, error: &StoreError, now: Instant) {
        let before = self.refused.iter().position(|old| old.completion.fence == completion.fence);
        let since = before.map_or(now, |at| self.refused.swap_remove(at).since);
        if before.is_none() {
            tracing::error!(attempt = %completion.fence.attempt, "could not store how an attempt ended: {error}");
        }
        if matches!(error, StoreError::Bounds(_)) || now.saturating_duration_since(since) > PATIENCE {
            give_up(&mut completion, error);
        }
        self.refused.push(RefusedCompletion { completion, since, again_at: Some(now + PAUSE) });
    }

    /// Puts what is to be tried again among what waits, each for a turn of its own.
    pub fn try_refused(&mut self, now: Instant) {
        for refused in self.refused.iter_mut().filter(|refused| refused.again_at.is_some_and(|at| at <= now)) {
            refused.again_at = None;
            self.waiting.push_front(refused.completion.clone());
            self.one_by_one += 1;
        }
    }

    /// When something is to be tried again.
    pub fn next_refused(&self) -> Option<Instant> {
        self.refused.iter().filter_map(|refused| refused.again_at).min()
    }

    /// This one was answered.
    pub fn was_taken(&mut self, completion: &Completion) {
        self.refused.retain(|refused| refused.completion.fence != completion.fence);
    }
}

/// It ends as a failure that says why; what says of itself that it did not end stays as it is.
fn give_up(completion: &mut Completion, error: &StoreError) {
    completion.logs.clear();
    if matches!(completion.outcome, Outcome::Canceled | Outcome::Interrupted | Outcome::NeverBegun) {
        return;
    }
    let message = format!("how the attempt ended could not be stored: {error}");
    completion.outcome =
        Outcome::FailedForGood(TaskError { kind: "not_stored".into(), message, ..TaskError::default() });
}
