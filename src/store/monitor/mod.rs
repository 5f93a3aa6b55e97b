//! What a monitor asks of a store beyond lists: figures of the last minutes, failures by error, why a run waits, names.
//!
//! All of it bounded: by counters, by indexes that hold live rows only, or by a look back of
//! [`LOOK_BACK`](super::LOOK_BACK) rows. What is said about these facts is said here too, without a store: why a run
//! waits ([`Waiting::reasons`]), and what needs attention ([`attention`]).

mod activity;
mod attention;
#[cfg(test)]
mod attention_tests;
mod failures;
mod reasons;
#[cfg(test)]
mod reasons_tests;
mod waiting;

#[cfg(feature = "postgres")]
pub(crate) use activity::minute_of;
pub use activity::{Activity, ActivityQuery, ActivitySource, Histogram, QueueDurations, QueueMinute};
pub(crate) use activity::{Summed, activity, first_minute};
pub use attention::{ATTENTION_SPAN, Attention, MANY_FAILURES, Open, Overview, Rule, Severity, attention};
pub(crate) use failures::{Failed, MOST_FAILED, group};
pub use failures::{FailureGroup, Failures, FailuresQuery};
pub use reasons::{PYTHON_QUIET, Reason};
pub use waiting::{Candidate, MOST_HOLDERS, MOST_PREDECESSORS, Waiting};

use crate::model::{Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::Capped;

/// Whose tables a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tables {
    /// Ours.
    Ours,
    /// The Python SDK's alone: errors, logs, progress, pauses, limits and counters are not there.
    Python,
    /// None of either.
    None,
}

/// Names, for completion: each list in the order of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Names {
    /// Of tasks: defined ones, and those of the newest [`NAMED_BACK`] rows; at most 1,000.
    pub tasks: Vec<String>,
    /// Of queues: known ones, and those that hold runs or stand in the newest [`NAMED_BACK`] rows; at most 1,000.
    pub queues: Vec<String>,
    /// Of workflows: defined ones, and those of the newest [`NAMED_BACK`] runs; at most 1,000.
    pub workflows: Vec<String>,
}

/// How many of the newest rows are looked at for names that no definition has.
pub const NAMED_BACK: u32 = 1_000;
/// How many runs a workflow's row shows.
pub const RECENT_RUNS: u32 = 20;

/// A workflow, defined or only run, with its newest runs.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WorkflowRow {
    /// Its name.
    pub name: String,
    /// Whether its definition is here.
    pub has_definition: bool,
    /// The newest [`RECENT_RUNS`] runs, the newest first.
    pub recent: Vec<WorkflowRunBrief>,
    /// Runs sent within 24 hours, by the times in their ids; counted to 1,000.
    pub last_day: Capped,
    /// Runs that go on; of all workflows together counted to [`LOOK_BACK`](super::LOOK_BACK).
    pub live: Capped,
}

/// A run of a workflow in few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WorkflowRunBrief {
    /// The run.
    pub id: WorkflowRunId,
    /// Its status.
    pub status: WorkflowStatus,
    /// When it was sent.
    pub queued: Option<Timestamp>,
    /// When it began, or was last tried again.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
}
