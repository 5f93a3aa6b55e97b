//! Hyrex runs tasks: functions that are sent from one place and executed in another, again where they fail, once where
//! they succeed. What was sent stands in a database, PostgreSQL in production or a SQLite file embedded, and nothing
//! else has to run.
//!
//! A [`Task`] is a name, settings and a function. An application ([`HyrexApp`]) is a registry of them. A send makes a
//! *run*; a worker claims it and executes it as an *attempt*, and as another one where that fails and retries are left.
//!
//! ```no_run
//! use hyrex::prelude::*;
//! use std::time::Duration;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Mail { to: String }
//!
//! fn send_mail() -> Task<Plain<Mail, u32>> {
//!     Task::new("send_mail", TaskConfig::new().max_retries(3).timeout_seconds(30), |mail: Mail| async move {
//!         if mail.to.is_empty() {
//!             return Err(Error::fatal("a mail to nobody"));
//!         }
//!         Ok(250)
//!     })
//! }
//!
//! # async fn example() -> Result<(), ClientError> {
//! // Which database: here, or by HYREX_DATABASE_URL.
//! hyrex::init("sqlite:shop.db").await?;
//! let run = send_mail().send(Mail { to: "ada@example.com".into() }).await?;
//! let code: u32 = run.wait(Duration::from_secs(60)).await?;
//! # let _ = code; Ok(()) }
//! ```
//!
//! Delivery is at least once while retries are left, and at most once with `max_retries` 0. A send answers when its run
//! is durable; with an idempotency key it stands once, however often it is sent. A task's success, its result and what
//! follows from it are one transaction.
//!
//! The layers, each of which knows only those after it: [`cli`], [`sdk`] (whose items stand at the root as well),
//! [`store`], [`model`].

pub mod cli;
pub mod model;
pub mod runtime;
pub mod sdk;
pub mod store;

pub use model::Backoff;
pub use runtime::{Shutdown, Worker};
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
        Plain, Result, Task, TaskConfig, TaskContext, WorkerSettings, get_hyrex_context, registry,
    };
    pub use serde::{Deserialize, Serialize};
}

/// The README's examples, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
