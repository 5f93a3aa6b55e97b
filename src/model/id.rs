//! Identifiers. All are UUIDv7 made by the sender, so that a write can be repeated and ids sort by time.

use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier (UUIDv7, RFC 9562); later ones of one process sort after earlier ones.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

id!(
    /// A run: what was sent (`durable_id`). It is also the id of its first attempt.
    RunId
);
id!(
    /// One attempt of a run: a row of `hyrex_task_run` (`id`).
    AttemptId
);
id!(
    /// A worker process: a row of `hyrex_executor`.
    ExecutorId
);
id!(
    /// A run of a workflow: a row of `hyrex_workflow_run`.
    WorkflowRunId
);

impl RunId {
    /// The id of the run's first attempt: the same value.
    pub fn first_attempt(self) -> AttemptId {
        AttemptId(self.0)
    }
}

impl WorkflowRunId {
    /// The smallest identifier that a sender could make at `time`: those made before are smaller.
    pub(crate) fn first_of(time: crate::model::Timestamp) -> Self {
        let millis = time.timestamp_millis().clamp(0, (1 << 48) - 1) as u128;
        Self(Uuid::from_u128(millis << 80))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_after_a_time_are_larger_than_its_first() {
        let (before, id) = (chrono::Utc::now(), WorkflowRunId::new());
        assert!(WorkflowRunId::first_of(before) < id);
        assert!(WorkflowRunId::first_of(before + chrono::TimeDelta::seconds(1)) > id);
        assert!(WorkflowRunId::first_of(crate::model::Timestamp::MIN_UTC) < id);
    }
}
