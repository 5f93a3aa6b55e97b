//! The jobs of the worker that leads: when the next one is due, and what is sent then. Pure; the time that comes in is
//! the database's.

use crate::model::Timestamp;
use crate::model::schedule::{Missed, Schedule, ScheduleError, Target};
use crate::store::{Firing, ScheduleRow, ScheduleSource};
use std::collections::HashSet;

/// Runs that one round sends at most; a job's first time is sent whatever it weighs.
const MOST: usize = 2000;

/// What is sent together: SQL has a way of its own, for it may take long and must hold up nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Runs of tasks and workflows.
    Runs,
    /// The SQL of one job.
    Sql,
}

impl Way {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Runs, Self::Sql];
}

/// What is sent in one call to the store.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Round {
    pub way: Way,
    pub firings: Vec<Firing>,
    /// Until when nothing of these jobs is left to do then.
    pub confirmed: Vec<(i64, Timestamp)>,
}

/// A job that can be read.
struct Job {
    row: ScheduleRow,
    schedule: Schedule,
    way: Way,
    /// The runs that one time of it is.
    weight: usize,
    /// Its next time; `None`: it never comes again.
    next: Option<Timestamp>,
}

/// Those that are on and ours to run.
#[derive(Default)]
pub(super) struct Jobs {
    jobs: Vec<Job>,
    /// One job a round, after a round that was refused: so that what is wrong with one holds up no other.
    one_by_one: bool,
    /// Jobs whose rows cannot be read, and were told of.
    told: HashSet<String>,
}

impl Jobs {
    /// Takes in the rows as they stand; what is wrong with those that cannot be read, once for each.
    pub fn load(&mut self, rows: Vec<ScheduleRow>, now: Timestamp) -> Vec<(String, ScheduleError)> {
        let (mut jobs, mut broken) = (Vec::new(), Vec::new());
        for row in rows.into_iter().filter(|row| row.enabled && row.source != ScheduleSource::System) {
            let name = row.name.clone();
            match Job::read(row, now) {
                Ok(job) => jobs.push(job),
                Err(error) => broken.push((name, error)),
            }
        }
        self.jobs = jobs;
        let before = std::mem::take(&mut self.told);
        self.told = broken.iter().map(|(name, _)| name.clone()).collect();
        broken.retain(|(name, _)| !before.contains(name));
        broken
    }

    /// When the next job of this way is due.
    pub fn next(&self, way: Way) -> Option<Timestamp> {
        self.jobs.iter().filter(|job| job.way == way).filter_map(|job| job.next).min()
    }

    /// What is to be sent now; `None`: nothing.
    pub fn take(&mut self, way: Way, now: Timestamp) -> Option<Round> {
        let most = if self.one_by_one || way == Way::Sql { 1 } else { usize::MAX };
        let mut round = Round { way, firings: Vec::new(), confirmed: Vec::new() };
        let mut room = MOST;
        for job in self.jobs.iter_mut().filter(|job| job.way == way && job.next.is_some_and(|next| next <= now)) {
            if round.confirmed.len() >= most || room == 0 {
                break;
            }
            let (firings, until) = job.take(room, now);
            if firings.is_empty() {
                // All of it was missed, and is not made up.
                job.done(until);
                continue;
            }
            room = room.saturating_sub(firings.len() * job.weight);
            round.firings.extend(firings);
            round.confirmed.push((job.row.id, until));
        }
        (!round.firings.is_empty()).then_some(round)
    }

    /// A round was sent.
    pub fn sent(&mut self, round: &Round) {
        for (id, until) in &round.confirmed {
            self.job(*id, |job| job.done(*until));
        }
        if self.one_by_one
            && self.jobs.iter().all(|job| job.way != round.way || job.next.is_none_or(|next| next > round.until()))
        {
            self.one_by_one = false;
        }
    }

    /// A round was refused: its jobs are tried one by one, and one that was alone in it not before `again`; its name.
    pub fn refused(&mut self, round: &Round, again: Timestamp) -> Option<String> {
        let [(alone, _)] = round.confirmed[..] else {
            self.one_by_one = true;
            return None;
        };
        let mut name = None;
        self.job(alone, |job| {
            job.next = Some(again);
            name = Some(job.row.name.clone());
        });
        name
    }

    fn job(&mut self, id: i64, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.row.id == id) {
            change(job);
        }
    }
}

impl Round {
    fn until(&self) -> Timestamp {
        self.confirmed.iter().map(|(_, until)| *until).max().unwrap_or_default()
    }
}

impl Job {
    fn read(mut row: ScheduleRow, now: Timestamp) -> Result<Self, ScheduleError> {
        if row.confirmed_until > now + Missed::LATE {
            // The database's clock was set back: what was sent meanwhile is written down, and stays sent once.
            row.confirmed_until = now - Missed::LATE;
        }
        let (schedule, target) = (row.schedule()?, row.target()?);
        row.missed.parse::<Missed>()?;
        let weight = match &target {
            Some(Target::Workflow(run)) => run.nodes.len().max(1),
            _ => 1,
        };
        let way = if target.is_some() { Way::Runs } else { Way::Sql };
        let next = match row.left_over.first() {
            Some(first) => Some(*first),
            None => schedule.after(row.confirmed_until),
        };
        Ok(Self { row, schedule, way, weight, next })
    }

    /// Its times that have come, as many as there is room for, and until when nothing of it is left to do then.
    fn take(&self, room: usize, now: Timestamp) -> (Vec<Firing>, Timestamp) {
        // The row was read before.
        let mut firings = self.row.due(now).unwrap_or_default();
        let most = if self.way == Way::Sql { 1 } else { (room / self.weight).max(1) };
        if firings.len() <= most {
            return (firings, now);
        }
        firings.truncate(most);
        let until = firings.last().map_or(now, |firing| firing.time);
        (firings, until)
    }

    fn done(&mut self, until: Timestamp) {
        self.row.confirmed_until = self.row.confirmed_until.max(until);
        self.row.left_over.retain(|time| *time > until);
        self.next = self.schedule.after(self.row.confirmed_until);
    }
}
