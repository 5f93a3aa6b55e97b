//! What is asked of a store about schedules, and what it answers.
//!
//! A schedule's row (a job) says when and what. One scheduler leads: it holds row 1 of `hyrex_scheduler_lock`, which
//! Python's scheduler takes too. A leader only saves work: that each time runs once rests on unique (job, time) in
//! `hyrex_cron_job_run_details`.

use crate::model::Timestamp;
use crate::model::schedule::{Missed, Schedule, ScheduleError, Target};
use crate::store::Actor;
use std::time::Duration;

/// A schedule of the application, as it registers.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// When.
    pub schedule: Schedule,
    /// What happens to times that nobody was there for.
    pub missed: Missed,
    /// What it sends.
    pub target: Target,
}

/// Row 1 of `hyrex_scheduler_lock`, wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// Who: the id of an executor, as text. Its beats renew it.
    pub holder: String,
    /// For how long, until the first beat.
    pub lease: Duration,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// The leader's claim. Every write of a leader names it, and is refused when somebody else holds the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderFence {
    /// Who.
    pub holder: String,
    /// How often the row was taken by schedulers of ours, this time included.
    pub fence: i64,
}

/// What a tick sees of schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchedulerSeen {
    /// `None`: there is no job to run. For the executor that leads, a number that changes when jobs do.
    pub jobs: Option<i64>,
    /// Who leads, also when the lease is over; `None`: nobody.
    pub leader: Option<LeaderFence>,
    /// When the leader's lease is over.
    pub free_at: Option<Timestamp>,
}

/// One time of one job.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    /// The job.
    pub job: i64,
    /// The time.
    pub time: Timestamp,
    /// What it sends, with ids of its own; `None`: the row's command is run as SQL.
    pub work: Option<Target>,
}

/// Times that have come.
#[derive(Clone, Debug, PartialEq)]
pub struct Fire {
    /// Who leads.
    pub leader: LeaderFence,
    /// The times; those of one job ascending.
    pub firings: Vec<Firing>,
    /// Until when nothing of these jobs is left to do, then.
    pub confirmed: Vec<(i64, Timestamp)>,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of one firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It is sent, or its SQL was run.
    New,
    /// Somebody had done it.
    Already,
    /// It cannot be sent, or its SQL failed; this is kept in its history.
    Failed(String),
}

/// Whose a job is, and so what is done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleSource {
    /// An application of ours.
    Application,
    /// A task of Python's: sent as its row and its definition say.
    PythonTask,
    /// SQL that somebody wrote: run in a savepoint.
    Sql,
    /// Python's own upkeep, which our services do: never run.
    System,
}

/// A job.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ScheduleRow {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub source: ScheduleSource,
    /// The cron expression.
    pub expression: String,
    /// The time zone.
    pub time_zone: String,
    /// What happens to times that nobody was there for: `last`, `all` or `none`.
    pub missed: String,
    /// The application that registered it last; `None`: it is Python's.
    pub app: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// The operator who last switched it.
    pub enabled_by: Option<String>,
    /// Until when nothing of it is left to do.
    pub confirmed_until: Timestamp,
    /// The last time that it ran for.
    pub last: Option<Timestamp>,
    /// Times that Python's scheduler wrote down over a minute ago, and never ran.
    #[serde(skip)]
    pub left_over: Vec<Timestamp>,
    /// `task` or `workflow`, for what sends one.
    pub target_kind: Option<String>,
    /// Which.
    pub target_name: Option<String>,
    /// The rest of what it sends, as [`Target::to_columns`] writes it.
    #[serde(skip)]
    pub target_args: Option<String>,
}

impl ScheduleRow {
    /// When.
    ///
    /// # Errors
    /// What cannot be read of somebody else's row.
    pub fn schedule(&self) -> Result<Schedule, ScheduleError> {
        Schedule::parse(&self.expression, &self.time_zone)
    }

    /// What it sends; `None`: SQL.
    ///
    /// # Errors
    /// What cannot be read of somebody else's row.
    pub fn target(&self) -> Result<Option<Target>, ScheduleError> {
        let columns = (&self.target_kind, &self.target_name, &self.target_args);
        let (Some(kind), Some(name), Some(args)) = columns else { return Ok(None) };
        Target::read(kind, name, args).map(Some)
    }

    /// The times that are to run now, and until when nothing is left to do then.
    ///
    /// # Errors
    /// What cannot be read of somebody else's row.
    pub fn due(&self, now: Timestamp) -> Result<Vec<Firing>, ScheduleError> {
        if !self.enabled || self.source == ScheduleSource::System {
            return Ok(Vec::new());
        }
        let missed: Missed = self.missed.parse()?;
        let mut times = missed.due(&self.schedule()?, self.confirmed_until, now);
        times.extend(&self.left_over);
        times.sort();
        times.dedup();
        let target = self.target()?;
        let fire = |time| Firing { job: self.id, time, work: target.as_ref().map(Target::fresh) };
        Ok(times.into_iter().map(fire).collect())
    }
}

/// A page of what a job did: the newest times first, those before `before`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleHistoryQuery {
    /// The job.
    pub job: i64,
    /// Where the page starts: the `next` of the page before.
    pub before: Option<Timestamp>,
    /// Rows at most, 1 to 1,000.
    pub limit: u32,
}

/// One time of a job: a row of `hyrex_cron_job_run_details`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ScheduleRunRow {
    /// The time that it ran for.
    pub time: Timestamp,
    /// What came of it: sent, waiting for Python's scheduler, or failed.
    pub status: Option<String>,
    /// The run that was sent: a task's, or a workflow's.
    pub run: Option<uuid::Uuid>,
    /// When it was done.
    pub done: Option<Timestamp>,
    /// Why it could not be.
    pub error: Option<String>,
}

/// Switch a job on or off.
#[derive(Clone, Debug, PartialEq)]
pub struct SetSchedule {
    /// The job's name.
    pub name: String,
    /// Whether it is to run. Times that come while it is off are not made up.
    pub enabled: bool,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// Send what a job sends, now, beside its times.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSchedule {
    /// The job's name.
    pub name: String,
    /// What it sends, with ids of its own: a repeated verb finds it standing.
    pub work: Target,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}
