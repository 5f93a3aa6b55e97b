//! A worker: the public face of the runtime.

use super::blocking::BlockingPool;
use super::dispatch::Dispatch;
use super::events::{Event, Events};
use super::execute::Runner;
use super::hub::Hub;
use super::machine::Machine;
use super::observe::Observer;
use super::panics;
use super::register::{Identity, announce, insist};
use super::report::Report;
use super::shutdown::Shutdown;
use super::slots::{Kind, Slots};
use super::tick::{Clock, Ticker};
use crate::model::{ExecutorId, bounds};
use crate::sdk::{ConfigError, HyrexApp, WorkerSettings};
use crate::store::{SharedStore, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;

/// Runs the tasks of an application, as they come, from one store.
///
/// ```
/// use hyrex::prelude::*;
/// use hyrex::runtime::{Shutdown, Worker};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let greet = Task::new("greet", TaskConfig::new(), |()| async { Ok("hello") });
/// let app = HyrexApp::new("greeter").registry(HyrexRegistry::new().register(&greet));
/// let store = hyrex::store::open("sqlite::memory:", Default::default()).await?;
///
/// let shutdown = Shutdown::new();
/// shutdown.request(); // usually asked for by a signal: see Shutdown::on_signals
/// let report = Worker::new(app, store).run(shutdown).await?;
/// assert_eq!(report.succeeded, 0);
/// # Ok(())
/// # }
/// ```
pub struct Worker {
    app: HyrexApp,
    store: SharedStore,
    settings: WorkerSettings,
}

/// Why a worker could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The application does not fit together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no threads for blocking tasks.
    #[error("could not start the pool for blocking tasks: {0}")]
    Pool(#[source] std::io::Error),
}

impl Worker {
    /// A worker of the application, with its settings.
    pub fn new(app: HyrexApp, store: SharedStore) -> Self {
        let settings = app.worker_settings().clone();
        Self { app, store, settings }
    }

    /// Works with these settings instead of the application's.
    pub fn settings(mut self, settings: WorkerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Works until `shutdown` asks it to stop and everything is settled. The database may go away and come back
    /// meanwhile, and may be away at the start.
    ///
    /// # Errors
    /// Before anything is claimed: when the application does not fit together, or the store cannot be used.
    pub async fn run(self, shutdown: Shutdown) -> Result<Report, WorkerError> {
        self.app.validate()?;
        self.settings.validate()?;
        let schedules = self.app.get_registry().schedules()?;
        panics::install();
        let machine = Machine::this();
        let identity = Identity::new(&self.app, &self.settings, &machine);
        let registration = identity.registration(&self.settings, &machine);
        let executor = registration.id;
        let place = self.store.location();
        let begin = insist(&place, || announce(&self.store, self.app.get_registry(), &schedules, &registration));
        tokio::select! {
            begun = begin => begun?,
            () = shutdown.requested() => return Ok(Report::default()),
        }
        tracing::info!(%executor, queues = %self.settings.queues, "at work");
        let hub = self.hub(executor, identity, machine, shutdown)?;
        tokio::spawn(pass_signs(hub.store.clone(), hub.events.clone()));
        Ok(hub.work().await)
    }

    fn hub(
        self,
        executor: ExecutorId,
        worker: Identity,
        machine: Machine,
        shutdown: Shutdown,
    ) -> Result<Hub, WorkerError> {
        let now = Instant::now();
        let (sender, inbox) = unbounded_channel();
        let events = Events(sender);
        let kinds = Kind::ALL.into_iter().flat_map(|kind| worker.tasks_of(kind).map(move |task| (task.clone(), kind)));
        let dispatch = Dispatch::new(self.settings.queues.clone(), kinds.collect());
        let slots = [Slots::new(self.settings.concurrency), Slots::new(self.settings.blocking_threads)];
        Ok(Hub {
            abilities: self.store.abilities(),
            runner: Arc::new(self.runner(&worker, events.clone())?),
            observer: Observer::new(self.settings.beat_interval),
            store: self.store,
            settings: self.settings,
            worker,
            machine,
            events,
            inbox,
            shutdown,
            executor,
            registered: true,
            register_again: None,
            slots,
            stuck: 0,
            held: Default::default(),
            dispatch,
            lanes_after: None,
            turns: Default::default(),
            parking: Default::default(),
            ticker: Ticker::new(now),
            lease_over: false,
            promoter: Default::default(),
            sweeper: Default::default(),
            scheduler: Default::default(),
            rescuing: false,
            link: Default::default(),
            clock: Clock::new(now),
            counts: Default::default(),
            unwritten: Default::default(),
            writing: Default::default(),
            hooks: 0,
            stopping: None,
            report: Report::default(),
        })
    }

    fn runner(&self, worker: &Identity, events: Events) -> Result<Runner, WorkerError> {
        let blocks = worker.tasks_of(Kind::Blocking).next().is_some();
        let pool = if blocks { Some(BlockingPool::new(self.settings.blocking_threads)) } else { None };
        Ok(Runner {
            registry: self.app.get_registry().clone(),
            client: self.app.client(self.store.clone()),
            state: self.app.state_map(),
            pool: pool.transpose().map_err(WorkerError::Pool)?,
            events,
            max_result: bounds::MAX_JSON,
        })
    }
}

/// Passes the store's signs on, until the hub ends. Where it gives none at present, the ticks tell.
async fn pass_signs(store: SharedStore, events: Events) {
    let ended = events.0.closed();
    tokio::select! { () = ended => {}, () = pass_all_signs(&store, &events) => {} }
}

async fn pass_all_signs(store: &SharedStore, events: &Events) {
    let mut signs = loop {
        match store.wakeups().await {
            Ok(signs) => break signs,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    };
    loop {
        events.send(Event::Sign(signs.next().await));
    }
}
