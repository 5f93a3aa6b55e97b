//! What a task's function can ask about itself while it runs.
//!
//! The runtime makes one [`TaskContext`] an attempt and runs the function inside its scope; everything else (sends,
//! the key-value store, captured logs) finds the attempt through it.

use super::app::StateMap;
use super::client::Client;
use super::client_error::{ClientError, ClientErrorKind};
use super::error::Error;
use super::progress::Reporter;
use super::under_way::Sends;
use super::workflow::WorkflowFacts;
use crate::model::{AttemptId, ClaimedRun, ExecutorId, LogLine, RunId, Timestamp, WorkflowRunId};
use crate::store::StoreError;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// Also found by blocking functions: tokio keeps it by thread while it is set.
    static CURRENT: TaskContext;
}

/// Takes the lines that are logged while an attempt runs.
pub trait LogSink: Send + Sync {
    /// Keeps a line. Called from the attempt's own code: it must be quick, and log nothing itself.
    fn push(&self, level: tracing::Level, target: &str, message: String);

    /// A copy of the lines that are not known to be written; by default none.
    fn so_far(&self) -> Vec<LogLine> {
        Vec::new()
    }
}

/// What a [`TaskContext`] is made of.
pub struct ContextParts {
    /// The attempt. Its arguments may have been taken out.
    pub claimed: Arc<ClaimedRun>,
    /// The store that it was claimed from.
    pub client: Client,
    /// The application's state.
    pub state: Arc<StateMap>,
    /// Cancelled when the attempt is to end.
    pub cancellation: CancellationToken,
    /// Takes what it logs.
    pub log_sink: Arc<dyn LogSink>,
}

/// The attempt that is running: who it is, its application's state, its cancellation, its progress. Cheap to clone.
#[derive(Clone)]
pub struct TaskContext(Arc<Inner>);

struct Inner {
    parts: ContextParts,
    runtime: Option<Handle>,
    reporter: Reporter,
    sends: Arc<Sends>,
    workflow: OnceLock<Facts>,
}

/// Where the database does not answer within this, a node begins without knowing its run's arguments.
const PREPARED: Duration = Duration::from_secs(10);

/// What a node knows of its workflow's run; `None`: there is no such run.
type Facts = crate::store::Result<Option<Arc<WorkflowFacts>>>;

/// The context of the attempt that calls; `None` outside one.
///
/// It follows [`spawn`](crate::spawn), not `tokio::spawn`.
pub fn get_hyrex_context() -> Option<TaskContext> {
    CURRENT.try_with(TaskContext::clone).ok()
}

/// Where the lines of the attempt that calls go to.
#[allow(dead_code)] // The runtime's log layer asks.
pub(crate) fn current_log_sink() -> Option<Arc<dyn LogSink>> {
    CURRENT.try_with(|context| context.0.parts.log_sink.clone()).ok()
}

impl TaskContext {
    /// The context of the attempt that calls, as [`get_hyrex_context`], for functions that run only within one.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// #[hyrex::task]
    /// async fn which_attempt() -> Result<i16> {
    ///     Ok(TaskContext::current()?.attempt_number())
    /// }
    /// assert!(TaskContext::current().is_err(), "no task is running here");
    /// ```
    ///
    /// # Errors
    /// [`ClientErrorKind::NoContext`] outside an attempt.
    pub fn current() -> Result<Self, ClientError> {
        get_hyrex_context().ok_or_else(|| ClientErrorKind::NoContext.into())
    }

    /// The context of an attempt. Made on the runtime whose tasks it may start (sends, progress).
    pub fn new(parts: ContextParts) -> Self {
        let (fence, store) = (parts.claimed.fence, parts.client.store().clone());
        let reporter = Reporter::new(store, fence);
        let runtime = Handle::try_current().ok();
        let sends = Sends::new(runtime.clone());
        Self(Arc::new(Inner { parts, runtime, reporter, sends, workflow: OnceLock::new() }))
    }

