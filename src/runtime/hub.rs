//! The hub of a worker: the one task that changes the worker's state. Everything else tells it what happened
//! ([`Event`]), and it decides what follows: which runs begin, which turns are taken, what is asked and when.

use super::attempt::{Attempt, Reason, Unwritten};
use super::counts::Counts;
use super::dispatch::Dispatch;
use super::events::{Ended, Event, Events};
use super::execute::Runner;
use super::held::Held;
use super::link::{Link, Part};
use super::machine::Machine;
use super::observe::Observer;
use super::park::Parking;
use super::promote::Promoter;
use super::report::Report;
use super::schedule::Scheduler;
use super::shutdown::Shutdown;
use super::slots::{Kind, Room, Slots};
use super::stop::Stopping;
use super::sweep::Sweeper;
use super::tick::{Clock, Ticker};
use super::turns::Turns;
use crate::model::{ClaimedRun, Completion, ExecutorId, Outcome};
use crate::sdk::WorkerSettings;
use crate::store::{Abilities, Lane, SharedStore, StoreError, Wakeup};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// A claimed run that has not begun.
pub(super) struct Ready {
    pub attempt: Arc<Attempt>,
    pub args: String,
}

/// A worker at work.
pub(crate) struct Hub {
    pub(super) store: SharedStore,
    pub(super) abilities: Abilities,
    pub(super) settings: WorkerSettings,
    pub(super) worker: super::register::Identity,
    pub(super) machine: Machine,
    pub(super) runner: Arc<Runner>,
    pub(super) events: Events,
    pub(super) inbox: UnboundedReceiver<Event>,
    pub(super) shutdown: Shutdown,
    /// Who this worker is at present.
    pub(super) executor: ExecutorId,
    /// Whether the executor's row stands, as far as is known.
    pub(super) registered: bool,
    pub(super) register_again: Option<Instant>,
    pub(super) slots: [Slots<Ready>; 2],
    /// Slots of blocking functions that outlived their attempts.
    pub(super) stuck: u32,
    pub(super) held: Held,
    pub(super) dispatch: Dispatch,
    /// Where the list of lanes was cut at the last tick: the next one goes on from there.
    pub(super) lanes_after: Option<Lane>,
    pub(super) turns: Turns,
    pub(super) parking: Parking,
    pub(super) ticker: Ticker,
    pub(super) lease_over: bool,
    pub(super) promoter: Promoter,
    pub(super) sweeper: Sweeper,
    pub(super) scheduler: Scheduler,
    pub(super) observer: Observer,
    pub(super) rescuing: bool,
    pub(super) link: Link,
    pub(super) clock: Clock,
    pub(super) counts: Counts,
    pub(super) unwritten: Arc<Unwritten>,
    pub(super) writing: super::writing::Writing,
    /// `on_error` functions that run.
    pub(super) hooks: u32,
    pub(super) stopping: Option<Stopping>,
    pub(super) report: Report,
}

/// Events that are taken in before anything is decided.
const EVENTS: usize = 1024;
/// What is due and cannot be done, as when the database is away, is tried again after so long.
const LATER: Duration = Duration::from_millis(50);
/// Completions may pile up to so many batches before nothing more is claimed.
const PILE: usize = 4;

/// A worker whose future is dropped, rather than asked to stop, must not leave attempts behind that nobody beats for.
impl Drop for Hub {
    fn drop(&mut self) {
        self.unpark();
        self.held.running().for_each(|attempt| attempt.end(Reason::Interrupt));
    }
}

impl Hub {
    /// Works until a stop was asked for and everything is settled.
    pub async fn work(mut self) -> Report {
        let mut events = Vec::with_capacity(EVENTS);
        let mut alarm = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        let shutdown = self.shutdown.clone();
        loop {
            let now = Instant::now();
            self.act(now);
            if self.is_done(now) {
                break;
            }
            let next = self.next_alarm(now).into();
            if alarm.deadline() != next {
                alarm.as_mut().reset(next);
            }
            let (gentle, at_once) = (self.stopping.is_none(), self.is_patient());
            tokio::select! {
                biased;
                () = shutdown.requested(), if gentle => self.begin_stop(Instant::now()),
                () = shutdown.at_once(), if at_once => self.stop_at_once(),
                _ = self.inbox.recv_many(&mut events, EVENTS) => self.gather(&mut events).await,
                () = &mut alarm => {}
            }
            let now = Instant::now();
            events.drain(..).for_each(|event| self.on(event, now));
        }
        self.leave().await
    }

