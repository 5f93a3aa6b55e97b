//! Schedules: of all workers one leads, and sends what is due at its second.
//!
//! Every worker sees in its tick whether there are jobs, and who leads; the place is taken where it is free, and kept by
//! the beats. Only who leads reads the jobs, and again when its tick tells that they changed. A leader saves work and
//! nothing else: that each time runs once is the store's affair. Time is the database's, as the last tick told it.

mod jobs;
#[cfg(test)]
mod tests;

use super::events::Event;
use super::hub::Hub;
use super::link::Part;
use super::panics;
use crate::model::{ExecutorId, Timestamp};
use crate::store::{Fire, Fired, Lead, LeaderFence, Result, ScheduleRow, SchedulerSeen, StoreError};
use jobs::{Jobs, Round, Way};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How often jobs are read though nothing tells that they changed: Python's scheduler may have left something behind.
const EVERY: Duration = Duration::from_secs(60);
/// The wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// The wait of a job that was refused alone.
const SET_ASIDE: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// What was answered.
pub(crate) enum Told {
    /// Who leads.
    Led(Result<Option<LeaderFence>>),
    /// The jobs as they stand.
    Read(Result<Vec<ScheduleRow>>),
    /// What came of a round; `None`: somebody else leads.
    Fired(Fires),
}

/// A round, with what came of it.
pub(crate) struct Fires {
    round: Round,
    result: Result<Option<Vec<Fired>>>,
}

/// What is to be asked next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Want {
    #[default]
    Nothing,
    Lead,
    Read,
    Release,
}

/// The schedules, as this worker sees them.
#[derive(Default)]
pub(crate) struct Scheduler {
    /// Its claim, while it leads.
    leader: Option<LeaderFence>,
    /// Since when: ticks that were sent before tell of somebody else.
    since: Option<Instant>,
    jobs: Jobs,
    /// The jobs' number in the tick after which they were read.
    version: Option<i64>,
    read_at: Option<Instant>,
    want: Want,
    asking: bool,
    firing: [bool; 2],
    again_at: Option<Instant>,
    /// The place is being let go: to be waited for before the store is closed.
    pub(super) releasing: Option<JoinHandle<()>>,
    /// The last call was refused.
    failing: bool,
}

impl Scheduler {
    /// A tick, sent at `sent`, told this executor about schedules.
    fn learn(&mut self, seen: &SchedulerSeen, clock: Timestamp, executor: ExecutorId, sent: Instant, now: Instant) {
        if self.since.is_some_and(|since| sent < since) {
            return;
        }
        if self.leader.is_some() && self.leader != seen.leader {
            tracing::info!("another worker leads the schedules now");
            self.drop_lead();
        }
        self.want = match (&self.leader, seen.jobs) {
            (Some(_), None) => Want::Release,
            (Some(_), version) if version != self.version || self.is_old(now) => {
                self.version = version;
                Want::Read
            }
            (None, Some(_)) if is_free(seen, clock, executor) => Want::Lead,
            _ => Want::Nothing,
        };
    }

    fn is_old(&self, now: Instant) -> bool {
        self.read_at.is_none_or(|at| now.saturating_duration_since(at) >= EVERY)
    }

    /// This worker leads no more.
    fn drop_lead(&mut self) -> Option<LeaderFence> {
        (self.jobs, self.version, self.want) = (Jobs::default(), None, Want::Nothing);
        (self.since, self.read_at) = (None, None);
        self.leader.take()
    }

    /// The place was taken.
    fn led(&mut self, leader: LeaderFence, now: Instant) {
        (self.leader, self.since, self.want) = (Some(leader), Some(now), Want::Read);
    }

    fn next(&self, way: Way) -> Option<Timestamp> {
        let next = self.jobs.next(way).filter(|_| self.leader.is_some());
        next.filter(|_| !self.firing[way as usize])
    }

    /// When something is to be done, the database's clock showing `clock`; `None`: a tick will tell.
    fn due(&self, clock: Timestamp, now: Instant) -> Option<Instant> {
        let asks = (self.want != Want::Nothing && !self.asking).then_some(now);
        let at = |time: Timestamp| now.checked_add((time - clock).to_std().unwrap_or_default());
        let fires = Way::ALL.into_iter().filter_map(|way| self.next(way)).min().and_then(at);
        let due = asks.into_iter().chain(fires).min()?;
        Some(self.again_at.map_or(due, |again| due.max(again)))
    }

    /// What is to be asked now, if anything.
    fn ask(&mut self) -> Want {
        if self.asking {
            return Want::Nothing;
        }
        let want = std::mem::take(&mut self.want);
        self.asking = want != Want::Nothing;
        want
    }
}

/// Whether the place can be taken: also by whom it belongs to, whose answer was lost.
fn is_free(seen: &SchedulerSeen, clock: Timestamp, executor: ExecutorId) -> bool {
    let own = seen.leader.as_ref().is_none_or(|leader| leader.holder == executor.to_string());
    own || seen.free_at.is_none_or(|free| free <= clock)
}

impl Hub {
    /// A tick told of schedules.
    pub(super) fn learn_schedules(&mut self, seen: &SchedulerSeen, sent: Instant, now: Instant) {
        let clock = self.clock.now();
        self.scheduler.learn(seen, clock, self.executor, sent, now);
    }

    /// When schedules ask for something though nothing happens.
    pub(super) fn schedule_due(&self, now: Instant) -> Option<Instant> {
        let can = self.stopping.is_none() && self.registered && !self.link.is_failing(Part::Tick);
        if can { self.scheduler.due(self.clock.now(), now) } else { None }
    }

