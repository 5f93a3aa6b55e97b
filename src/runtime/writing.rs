//! Writes, about once a second, the first lines of attempts that run on, so that they can be read meanwhile.

use super::events::Event;
use super::hub::Hub;
use super::link::Part;
use super::panics;
use crate::model::AttemptId;
use crate::store::Logged;
use std::time::{Duration, Instant};

/// How often.
const EVERY: Duration = Duration::from_secs(1);
/// Attempts whose lines are written at once.
const MOST: usize = 100;

/// When lines were last written.
#[derive(Default)]
pub(crate) struct Writing {
    under_way: bool,
    /// More attempts had lines than are written at once.
    more: bool,
    /// Set while lines wait.
    next: Option<Instant>,
}

impl Writing {
    /// When lines are to be written.
    pub fn due(&self) -> Option<Instant> {
        self.next.filter(|_| !self.under_way)
    }
}

impl Hub {
    /// Writes lines, if it is time and there are any.
    pub(super) fn write_lines(&mut self, now: Instant) {
        if self.writing.under_way || !self.has_unwritten() {
            self.writing.next = None;
            return;
        }
        let due = *self.writing.next.get_or_insert(now + EVERY);
        if due > now || self.link.is_failing(Part::Tick) {
            return;
        }
        let logged = self.collect_lines();
        self.writing.next = Some(if self.writing.more { now } else { now + EVERY });
        if !logged.is_empty() {
            self.send_lines(logged);
        }
    }

    fn has_unwritten(&self) -> bool {
        !self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).is_empty()
    }

    /// Attempts that ended have taken their lines with them.
    fn collect_lines(&mut self) -> Vec<Logged> {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut running = self.held.pick(std::mem::take(&mut *unwritten));
        let rest = running.split_off(running.len().min(MOST));
        unwritten.extend(rest.iter().map(|attempt| attempt.id()));
        self.writing.more = !rest.is_empty();
        drop(unwritten);
        let attempts = running.into_iter();
        let logged = attempts.map(|attempt| Logged { fence: attempt.claimed.fence, lines: attempt.unwritten() });
        logged.filter(|logged| !logged.lines.is_empty()).collect()
    }

    fn send_lines(&mut self, logged: Vec<Logged>) {
        self.writing.under_way = true;
        let last = |logged: &Logged| logged.lines.last().map(|line| (logged.fence.attempt, line.seq));
        let written: Vec<(AttemptId, i32)> = logged.iter().filter_map(last).collect();
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let result = panics::answer(store.log_append(logged)).await;
            events.send(Event::Written(result.is_ok().then_some(written)));
        });
    }

    /// Lines are written; those that are not stay with their attempts, and ride in their completions at the latest.
    pub(super) fn lines_written(&mut self, written: Option<Vec<(AttemptId, i32)>>) {
        self.writing.under_way = false;
        for (id, seq) in written.unwrap_or_default() {
            if let Some(holding) = self.held.get(id) {
                holding.attempt.written(seq);
            }
        }
    }
}
