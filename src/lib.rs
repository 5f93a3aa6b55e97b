//! Hyrex runs tasks: functions that are sent from one place and executed in another, again where they fail, once where
//! they succeed. What was sent stands in a database, PostgreSQL in production or a SQLite file embedded, and nothing
//! else has to run.
//!
//! A [`Task`] is a name, settings and a function; [`task`] makes one of a function. An application ([`HyrexApp`]) is a registry of them. A send makes a
//! *run*; a worker claims it and executes it as an *attempt*, and as another one where that fails and retries are left.
//!
//! ```no_run
//! use hyrex::prelude::*;
//! use std::time::Duration;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Mail { to: String }
//!
//! #[hyrex::task(max_retries = 3, timeout_seconds = 30)]
//! async fn send_mail(mail: Mail) -> Result<u32> {
//!     if mail.to.is_empty() {
//!         return Err(Error::fatal("a mail to nobody"));
//!     }
//!     Ok(250)
//! }
//!
//! # async fn example() -> Result<(), ClientError> {
//! // Which database: here, or by HYREX_DATABASE_URL.
//! hyrex::init("sqlite:shop.db").await?;
//! let run = send_mail.send(Mail { to: "ada@example.com".into() }).await?;
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
#[cfg(feature = "tui")]
mod tui;

