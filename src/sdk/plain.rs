//! Tasks made with [`Task::new`]: a name, settings and a function.

use super::codec;
use super::config::TaskConfig;
use super::error::{Error, Result};
use super::handler::{ErrorHook, Handler, Invocation, Returned};
use super::hook::IntoErrorHook;
use super::registry::{CheckArguments, RegisteredTask};
use super::run::DurableTaskRun;
use super::send_in::SendIn;
use super::sending::{self, Sending};
use super::task::{Overrides, Task, TaskDef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

type Call<A, O> = dyn Fn(A) -> Pin<Box<dyn Future<Output = Result<O>> + Send>> + Send + Sync;
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// The definition that [`Task::new`] makes: a function of `A` that gives `O`.
///
/// `A` is stored as one JSON object, so it is a struct (a field a parameter), a map, or `()` for none.
pub struct Plain<A, O> {
    name: Arc<str>,
    config: Arc<TaskConfig>,
    handler: Handler,
    call: Arc<Call<A, O>>,
    check: CheckArguments,
    place: &'static Location<'static>,
    on_error: Option<ErrorHook>,
    overrides: Option<Box<Overrides>>,
}

impl<A, O> Task<Plain<A, O>>
where
    A: Serialize + DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
{
    /// A task that runs an asynchronous function.
    ///
    /// Its error is [`hyrex::Error`](Error), which `?` makes of every ordinary error; [`Task::wrap`] takes functions
    /// with an error of another type.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Greeting { to: String }
    ///
    /// let greet = Task::new("greet", TaskConfig::new().max_retries(1), |args: Greeting| async move {
    ///     Ok(format!("hello, {}", args.to))
    /// });
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// assert_eq!(greet.call(Greeting { to: "Ada".into() }).await.unwrap(), "hello, Ada");
    /// # });
    /// ```
    #[track_caller]
    pub fn new<F, Fut>(name: impl AsRef<str>, config: TaskConfig, function: F) -> Self
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send + 'static,
    {
        let (name, function) = (Arc::<str>::from(name.as_ref()), Arc::new(function));
        let (task, run) = (name.clone(), function.clone());
        let handler = Handler::Async(Arc::new(move |invocation: Invocation| {
            let (task, run) = (task.clone(), run.clone());
            Box::pin(async move {
                let args = codec::decode_args(&task, &invocation.args)?;
                drop(invocation);
                returned(run(args).await)
            })
        }));
        Self::made(name, config, handler, Arc::new(move |args| Box::pin(function(args))))
    }

    /// A task that runs a blocking function, on a thread of the worker's pool for them.
    ///
    /// It cannot be stopped from outside: a long one looks at
    /// [`TaskContext::check_canceled`](super::TaskContext::check_canceled) between its steps.
    #[track_caller]
    pub fn blocking<F>(name: impl AsRef<str>, config: TaskConfig, function: F) -> Self
    where
        F: Fn(A) -> Result<O> + Send + Sync + 'static,
    {
        let (name, function) = (Arc::<str>::from(name.as_ref()), Arc::new(function));
        let (task, run) = (name.clone(), function.clone());
        let handler = Handler::Blocking(Arc::new(move |invocation: Invocation| {
            returned(run(codec::decode_args(&task, &invocation.args)?))
        }));
        Self::made(name, config, handler, Arc::new(move |args| Box::pin(std::future::ready(function(args)))))
    }

    /// As [`Task::new`], for a function whose error is of any type: `anyhow::Error`, `std::io::Error`, one's own, a
    /// text, a box.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// async fn shout(_: ()) -> anyhow::Result<String> {
    ///     Ok(std::str::from_utf8(b"tea!")?.to_uppercase())
    /// }
    /// let task = Task::wrap("shout", TaskConfig::new(), shout);
    /// # let _ = task;
    /// ```
    #[track_caller]
    pub fn wrap<F, Fut, E>(name: impl AsRef<str>, config: TaskConfig, function: F) -> Self
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, E>> + Send + 'static,
        E: Into<AnyError> + 'static,
    {
        Self::new(name, config, move |args| {
            let running = function(args);
            async move { running.await.map_err(Error::any) }
        })
    }

    /// As [`Task::blocking`], for a function whose error is of any type.
    #[track_caller]
    pub fn wrap_blocking<F, E>(name: impl AsRef<str>, config: TaskConfig, function: F) -> Self
    where
        F: Fn(A) -> Result<O, E> + Send + Sync + 'static,
        E: Into<AnyError> + 'static,
    {
        Self::blocking(name, config, move |args| function(args).map_err(Error::any))
    }

    /// A function that is called after each failed attempt, once the failure is committed; not after a cancellation,
    /// nor where the worker vanished. It takes nothing or a [`Failure`](super::Failure), and may be asynchronous; what
    /// it fails with is logged.
    ///
    /// ```
    /// use hyrex::prelude::*;
    ///
    /// let task = Task::new("print", TaskConfig::new(), |()| async { Err::<(), _>(Error::new("no paper")) })
    ///     .on_error(|failure: Failure| async move { eprintln!("{}: {}", failure.task_name, failure.error.message) });
    /// # let _ = task;
    /// ```
    pub fn on_error<M>(mut self, function: impl IntoErrorHook<M>) -> Self {
        self.definition_mut().on_error = Some(function.into_error_hook());
        self
    }

    #[track_caller]
    fn made(name: Arc<str>, config: TaskConfig, handler: Handler, call: Arc<Call<A, O>>) -> Self {
        let config = Arc::new(config);
        let (check, place) = (codec::check_args::<A>, Location::caller());
        Task::of(Plain { name, config, handler, call, check, place, on_error: None, overrides: None })
    }
}

fn returned<O: Serialize>(result: Result<O>) -> Returned {
    result.map_err(Error::into_handler_error).and_then(|value| codec::encode_result(&value))
}

impl<A: Serialize + 'static, O: 'static> Plain<A, O> {
    /// Sends one run; answers once it is durable. Inside a task it becomes a child of the attempt that sends it.
    ///
    /// Where the database goes away meanwhile, the same send is repeated for some seconds: it stands once.
    ///
    /// # Errors
    /// Arguments or settings that cannot be, or a database that stays away.
    pub fn send(&self, args: A) -> Sending<DurableTaskRun<O>> {
        sending::send(self, codec::encode_args(&self.name, &args))
    }

    /// Sends many runs, all or none, in as few statements as can be; their handles in order.
    ///
    /// # Errors
    /// As [`Plain::send`].
    pub fn send_many(&self, list: impl IntoIterator<Item = A>) -> Sending<Vec<DurableTaskRun<O>>> {
        let args = list.into_iter().map(|args| codec::encode_args(&self.name, &args)).collect();
        sending::send_many(self, args)
    }

    /// Sends one run inside the caller's own transaction: it stands when that is committed, and never else.
    ///
    /// For a transaction of sqlx this gives a future, for one of rusqlite the result itself.
    ///
    /// # Errors
    /// As [`Plain::send`]; the transaction decides what then becomes of the rest of it.
    pub fn send_in<'t, X: SendIn>(&self, transaction: &'t mut X, args: A) -> X::Sent<'t, DurableTaskRun<O>> {
        sending::send_in(self, transaction, codec::encode_args(&self.name, &args))
    }

    /// Just the function, for a test: no run is made.
    ///
    /// # Errors
    /// What the function fails with.
    pub fn call(&self, args: A) -> impl Future<Output = Result<O>> + Send + use<A, O> {
        (self.call)(args)
    }
}

impl<A: 'static, O: 'static> TaskDef for Plain<A, O> {
    type Output = O;

    fn name(&self) -> &str {
        &self.name
    }

    fn config(&self) -> Cow<'_, TaskConfig> {
        Cow::Borrowed(&self.config)
    }

    fn define(&self) -> RegisteredTask {
        let config = TaskConfig::clone(&self.config);
        let task = RegisteredTask::new(&*self.name, config, self.handler.clone());
        let (on_error, place, check_arguments) = (self.on_error.clone(), Some(self.place), Some(self.check));
        RegisteredTask { on_error, place, check_arguments, ..task }
    }

    fn overrides(&self) -> Option<&Overrides> {
        self.overrides.as_deref()
    }

    fn overrides_mut(&mut self) -> &mut Overrides {
        self.overrides.get_or_insert_default()
    }
}

impl<A, O> Clone for Plain<A, O> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            config: self.config.clone(),
            handler: self.handler.clone(),
            call: self.call.clone(),
            check: self.check,
            place: self.place,
            on_error: self.on_error.clone(),
            overrides: self.overrides.clone(),
        }
    }
}
