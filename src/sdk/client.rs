//! A client: one database, as an application uses it.

use super::ambient;
use super::client_error::{ClientError, ClientErrorKind};
use super::codec;
use super::config::TaskConfig;
use super::kv::Kv;
use super::patience::patiently;
use super::plain::Plain;
use super::registry::HyrexRegistry;
use super::run::DurableTaskRun;
use super::sending::{self, Sendable, Sending};
use super::task::{Overrides, Task};
use super::wait::{Runs, Waiters, WorkflowRuns};
use super::workflow::{KnownRuns, WorkflowRun};
use crate::model::dag::Repair;
use crate::model::{RunId, TaskStatus, WorkflowRunId};
use crate::store::{
    Actor, Cancel, CancelAnswer, Options, Retry, RetryOutcome, RunState, SharedStore, WorkflowCancel,
    WorkflowCancelAnswer, WorkflowRepair, WorkflowRepaired, WorkflowState,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// One database, as an application uses it: sends, asks, waits, cancels. Cheap to clone.
///
/// ```no_run
/// use hyrex::prelude::*;
/// use std::time::Duration;
///
/// # async fn example(greet: Task<hyrex::Plain<(), String>>) -> Result<(), ClientError> {
/// let client = Client::connect("sqlite:shop.db").await?;
/// let run = client.send(&greet, ()).await?;
/// println!("{} is {}", run.id(), run.status().await?);
/// let hello: String = client.wait(run.id(), Duration::from_secs(60)).await?;
/// # let _ = hello; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    store: SharedStore,
    registry: HyrexRegistry,
    actor: Actor,
    waiters: Arc<Waiters<Runs>>,
    workflow_waiters: Arc<Waiters<WorkflowRuns>>,
    known_runs: Arc<KnownRuns>,
}

impl Client {
    /// A client of an open store.
    pub fn new(store: SharedStore) -> Self {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let actor = Actor { user: program_name(), host, operator: false };
        Self(Arc::new(Inner {
            store,
            registry: HyrexRegistry::new(),
            actor,
            waiters: Arc::default(),
            workflow_waiters: Arc::default(),
            known_runs: Arc::default(),
        }))
    }

    /// Opens the store that `url` names (`postgres://…`, `sqlite:path`, `sqlite::memory:`), and makes its tables where
    /// that needs no decision: in SQLite, or in an empty PostgreSQL database.
    ///
    /// # Errors
    /// A URL that names no store, a database that cannot be reached, or tables that this version cannot use.
    pub async fn connect(url: &str) -> Result<Self, ClientError> {
        let store = crate::store::open(url, Options::default()).await?;
        store.prepare().await?;
        Ok(Self::new(store))
    }

    /// The same client, which knows the settings that these tasks have in their registry.
    pub fn with_registry(mut self, registry: HyrexRegistry) -> Self {
        Arc::make_mut(&mut self.0).registry = registry;
        self
    }

