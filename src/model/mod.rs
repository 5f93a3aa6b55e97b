//! Plain data and the rules about it: ids, statuses and their state machine, bounds, queue patterns, the graphs of
//! workflows and their pictures, schedules. No I/O.
//!
//! Everything here may be used from everywhere; nothing here uses a store, a runtime or a screen.

mod backoff;
pub mod bounds;
pub mod dag;
mod fingerprint;
mod id;
pub mod picture;
mod queue;
mod run;
pub mod schedule;
mod status;
pub(crate) mod text;
pub mod time;
mod workflow;

pub use backoff::{Backoff, IntoDelay};
pub use bounds::BoundsError;
pub use fingerprint::fingerprint;
pub use id::{AttemptId, ExecutorId, RunId, WorkflowRunId};
pub use queue::{PatternError, QueuePattern, QueueSet};
pub use run::{
    ClaimedRun, Completed, Completion, DEFAULT_PRIORITY, DEFAULT_QUEUE, Enqueued, Fence, LogLine, NewRun, Outcome,
    Progress, Start, TaskError, meets_settled,
};
pub use status::{ExecutorStatus, TaskStatus, UnknownStatus, WorkflowStatus};
pub use time::Timestamp;
pub use workflow::{NewNode, NewWorkflow, TaskSettings, WorkflowSent, WorkflowSettings};
