//! Turns: settle what ended and claim what is next, in one exchange with the store.
//!
//! A completion goes at once when no turn is under way, else with the next one: an idle worker adds no delay, a busy
//! one fills its turns. What a turn that failed was to settle is sent again until it is answered.

use super::dispatch::{self, Asked};
use super::events::Event;
use super::held::Holding;
use super::hub::Hub;
use super::link::Part;
use super::panics;
use super::refused::RefusedCompletion;
use super::slots::{Room, Slots};
use crate::model::{ClaimedRun, Completed, Completion, Outcome, TaskError, TaskStatus};
use crate::sdk::shown;
use crate::store::{Result, SharedStore, StoreError, Turn, TurnAnswer};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Most completions in a turn.
const MOST: usize = 500;
/// Completions wait so long at most for others that are about to end.
const GATHER: Duration = Duration::from_millis(5);

/// The turns under way, and what waits for one.
#[derive(Default)]
pub(crate) struct Turns {
    /// How many have begun.
    pub begun: u64,
    /// The numbers of those under way, in order.
    pub under_way: Vec<u64>,
    /// What is to be settled.
    pub waiting: VecDeque<Completion>,
    /// The turn under way that claims. One at a time: of two, each would read over, and lock, what the other has just
    /// taken (its snapshot is older), and what is settled next would wait for that lock.
    pub claiming: Option<u64>,
    /// The last claim that was answered found a queue with all that it asked for: there is likely to be more.
    pub plenty: bool,
    /// A turn with several completions was refused as a whole: they go one by one until this many went.
    pub one_by_one: usize,
    /// Until when what ended waits for what is about to end.
    pub gather_until: Option<Instant>,
    /// What the database refused alone.
    pub refused: Vec<RefusedCompletion>,
}

/// A turn's answer.
pub(crate) struct Turned {
    number: u64,
    asked: Vec<Asked>,
    completions: Vec<Completion>,
    result: Result<TurnAnswer>,
}

impl Turns {
    /// How many completions the next turn takes.
    fn take(&mut self, batch: u32) -> Vec<Completion> {
        let most = if self.one_by_one > 0 { 1 } else { MOST.max(batch as usize) };
        self.one_by_one = self.one_by_one.saturating_sub(1);
        self.waiting.drain(..most.min(self.waiting.len())).collect()
    }

    pub fn back(&mut self, completions: Vec<Completion>) {
        for completion in completions.into_iter().rev() {
            self.waiting.push_front(completion);
        }
    }
}

impl Hub {
    /// Begins as many turns as are worth it.
    pub(super) fn take_turns(&mut self, now: Instant) {
        while self.turns.under_way.len() < self.abilities.turns_at_once.max(1) {
            if self.link.again_at(Part::Turn, now).is_some() || !self.begin_turn(now) {
                return;
            }
        }
    }

    /// Begins a turn, if there is something to settle or to claim; a further one beside it only if there is much: two
    /// claims for one run that just came would only be in each other's way.
    fn begin_turn(&mut self, now: Instant) -> bool {
        let claims = self.may_claim(now) && self.turns.claiming.is_none();
        let room = if claims { self.room(now) } else { Room::default() };
        let half = self.abilities.batch as usize / 2;
        let much = self.turns.waiting.len() >= half
            || (self.turns.plenty && room[0].total() as usize >= half && self.dispatch.has_work([true, false]));
        // After a failure one turn at a time finds out whether the database is back.
        let alone = self.link.is_failing(Part::Turn) || self.turns.one_by_one > 0;
        if !self.turns.under_way.is_empty() && (alone || !much) || self.gathers(half, now) {
            return false;
        }
        let asked = if claims { self.dispatch.plan(room) } else { Vec::new() };
        if asked.is_empty() && self.turns.waiting.is_empty() {
            return false;
        }
        // With much of both, the one connection claims while the other settles: neither waits for the other's work.
        let only_claims = !asked.is_empty() && self.turns.plenty && self.abilities.turns_at_once > 1 && !alone;
        let settles = !(only_claims && self.turns.waiting.len() >= half);
        self.send_turn(asked, settles);
        true
    }

    /// Whether there is so much in hand that a turn had better wait until more of it has ended.
    fn gathers(&mut self, half: usize, now: Instant) -> bool {
        let ready: usize = self.slots.iter().map(Slots::ready).sum();
        if ready < half || self.turns.waiting.len() >= 2 * half || self.stopping.is_some() {
            self.turns.gather_until = None;
            return false;
        }
        now < *self.turns.gather_until.get_or_insert(now + GATHER)
    }

