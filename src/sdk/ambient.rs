//! Which database is meant where nobody says: the running task's, else that of a scope, else the one given to
//! [`init`], else the one that `HYREX_DATABASE_URL` names. Where [`init`] was given several, none is guessed.

use super::client::Client;
use super::client_error::{ClientError, ClientErrorKind};
use super::context::get_hyrex_context;
use crate::store::SharedStore;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// The variable that names the database.
pub const DATABASE_URL: &str = "HYREX_DATABASE_URL";

/// What [`init`] was given: one client a database.
static CONNECTED: RwLock<Vec<Client>> = RwLock::new(Vec::new());
static ENVIRONMENT: OnceCell<Client> = OnceCell::const_new();

tokio::task_local! {
    static SCOPE: Client;
}

/// What [`init`] takes: a URL, an open store, or a client.
pub enum Source {
    /// `postgres://…`, `sqlite:path` or `sqlite::memory:`.
    Url(String),
    /// A client: also of an open store.
    Client(Client),
}

impl From<&str> for Source {
    fn from(url: &str) -> Self {
        Source::Url(url.to_owned())
    }
}

impl From<String> for Source {
    fn from(url: String) -> Self {
        Source::Url(url)
    }
}

impl From<SharedStore> for Source {
    fn from(store: SharedStore) -> Self {
        Source::Client(Client::new(store))
    }
}

impl From<Client> for Source {
    fn from(client: Client) -> Self {
        Source::Client(client)
    }
}

impl From<&Client> for Source {
    fn from(client: &Client) -> Self {
        Source::Client(client.clone())
    }
}

/// Says which database this process means where nothing else is said, and opens it.
///
/// A second call for the same database replaces the client. After one for another database, neither is meant: a send
/// says which, by `.on(&client)` or within [`Client::scope`], else its error names them
/// ([`ClientErrorKind::SeveralStores`]).
///
/// ```no_run
/// # async fn example() -> Result<(), hyrex::ClientError> {
/// let client = hyrex::init("sqlite:shop.db").await?;
/// # let _ = client; Ok(()) }
/// ```
///
/// # Errors
/// As [`Client::connect`].
pub async fn init(source: impl Into<Source>) -> Result<Client, ClientError> {
    let client = match source.into() {
        Source::Url(url) => Client::connect(&url).await?,
        Source::Client(client) => client,
    };
    let mut connected = CONNECTED.write().unwrap_or_else(PoisonError::into_inner);
    connected.retain(|other| !is_same(other.store(), client.store()));
    connected.push(client.clone());
    Ok(client)
}

/// Whether both are one database.
pub(super) fn is_same(one: &SharedStore, other: &SharedStore) -> bool {
    Arc::ptr_eq(one, other) || (one.location() == other.location() && !one.location().contains(":memory:"))
}

/// The client that is meant here, as far as it can be said without opening one.
///
/// # Errors
/// [`ClientErrorKind::SeveralStores`] where several could be meant.
pub(super) fn current() -> Result<Option<Client>, ClientError> {
    let task = get_hyrex_context().map(|context| context.client().clone());
    match task.or_else(|| SCOPE.try_with(Client::clone).ok()) {
        Some(client) => Ok(Some(client)),
        None => connected(),
    }
}

fn connected() -> Result<Option<Client>, ClientError> {
    match CONNECTED.read().unwrap_or_else(PoisonError::into_inner).as_slice() {
        [] => Ok(ENVIRONMENT.get().cloned()),
        [client] => Ok(Some(client.clone())),
        several => {
            let stores = several.iter().map(|client| client.store().location()).collect();
            Err(ClientErrorKind::SeveralStores { stores }.into())
        }
    }
}

/// The client of `HYREX_DATABASE_URL`, opened at first use.
///
/// # Errors
/// [`ClientErrorKind::NoStore`] where the variable is not set, else as [`Client::connect`].
pub(super) async fn from_environment() -> Result<Client, ClientError> {
    let open = || async {
        let url = std::env::var(DATABASE_URL).ok().filter(|url| !url.is_empty());
        Client::connect(&url.ok_or(ClientErrorKind::NoStore)?).await
    };
    ENVIRONMENT.get_or_try_init(open).await.cloned()
}

/// The client that is meant here; opens the one of the environment where no other is known.
///
/// # Errors
/// As [`current`] and [`from_environment`].
pub(super) async fn resolve() -> Result<Client, ClientError> {
    match current()? {
        Some(client) => Ok(client),
        None => from_environment().await,
    }
}

/// Runs a future in which `client` is meant where nothing else is said.
pub(super) fn scope<F: Future>(client: Client, future: F) -> impl Future<Output = F::Output> + use<F> {
    SCOPE.scope(client, future)
}

/// As `tokio::spawn`, for a part of the task that calls: what it sends is a child of the same attempt, what it logs
/// is kept with it, and the span goes along. It is not waited for: await the handle.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let future = future.in_current_span();
    match (get_hyrex_context(), SCOPE.try_with(Client::clone).ok()) {
        (Some(context), _) => tokio::spawn(context.scope(future)),
        (None, Some(client)) => tokio::spawn(scope(client, future)),
        (None, None) => tokio::spawn(future),
    }
}

/// A function that means, on another thread, the same attempt and the same client as the one that calls.
pub(super) fn inherited<R>(function: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let (context, scope) = (get_hyrex_context(), SCOPE.try_with(Client::clone).ok());
    move || match (context, scope) {
        (Some(context), _) => context.scope_sync(function),
        (None, Some(client)) => SCOPE.sync_scope(client, function),
        (None, None) => function(),
    }
}

/// Awaits a future from a blocking function: `hyrex::block_on(task.send(args))?`.
///
/// # Panics
/// On a thread that runs asynchronous code, where one awaits instead; and outside a task where there is no tokio
/// runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let of_task = get_hyrex_context().and_then(|context| context.runtime().cloned());
    of_task.unwrap_or_else(tokio::runtime::Handle::current).block_on(future)
}
