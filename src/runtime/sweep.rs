//! Looks after the runs of workflows: those whose time is up, and those with nodes that somebody else ended. Every worker
//! does, so that none of them is needed for it; while no run is live, nothing is asked of the database.

use super::events::Event;
use super::hub::Hub;
use super::link::Part;
use super::panics;
use crate::model::{ExecutorStatus, Timestamp};
use crate::store::{Peer, Result, StoreError, WorkflowSweep, WorkflowSwept, WorkflowsSeen};
use std::time::{Duration, Instant};

/// Runs whose time is up in quick succession are ended together: at most so late.
const TOGETHER: Duration = Duration::from_millis(100);
/// How often runs are counted anew while all workers are of ours: they leave nothing to be found.
const EVERY: Duration = Duration::from_secs(60);
/// The same while a worker of Python lives, which does not tell a run when it ends one of its nodes.
const EVERY_WITH_PYTHON: Duration = Duration::from_secs(5);
/// The wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// When a look is due.
#[derive(Default)]
pub(crate) struct Sweeper {
    /// When the next run's time is up.
    deadline: Option<Instant>,
    /// When runs are counted anew; `None`: none is live.
    recount: Option<Instant>,
    /// Whether a worker of Python lives.
    python: bool,
    last: Option<Instant>,
    under_way: bool,
    /// The last try was refused.
    failing: bool,
}

impl Sweeper {
    /// A tick told of live runs, by the database's clock, which shows `clock`.
    pub fn learn(&mut self, seen: WorkflowsSeen, clock: Timestamp, now: Instant) {
        let wait = seen.next_deadline.map(|deadline| (deadline - clock).to_std().unwrap_or_default());
        self.deadline = wait.and_then(|wait| now.checked_add(wait));
        self.recount = seen.live.then(|| self.recount.unwrap_or(now + self.every()));
    }

    /// A beat told who else is at work.
    pub fn meets(&mut self, peers: &[Peer], now: Instant) {
        self.python = peers.iter().any(|peer| peer.lease.is_none() && peer.status == ExecutorStatus::Running);
        self.recount = self.recount.map(|at| at.min(now + self.every()));
    }

    fn every(&self) -> Duration {
        if self.python { EVERY_WITH_PYTHON } else { EVERY }
    }

    /// When to look; `None`: there is nothing to look after, or a look is under way.
    pub fn due(&self) -> Option<Instant> {
        let due = self.deadline.into_iter().chain(self.recount).min().filter(|_| !self.under_way)?;
        Some(self.last.map_or(due, |last| due.max(last + TOGETHER)))
    }

    /// A look begins; whether runs are counted anew in it.
    fn begin(&mut self, now: Instant) -> bool {
        (self.under_way, self.last) = (true, Some(now));
        let recount = self.recount.is_some_and(|at| at <= now);
        if recount {
            self.recount = Some(now + self.every());
        }
        recount
    }

    /// A look is over; whether the next tick is to come soon, to tell what is due then.
    fn end(&mut self, recount: bool, result: &Result<WorkflowSwept>, now: Instant) -> bool {
        self.under_way = false;
        let again = match result {
            Ok(swept) if swept.more => now,
            Ok(_) => {
                self.deadline = None;
                return true;
            }
            Err(_) => now + PAUSE,
        };
        self.deadline = self.deadline.map(|_| again);
        if recount {
            self.recount = self.recount.map(|at| at.min(again));
        }
        false
    }
}

impl Hub {
    /// Sweeps, if something is due.
    pub(super) fn sweep_if_due(&mut self, now: Instant) {
        if self.sweeper.due().is_none_or(|due| due > now) || self.stopping.is_some() || self.link.is_failing(Part::Tick)
        {
            return;
        }
        let recount = self.sweeper.begin(now);
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let swept = panics::answer(store.workflow_sweep(WorkflowSweep { recount, now: None })).await;
            events.send(Event::Swept(recount, swept));
        });
    }

    /// A sweep is over.
    pub(super) fn swept(&mut self, recount: bool, result: Result<WorkflowSwept>, now: Instant) {
        if self.sweeper.end(recount, &result, now) {
            self.ticker.soon(now);
        }
        match result {
            Ok(swept) => {
                self.sweeper.failing = false;
                tell(swept);
            }
            Err(error) => self.sweep_failed(&error, now),
        }
    }

    /// One line a change of state, here as with every other call.
    fn sweep_failed(&mut self, error: &StoreError, now: Instant) {
        if error.is_transient() {
            return self.fails(Part::Tick, error, now);
        }
        if !std::mem::replace(&mut self.sweeper.failing, true) {
            tracing::warn!("cannot look after the runs of workflows, and goes on trying: {error}");
        }
    }
}

fn tell(swept: WorkflowSwept) {
    if swept.timed_out > 0 {
        tracing::info!(runs = swept.timed_out, "ended workflow runs whose time was up");
    }
    if swept.recounted > 0 {
        tracing::info!(runs = swept.recounted, "counted workflow runs anew: others had ended nodes of theirs");
    }
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