    fn send_turn(&mut self, asked: Vec<Asked>, settles: bool) {
        self.turns.gather_until = None;
        self.turns.begun += 1;
        let number = self.turns.begun;
        self.turns.under_way.push(number);
        if !asked.is_empty() {
            self.turns.claiming = Some(number);
        }
        self.count_asked(&asked, true);
        let completions = if settles { self.turns.take(self.abilities.batch) } else { Vec::new() };
        let (store, events, executor) = (self.store.clone(), self.events.clone(), self.executor);
        tokio::spawn(async move {
            let claim = dispatch::claim(&asked);
            let turn = Turn { executor, completions: completions.clone(), claim, now: None };
            let result = take(&store, turn).await;
            events.send(Event::Turned(Turned { number, asked, completions, result }));
        });
    }

    /// A share may bring either kind: it counts against the room of both.
    fn count_asked(&mut self, asked: &[Asked], begins: bool) {
        for ask in asked {
            for (slots, _) in self.slots.iter_mut().zip(ask.kinds).filter(|(_, with)| *with) {
                if begins { slots.ask(ask.share.take) } else { slots.answered(ask.share.take) }
            }
        }
    }

    /// A turn was answered.
    pub(super) fn turned(&mut self, turned: Turned, now: Instant) {
        let Turned { number, asked, completions, result } = turned;
        self.turns.under_way.retain(|under_way| *under_way != number);
        self.turns.claiming = self.turns.claiming.filter(|claiming| *claiming != number);
        self.count_asked(&asked, false);
        match result {
            Ok(answer) => {
                self.answers(Part::Turn, now);
                self.settled(completions, answer.completed);
                if !asked.is_empty() {
                    self.turns.plenty = self.dispatch.answered(number, &asked, &answer.claimed);
                }
                self.take_in(answer.claimed, now);
            }
            Err(error) => self.turn_failed(completions, &error, now),
        }
    }

    /// The turn may or may not have been applied: its completions are sent again, its claims found by the beats.
    fn turn_failed(&mut self, completions: Vec<Completion>, error: &StoreError, now: Instant) {
        match completions.len() {
            _ if error.is_transient() => self.fails(Part::Turn, error, now),
            0 => self.fails(Part::Turn, error, now),
            1 => return completions.into_iter().for_each(|one| self.turns.refuse(one, error, now)),
            many => self.turns.one_by_one = many,
        }
        self.turns.back(completions);
    }

    fn settled(&mut self, completions: Vec<Completion>, answers: Vec<Completed>) {
        for (completion, answer) in completions.into_iter().zip(answers) {
            self.turns.was_taken(&completion);
            let Some(holding) = self.held.remove(completion.fence) else { continue };
            match answer {
                Completed::Applied { status, next } => self.applied(completion, &holding, status, next.is_some()),
                // As it is where the function ended it in a transaction of its own.
                Completed::AlreadyApplied if matches!(completion.outcome, Outcome::Success(_)) => {
                    self.applied(completion, &holding, TaskStatus::Success, false);
                }
                Completed::AlreadyApplied => {}
                Completed::Refused { stands: TaskStatus::Success } => ended_before(&holding),
                Completed::Refused { stands } => refused(&holding, stands.as_str()),
                Completed::Gone => refused(&holding, "gone"),
            }
        }
    }

    fn applied(&mut self, completion: Completion, holding: &Holding, status: TaskStatus, retried: bool) {
        self.report.count(status, retried);
        let run = &holding.attempt.claimed;
        self.counts.add(run, status, retried, holding.ran, self.clock.now());
        if let Outcome::Failed(error, _) | Outcome::FailedForGood(error) = completion.outcome {
            tell_failure(run, &error, retried);
            self.call_hook(holding, error, retried);
        }
    }

    /// Takes in what a claim brought.
    pub(super) fn take_in(&mut self, claimed: Vec<ClaimedRun>, now: Instant) {
        for run in claimed {
            self.take_in_one(run, now);
        }
    }
}

/// The store bounds its calls; the bound here is for one that does not.
async fn take(store: &SharedStore, turn: Turn) -> Result<TurnAnswer> {
    const LIMIT: Duration = Duration::from_secs(120);
    tokio::time::timeout(LIMIT, panics::answer(store.turn(turn))).await.unwrap_or(Err(StoreError::TimedOut(LIMIT)))
}

/// What of a failure the worker's own log says: everything about it stands with the attempt.
fn tell_failure(run: &ClaimedRun, error: &TaskError, retried: bool) {
    let (task, number, message) = (&run.task_name, run.attempt_number, shown(&error.message));
    if retried {
        tracing::info!(task, run = %run.run, attempt = number, "failed, and is retried: {message}");
    } else {
        tracing::warn!(task, run = %run.run, attempt = number, "failed: {message}");
    }
}

fn ended_before(holding: &Holding) {
    let run = &holding.attempt.claimed;
    tracing::warn!(task = run.task_name, run = %run.run, attempt = run.attempt_number,
        "it has succeeded already: how it ended afterwards was not kept");
}

fn refused(holding: &Holding, stands: &str) {
    let run = &holding.attempt.claimed;
    tracing::warn!(task = run.task_name, run = %run.run, attempt = run.attempt_number, stands,
        "an attempt is no longer this worker's: how it ended was not kept");
}