    /// Lets the attempts that are about to end do so first: they are settled together, and the hub wakes up once.
    async fn gather(&mut self, events: &mut Vec<Event>) {
        tokio::task::yield_now().await;
        while events.len() < EVENTS
            && let Ok(event) = self.inbox.try_recv()
        {
            events.push(event);
        }
    }

    /// What the time and the state ask for.
    fn act(&mut self, now: Instant) {
        self.check_lease(now);
        self.register_if_due(now);
        self.tick_if_due(now);
        self.promote_if_due(now);
        self.sweep_if_due(now);
        self.schedule_if_due(now);
        self.write_lines(now);
        self.give_back_overdue(now);
        self.check_stop(now);
        self.turns.try_refused(now);
        self.begin_ready();
        self.unpark_if_needed(now);
        self.take_turns(now);
        self.park_if_idle(now);
    }

    fn on(&mut self, event: Event, now: Instant) {
        match event {
            Event::Ended(ended) => self.ended(ended),
            Event::Returned => {
                self.slots[Kind::Blocking.index()].free();
                self.stuck = self.stuck.saturating_sub(1);
            }
            Event::Turned(turned) => self.turned(turned, now),
            Event::Ticked(ticked) => self.ticked(ticked, now),
            Event::Sign(sign) => self.signed(sign, now),
            Event::Parked(number, result) => self.parked(number, result, now),
            Event::Promoted(result) => self.promoted(result, now),
            Event::Swept(recount, result) => self.swept(recount, result, now),
            Event::Scheduled(told) => self.scheduled(told, now),
            Event::Written(written) => self.lines_written(written),
            Event::Rescued => self.rescuing = false,
            Event::Hooked => self.hooks = self.hooks.saturating_sub(1),
            Event::Registered(result) => self.was_registered(result, now),
        }
    }

    fn signed(&mut self, sign: Wakeup, now: Instant) {
        match sign {
            Wakeup::Work(lanes) => {
                for lane in lanes {
                    if !self.parking.takes(&lane) {
                        self.dispatch.sign(&lane, self.turns.begun);
                    }
                }
            }
            Wakeup::Due => self.ticker.for_due(now),
            Wakeup::Cancel | Wakeup::Something => self.ticker.soon(now),
            Wakeup::Ended(_) | Wakeup::WorkflowsEnded(_) => {}
        }
    }

    fn ended(&mut self, ended: Ended) {
        let slots = &mut self.slots[ended.kind.index()];
        slots.ran(ended.ran);
        if ended.slot_kept {
            self.stuck += 1;
        } else {
            slots.free();
        }
        self.settle(ended.completion, ended.ran);
    }

    /// The attempt ended so: the next turn says it. Of what was settled before, nothing more is said.
    pub(super) fn settle(&mut self, completion: Completion, ran: Duration) {
        let Some(attempt) = self.held.settling(completion.fence, ran) else { return };
        self.dispatch.settles(&attempt.claimed.queue, self.turns.begun);
        self.turns.waiting.push_back(completion);
    }

    /// Whether anything may be claimed now.
    pub(super) fn may_claim(&self, now: Instant) -> bool {
        self.stopping.is_none()
            && self.registered
            && !self.lease_over
            && self.turns.one_by_one == 0
            && self.turns.waiting.len() <= PILE * self.abilities.batch as usize
            && self.link.again_at(Part::Turn, now).is_none()
    }

    /// How much may be claimed now. `on_error` functions that run count as if they had slots, so that they stay few.
    pub(super) fn room(&mut self, now: Instant) -> Room {
        let (batch, hooks) = (self.abilities.batch, self.hooks);
        let [asynchronous, blocking] = &mut self.slots;
        [asynchronous.room(batch, hooks, now), blocking.room(batch, hooks, now)]
    }

