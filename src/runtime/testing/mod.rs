//! For the tests of applications: an application whose queues are drained when a test says so, under a clock that
//! stands still until the test moves it.
//!
//! ```
//! use hyrex::prelude::*;
//! use hyrex::runtime::testing::TestApp;
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let flaky = Task::new("flaky", TaskConfig::new().max_retries(1).retry_backoff(Backoff::seconds(60)), |()| async {
//!     match get_hyrex_context().map(|context| context.attempt_number()) {
//!         Some(0) => Err(Error::new("not yet")),
//!         _ => Ok("done"),
//!     }
//! });
//! let test = TestApp::new(HyrexApp::new("shop").registry(registry![flaky])).await?;
//!
//! flaky.on(test.client()).send(()).await?;
//! let ran = test.drain().await?;
//! assert_eq!(ran[0].error.as_ref().map(|error| error.message.as_str()), Some("not yet"));
//!
//! test.advance(Duration::from_secs(60));
//! let ran = test.drain().await?;
//! assert_eq!((ran.len(), ran[0].result.as_deref()), (1, Some("\"done\"")));
//! # Ok(())
//! # }
//! ```

mod clock;
mod drain;
mod sent;
mod sent_workflows;

use super::blocking::BlockingPool;
use super::events::Events;
use super::execute::Runner;
use super::machine::Machine;
use super::panics;
use super::register::{Identity, announce};
use super::worker::WorkerError;
use crate::model::{AttemptId, ExecutorId, LogLine, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId, bounds};
use crate::sdk::{Client, HyrexApp, WorkerSettings};
use crate::store::SharedStore;
use clock::Frozen;
pub use sent::Sent;
pub use sent_workflows::SentWorkflow;
use std::sync::Arc;
use std::time::Duration;

/// An application on a store of its own, for tests. Nothing runs but in [`TestApp::drain`].
pub struct TestApp {
    store: Arc<Frozen>,
    client: Client,
    settings: WorkerSettings,
    tasks: Vec<String>,
    runner: Arc<Runner>,
    executor: ExecutorId,
}

/// An attempt that [`TestApp::drain`] ran.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ran {
    /// The task.
    pub task_name: String,
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: AttemptId,
    /// Its number, 0 first.
    pub attempt_number: i16,
    /// The queue that it came from.
    pub queue: String,
    /// The workflow run that it is a node of.
    pub workflow_run: Option<WorkflowRunId>,
    /// Its node's name there.
    pub node_name: Option<String>,
    /// How it ended.
    pub status: TaskStatus,
    /// Its result, as JSON, where it succeeded with one.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// Whether another attempt follows.
    pub will_retry: bool,
    /// What it logged, where a [`LogLayer`](super::LogLayer) is in place.
    pub logs: Vec<LogLine>,
}

impl TestApp {
    /// The application on a SQLite database in memory.
    ///
    /// # Errors
    /// When the application does not fit together.
    #[cfg(feature = "sqlite")]
    pub async fn new(app: HyrexApp) -> Result<Self, WorkerError> {
        let store = crate::store::open("sqlite::memory:", crate::store::Options::default()).await?;
        Self::on(app, store).await
    }

    /// The application on a store that nobody else works on.
    ///
    /// # Errors
    /// When the application does not fit together, or the store cannot be used.
    pub async fn on(app: HyrexApp, store: SharedStore) -> Result<Self, WorkerError> {
        app.validate()?;
        let schedules = app.get_registry().schedules()?;
        panics::install();
        store.prepare().await?;
        let store = Arc::new(Frozen::new(store).await?);
        let shared: SharedStore = store.clone();
        let (settings, machine) = (app.worker_settings().clone(), Machine::this());
        let registration = Identity::new(&app, &settings, &machine).registration(&settings, &machine);
        announce(&shared, app.get_registry(), &schedules, &registration).await?;
        let runner = Arc::new(runner(&app, &settings, shared)?);
        let (client, executor) = (runner.client.clone(), registration.id);
        Ok(Self { store, client, settings, tasks: registration.task_names, runner, executor })
    }

    /// What the tests send with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What the clock shows: the time at which the test began, and what it was moved by.
    pub fn now(&self) -> Timestamp {
        self.store.time()
    }

    /// Moves the clock, so that what waits becomes due.
    pub fn advance(&self, by: Duration) {
        self.store.advance(by);
    }
}

fn runner(app: &HyrexApp, settings: &WorkerSettings, store: SharedStore) -> Result<Runner, WorkerError> {
    let (sender, _) = tokio::sync::mpsc::unbounded_channel();
    Ok(Runner {
        registry: app.get_registry().clone(),
        client: app.client(store),
        state: app.state_map(),
        pool: Some(BlockingPool::new(settings.blocking_threads).map_err(WorkerError::Pool)?),
        events: Events(sender),
        max_result: bounds::MAX_JSON,
    })
}
