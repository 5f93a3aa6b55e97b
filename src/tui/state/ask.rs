//! What the monitor asks of the store, and what comes back: plain parameters, one of each kind a screen.

use super::screens::cron::ScheduleLine;
use super::screens::kv::level::KvEntry;
use super::screens::overview::OverviewAnswer;
use crate::model::{AttemptId, ExecutorId, LogLine, RunId, TaskStatus, WorkflowRunId};
use crate::store::{
    Activity, AttemptDetail, AttemptRow, Capped, ExecutorRow, KvRow, LogCursor, Names, QueueRow, RunDetail, RunFilter,
    ScheduleRunRow, SystemEvent, Tree, Waiting, WorkflowRow, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery,
};
use std::time::Duration;

/// A question to the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// A list of runs.
    Tasks(TasksAsk),
    /// One run, for the pane beside a list.
    Run(RunId),
    /// What is around a run that does not run.
    Why(RunId),
    /// One run with all that its screen shows.
    Task(TaskAsk),
    /// The queues, and who works.
    Queues,
    /// The executors.
    Executors,
    /// What an executor holds.
    Held(ExecutorId),
    /// What stands below a prefix of the key-value store.
    Keys(String),
    /// A value of the key-value store.
    Value {
        /// Its key.
        key: String,
        /// Characters at most.
        most: u32,
    },
    /// All that the overview shows.
    Overview,
    /// The workflows with their newest runs.
    Workflows,
    /// A workflow's definition.
    Definition(String),
    /// The schedules.
    Schedules,
    /// What a schedule did.
    ScheduleHistory {
        /// Its job.
        job: i64,
        /// Times at most.
        limit: u32,
    },
    /// Runs of workflows.
    WorkflowRuns(WorkflowRunsQuery),
    /// A workflow's run with its nodes.
    WorkflowRun(WorkflowRunId),
    /// The newest system events.
    Log {
        /// At most.
        limit: u32,
    },
    /// Names, for completion.
    Names,
    /// The run that an id, or its end, names.
    Find(String),
}

/// Which runs to list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TasksAsk {
    /// Which.
    pub(crate) filter: RunFilter,
    /// Rows at most.
    pub(crate) rows: u32,
    /// How often to go on where the search stopped at its bound.
    pub(crate) pages: u32,
}

impl Ask {
    /// Whether this only goes on from what `before` asked: the next lines of the same log.
    pub(crate) fn goes_on(&self, before: &Ask) -> bool {
        match (self, before) {
            (Ask::Task(this), Ask::Task(before)) => {
                let log = this.log.and(before.log);
                TaskAsk { log, ..this.clone() } == TaskAsk { log, ..before.clone() }
                    && this.log.is_some() == before.log.is_some()
            }
            _ => false,
        }
    }
}

/// What to read of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskAsk {
    /// Which.
    pub(crate) run: RunId,
    /// The attempt that is looked at; `None`: the latest.
    pub(crate) attempt: Option<AttemptId>,
    /// Lines of its log, after this one where some are there already.
    pub(crate) log: Option<LogAsk>,
}

/// Which lines of a log to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogAsk {
    /// The last line that is there.
    pub(crate) after: Option<LogCursor>,
}

/// An answer of the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// To [`Ask::Tasks`].
    Tasks(TasksAnswer),
    /// To [`Ask::Run`]: `None`: there is no such run (any more).
    Run(Option<Box<RunDetail>>),
    /// To [`Ask::Why`].
    Why(Option<Box<WhyAnswer>>),
    /// To [`Ask::Task`].
    Task(Option<Box<TaskAnswer>>),
    /// To [`Ask::Queues`].
    Queues(QueuesAnswer),
    /// To [`Ask::Executors`]: those at work first.
    Executors(Vec<ExecutorRow>),
    /// To [`Ask::Held`], and whose they are.
    Held(ExecutorId, Vec<AttemptRow>),
    /// To [`Ask::Keys`].
    Keys {
        /// Folders and keys.
        entries: Vec<KvEntry>,
        /// Whether there are more.
        more: bool,
    },
    /// To [`Ask::Value`]: `None`: there is no such key.
    Value(Option<Box<KvRow>>),
    /// To [`Ask::Overview`].
    Overview(Box<OverviewAnswer>),
    /// To [`Ask::Workflows`], by name.
    Workflows(Vec<WorkflowRow>),
    /// To [`Ask::Definition`]: its graph as it is kept; `None`: none is.
    Definition(Option<String>),
    /// To [`Ask::Schedules`], by name.
    Schedules(Vec<ScheduleLine>),
    /// To [`Ask::ScheduleHistory`].
    ScheduleHistory {
        /// Whose.
        job: i64,
        /// Its times, the newest first.
        rows: Vec<ScheduleRunRow>,
        /// Whether there are older ones.
        more: bool,
    },
    /// To [`Ask::WorkflowRuns`].
    WorkflowRuns {
        /// The newest first.
        rows: Vec<WorkflowRunRow>,
        /// Whether there are older ones.
        more: bool,
    },
    /// To [`Ask::WorkflowRun`]: `None`: there is no such run.
    WorkflowRun(Option<Box<WorkflowRunDetail>>),
    /// To [`Ask::Log`].
    Log(Vec<SystemEvent>),
    /// To [`Ask::Names`].
    Names(Names),
    /// To [`Ask::Find`].
    Found(Vec<RunId>),
}

/// A list of runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TasksAnswer {
    /// By their latest attempt, the newest first.
    pub(crate) rows: Vec<AttemptRow>,
    /// Whether there are more.
    pub(crate) more: bool,
    /// Set where the search stopped at its bound: rows looked at.
    pub(crate) looked_at: Option<u32>,
    /// How many runs stand in each status, whatever the filter says.
    pub(crate) counts: Vec<(TaskStatus, Capped)>,
}

/// A run and what is around it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskAnswer {
    /// The run with its attempts.
    pub(crate) detail: RunDetail,
    /// The attempt that was asked for, where it is not the latest.
    pub(crate) attempt: Option<AttemptDetail>,
    /// The runs of its root.
    pub(crate) tree: Tree,
    /// Lines of the log, where some were asked for.
    pub(crate) log: Option<Vec<LogLine>>,
}

/// A run, and what keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WhyAnswer {
    /// The run by its latest attempt.
    pub(crate) row: AttemptRow,
    /// What keeps it, where it waits.
    pub(crate) waiting: Option<Waiting>,
}

/// The queues, and who works.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QueuesAnswer {
    /// By name.
    pub(crate) queues: Vec<QueueRow>,
    /// Executors, those at work first.
    pub(crate) executors: Vec<ExecutorRow>,
    /// What ran in the last half hour.
    pub(crate) activity: Activity,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble {
    /// In words, without a password.
    pub(crate) message: String,
    /// When it is tried again.
    pub(crate) retry_in: Duration,
}