    /// Asks and sends what is due.
    pub(super) fn schedule_if_due(&mut self, now: Instant) {
        if self.schedule_due(now).is_none_or(|due| due > now) {
            return;
        }
        match self.scheduler.ask() {
            Want::Nothing => {}
            Want::Lead => self.lead(),
            Want::Read => self.read_jobs(),
            Want::Release => self.release_lead(),
        }
        let clock = self.clock.now();
        for way in Way::ALL {
            if self.scheduler.next(way).is_some_and(|next| next <= clock) {
                self.fire(way, clock);
            }
        }
    }

    fn lead(&self) {
        let lead = Lead { holder: self.executor.to_string(), lease: self.settings.lease, now: None };
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let led = panics::answer(store.scheduler_lead(lead)).await;
            events.send(Event::Scheduled(Told::Led(led)));
        });
    }

    fn read_jobs(&self) {
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let read = panics::answer(store.schedules(None)).await;
            events.send(Event::Scheduled(Told::Read(read)));
        });
    }

    /// Lets the place go, so that another takes it at once; what is under way stands or is refused by the store.
    pub(super) fn release_lead(&mut self) {
        self.scheduler.asking = false;
        let Some(leader) = self.scheduler.drop_lead() else { return };
        let store = self.store.clone();
        let releasing = tokio::spawn(async move {
            if let Err(error) = panics::answer(store.scheduler_release(leader, None)).await {
                tracing::debug!("could not let the schedules go; they are free when the lease is over: {error}");
            }
        });
        self.scheduler.releasing = Some(releasing);
    }

    /// The executor under whose name this worker led is no more.
    pub(super) fn forget_lead(&mut self) {
        self.scheduler.drop_lead();
    }

    fn fire(&mut self, way: Way, clock: Timestamp) {
        let Some(leader) = self.scheduler.leader.clone() else { return };
        let Some(round) = self.scheduler.jobs.take(way, clock) else { return };
        self.scheduler.firing[way as usize] = true;
        let (firings, confirmed) = (round.firings.clone(), round.confirmed.clone());
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let fire = Fire { leader, firings, confirmed, now: None };
            let result = panics::answer(store.schedules_fire(fire)).await;
            events.send(Event::Scheduled(Told::Fired(Fires { round, result })));
        });
    }

    /// Something about schedules was answered.
    pub(super) fn scheduled(&mut self, told: Told, now: Instant) {
        match told {
            Told::Led(result) => {
                self.scheduler.asking = false;
                if let Some(leader) = self.heard(result, now) {
                    self.may_lead(leader, now);
                }
            }
            Told::Read(result) => {
                self.scheduler.asking = false;
                match self.heard(result, now) {
                    Some(rows) => self.take_in_jobs(rows, now),
                    None => self.scheduler.version = None,
                }
            }
            Told::Fired(fires) => self.fired(fires, now),
        }
    }

    /// The place was taken, or not: maybe for an executor that is no more, or by a worker that is to stop since.
    fn may_lead(&mut self, leader: Option<LeaderFence>, now: Instant) {
        let Some(leader) = leader.filter(|leader| leader.holder == self.executor.to_string()) else { return };
        self.scheduler.led(leader, now);
        match self.stopping {
            Some(_) => self.release_lead(),
            None => tracing::info!("this worker leads the schedules"),
        }
    }

    fn take_in_jobs(&mut self, rows: Vec<ScheduleRow>, now: Instant) {
        if self.scheduler.leader.is_none() {
            return;
        }
        self.scheduler.read_at = Some(now);
        for (job, error) in self.scheduler.jobs.load(rows, self.clock.now()) {
            tracing::warn!(job, "cannot read a schedule, and leaves it alone: {error}");
        }
    }

    fn fired(&mut self, Fires { round, result }: Fires, now: Instant) {
        self.scheduler.firing[round.way as usize] = false;
        let refused = result.as_ref().is_err_and(|error| !error.is_transient());
        if refused {
            let again = self.clock.now() + SET_ASIDE;
            if let Some(job) = self.scheduler.jobs.refused(&round, again) {
                tracing::warn!(job, "cannot send what a schedule sends, and tries again in a minute");
            }
        }
        match self.heard(result, now) {
            Some(Some(answers)) => {
                self.scheduler.jobs.sent(&round);
                tell(&round, &answers);
            }
            Some(None) => {
                tracing::info!("another worker leads the schedules now");
                self.scheduler.drop_lead();
                self.ticker.soon(now);
            }
            None => {}
        }
    }

    /// What was answered; after a failure nothing is asked for a while. One line a change of state, as with every call.
    fn heard<T>(&mut self, result: Result<T>, now: Instant) -> Option<T> {
        let error: StoreError = match result {
            Ok(answer) => {
                (self.scheduler.failing, self.scheduler.again_at) = (false, None);
                return Some(answer);
            }
            Err(error) => error,
        };
        self.scheduler.again_at = Some(now + PAUSE);
        if error.is_transient() {
            self.fails(Part::Tick, &error, now);
        } else if !std::mem::replace(&mut self.scheduler.failing, true) {
            tracing::warn!("cannot look after schedules, and goes on trying: {error}");
        }
        None
    }
}

fn tell(round: &Round, answers: &[Fired]) {
    for (firing, answer) in round.firings.iter().zip(answers) {
        match answer {
            Fired::New => tracing::debug!(job = firing.job, time = %firing.time, "sent what a schedule sends"),
            Fired::Already => {}
            Fired::Failed(error) => {
                tracing::warn!(job = firing.job, time = %firing.time, "could not send what a schedule sends: {error}");
            }
        }
    }
}
