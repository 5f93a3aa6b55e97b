//! From a task and its arguments to runs that stand.

use super::ambient;
use super::client::Client;
use super::client_error::{ClientError, ClientErrorKind};
use super::config::TaskConfig;
use super::context::{TaskContext, get_hyrex_context};
use super::patience::{patiently, patiently_until};
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
    fn of(future: impl Future<Output = Result<T, ClientError>> + Send + 'static) -> Self {
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
    let client = outgoing.as_ref().ok().and_then(|outgoing| outgoing.client.clone());
    transaction.enqueue_in(outgoing.map(|outgoing| outgoing.runs), move |sent| {
        sent.first().map(|sent| DurableTaskRun::sent(*sent, client)).ok_or_else(lost_answer)
    })
}

fn lost_answer() -> ClientError {
    StoreError::Database("the store did not say what became of a run".into()).into()
}

/// Runs about to be sent; `client`: where to, unless the environment is still to be asked; `sender`: whose children
/// they are.
struct Outgoing {
    runs: Vec<NewRun>,
    client: Option<Client>,
    sender: Option<TaskContext>,
}

impl Outgoing {
    fn new(task: &Sendable<'_>, args: Vec<String>) -> Result<Self, ClientError> {
        let chosen = task.overrides.and_then(|overrides| overrides.client.clone());
        let client = chosen.map_or_else(ambient::current, |client| Ok(Some(client)))?;
        let config = settings(task, client.as_ref())?;
        let sender = get_hyrex_context().filter(|context| is_at_home(context, client.as_ref()));
        let run = |args| as_child(config.new_run(task.name, args), sender.as_ref());
        Ok(Self { runs: args.into_iter().map(run).collect(), client, sender })
    }

    async fn submit(self) -> Result<(Client, Vec<Enqueued>), ClientError> {
        let client = match self.client {
            Some(client) => client,
            None => ambient::from_environment().await?,
        };
        let sent = enqueue(client.store(), self.runs, self.sender.as_ref()).await?;
        Ok((client, sent))
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

/// Whether a run goes to the database that the sending attempt stands in: only there can it be its child.
fn is_at_home(context: &TaskContext, client: Option<&Client>) -> bool {
    let Some(client) = client else { return true };
    ambient::is_same(client.store(), context.client().store())
}

fn as_child(mut run: NewRun, sender: Option<&TaskContext>) -> NewRun {
    if let Some(sender) = sender {
        run.parent = Some(sender.task_id());
        run.root = Some(sender.root_id());
    }
    run
}

/// Sends runs; repeats while the database is away, which is safe because the runs bring their ids. What an attempt
/// has begun to send is answered before the attempt ends.
async fn enqueue(
    store: &SharedStore,
    runs: Vec<NewRun>,
    sender: Option<&TaskContext>,
) -> Result<Vec<Enqueued>, ClientError> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let Some(sender) = sender else { return Ok(patiently(|| store.enqueue(runs.clone(), None)).await?) };
    let store = store.clone();
    let send = sender.sends().send(|abandoned| async move {
        let abandoned = async { abandoned.await.unwrap_or_default() };
        patiently_until(abandoned, || store.enqueue(runs.clone(), None)).await
    });
    Ok(send.await?)
}
