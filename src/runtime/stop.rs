//! The clean stop: no new claims, a grace period, then cancellation; a second request ends it at once.

use super::attempt::{Attempt, Reason};
use super::hub::Hub;
use super::report::Report;
use crate::model::{Completion, Outcome};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After cancellation, functions that look at their token get so long to end by themselves.
const LAST_WORD: Duration = Duration::from_secs(2);
/// A database that is away is waited for so long.
const FAREWELL: Duration = Duration::from_secs(5);
/// One that is there, and slow, for so long.
const LONG_FAREWELL: Duration = Duration::from_secs(30);

/// How far the stop is.
pub(crate) struct Stopping {
    phase: Phase,
    /// When the next phase begins.
    until: Option<Instant>,
    /// Since when nothing runs, and only the database is waited for.
    settled_here: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Attempts go on.
    Grace,
    /// They are told to end.
    Canceling,
    /// What has not ended is given up.
    Over,
}

impl Hub {
    /// A stop was asked for.
    pub(super) fn begin_stop(&mut self, now: Instant) {
        tracing::info!(running = self.held.running_count(), "stops: no new claims");
        let until = now.checked_add(self.settings.grace);
        self.stopping = Some(Stopping { phase: Phase::Grace, until, settled_here: None });
        self.unpark();
        self.release_lead();
        self.give_back_ready(|_| true);
    }

    /// A stop was asked for again: everything ends now.
    pub(super) fn stop_at_once(&mut self) {
        tracing::warn!(running = self.held.running_count(), "asked to stop at once: interrupts what runs");
        if self.stopping.is_none() {
            self.begin_stop(Instant::now());
        }
        self.interrupt_all();
        self.enter(Phase::Over, None);
    }

    /// Whether an end at once can still be asked for.
    pub(super) fn is_patient(&self) -> bool {
        self.stopping.as_ref().is_some_and(|stopping| stopping.phase != Phase::Over)
    }

    fn enter(&mut self, phase: Phase, until: Option<Instant>) {
        if let Some(stopping) = &mut self.stopping {
            (stopping.phase, stopping.until) = (phase, until);
        }
    }

    /// Goes on to the next phase when it is time.
    pub(super) fn check_stop(&mut self, now: Instant) {
        let idle = self.held.running_count() == 0 && self.hooks == 0;
        let Some(stopping) = &mut self.stopping else { return };
        stopping.settled_here = if idle { stopping.settled_here.or(Some(now)) } else { None };
        if idle || stopping.until.is_none_or(|until| until > now) {
            return;
        }
        match stopping.phase {
            Phase::Grace => {
                tracing::warn!(running = self.held.running_count(), "the grace period is over: cancels what runs");
                self.tell_all_to_end();
                self.enter(Phase::Canceling, Some(now + LAST_WORD));
            }
            Phase::Canceling => {
                self.interrupt_all();
                self.enter(Phase::Over, None);
            }
            Phase::Over => {}
        }
    }

    fn tell_all_to_end(&mut self) {
        self.held.running().for_each(|attempt| attempt.end(Reason::Interrupt));
    }

    /// Settles what runs as interrupted, without waiting for it.
    fn interrupt_all(&mut self) {
        self.tell_all_to_end();
        let running: Vec<Arc<Attempt>> = self.held.running().cloned().collect();
        for attempt in running {
            let (fence, workflow_run) = (attempt.claimed.fence, attempt.claimed.workflow_run);
            let logs = attempt.close_log();
            self.settle(Completion { fence, workflow_run, outcome: Outcome::Interrupted, logs }, Duration::ZERO);
        }
        self.hooks = 0;
    }

    fn farewell(&self) -> Duration {
        if self.link.is_up() { LONG_FAREWELL } else { FAREWELL }
    }

    /// When the stop asks for something though nothing happens.
    pub(super) fn stop_alarm(&self) -> Option<Instant> {
        let stopping = self.stopping.as_ref()?;
        stopping.settled_here.map(|since| since + self.farewell()).or(stopping.until)
    }

    /// Whether the worker may leave: everything is settled, or the database stays away.
    pub(super) fn is_done(&self, now: Instant) -> bool {
        let Some(stopping) = &self.stopping else { return false };
        let Some(since) = stopping.settled_here else { return false };
        let said = self.held.is_empty() && self.turns.waiting.is_empty() && self.turns.under_way.is_empty();
        said && self.hooks == 0 || now.saturating_duration_since(since) >= self.farewell()
    }

    /// The executor's row is closed after the last of its attempts is settled.
    pub(super) async fn leave(mut self) -> Report {
        self.report.unsettled = self.held.len() as u64;
        self.report.stuck = self.slots[1].taken();
        if self.report.unsettled > 0 {
            let unsettled = self.report.unsettled;
            tracing::error!(unsettled, "the database is away: leaves without telling it how these attempts ended");
            return self.report;
        }
        // Nothing that had begun is left; a claim whose answer was lost has not begun.
        let place = self.store.location();
        let stop = super::register::insist(&place, || self.store.executor_stop(self.executor, Vec::new(), None));
        if let Some(releasing) = self.scheduler.releasing.take() {
            let _ = tokio::time::timeout(FAREWELL, releasing).await;
        }
        match tokio::time::timeout(FAREWELL, stop).await {
            Ok(Ok(())) => tracing::info!("stopped"),
            Ok(Err(error)) => tracing::error!("could not sign off: {error}"),
            Err(_) => tracing::error!("the database is away: leaves without signing off"),
        }
        self.report
    }
}
