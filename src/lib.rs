//! Hyrex: task orchestration over PostgreSQL in production and SQLite embedded.

pub mod cli;
pub mod model;
pub mod runtime;
pub mod sdk;
pub mod store;

pub use model::Backoff;
pub use sdk::{
    Client, ClientError, ClientErrorKind, ConfigError, DurableTaskRun, Error, Failure, HyrexApp, HyrexKV, HyrexQueue,
    HyrexRegistry, Kv, Plain, Result, SendIn, Sending, Task, TaskConfig, TaskContext, WorkerSettings, block_on,
    get_hyrex_context, init, spawn,
};
/// Tells a blocking function that it is to end: see [`TaskContext::cancellation`].
pub use tokio_util::sync::CancellationToken;

/// What most applications need: `use hyrex::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Backoff, Client, ClientError, DurableTaskRun, Error, Failure, HyrexApp, HyrexKV, HyrexQueue, HyrexRegistry,
        Result, Task, TaskConfig, TaskContext, WorkerSettings, get_hyrex_context, registry,
    };
    pub use serde::{Deserialize, Serialize};
}
