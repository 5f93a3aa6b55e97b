//! Hyrex: task orchestration over PostgreSQL in production and SQLite embedded.

pub mod cli;
pub mod model;
pub mod sdk;
pub mod store;

pub use model::Backoff;
pub use sdk::{
    Client, ClientError, ClientErrorKind, ConfigError, Error, Failure, HyrexApp, HyrexQueue, HyrexRegistry, Result,
    Task, TaskConfig, TaskContext, WorkerSettings, get_hyrex_context,
};
