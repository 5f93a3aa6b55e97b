//! What a reader asks of a store: parameters and answers of [`ReadStore`](super::ReadStore). Bounded, by pages.

use crate::model::{
    AttemptId, ExecutorId, ExecutorStatus, LogLine, Progress, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId,
};
use crate::store::QueueSettings;
use std::time::Duration;

pub(super) fn seconds<S: serde::Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&duration.map(|d| d.as_secs_f64()), to)
}

/// A page of a list, newest first unless it says otherwise.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Page<T, C> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None`: there is none.
    pub next: Option<C>,
    /// Set when the search stopped at its bound before the page was full: rows looked at.
    pub looked_at: Option<u32>,
}

/// A count that stops at a bound: exact below it, "at least" at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Capped {
    /// What was counted.
    pub count: u32,
    /// Whether there is more.
    pub more: bool,
}

/// Where counting stops.
pub const COUNT_CAP: u32 = 10_000;
/// Most rows that a page looks at where no index serves its filter.
pub const LOOK_BACK: u32 = 20_000;

/// Which runs to list. Lists speak of runs, by their latest attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    /// In one of these statuses; empty: any.
    pub statuses: Vec<TaskStatus>,
    /// In this queue.
    pub queue: Option<String>,
    /// Of this task.
    pub task_name: Option<String>,
    /// Held, or last held, by this executor.
    pub executor: Option<ExecutorId>,
    /// Of this workflow run.
    pub workflow_run: Option<WorkflowRunId>,
}

/// A page of runs: newest attempts first, those before `before`.
#[derive(Clone, Debug, PartialEq)]
pub struct RunsQuery {
    /// Which.
    pub filter: RunFilter,
    /// Where the page starts: the `next` of the page before.
    pub before: Option<AttemptId>,
    /// Rows at most, 1 to 1,000.
    pub limit: u32,
}

/// A row of `hyrex_task_run`: an attempt, with what every list shows of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AttemptRow {
    /// The attempt.
    pub id: AttemptId,
    /// Its run.
    pub run: RunId,
    /// The root of its tree.
    pub root: RunId,
    /// The attempt that sent the run.
    pub parent: Option<AttemptId>,
    /// The workflow run that it is a node of.
    pub workflow_run: Option<WorkflowRunId>,
    /// Its node's name there.
    pub node_name: Option<String>,
    /// The task.
    pub task_name: String,
    /// The queue.
    pub queue: String,
    /// Its status.
    pub status: TaskStatus,
    /// Higher first.
    pub priority: i16,
    /// 0 is the first.
    pub attempt_number: i16,
    /// Retries after the first attempt.
    pub max_retries: i16,
    /// Seconds that an attempt may take.
    pub timeout_seconds: Option<i32>,
    /// The executor that holds, or last held, it.
    pub executor: Option<ExecutorId>,
    /// When it is to start.
    pub scheduled_start: Option<Timestamp>,
    /// When it entered its queue.
    pub queued: Option<Timestamp>,
    /// When it was claimed.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The run's idempotency key (stands on the first attempt).
    pub idempotency_key: Option<String>,
    /// The first line of its error, where one is kept.
    pub error: Option<String>,
}

/// Everything about one attempt.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AttemptDetail {
    /// The row.
    pub row: AttemptRow,
    /// Arguments, as text.
    pub args: String,
    /// The result, as text.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// How far it says it is.
    pub progress: Option<Progress>,
}

/// A run with its attempts.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RunDetail {
    /// The run.
    pub id: RunId,
    /// Its attempts by number, the newest 1,001 at most.
    pub attempts: Vec<AttemptRow>,
    /// Everything about the latest one, which lists and counts go by.
    pub latest: AttemptDetail,
}

/// A run within a tree, by its latest attempt.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TreeRow {
    /// The run's latest attempt.
    pub row: AttemptRow,
    /// The run whose attempt sent it; `None` at the root, and where that row is gone.
    pub parent_run: Option<RunId>,
}

