//! Who a worker is: its executor's row, written at its start, and anew when it finds itself lost.

use super::events::Event;
use super::hub::Hub;
use super::machine::Machine;
use super::panics;
use super::slots::Kind;
use crate::model::{Backoff, DEFAULT_PRIORITY, DEFAULT_QUEUE, ExecutorId};
use crate::sdk::{HyrexApp, HyrexRegistry, RegisteredTask, RegisteredWorkflow, WorkerSettings};
use crate::store::{NewSchedule, Registration, Result, SharedStore, StoreError, TaskDef, WorkflowDef};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What stays the same each time that a worker registers.
pub(crate) struct Identity {
    worker_name: String,
    app: String,
    tasks: [Vec<String>; 2],
    all_tasks: Arc<[String]>,
}

impl Identity {
    /// The identity of a worker of this application.
    pub fn new(app: &HyrexApp, settings: &WorkerSettings, machine: &Machine) -> Self {
        let named = || {
            let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            format!("hyrex-worker-{}-{}-{seconds}", machine.host, machine.pid)
        };
        let of_kind = |kind| {
            let tasks = app.get_registry().tasks().filter(|task| Kind::of(&task.handler) == kind);
            tasks.map(|task| task.name.clone()).collect()
        };
        let worker_name = settings.name.clone().unwrap_or_else(named);
        let all_tasks = app.get_registry().task_names().into();
        Self { worker_name, app: app.name().to_owned(), tasks: Kind::ALL.map(of_kind), all_tasks }
    }

    /// Its tasks of one kind.
    pub fn tasks_of(&self, kind: Kind) -> impl Iterator<Item = &String> {
        self.tasks[kind.index()].iter()
    }

    /// All its tasks.
    pub fn all_tasks(&self) -> Arc<[String]> {
        self.all_tasks.clone()
    }

    /// Attempts at once, of all kinds that it has tasks for.
    fn slots(&self, settings: &WorkerSettings) -> u32 {
        let of = |kind: Kind, slots: u32| if self.tasks[kind.index()].is_empty() { 0 } else { slots };
        of(Kind::Async, settings.concurrency) + of(Kind::Blocking, settings.blocking_threads)
    }

    /// A registration under a new id.
    pub fn registration(&self, settings: &WorkerSettings, machine: &Machine) -> Registration {
        Registration {
            id: ExecutorId::new(),
            name: "E1".into(),
            worker_name: self.worker_name.clone(),
            queues: settings.queues.clone(),
            task_names: self.all_tasks.to_vec(),
            slots: self.slots(settings),
            lease: settings.lease,
            beat_interval: settings.beat_interval,
            host: machine.host.clone(),
            pid: machine.pid,
            boot_id: machine.boot_id.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            app: self.app.clone(),
        }
    }
}

impl Hub {
    /// Registers under a new id.
    pub(super) fn register(&mut self, _now: Instant) {
        self.register_again = None;
        let registration = self.worker.registration(&self.settings, &self.machine);
        let (store, events) = (self.store.clone(), self.events.clone());
        tokio::spawn(async move {
            let id = registration.id;
            let result = panics::answer(store.executor_register(registration, None)).await.map(|()| id);
            events.send(Event::Registered(result));
        });
    }

    /// Tries again to register, if it is time.
    pub(super) fn register_if_due(&mut self, now: Instant) {
        if self.register_again.is_some_and(|at| at <= now) {
            self.register(now);
        }
    }

    /// The worker is registered anew, or must try again.
    pub(super) fn was_registered(&mut self, result: Result<ExecutorId>, now: Instant) {
        match result {
            Ok(executor) => {
                tracing::info!(%executor, "registered anew");
                self.unpark();
                self.counts.renewed();
                self.executor = executor;
                (self.registered, self.lease_over, self.ticker.beaten) = (true, false, now);
                self.ticker.beat_now(now);
            }
            Err(_) => self.register_again = Some(now + Duration::from_secs(1)),
        }
    }
}

/// Prepares the store and writes what others are to know of the application: its queues, its tasks, its workflows, its
/// schedules, this executor.
///
/// # Errors
/// The first call that fails for another reason than that the database is away.
pub(crate) async fn announce(
    store: &SharedStore,
    registry: &HyrexRegistry,
    schedules: &[NewSchedule],
    own: &Registration,
) -> Result<()> {
    store.prepare().await?;
    for queue in registry.queues() {
        store.queue_declare(queue.name, queue.concurrency_limit).await?;
    }
    store.task_defs_put(registry.tasks().map(definition).collect()).await?;
    let workflows: Vec<_> = registry.workflows().map(workflow).collect();
    if !workflows.is_empty() {
        store.workflow_defs_put(workflows).await?;
    }
    for job in store.schedules_put(own.app.clone(), schedules.to_vec(), None).await? {
        tracing::info!(job, app = own.app, "withdrew a schedule that the application has no more");
    }
    store.executor_register(own.clone(), None).await
}

fn workflow(workflow: &RegisteredWorkflow) -> WorkflowDef {
    let dag_structure = Some(workflow.dag.to_structure());
    WorkflowDef { workflow_name: workflow.name.clone(), dag_structure }
}

fn definition(task: &RegisteredTask) -> TaskDef {
    let config = &task.config;
    TaskDef {
        task_name: task.name.clone(),
        queue: config.queue.as_ref().map_or_else(|| DEFAULT_QUEUE.to_owned(), |queue| queue.name.clone()),
        priority: config.priority.unwrap_or(DEFAULT_PRIORITY),
        max_retries: config.max_retries.unwrap_or(0),
        timeout_seconds: config.timeout_seconds,
        arg_schema: None,
    }
}

/// Calls until it is answered, as long as the database at `place` is only away: one line when it is, one when it is
/// back.
///
/// # Errors
/// Any other error, at once.
pub(crate) async fn insist<T, F: Future<Output = Result<T>>>(place: &str, mut call: impl FnMut() -> F) -> Result<T> {
    let backoff = Backoff::exponential(Duration::from_millis(100), Duration::from_secs(5)).jitter(0.5);
    for failed in 0u32.. {
        match call().await {
            Err(error) if error.is_transient() => {
                if failed == 0 {
                    tracing::warn!(place, "cannot reach the database, trying again: {error}");
                }
                tokio::time::sleep(backoff.delay(failed)).await;
            }
            answer => {
                if failed > 0 && answer.is_ok() {
                    tracing::info!("the database is back");
                }
                return answer;
            }
        }
    }
    Err(StoreError::Unavailable("it stayed away".into()))
}
