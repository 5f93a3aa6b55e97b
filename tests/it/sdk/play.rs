//! Plays the worker: claims a run, executes its task's function inside a context, settles it.

use crate::support::{TestStore, Worker};
use hyrex::model::{ClaimedRun, Outcome, TaskError};
use hyrex::sdk::{ContextParts, Handler, HandlerError, Invocation, LogSink, Returned};
use hyrex::{CancellationToken, Client, HyrexApp, HyrexRegistry, TaskContext};
use std::sync::Arc;
use std::time::Duration;

/// Nobody keeps what is logged here.
struct NoSink;

impl LogSink for NoSink {
    fn push(&self, _: tracing::Level, _: &str, _: String) {}
}

/// An app of these tasks.
pub fn app(registry: HyrexRegistry) -> HyrexApp {
    HyrexApp::new("shop").registry(registry)
}

/// A client of the store, without a registry.
pub fn client(store: &TestStore) -> Client {
    Client::new(store.store.clone())
}

/// Claims the next run of the app's tasks in queue `default`.
pub async fn claim<'a>(store: &'a TestStore, app: &HyrexApp) -> (Worker<'a>, ClaimedRun) {
    let worker = Worker::new(&*store.store).await;
    let names = app.get_registry().task_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let claimed = worker.claim_tasks("default", &names, 1).await.pop().expect("a run to claim");
    (worker, claimed)
}

/// The context of a claimed run.
pub fn context(store: &TestStore, app: &HyrexApp, claimed: &ClaimedRun) -> TaskContext {
    let client = app.client(store.store.clone());
    let (claimed, state) = (Arc::new(claimed.clone()), app.state_map());
    TaskContext::new(ContextParts {
        claimed,
        client,
        state,
        cancellation: CancellationToken::new(),
        log_sink: Arc::new(NoSink),
    })
}

/// Executes a claimed run's function.
pub async fn execute(store: &TestStore, app: &HyrexApp, claimed: &ClaimedRun) -> Returned {
    let task = app.get_registry().task(&claimed.task_name).expect("a task of the app");
    let context = context(store, app, claimed);
    let invocation = Invocation { args: claimed.args.clone(), context: context.clone() };
    match &task.handler {
        Handler::Async(run) => context.scope(run(invocation)).await,
        Handler::Blocking(run) => {
            let run = run.clone();
            let blocking = tokio::task::spawn_blocking(move || context.scope_sync(|| run(invocation)));
            blocking.await.expect("the function returns")
        }
    }
}

/// A run that was executed and settled, and what its function came to.
pub struct Performed {
    pub claimed: ClaimedRun,
    pub returned: Returned,
}

/// Claims, executes and settles the next run.
pub async fn perform(store: &TestStore, app: &HyrexApp) -> Performed {
    let (worker, claimed) = claim(store, app).await;
    let returned = execute(store, app, &claimed).await;
    let outcome = match returned.as_ref() {
        Ok(result) => Outcome::Success(result.clone()),
        Err(HandlerError::Failed(error)) => Outcome::Failed(error.clone(), Duration::ZERO),
        Err(HandlerError::FailedForGood(error)) => Outcome::FailedForGood(error.clone()),
        Err(HandlerError::Canceled) => Outcome::Canceled,
    };
    worker.settle(&claimed, outcome).await;
    Performed { claimed, returned }
}

/// The error of a function that failed.
pub fn failure(returned: Returned) -> TaskError {
    match returned {
        Err(HandlerError::Failed(error) | HandlerError::FailedForGood(error)) => error,
        other => panic!("a failure, not {other:?}"),
    }
}
