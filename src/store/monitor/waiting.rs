//! Why a run is not running: the facts.

use crate::model::{ExecutorId, QueueSet, TaskStatus, Timestamp};
use crate::store::{AttemptRow, Capped, ExecutorRow, QueueSettings, WorkflowState};
use std::time::Duration;

/// Most holders of a queue that are named.
pub const MOST_HOLDERS: u32 = 10;
/// Most predecessors that are named.
pub const MOST_PREDECESSORS: u32 = 50;

/// What decides whether a run starts; [`Waiting::reasons`] says it in words.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Waiting {
    /// The database's clock, or the `now` that was given.
    pub now: Timestamp,
    /// The run's latest attempt.
    pub row: AttemptRow,
    /// Its queue's limit and pause.
    pub queue: QueueSettings,
    /// Runs held in its queue.
    pub held: Capped,
    /// The newest [`MOST_HOLDERS`] of these.
    pub holders: Vec<AttemptRow>,
    /// Runs QUEUED in its queue that come before it: of a higher priority, or of the same and earlier. Zero unless it
    /// is QUEUED.
    pub ahead: Capped,
    /// Nodes that it waits for and that have not succeeded, by name: at most [`MOST_PREDECESSORS`].
    pub predecessors: Vec<(String, TaskStatus)>,
    /// Executors that are RUNNING, the newest first; at most 1,000.
    pub executors: Vec<Candidate>,
    /// Where its workflow run stands, where it is a node.
    pub workflow: Option<WorkflowState>,
}

/// An executor that might run it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Candidate {
    /// The executor.
    pub id: ExecutorId,
    /// Its name.
    pub name: String,
    /// Whether it subscribes to the run's queue.
    pub serves_queue: bool,
    /// Whether it has a handler for the run's task; `None`: an executor of Python, which does not say.
    pub handles_task: Option<bool>,
    /// Attempts at once; `None`: an executor of Python, which runs one.
    pub slots: Option<u32>,
    /// Attempts that it holds.
    pub held: u32,
    /// How long ago it last gave a sign of life.
    #[serde(rename = "silent_seconds", serialize_with = "crate::store::read::seconds")]
    pub silent_for: Option<Duration>,
    /// After how long without one others take it for lost; `None`: an executor of Python.
    #[serde(rename = "lease_seconds", serialize_with = "crate::store::read::seconds")]
    pub lease: Option<Duration>,
}

impl Candidate {
    /// What an executor is for a run.
    pub(crate) fn of(executor: &ExecutorRow, row: &AttemptRow) -> Self {
        Self {
            id: executor.id,
            name: executor.name.clone(),
            serves_queue: QueueSet::shown_serves(&executor.queue_pattern, &row.queue),
            handles_task: executor.task_names.as_ref().map(|names| names.contains(&row.task_name)),
            slots: executor.slots,
            held: executor.held,
            silent_for: executor.silent_for,
            lease: executor.lease,
        }
    }
}
