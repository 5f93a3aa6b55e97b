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
