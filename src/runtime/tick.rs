//! The tick of each second: a beat when it is time, what is to be cancelled, where work is, who is lost, what is due.

use super::attempt::Reason;
use super::events::Event;
use super::held::Stage;
use super::hub::Hub;
use super::link::Part;
use super::observe::{Finding, Why};
use super::panics;
use crate::model::{Completion, ExecutorStatus, Fence, Outcome, Timestamp};
use crate::store::{Beat, Count, Rescue, Result, SharedStore, StoreError, Tick, TickAnswer};
use std::time::{Duration, Instant};

/// How often a worker looks when nothing makes it look sooner; more often only where its beats are closer together.
const EVERY: Duration = Duration::from_secs(1);
/// Signs that come in quick succession are answered by one look.
const SOONEST: Duration = Duration::from_millis(10);
/// The same for signs of runs that wait for their time.
const DUE_SOONEST: Duration = Duration::from_millis(100);

/// When to tick, and when to beat.
pub(crate) struct Ticker {
    next: Instant,
    last: Option<Instant>,
    under_way: bool,
    next_beat: Instant,
    /// When the last beat that was answered was sent: from then on this worker's lease runs.
    pub beaten: Instant,
}

/// A tick's answer.
pub(crate) struct Ticked {
    sent: Instant,
    beat: Option<Vec<Count>>,
    result: Result<TickAnswer>,
}

impl Ticker {
    /// Ticks and beats at once.
    pub fn new(now: Instant) -> Self {
        Self { next: now, last: None, under_way: false, next_beat: now, beaten: now }
    }

    /// Ticks as soon as `gap` has passed since the last one.
    fn within(&mut self, gap: Duration, now: Instant) {
        self.next = self.next.min(self.last.map_or(now, |last| last + gap));
    }

    /// Ticks now.
    pub fn soon(&mut self, now: Instant) {
        self.within(SOONEST, now);
    }

    /// Ticks now: a run may be due sooner than was known.
    pub fn for_due(&mut self, now: Instant) {
        self.within(DUE_SOONEST, now);
    }

    /// Ticks and beats now.
    pub fn beat_now(&mut self, now: Instant) {
        (self.next, self.next_beat) = (now, now);
    }

    /// When the next tick is to begin; `None` while one is under way.
    pub fn due(&self) -> Option<Instant> {
        (!self.under_way).then_some(self.next)
    }
}

impl Hub {
    /// Ticks, if it is time.
    pub(super) fn tick_if_due(&mut self, now: Instant) {
        if self.ticker.due().is_none_or(|due| due > now) || self.link.again_at(Part::Tick, now).is_some() {
            return;
        }
        if !self.registered {
            return;
        }
        let looks = self.observer.next_look().is_some_and(|look| look <= now);
        let beats = self.ticker.next_beat <= now || looks;
        if beats {
            self.ticker.next_beat = now + self.settings.beat_interval;
        }
        let next = now + EVERY.min(self.settings.beat_interval);
        (self.ticker.last, self.ticker.under_way, self.ticker.next) = (Some(now), true, next);
        let counts = if beats { Some(self.counts.unsent()) } else { None };
        self.send_tick(counts, now);
    }

    fn send_tick(&mut self, counts: Option<Vec<Count>>, sent: Instant) {
        let beat = counts.clone().map(|counts| Beat { stuck: self.stuck, counts });
        let (tasks, lanes_after) = (self.worker.all_tasks(), self.lanes_after.clone());
        let tick = Tick { executor: self.executor, tasks, lanes_after, beat, now: None };
        let (store, events) = (self.store.clone(), self.events.clone());
        let limit = self.settings.beat_interval.max(Duration::from_secs(2));
        tokio::spawn(async move {
            let answer = tokio::time::timeout(limit, panics::answer(store.executor_tick(tick))).await;
            let result = answer.unwrap_or(Err(StoreError::TimedOut(limit)));
            events.send(Event::Ticked(Ticked { sent, beat: counts, result }));
        });
    }

    /// A tick was answered.
    pub(super) fn ticked(&mut self, ticked: Ticked, now: Instant) {
        self.ticker.under_way = false;
        match ticked.result {
            Ok(answer) => {
                self.answers(Part::Tick, now);
                let beat = ticked.beat.is_some();
                self.counts.acknowledged(ticked.beat.unwrap_or_default());
                self.learn(answer, beat, ticked.sent, now);
            }
            Err(error) => {
                if ticked.beat.is_some() {
                    self.ticker.next_beat = now;
                }
                self.observer.interrupted();
                self.fails(Part::Tick, &error, now);
            }
        }
    }

    fn learn(&mut self, answer: TickAnswer, beat: bool, sent: Instant, now: Instant) {
        self.clock.set(answer.now, now);
        if answer.own != Some(ExecutorStatus::Running) {
            return self.found_lost(now);
        }
        if beat {
            self.beat_answered(sent, now);
            self.look_at_peers(&answer, now);
            self.give_back_strangers(&answer);
        }
        self.cancel(&answer.cancels);
        self.promoter.learn(answer.next_due, answer.now, now);
        self.sweeper.learn(answer.workflows, answer.now, now);
        self.learn_schedules(&answer.scheduler, sent, now);
        self.lanes_after = answer.lanes_cut;
        self.dispatch.ticked(&answer.lanes, &answer.queues, self.turns.begun);
    }

