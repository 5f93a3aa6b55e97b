//! Schedules as scripts read them: the documented names, whatever the structs are called inside.

use crate::model::schedule::{ScheduleError, Target};
use crate::model::{ExecutorStatus, Timestamp};
use crate::store::{ExecutorRow, ScheduleRow, ScheduleSource};
use serde::Serialize;
use std::collections::HashSet;

/// A job, as `cron list` shows it.
#[derive(Serialize)]
pub(super) struct JobView<'a> {
    pub job: &'a str,
    pub source: ScheduleSource,
    pub kind: Option<&'a str>,
    pub target: Option<&'a str>,
    pub app: Option<&'a str>,
    pub expression: &'a str,
    pub words: Option<String>,
    pub time_zone: &'a str,
    pub missed: &'a str,
    pub enabled: bool,
    pub enabled_by: Option<&'a str>,
    pub last: Option<Timestamp>,
    /// When it comes again, if it is on and ours to run.
    pub next: Option<Timestamp>,
    /// Whether a worker that is at work can run what it sends; `None`: that is not known.
    pub handled: Option<bool>,
    /// What of the row cannot be read.
    pub error: Option<String>,
}

impl<'a> JobView<'a> {
    /// The documented view of a row.
    pub(super) fn new(row: &'a ScheduleRow, handlers: &Handlers, now: Timestamp) -> Self {
        let read = row.schedule().and_then(|schedule| Ok((schedule, row.target()?)));
        let runs = row.enabled && row.source != ScheduleSource::System;
        let (words, next, target, error) = match read {
            Ok((schedule, target)) => (Some(schedule.describe()), schedule.after(now).filter(|_| runs), target, None),
            Err(error) => (None, None, None, Some(told(&error))),
        };
        Self {
            job: &row.name,
            source: row.source,
            kind: row.target_kind.as_deref(),
            target: row.target_name.as_deref(),
            app: row.app.as_deref(),
            expression: &row.expression,
            words,
            time_zone: &row.time_zone,
            missed: &row.missed,
            enabled: row.enabled,
            enabled_by: row.enabled_by.as_deref(),
            last: row.last,
            next,
            handled: target.and_then(|target| handlers.handle(&target)),
            error,
        }
    }
}

fn told(error: &ScheduleError) -> String {
    error.to_string()
}

/// What the workers that are at work can run.
pub(super) struct Handlers {
    tasks: HashSet<String>,
    /// Whether some worker does not tell what it can run.
    unknown: bool,
}

impl Handlers {
    /// Those of these executors.
    pub(super) fn of(executors: Vec<ExecutorRow>) -> Self {
        let at_work = executors.into_iter().filter(|executor| executor.status == ExecutorStatus::Running);
        let mut handlers = Self { tasks: HashSet::new(), unknown: false };
        for executor in at_work {
            match executor.task_names {
                Some(names) => handlers.tasks.extend(names),
                None => handlers.unknown = true,
            }
        }
        handlers
    }

    fn handle(&self, target: &Target) -> Option<bool> {
        let handled = match target {
            Target::Task(run) => self.tasks.contains(&run.task_name),
            Target::Workflow(run) => run.nodes.iter().all(|node| self.tasks.contains(&node.task_name)),
        };
        (handled || !self.unknown).then_some(handled)
    }
}
