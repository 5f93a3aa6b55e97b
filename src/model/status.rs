//! The statuses of a task run and its state machine: the one place where a status and an edge are written down.

use std::{fmt, str::FromStr};

/// The status of an attempt, in the order of PostgreSQL's enum `task_run_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskStatus {
    /// Ended with a result.
    Success,
    /// Ended with an error.
    Failed,
    /// Held by an executor.
    Running,
    /// May be claimed.
    Queued,
    /// Held by an executor that is asked to cancel it.
    UpForCancel,
    /// Ended by a cancellation.
    Canceled,
    /// Its executor vanished.
    Lost,
    /// Interrupted by a clean stop of its worker, without retries: final until an operator retries it.
    Stopped,
    /// Never ran, because a predecessor in its workflow ended without success.
    Skipped,
    /// Waits for its predecessors in a workflow.
    AwaitDeps,
    /// Waits for its start time.
    AwaitStartTime,
}

use TaskStatus::*;

impl TaskStatus {
    /// Every status, in the order of the enum.
    pub const ALL: [TaskStatus; 11] =
        [Success, Failed, Running, Queued, UpForCancel, Canceled, Lost, Stopped, Skipped, AwaitDeps, AwaitStartTime];
    /// Held by an executor: counts against limits.
    pub const HELD: [TaskStatus; 2] = [Running, UpForCancel];
    /// Not begun.
    pub const WAITING: [TaskStatus; 3] = [Queued, AwaitDeps, AwaitStartTime];
    /// Ended; such a row never changes again.
    pub const FINISHED: [TaskStatus; 6] = [Success, Failed, Canceled, Lost, Stopped, Skipped];
    /// Ended badly: what an operator looks for.
    pub const TROUBLED: [TaskStatus; 3] = [Failed, Lost, Stopped];

    /// The name that both stores keep.
    pub const fn as_str(self) -> &'static str {
        match self {
            Success => "SUCCESS",
            Failed => "FAILED",
            Running => "RUNNING",
            Queued => "QUEUED",
            UpForCancel => "UP_FOR_CANCEL",
            Canceled => "CANCELED",
            Lost => "LOST",
            Stopped => "STOPPED",
            Skipped => "SKIPPED",
            AwaitDeps => "AWAIT_DEPS",
            AwaitStartTime => "AWAIT_START_TIME",
        }
    }

    /// Whether an executor holds an attempt in this status.
    pub fn is_held(self) -> bool {
        Self::HELD.contains(&self)
    }

    /// Whether an attempt in this status has not begun.
    pub fn is_waiting(self) -> bool {
        Self::WAITING.contains(&self)
    }

    /// Whether an attempt in this status has ended.
    pub fn is_finished(self) -> bool {
        Self::FINISHED.contains(&self)
    }

    /// The statuses that may follow this one.
    pub const fn successors(self) -> &'static [TaskStatus] {
        match self {
            AwaitDeps => &[Queued, AwaitStartTime, Canceled, Skipped],
            AwaitStartTime => &[Queued, Canceled],
            Queued => &[Running, Canceled],
            Running => &[Success, Failed, Lost, Stopped, UpForCancel, Queued],
            UpForCancel => &[Canceled, Failed, Success],
            Success | Failed | Canceled | Lost | Stopped | Skipped => &[],
        }
    }

    /// Whether the state machine has an edge from this status to `next`.
    pub fn may_become(self, next: TaskStatus) -> bool {
        self.successors().contains(&next)
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no status")]
pub struct UnknownStatus(pub String);

impl FromStr for TaskStatus {
    type Err = UnknownStatus;

    /// Reads the stored name, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

macro_rules! stored_names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),*
        }

        impl $name {
            /// Every status.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that both stores keep.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownStatus;

            fn from_str(text: &str) -> Result<Self, UnknownStatus> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(UnknownStatus(text.to_owned())),
                }
            }
        }
    };
}

stored_names!(
    /// The status of an executor.
    ExecutorStatus {
        /// Stopped cleanly.
        Shutdown = "SHUTDOWN",
        /// Declared lost by an observer.
        Lost = "LOST",
        /// At work.
        Running = "RUNNING",
        /// Not said.
        Unknown = "UNKNOWN",
    }
);

stored_names!(
    /// The status of a workflow run.
    WorkflowStatus {
        /// All nodes succeeded.
        Success = "SUCCESS",
        /// A node ended for good without success, or the run's time was up.
        Failed = "FAILED",
        /// Under way.
        Running = "RUNNING",
        /// Being cancelled.
        UpForCancel = "UP_FOR_CANCEL",
        /// Cancelled.
        Canceled = "CANCELED",
        /// Written by nobody today; the enum has it.
        Asleep = "ASLEEP",
    }
);

impl WorkflowStatus {
    /// The statuses that may follow this one.
    pub const fn successors(self) -> &'static [WorkflowStatus] {
        use WorkflowStatus::*;
        match self {
            Running => &[Success, Failed, UpForCancel],
            UpForCancel => &[Canceled, Failed],
            // Only by a repair.
            Failed | Canceled => &[Running],
            Success | Asleep => &[],
        }
    }

    /// Whether the state machine has an edge from this status to `next`.
    pub fn may_become(self, next: WorkflowStatus) -> bool {
        self.successors().contains(&next)
    }

    /// Whether such a run goes on.
    pub fn is_live(self) -> bool {
        matches!(self, WorkflowStatus::Running | WorkflowStatus::UpForCancel)
    }

    /// Whether nothing of such a run goes on.
    pub fn is_finished(self) -> bool {
        matches!(self, WorkflowStatus::Success | WorkflowStatus::Failed | WorkflowStatus::Canceled)
    }
}
