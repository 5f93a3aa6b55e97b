//! From a task and its arguments to runs that stand.

use super::client::Client;
use super::client_error::{ClientError, ClientErrorKind};
use super::config::TaskConfig;
use super::route::Route;
use super::run::DurableTaskRun;
use super::send_in::SendIn;
use super::task::{Overrides, TaskDef};
use crate::model::{Enqueued, NewRun};
use crate::store::{SharedStore, StoreError};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

/// A send under way: gives the handle once the run is durable.
#[must_use = "nothing is sent until this is awaited"]
pub struct Sending<T>(Boxed<T>);

impl<T: Send + 'static> Sending<T> {
    pub(super) fn of(future: impl Future<Output = Result<T, ClientError>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending(..)")
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

/// What is sent, but for the arguments.
pub struct Sendable<'a> {
    name: &'a str,
    config: Cow<'a, TaskConfig>,
    overrides: Option<&'a Overrides>,
}

impl<'a> Sendable<'a> {
    /// A task that is known by its name alone.
    pub fn by_name(name: &'a str, overrides: &'a Overrides) -> Self {
        Self { name, config: Cow::Owned(TaskConfig::new()), overrides: Some(overrides) }
    }
}

impl<'a, D: TaskDef> From<&'a D> for Sendable<'a> {
    fn from(task: &'a D) -> Self {
        Self { name: task.name(), config: task.config(), overrides: task.overrides() }
    }
}

/// Sends one run. Whose child it is, and which client is used, is decided here and not at the await.
pub fn send<'a, O: 'static>(
    task: impl Into<Sendable<'a>>,
    args: Result<String, ClientError>,
) -> Sending<DurableTaskRun<O>> {
    let outgoing = args.and_then(|args| Outgoing::new(&task.into(), vec![args]));
    Sending::of(async move {
        let (client, sent) = outgoing?.submit().await?;
        // One run was sent, so one was answered.
        sent.first().map(|sent| DurableTaskRun::sent(*sent, Some(client))).ok_or_else(lost_answer)
    })
}

/// Sends many runs, all or none.
pub fn send_many<'a, O: 'static>(
    task: impl Into<Sendable<'a>>,
    args: Result<Vec<String>, ClientError>,
) -> Sending<Vec<DurableTaskRun<O>>> {
    let outgoing = args.and_then(|args| Outgoing::new(&task.into(), args));
    Sending::of(async move {
        let (client, sent) = outgoing?.submit().await?;
        Ok(sent.into_iter().map(|sent| DurableTaskRun::sent(sent, Some(client.clone()))).collect())
    })
}

/// Sends one run inside the caller's transaction.
pub fn send_in<'a, 't, O: 't, X: SendIn>(
    task: impl Into<Sendable<'a>>,
    transaction: &'t mut X,
    args: Result<String, ClientError>,
) -> X::Sent<'t, DurableTaskRun<O>> {
    let outgoing = args.and_then(|args| Outgoing::new(&task.into(), vec![args]));
    let client = outgoing.as_ref().ok().and_then(|outgoing| outgoing.route.client.clone());
    transaction.enqueue_in(outgoing.map(|outgoing| outgoing.runs), move |sent| {
        sent.first().map(|sent| DurableTaskRun::sent(*sent, client)).ok_or_else(lost_answer)
    })
}

fn lost_answer() -> ClientError {
    StoreError::Database("the store did not say what became of a run".into()).into()
}

/// Runs about to be sent.
struct Outgoing {
    runs: Vec<NewRun>,
    route: Route,
}

impl Outgoing {
    fn new(task: &Sendable<'_>, args: Vec<String>) -> Result<Self, ClientError> {
        let route = Route::from_here(task.overrides.and_then(|overrides| overrides.client.as_ref()))?;
        let config = settings(task, route.client.as_ref())?;
        let run = |args| {
            let mut run = config.new_run(task.name, args);
            (run.parent, run.root) = (route.parent(), route.root());
            run
        };
        Ok(Self { runs: args.into_iter().map(run).collect(), route })
    }

    async fn submit(self) -> Result<(Client, Vec<Enqueued>), ClientError> {
        let runs = self.runs;
        let enqueue = move |store: SharedStore| {
            let runs = runs.clone();
            async move { if runs.is_empty() { Ok(Vec::new()) } else { store.enqueue(runs, None).await } }
        };
        self.route.send(enqueue).await
    }
}

/// The settings of a send: its own, then those that the application's registry completed, or the definition's.
fn settings(task: &Sendable<'_>, client: Option<&Client>) -> Result<TaskConfig, ClientError> {
    let own = task.overrides.map(|overrides| overrides.config.clone()).unwrap_or_default();
    if own.retry_backoff.is_some() {
        let why = "a retry_backoff belongs to the task's definition: the worker that runs it knows no other".into();
        return Err(ClientErrorKind::Settings { task: task.name.to_owned(), why }.into());
    }
    let registered = client.and_then(|client| client.registry().task(task.name));
    Ok(match registered {
        Some(registered) => own.or(&registered.config),
        None => own.or(&task.config),
    })
}