    /// Runs a future as part of the attempt.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), future)
    }

    /// Runs a function as part of the attempt, on the thread that calls.
    pub fn scope_sync<R>(&self, function: impl FnOnce() -> R) -> R {
        CURRENT.sync_scope(self.clone(), function)
    }

    /// This attempt.
    pub fn task_id(&self) -> AttemptId {
        self.claimed().fence.attempt
    }

    /// The run: the same for all its attempts.
    pub fn durable_id(&self) -> RunId {
        self.claimed().run
    }

    /// The attempt that sent the run.
    pub fn parent_id(&self) -> Option<AttemptId> {
        self.claimed().parent
    }

    /// The root of the run's tree: its own id when nobody's task sent it.
    pub fn root_id(&self) -> RunId {
        self.claimed().root
    }

    /// The task's name.
    pub fn task_name(&self) -> &str {
        &self.claimed().task_name
    }

    /// The attempt's number, 0 first.
    pub fn attempt_number(&self) -> i16 {
        self.claimed().attempt_number
    }

    /// Retries after the first attempt.
    pub fn max_retries(&self) -> i16 {
        self.claimed().max_retries
    }

    /// The queue that it came from.
    pub fn queue(&self) -> &str {
        &self.claimed().queue
    }

    /// Its priority: higher first.
    pub fn priority(&self) -> i16 {
        self.claimed().priority
    }

    /// Seconds that this attempt may take; `None`: no limit.
    pub fn timeout_seconds(&self) -> Option<i32> {
        self.claimed().timeout_seconds
    }

    /// When it was to start, by the database's clock.
    pub fn scheduled_start(&self) -> Option<Timestamp> {
        self.claimed().scheduled_start
    }

    /// When it entered its queue, by the database's clock.
    pub fn queued(&self) -> Option<Timestamp> {
        self.claimed().queued
    }

    /// When it was claimed, by the database's clock.
    pub fn started(&self) -> Timestamp {
        self.claimed().started
    }

    /// The executor that runs it.
    pub fn executor_id(&self) -> ExecutorId {
        self.claimed().fence.executor
    }

    /// The workflow run that it is a node of.
    pub fn workflow_run_id(&self) -> Option<WorkflowRunId> {
        self.claimed().workflow_run
    }

    /// Its node's name in that workflow run.
    pub fn node_name(&self) -> Option<&str> {
        self.claimed().node_name.as_deref()
    }

    /// Of a node: reads what its function may ask about its workflow's run without awaiting.
    pub(crate) async fn prepare(&self) {
        if let Some(run) = self.workflow_run_id() {
            let facts = self.client().known_runs().get(self.client().store(), run);
            let facts = tokio::time::timeout(PREPARED, facts).await.unwrap_or(Err(StoreError::TimedOut(PREPARED)));
            // Whoever was first has read the same.
            let _ = self.0.workflow.set(facts);
        }
    }

    /// What was read of its workflow's run.
    pub(super) fn workflow_facts(&self) -> Option<&Facts> {
        self.0.workflow.get()
    }

    /// The attempt as it was claimed (its arguments are with the function).
    pub fn claimed(&self) -> &ClaimedRun {
        &self.0.parts.claimed
    }

    /// The client of the store that it was claimed from: what `send` and [`HyrexKV`](super::HyrexKV) use inside it.
    pub fn client(&self) -> &Client {
        &self.0.parts.client
    }

    /// The application's value of this type.
    ///
    /// # Errors
    /// When [`HyrexApp::state`](super::HyrexApp::state) gave none.
    pub fn state<T: Send + Sync + 'static>(&self) -> Result<std::sync::Arc<T>, ClientError> {
        let found = self.0.parts.state.get();
        found.ok_or_else(|| ClientErrorKind::NoState(std::any::type_name::<T>()).into())
    }

    /// Cancelled when the attempt is to end: asked by someone, timed out, or its worker stops. Asynchronous
    /// functions end at their next await without looking; blocking ones have to look.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.0.parts.cancellation
    }

    /// Whether the attempt is to end.
    pub fn is_canceled(&self) -> bool {
        self.0.parts.cancellation.is_cancelled()
    }

    /// For the steps of a blocking function: `context.check_canceled()?` ends it when it is to end.
    ///
    /// # Errors
    /// [`Error::canceled`] when it is.
    pub fn check_canceled(&self) -> Result<(), Error> {
        if self.is_canceled() { Err(Error::canceled()) } else { Ok(()) }
    }

    /// Says how far the attempt is: `fraction` is 0.0 to 1.0, `message` in words. Returns at once; what was said is
    /// written at most every 250 ms, the latest word always.
    pub fn progress(&self, fraction: f32, message: impl Into<String>) {
        self.0.reporter.say(self.0.runtime.as_ref(), fraction, message.into());
    }

    /// What it logged, as far as it is not known to be written.
    pub(crate) fn log_so_far(&self) -> Vec<LogLine> {
        self.0.parts.log_sink.so_far()
    }

    /// The sends of this attempt.
    pub(super) fn sends(&self) -> &Arc<Sends> {
        &self.0.sends
    }

    /// Whether something that it sent is not answered yet.
    pub(crate) fn is_sending(&self) -> bool {
        self.0.sends.any()
    }

    /// Waits until what it is sending is answered.
    pub(crate) async fn sends_answered(&self) {
        self.0.sends.answered().await;
    }

    /// The runtime that the attempt may start tasks on.
    pub(crate) fn runtime(&self) -> Option<&Handle> {
        self.0.runtime.as_ref()
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (task, id) = (self.task_name(), self.task_id());
        f.debug_struct("TaskContext").field("task_name", &task).field("task_id", &id).finish_non_exhaustive()
    }
}
