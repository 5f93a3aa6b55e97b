//! Where an event leads a workflow's run.

use crate::model::WorkflowStatus::{self, *};

/// Why a run is being ended before its nodes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Someone cancelled it.
    Canceled,
    /// Its deadline has passed.
    TimedOut,
}

impl serde::Serialize for Cause {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl Cause {
    /// The text that both stores keep as a run's `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Canceled => "canceled",
            Cause::TimedOut => "timeout",
        }
    }

    /// Reads the stored text.
    pub fn read(text: &str) -> Option<Self> {
        [Cause::Canceled, Cause::TimedOut].into_iter().find(|cause| cause.as_str() == text)
    }
}

/// What happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// No node runs or waits any more.
    NodesEnded {
        /// Whether all of them succeeded.
        all_succeeded: bool,
    },
    /// Someone cancels it.
    Cancel,
    /// Its deadline passes.
    TimeUp,
    /// Someone has it tried again, with a new deadline.
    Repair,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunState {
    /// Its status.
    pub status: WorkflowStatus,
    /// Why it is being ended, or was. The first cause stands.
    pub cause: Option<Cause>,
}

/// An event that a run in this status does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a workflow run that is {status} cannot be {}", match event {
    RunEvent::NodesEnded { .. } => "ended",
    RunEvent::Cancel => "cancelled",
    RunEvent::TimeUp => "timed out",
    RunEvent::Repair => "tried again",
})]
pub struct RunRefused {
    /// Its status.
    pub status: WorkflowStatus,
    /// The event.
    pub event: RunEvent,
}

impl RunState {
    /// A run as it is sent.
    pub const SENT: Self = Self { status: Running, cause: None };

    /// Where the event leads it. An event that changes nothing leaves it as it is.
    ///
    /// # Errors
    /// Where its status does not know the event.
    pub fn after(self, event: RunEvent) -> Result<Self, RunRefused> {
        let ended = |status| Self { status, cause: self.cause };
        match (self.status, event) {
            (Running, RunEvent::NodesEnded { all_succeeded: true }) => Ok(ended(Success)),
            (Running, RunEvent::NodesEnded { all_succeeded: false }) => Ok(ended(Failed)),
            (Running, RunEvent::Cancel) => Ok(Self { status: UpForCancel, cause: Some(Cause::Canceled) }),
            (Running, RunEvent::TimeUp) => Ok(Self { status: UpForCancel, cause: Some(Cause::TimedOut) }),
            (UpForCancel, RunEvent::NodesEnded { .. }) if self.cause == Some(Cause::TimedOut) => Ok(ended(Failed)),
            (UpForCancel, RunEvent::NodesEnded { .. }) => Ok(ended(Canceled)),
            (UpForCancel, RunEvent::Cancel | RunEvent::TimeUp) => Ok(self),
            (Failed | Canceled, RunEvent::Repair) => Ok(Self::SENT),
            (status, event) => Err(RunRefused { status, event }),
        }
    }
}