/// Makes a task of a function: a constant of the function's name, with `send`, `send_in`, `send_many` and `call`, each
/// of which takes the function's own parameters.
///
/// ```
/// use hyrex::prelude::*;
/// use std::time::Duration;
///
/// #[derive(Serialize, Deserialize)]
/// struct Order { number: u64 }
///
/// #[hyrex::task(queue = "processing", max_retries = 3, timeout_seconds = 300, retry_backoff = |attempt| attempt * 10)]
/// async fn process(order: Order, #[default(30)] days: u32) -> Result<String> {
///     Ok(format!("order {} within {days} days", order.number))
/// }
///
/// # async fn example() -> Result<()> {
/// let run = process.send(Order { number: 7 }, None).await?;         // the default: or Some(14), or 14
/// let said: String = run.wait(Duration::from_secs(60)).await?;
///
/// let urgent = TaskConfig::new().queue("high-priority").priority(10);
/// process.with_config(urgent).send(Order { number: 8 }, 2).await?;  // this send alone
/// # let _ = said; Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// // Just the function, in a test.
/// assert_eq!(process.call(Order { number: 9 }, None).await.unwrap(), "order 9 within 30 days");
/// # });
/// ```
///
/// The function may be asynchronous, or not: then it runs on a thread for blocking work. It returns a value, or a
/// `Result` with any error that is an ordinary one, `anyhow`'s, a text, or [`hyrex::Error`](Error). Its parameters own
/// what they hold, and are stored as one JSON object, a key a parameter: a task of the Python SDK with the same name and
/// parameters takes what this one sends, and the reverse. `#[default(..)]` stands for what is missing there, whoever
/// sent it. What a stored object has beyond the parameters is passed over, with a line in the attempt's log.
///
/// | setting | |
/// |---|---|
/// | `queue = "mail"` | where it waits: a name, or an expression of a [`HyrexQueue`] |
/// | `max_retries = 3` | attempts after the first; by default none |
/// | `timeout_seconds = 30` | that one attempt may take; by default no limit |
/// | `priority = 8` | 1 to 10, higher first; by default 5 |
/// | `cron = "0 2 * * *"` | it is sent by itself, without arguments: a cron expression of five fields, of six with the second first, or `@daily` and kin; every argument then needs a default |
/// | `tz = "Europe/Berlin"` | the time zone of its `cron`; by default UTC |
/// | `missed = "all"` | what happens to times at which no worker was there: `"last"` (the default), `"all"`, `"none"` |
/// | `retry_backoff = 30` | the wait before the next attempt: seconds, a [`Duration`](std::time::Duration), a [`Backoff`], or a function of the failed attempt's number, 0 first |
/// | `on_error = report` | called after each failed attempt: a function of no argument or of one [`Failure`], asynchronous or not |
/// | `name = "mail.send"` | the name under which it is stored; by default the function's |
///
/// What is not set here, the registry's defaults may set ([`HyrexRegistry::defaults`]); a program that sends without that
/// registry does not know them.
///
/// The constant shadows: where a task `load` is in scope, `let load = ..` is an error of the compiler ("interpreted as a
/// constant"), and a parameter of that name as well. A task's types are as visible as the task itself: a `pub` task needs
/// `pub` arguments.
#[doc(inline)]
pub use hyrex_macros::task;
/// Makes a workflow of a function that draws its graph: a constant of the function's name.
///
/// ```
/// use hyrex::prelude::*;
///
/// #[derive(Serialize, Deserialize)]
/// struct EtlArgs { source: String }
///
/// #[hyrex::task]
/// async fn extract() {}
/// #[hyrex::task]
/// async fn transform() {}
/// #[hyrex::task]
/// async fn validate() {}
/// #[hyrex::task]
/// async fn load(#[default(100)] batch: u32) {}
///
/// #[hyrex::workflow(queue = "etl", timeout_seconds = 3600)]
/// fn etl(_: EtlArgs) -> Dag {
///     extract >> (transform.with_config(TaskConfig::new().queue("cpu-intensive")), validate) >> load
/// }
///
/// let registry = registry![etl];
/// registry.validate()?;
/// assert_eq!(registry.task_names(), ["extract", "load", "transform", "validate"]);
/// # Ok::<(), hyrex::ConfigError>(())
/// ```
///
/// The graph is drawn once, before there are values: the function's one parameter is the type of the arguments that a
/// run is sent with, and `_` its name. Registering a workflow registers the tasks of its nodes.
///
/// | setting | |
/// |---|---|
/// | `queue = "etl"` | where its nodes wait, unless they say otherwise with `with_config` |
/// | `timeout_seconds = 3600` | that the whole run may take; by default no limit |
/// | `priority = 8` | of its nodes, unless they say otherwise |
/// | `cron = "0 2 * * *"` | it is sent by itself, without arguments: a cron expression of five fields, of six with the second first, or `@daily` and kin |
/// | `tz = "Europe/Berlin"` | the time zone of its `cron`; by default UTC |
/// | `missed = "all"` | what happens to times at which no worker was there: `"last"` (the default), `"all"`, `"none"` |
/// | `name = "etl.nightly"` | the name under which it is stored; by default the function's |
#[doc(inline)]
pub use hyrex_macros::workflow;
pub use model::Backoff;
pub use model::dag::Repair;
pub use model::schedule::Missed;
pub use runtime::{Shutdown, Worker};
#[doc(hidden)]
pub use sdk::generated as __private;
pub use sdk::{
    BrokenNode, Client, ClientError, ClientErrorKind, CompleteIn, ConfigError, Cron, Dag, DurableTaskRun, Error,
    Failure, HyrexApp, HyrexKV, HyrexQueue, HyrexRegistry, Kv, OnlyInsideTasks, Plain, PlainWorkflow,
    RegisteredWorkflow, Result, SendIn, Sending, Task, TaskConfig, TaskContext, WorkerSettings, Workflow,
    WorkflowConfig, WorkflowContext, WorkflowError, WorkflowRun, block_on, get_hyrex_context, group, init, spawn,
    workflow_context,
};
/// Tells a blocking function that it is to end: see [`TaskContext::cancellation`].
pub use tokio_util::sync::CancellationToken;

/// What most applications need: `use hyrex::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Backoff, Client, ClientError, Cron, Dag, DurableTaskRun, Error, Failure, HyrexApp, HyrexKV, HyrexQueue,
        HyrexRegistry, Plain, Result, Task, TaskConfig, TaskContext, WorkerSettings, Workflow, WorkflowConfig,
        WorkflowRun, get_hyrex_context, registry, workflow_context,
    };
    pub use serde::{Deserialize, Serialize};
}

/// The README's examples, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Those of the page about schedules.
#[cfg(doctest)]
#[doc = include_str!("../docs/schedules.md")]
struct Schedules;

/// Those of the page about workflows.
#[cfg(doctest)]
#[doc = include_str!("../docs/workflows.md")]
struct Workflows;