    fn beat_answered(&mut self, sent: Instant, now: Instant) {
        self.ticker.beaten = sent;
        if std::mem::take(&mut self.lease_over) {
            tracing::info!("a beat was answered: this worker claims again");
        }
        self.ticker.next_beat = self.ticker.next_beat.min(now + self.settings.beat_interval);
    }

    /// When this worker's own lease ends, unless a beat is answered before.
    pub(super) fn lease_ends(&self) -> Instant {
        self.ticker.beaten + self.settings.lease
    }

    /// At the end of its own lease a worker may have been declared lost: it stops claiming, and ends those attempts
    /// that could by now run elsewhere.
    pub(super) fn check_lease(&mut self, now: Instant) {
        if self.lease_over || !self.registered || now < self.lease_ends() {
            return;
        }
        self.lease_over = true;
        tracing::warn!(
            "no beat was answered for a whole lease: this worker claims nothing, and ends what may run elsewhere"
        );
        self.end_what_may_run_elsewhere();
        self.give_back_ready(|_| true);
    }

    fn end_what_may_run_elsewhere(&mut self) {
        for attempt in self.held.running().filter(|attempt| attempt.claimed.has_retries_left()) {
            attempt.end(Reason::Interrupt);
        }
    }

    /// The database says that this worker is lost, or does not know it: it registers anew.
    fn found_lost(&mut self, now: Instant) {
        if !self.registered || self.stopping.is_some() && self.held.is_empty() {
            return;
        }
        tracing::warn!(executor = %self.executor, "this worker was declared lost: it registers anew");
        self.registered = false;
        self.forget_lead();
        self.end_what_may_run_elsewhere();
        self.give_back_ready(|_| true);
        self.observer.interrupted();
        self.register(now);
    }

    fn look_at_peers(&mut self, answer: &TickAnswer, now: Instant) {
        self.sweeper.meets(answer.peers.as_deref().unwrap_or_default(), now);
        let own_machine = self.abilities.one_machine.then_some(&self.machine);
        let findings = self.observer.observe(answer.peers.as_deref().unwrap_or_default(), own_machine, now);
        if findings.is_empty() || std::mem::replace(&mut self.rescuing, true) {
            return;
        }
        let (store, events, observer) = (self.store.clone(), self.events.clone(), self.executor);
        tokio::spawn(async move {
            for finding in findings {
                rescue(&store, finding, observer).await;
            }
            events.send(Event::Rescued);
        });
    }

    fn give_back_strangers(&mut self, answer: &TickAnswer) {
        let Some(database) = &answer.held else { return };
        let oldest = self.turns.under_way.iter().min().copied();
        for fence in self.held.reconcile(database, self.turns.begun, oldest) {
            tracing::info!(attempt = %fence.attempt, "gives back a claim whose answer was lost");
            let outcome = Outcome::NeverBegun;
            self.turns.waiting.push_back(Completion { fence, workflow_run: None, outcome, logs: Vec::new() });
        }
    }

    fn cancel(&mut self, cancels: &[Fence]) {
        for fence in cancels {
            let Some(holding) = self.held.get(fence.attempt) else { continue };
            match holding.stage {
                _ if holding.attempt.claimed.fence != *fence => {}
                Stage::Running => holding.attempt.end(Reason::Cancel),
                Stage::Ready => self.give_back_ready(|attempt| attempt.id() == fence.attempt),
                Stage::Settling => {}
            }
        }
    }
}

async fn rescue(store: &SharedStore, finding: Finding, observer: crate::model::ExecutorId) {
    let Finding { lost, beat_number, last_heartbeat, why } = finding;
    let why = match why {
        Why::Silent => "it gave no sign of life for its lease",
        Why::Ended => "it ended, and held attempts",
        Why::ProcessGone => "its process is gone",
    };
    let rescue = Rescue { observer, lost, beat_number, last_heartbeat, now: None };
    match panics::answer(store.executor_rescue(rescue)).await {
        Ok(done) if done.declared && (done.lost + done.canceled > 0 || beat_number.is_some()) => tracing::warn!(
            executor = %lost, lost = done.lost, requeued = done.requeued, canceled = done.canceled,
            "declared an executor lost: {why}"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(executor = %lost, "could not rescue what an executor held: {error}"),
    }
}

/// The database's clock, as far as this process can tell.
pub(crate) struct Clock(Timestamp, Instant);

impl Clock {
    /// This machine's clock, until a tick tells better.
    pub fn new(now: Instant) -> Self {
        Self(chrono::Utc::now(), now)
    }

    fn set(&mut self, time: Timestamp, now: Instant) {
        *self = Self(time, now);
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.0 + chrono::TimeDelta::from_std(self.1.elapsed()).unwrap_or_default()
    }
}
