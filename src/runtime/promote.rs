//! Queues runs whose time has come: every worker does, so that none of them is needed for it.

use super::events::Event;
use super::hub::Hub;
use super::link::Part;
use super::panics;
use crate::model::Timestamp;
use crate::store::{Result, StoreError};
use std::time::{Duration, Instant};

/// Runs that are due in quick succession are queued together: at most so late.
const TOGETHER: Duration = Duration::from_millis(100);
/// The wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// As many as one call queues: there may be more.
const FULL: u32 = 1000;

/// When something is due.
#[derive(Default)]
pub(crate) struct Promoter {
    due: Option<Instant>,
    last: Option<Instant>,
    under_way: bool,
    /// The last try was refused.
    failing: bool,
}

impl Promoter {
    /// A tick told when the next run is due, by the database's clock, which shows `clock`.
    pub fn learn(&mut self, next_due: Option<Timestamp>, clock: Timestamp, now: Instant) {
        let wait = next_due.map(|due| (due - clock).to_std().unwrap_or_default());
        // What lies so far ahead that no clock of ours counts it, a later tick tells again.
        self.due = wait.and_then(|wait| now.checked_add(wait));
    }

    /// When to promote; `None`: nothing is due, or it is under way.
    pub fn due(&self) -> Option<Instant> {
        let due = self.due.filter(|_| !self.under_way)?;
        Some(self.last.map_or(due, |last| due.max(last + TOGETHER)))
    }
}

impl Hub {
    /// Promotes, if something is due.
    pub(super) fn promote_if_due(&mut self, now: Instant) {
        if self.promoter.due().is_none_or(|due| due > now)
            || self.stopping.is_some()
            || self.link.is_failing(Part::Tick)
        {
            return;
        }
        (self.promoter.under_way, self.promoter.last) = (true, Some(now));
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let promoted = panics::answer(store.promote_due(None)).await;
            events.send(Event::Promoted(promoted));
        });
    }

    /// Something was promoted, or another worker was faster.
    pub(super) fn promoted(&mut self, result: Result<u32>, now: Instant) {
        self.promoter.under_way = false;
        if result.is_ok() {
            self.promoter.failing = false;
        }
        self.promoter.due = match result {
            Ok(FULL..) => Some(now),
            Ok(_) => {
                self.ticker.soon(now);
                None
            }
            Err(error) => {
                self.promotion_failed(&error, now);
                Some(now + PAUSE)
            }
        };
    }

    /// One line a change of state, here as with every other call.
    fn promotion_failed(&mut self, error: &StoreError, now: Instant) {
        if error.is_transient() {
            return self.fails(Part::Tick, error, now);
        }
        if !std::mem::replace(&mut self.promoter.failing, true) {
            tracing::warn!("cannot queue the runs whose time has come, and goes on trying: {error}");
        }
    }
}
