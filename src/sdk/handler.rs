//! How a task's function is kept: its arguments and its result as JSON text, whatever its types are.
//!
//! This is the seam between the library and the runtime: the runtime makes an [`Invocation`] of a claimed run,
//! hands it to a [`Handler`], and turns what comes back into a completion.

use super::context::TaskContext;
use crate::model::TaskError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A run, about to be executed.
pub struct Invocation {
    /// Arguments: JSON as text.
    pub args: String,
    /// What the function can ask about itself.
    pub context: TaskContext,
}

/// What a function came to: its result as JSON text (`None`: it has none), or why it failed.
pub type Returned = Result<Option<String>, HandlerError>;

/// Why an invocation did not succeed.
#[derive(Debug)]
pub enum HandlerError {
    /// The function failed: retried while retries are left.
    Failed(TaskError),
    /// It failed, and says that trying again is of no use.
    FailedForGood(TaskError),
    /// It saw its cancellation token and ended.
    Canceled,
}

/// A future that runs an asynchronous function.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Returned> + Send>>;

/// A task's function.
#[derive(Clone)]
pub enum Handler {
    /// Runs on the runtime's threads, and ends at its next await when it is cancelled.
    Async(Arc<dyn Fn(Invocation) -> HandlerFuture + Send + Sync>),
    /// Runs on a thread of the blocking pool, and sees a cancellation by its token.
    Blocking(Arc<dyn Fn(Invocation) -> Returned + Send + Sync>),
}

/// A parameter of a task's function: a key of its stored arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The key.
    pub name: &'static str,
    /// Whether it may be left out.
    pub has_default: bool,
}

/// What happens after each failed attempt, once the failure is committed.
pub type ErrorHook = Arc<dyn Fn(Failure) -> Pin<Box<dyn Future<Output = Result<(), TaskError>> + Send>> + Send + Sync>;

/// A failed attempt, as its `on_error` function sees it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The task.
    pub task_name: String,
    /// The run.
    pub run: crate::model::RunId,
    /// The attempt that failed.
    pub attempt: crate::model::AttemptId,
    /// Its number, 0 first.
    pub attempt_number: i16,
    /// Retries after the first attempt.
    pub max_retries: i16,
    /// Whether another attempt follows.
    pub will_retry: bool,
    /// Arguments: JSON as text.
    pub args: String,
    /// Why.
    pub error: TaskError,
}