    /// The same client, which cancels and retries under this name: an application's, for the log of what was done.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).actor.user = name.into();
        self
    }

    /// The store.
    pub fn store(&self) -> &SharedStore {
        &self.0.store
    }

    /// The tasks whose settings it knows.
    pub fn registry(&self) -> &HyrexRegistry {
        &self.0.registry
    }

    /// Sends one run of a task here: `task.on(&client).send(args)`.
    ///
    /// # Errors
    /// As [`Plain::send`].
    pub fn send<A: Serialize + 'static, O: 'static>(
        &self,
        task: &Task<Plain<A, O>>,
        args: A,
    ) -> Sending<DurableTaskRun<O>> {
        task.on(self).send(args)
    }

    /// Sends many runs of a task here: `task.on(&client).send_many(list)`.
    ///
    /// # Errors
    /// As [`Plain::send`].
    pub fn send_many<A: Serialize + 'static, O: 'static>(
        &self,
        task: &Task<Plain<A, O>>,
        list: impl IntoIterator<Item = A>,
    ) -> Sending<Vec<DurableTaskRun<O>>> {
        task.on(self).send_many(list)
    }

    /// Sends a run of a task that this program knows only by name; its settings are those of the registry, if it
    /// stands there, completed by `config`.
    ///
    /// # Errors
    /// As [`Plain::send`]; [`ClientErrorKind::Arguments`] when the task stands in the registry, and its function does
    /// not take these arguments, or does not know one of them.
    pub fn send_by_name<A: Serialize>(
        &self,
        task_name: &str,
        args: &A,
        config: TaskConfig,
    ) -> Sending<DurableTaskRun<serde_json::Value>> {
        let overrides = Overrides { config, client: Some(self.clone()) };
        let args = codec::encode_args(task_name, args).and_then(|args| self.checked(task_name, args));
        sending::send(Sendable::by_name(task_name, &overrides), args)
    }

    /// Arguments that were not made by the task's own `send`, held against its function where that is known.
    fn checked(&self, task_name: &str, args: String) -> Result<String, ClientError> {
        let check = self.registry().task(task_name).and_then(|task| task.check_arguments);
        match check.map_or(Ok(()), |check| check(&args)) {
            Ok(()) => Ok(args),
            Err(why) => Err(ClientErrorKind::Arguments { task: task_name.to_owned(), why }.into()),
        }
    }

    /// The handle on a run, by its id. Nothing is asked of the database.
    pub fn run<T>(&self, run: RunId) -> DurableTaskRun<T> {
        DurableTaskRun::known(run, self.clone())
    }

    /// Where a run stands, by its latest attempt.
    ///
    /// # Errors
    /// [`ClientErrorKind::NotFound`]; a database that is away.
    pub async fn state(&self, run: RunId) -> Result<RunState, ClientError> {
        let state = patiently(|| self.store().run_states(vec![run])).await?.pop().flatten();
        state.ok_or_else(|| ClientErrorKind::NotFound { run }.into())
    }

    /// The status of a run's latest attempt.
    ///
    /// # Errors
    /// As [`Client::state`].
    pub async fn status(&self, run: RunId) -> Result<TaskStatus, ClientError> {
        Ok(self.state(run).await?.status)
    }

    /// A run's result; `None` as long as it has not succeeded.
    ///
    /// # Errors
    /// As [`DurableTaskRun::result`].
    pub async fn result<T: DeserializeOwned>(&self, run: RunId) -> Result<Option<T>, ClientError> {
        self.run(run).result().await
    }

    /// A run's result, once it has ended.
    ///
    /// # Errors
    /// As [`DurableTaskRun::wait`].
    pub async fn wait<T: DeserializeOwned>(&self, run: RunId, timeout: Duration) -> Result<T, ClientError> {
        self.run(run).wait(timeout).await
    }

    /// Where a run stands once it is over for good, however it ended.
    ///
    /// # Errors
    /// [`ClientErrorKind::NotFound`]; [`ClientErrorKind::TimedOut`] when it is not over within `timeout`.
    pub async fn wait_over(&self, run: RunId, timeout: Duration) -> Result<RunState, ClientError> {
        self.0.waiters.over(&self.0.store, run, timeout).await
    }

    /// Cancels a run: at once while it waits, else its worker is asked. What it sent goes on.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel(&self, run: RunId) -> Result<CancelAnswer, ClientError> {
        self.cancel_with(run, false).await
    }

    /// Cancels a run and everything that it sent, or still sends.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel_tree(&self, run: RunId) -> Result<CancelAnswer, ClientError> {
        self.cancel_with(run, true).await
    }

    async fn cancel_with(&self, run: RunId, subtree: bool) -> Result<CancelAnswer, ClientError> {
        let cancel = Cancel { run, subtree, actor: self.0.actor.clone(), now: None };
        Ok(patiently(|| self.store().run_cancel(cancel.clone())).await?)
    }

    /// Gives a run that ended one more attempt; one that succeeded is sent again, as a run of its own.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn retry(&self, run: RunId) -> Result<RetryOutcome, ClientError> {
        let retry = Retry { id: uuid::Uuid::now_v7(), run, actor: self.0.actor.clone(), now: None };
        Ok(patiently(|| self.store().run_retry(retry.clone())).await?)
    }

    /// The handle on a workflow's run, by its id. Nothing is asked of the database.
    pub fn workflow_run<A>(&self, run: WorkflowRunId) -> WorkflowRun<A> {
        WorkflowRun::known(run, self.clone())
    }

    /// Where a workflow's run stands once it has ended, however it ended.
    ///
    /// # Errors
    /// [`WorkflowError::NotFound`](super::WorkflowError::NotFound); [`WorkflowError::TimedOut`](super::WorkflowError)
    /// when it has not ended within `timeout`.
    pub async fn workflow_over(&self, run: WorkflowRunId, timeout: Duration) -> Result<WorkflowState, ClientError> {
        self.0.workflow_waiters.over(&self.0.store, run, timeout).await
    }

    pub(super) async fn cancel_workflow(
        &self,
        run: WorkflowRunId,
        subtree: bool,
    ) -> Result<WorkflowCancelAnswer, ClientError> {
        let cancel = WorkflowCancel { run, subtree, actor: self.0.actor.clone(), now: None };
        Ok(patiently(|| self.store().workflow_cancel(cancel.clone())).await?)
    }

    pub(super) async fn repair_workflow(
        &self,
        run: WorkflowRunId,
        what: Repair,
        args: Vec<(String, String)>,
    ) -> Result<WorkflowRepaired, ClientError> {
        let (id, actor) = (uuid::Uuid::now_v7(), self.0.actor.clone());
        let repair = WorkflowRepair { id, run, what, args, actor, now: None };
        Ok(patiently(|| self.store().workflow_repair(repair.clone())).await?)
    }

    /// What nodes that ran here know of their workflows' runs.
    pub(super) fn known_runs(&self) -> &KnownRuns {
        &self.0.known_runs
    }

    /// The key-value store of this database.
    pub fn kv(&self) -> Kv {
        Kv::of(self.clone())
    }

    /// Runs a future in which this client is meant where nothing else is said.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        ambient::scope(self.clone(), future)
    }
}

fn program_name() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "application".into())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.store().location()).finish()
    }
}
