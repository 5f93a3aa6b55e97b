//! Deleting runs that ended long ago, in batches: parameters and answer of
//! [`OperateStore::prune`](super::OperateStore::prune), and which ids a batch walks through.

use super::Actor;
use crate::model::{TaskStatus, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// How far a sender's clock may be off before one of its runs is pruned late.
const SKEW: Duration = Duration::from_secs(86_400);

/// One batch of a prune. A prune walks through the table by id, `limit` rows a batch, from `after` to where the one
/// before ended; a batch costs the same whatever stands in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct PruneBatch {
    /// Made by the caller, the same for all batches of a prune: the id of its one entry in the system log.
    pub id: Uuid,
    /// Runs that ended longer ago than this.
    pub older_than: Duration,
    /// Only those whose latest attempt ended in one of these statuses, and no node of a workflow (a workflow run goes as
    /// a whole); empty: however they ended.
    pub statuses: Vec<TaskStatus>,
    /// Where the walk goes on: the `next` of the batch before.
    pub after: Option<Uuid>,
    /// Rows looked at, at most: 1 to 10,000.
    pub limit: u32,
    /// Whether to count only.
    pub dry_run: bool,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What a batch did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// Runs that were deleted; of a dry run, that would have been.
    pub runs: u32,
    /// Where the next batch starts; `None`: the walk is over.
    pub next: Option<Uuid>,
}

/// The ids that a batch looks at: those between `from` and `to`, without both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Uuid,
    pub(crate) to: Uuid,
    /// Where it goes on when all between them were looked at.
    pub(crate) then: Option<Uuid>,
}

impl PruneBatch {
    /// Runs that ended before this time are deleted.
    pub(crate) fn cutoff(&self, now: Timestamp) -> Timestamp {
        let age = chrono::Duration::from_std(self.older_than).ok();
        age.and_then(|age| now.checked_sub_signed(age)).unwrap_or_default()
    }

    /// Rows that it looks at.
    pub(crate) fn rows(&self) -> u32 {
        self.limit.clamp(1, 10_000)
    }

    /// What it walks through. A run cannot have ended before its id was made, so ids that tell of a time since the
    /// cutoff (a day for senders' clocks aside) are passed over; those that tell of none (no UUIDv7) are mostly not
    /// among them.
    pub(crate) fn window(&self, now: Timestamp) -> Window {
        let (young, future) = (id_at(self.cutoff(now) + SKEW), id_at(now + SKEW));
        let after = self.after.unwrap_or(Uuid::nil());
        match after < young {
            true => Window { from: after, to: young, then: Some(future) },
            false => Window { from: after.max(future), to: Uuid::max(), then: None },
        }
    }

    /// What is written about it.
    #[allow(dead_code)] // Without a backend nobody writes it.
    pub(crate) fn event(&self, runs: u32) -> serde_json::Value {
        let statuses: Vec<_> = self.statuses.iter().map(|status| status.as_str()).collect();
        let older = self.older_than.as_secs();
        let actor = serde_json::json!({"user": self.actor.user, "host": self.actor.host});
        serde_json::json!({"older_than_seconds": older, "statuses": statuses, "runs": runs, "actor": actor})
    }
}

impl Window {
    /// Where the next batch starts, after this one looked at `looked` rows, the last of which was `last`.
    pub(crate) fn next(&self, looked: usize, limit: u32, last: Option<Uuid>) -> Option<Uuid> {
        if looked < limit as usize { self.then } else { last }
    }
}

/// The smallest id that UUIDv7 makes at `time`.
fn id_at(time: Timestamp) -> Uuid {
    let millis = u64::try_from(time.timestamp_millis()).unwrap_or_default().min((1 << 48) - 1);
    Uuid::from_u128(u128::from(millis) << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn batch(days: u32, after: Option<Uuid>) -> PruneBatch {
        let actor = Actor { user: "ada".into(), host: "desk".into(), operator: true };
        let (id, statuses) = (Uuid::nil(), Vec::new());
        PruneBatch { id, older_than: DAY * days, statuses, after, limit: 10, dry_run: false, actor, now: None }
    }

    #[test]
    fn the_walk_passes_over_ids_made_since_the_cutoff() {
        let now = chrono::Utc::now();
        let window = batch(30, None).window(now);
        assert_eq!((window.from, window.to), (Uuid::nil(), id_at(now - 29 * DAY)));
        let rest = batch(30, window.then).window(now);
        assert_eq!((rest.from, rest.to, rest.then), (id_at(now + DAY), Uuid::max(), None));
    }

    #[test]
    fn a_batch_goes_on_where_the_one_before_ended() {
        let (now, last) = (chrono::Utc::now(), Uuid::now_v7());
        let window = batch(0, Some(last)).window(now);
        assert_eq!(window.from, last);
        assert_eq!(window.next(10, 10, Some(last)), Some(last));
        assert_eq!(window.next(9, 10, Some(last)), window.then);
    }

    #[test]
    fn an_age_that_no_calendar_holds_deletes_nothing() {
        let forever = PruneBatch { older_than: Duration::MAX, ..batch(0, None) };
        let now = chrono::Utc::now();
        assert_eq!(forever.cutoff(now), Timestamp::default());
        assert_eq!(forever.window(now).to, id_at(Timestamp::default() + SKEW));
    }
}