    /// Takes in a run that a claim brought.
    pub(super) fn take_in_one(&mut self, mut run: ClaimedRun, now: Instant) {
        let args = std::mem::take(&mut run.args);
        let task = self.runner.registry.task(&run.task_name);
        let kind = task.map(|task| Kind::of(&task.handler));
        let kept = task.and_then(|task| task.on_error.as_ref()).map(|_| args.clone());
        let limited = self.dispatch.is_limited(&run.queue);
        self.dispatch.holds(&run.queue);
        let attempt = Attempt::new(run, self.unwritten.clone());
        self.held.claimed(attempt.clone(), kept);
        match kind {
            Some(kind) if self.stopping.is_none() && !self.lease_over && self.registered => {
                self.slots[kind.index()].push(Ready { attempt, args }, limited, now);
            }
            _ => self.give_back(&attempt),
        }
    }

    /// Begins what was claimed, as far as slots are free.
    fn begin_ready(&mut self) {
        for kind in Kind::ALL {
            while let Some(Ready { attempt, args }) = self.slots[kind.index()].begin() {
                self.held.begins(attempt.id());
                self.runner.start(attempt, args);
            }
        }
    }

    fn give_back(&mut self, attempt: &Attempt) {
        let (fence, workflow_run) = (attempt.claimed.fence, attempt.claimed.workflow_run);
        let (outcome, logs) = (Outcome::NeverBegun, Vec::new());
        self.settle(Completion { fence, workflow_run, outcome, logs }, Duration::ZERO);
    }

    /// Gives back those claimed runs that have not begun and that `which` names.
    pub(super) fn give_back_ready(&mut self, which: impl Fn(&Attempt) -> bool) {
        for kind in Kind::ALL {
            for ready in self.slots[kind.index()].remove(|ready| which(&ready.attempt)) {
                self.give_back(&ready.attempt);
            }
        }
    }

    fn give_back_overdue(&mut self, now: Instant) {
        for kind in Kind::ALL {
            for ready in self.slots[kind.index()].overdue(now) {
                self.give_back(&ready.attempt);
            }
        }
    }

    /// A call was answered.
    pub(super) fn answers(&mut self, part: Part, now: Instant) {
        let mut back = self.link.answered(part, now);
        let no_turn = self.turns.waiting.is_empty() && self.turns.under_way.is_empty();
        if part == Part::Tick && self.link.is_failing(Part::Turn) && no_turn && !self.dispatch.has_work([true; 2]) {
            // No turn will find out for itself: there is nothing to be said in one.
            back |= self.link.answered(Part::Turn, now);
        }
        if back {
            self.observer.interrupted();
            self.ticker.soon(now);
        }
    }

    /// A call failed.
    pub(super) fn fails(&mut self, part: Part, error: &StoreError, now: Instant) {
        self.link.failed(part, error, now);
        self.observer.interrupted();
    }

    /// When something is to be done though nothing happens.
    fn next_alarm(&self, now: Instant) -> Instant {
        let tick = self.ticker.due().filter(|_| self.registered);
        let tick = tick.map(|due| self.link.again_at(Part::Tick, now).map_or(due, |again| due.max(again)));
        let turn = self.link.again_at(Part::Turn, now).filter(|_| self.turns.under_way.is_empty());
        let lease = Some(self.lease_ends()).filter(|_| !self.lease_over && self.registered);
        let overdue = self.slots.iter().filter_map(Slots::next_overdue).min();
        let others = [
            self.promoter.due(),
            self.sweeper.due(),
            self.schedule_due(now),
            self.register_again,
            self.writing.due(),
            self.stop_alarm(),
        ];
        let parked = self.parking.again_at();
        let all = [tick, turn, lease, overdue, parked, self.turns.gather_until, self.turns.next_refused()]
            .into_iter()
            .chain(others);
        let next = all.flatten().min().unwrap_or(now + Duration::from_secs(1));
        // What is due and could not be done just now is looked at again a little later.
        if next > now { next } else { now + LATER }
    }
}