/// The runs of one root.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Tree {
    /// Where it starts.
    pub root: RunId,
    /// Its runs, in the order they were sent.
    pub runs: Vec<TreeRow>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// A queue as it stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct QueueRow {
    /// Its name, limit and pause.
    pub settings: QueueSettings,
    /// Runs that may be claimed.
    pub queued: Capped,
    /// Runs that are held.
    pub held: Capped,
    /// Runs that wait for their time.
    pub scheduled: Capped,
    /// How long the oldest has been queued.
    #[serde(rename = "oldest_seconds", serialize_with = "seconds")]
    pub oldest: Option<Duration>,
}

/// An executor as it stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ExecutorRow {
    /// The executor.
    pub id: ExecutorId,
    /// Its name.
    pub name: String,
    /// Its worker's name.
    pub worker_name: String,
    /// Its status.
    pub status: ExecutorStatus,
    /// What it serves, as it was given.
    pub queue_pattern: String,
    /// Attempts that it holds.
    pub held: u32,
    /// Attempts at once; `None`: an executor of Python.
    pub slots: Option<u32>,
    /// Slots taken by functions that outlived their timeout.
    pub stuck: Option<u32>,
    /// Its machine.
    pub host: Option<String>,
    /// Its process there.
    pub pid: Option<u32>,
    /// Hyrex's version; `None`: an executor of Python.
    pub version: Option<String>,
    /// The tasks that it has a handler for; `None`: unknown.
    pub task_names: Option<Vec<String>>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it stopped.
    pub stopped: Option<Timestamp>,
    /// How long ago it last gave a sign of life.
    #[serde(rename = "silent_seconds", serialize_with = "seconds")]
    pub silent_for: Option<Duration>,
    /// After how long without one others take it for lost; `None`: an executor of Python.
    #[serde(rename = "lease_seconds", serialize_with = "seconds")]
    pub lease: Option<Duration>,
}

/// A key of the key-value store.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct KvRow {
    /// The key.
    pub key: String,
    /// The value, or its beginning when only that was asked for.
    pub value: String,
    /// The whole value's size in bytes.
    pub size: u32,
    /// When it was last written.
    pub written: Timestamp,
}

/// A page of keys in the order of their bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct KvQuery {
    /// Keys that start so.
    pub prefix: String,
    /// Keys after this one.
    pub after: Option<String>,
    /// Rows at most, 1 to 1,000.
    pub limit: u32,
    /// Characters of each value at most.
    pub preview: u32,
}

/// A page of an attempt's log lines, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct LogsQuery {
    /// Whose.
    pub attempt: AttemptId,
    /// Lines after this one: the `next` of the page before, or the last line seen.
    pub after: Option<LogCursor>,
    /// Lines at most, 1 to 1,000.
    pub limit: u32,
}

/// A line's place in an attempt's log: the claim it was logged under, and its number there.
pub type LogCursor = (i32, i32);

/// A page of log lines.
pub type LogPage = Page<LogLine, LogCursor>;

/// An event's place among the events: when, and its id.
pub type EventCursor = (Timestamp, uuid::Uuid);

/// Something that happened, for operators: a row of `hyrex_system_logs`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SystemEvent {
    /// Its id.
    pub id: uuid::Uuid,
    /// When.
    pub at: Option<Timestamp>,
    /// What kind, e.g. `queue_paused`.
    pub name: String,
    /// JSON as text.
    pub body: String,
}

/// What a waiter wants to know of a run: cheap to ask again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// The latest attempt.
    pub attempt: AttemptId,
    /// Its status.
    pub status: TaskStatus,
    /// Its number.
    pub attempt_number: i16,
    /// Retries after the first attempt.
    pub max_retries: i16,
    /// The result, once it is SUCCESS.
    pub result: Option<String>,
    /// The error, once it is FAILED.
    pub error: Option<TaskError>,
}

impl RunState {
    /// Whether the run is over for good: no attempt will follow by itself.
    pub fn is_over(&self) -> bool {
        use TaskStatus::*;
        match self.status {
            Failed | Lost => self.attempt_number >= self.max_retries,
            status => status.is_finished(),
        }
    }
}
