//! `on_error`: the forms that a function may have.

use super::error::Error;
use super::handler::{ErrorHook, Failure};
use crate::model::TaskError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Done = Pin<Box<dyn Future<Output = Result<(), TaskError>> + Send>>;

/// A function that may be told of a failed attempt: of no argument or of one [`Failure`], synchronous or not, which
/// returns nothing or a result. `M` tells the forms apart, and is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an error handler",
    label = "expected a function of no argument or of one `hyrex::Failure`, which returns nothing or a `Result<(), _>`"
)]
pub trait IntoErrorHook<M> {
    /// The function in the form that the worker calls.
    fn into_error_hook(self) -> ErrorHook;
}

/// What tells the forms apart; never made.
pub mod form {
    /// Of one [`Failure`](crate::Failure).
    pub struct WithFailure;
    /// Of no argument.
    pub struct WithoutFailure;
    /// Done when it returns.
    pub struct Sync;
    /// Done when its future is.
    pub struct Async;
}

impl<F, R, M> IntoErrorHook<(form::WithFailure, M)> for F
where
    F: Fn(Failure) -> R + Send + Sync + 'static,
    R: HookReturn<M>,
{
    fn into_error_hook(self) -> ErrorHook {
        Arc::new(move |failure| self(failure).done())
    }
}

impl<F, R, M> IntoErrorHook<(form::WithoutFailure, M)> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: HookReturn<M>,
{
    fn into_error_hook(self) -> ErrorHook {
        Arc::new(move |_| self().done())
    }
}

/// What an error handler may return: an outcome, or a future of one.
pub trait HookReturn<M> {
    /// What it came to.
    fn done(self) -> Done;
}

impl<R: HookOutcome> HookReturn<form::Sync> for R {
    fn done(self) -> Done {
        Box::pin(std::future::ready(self.outcome()))
    }
}

impl<F> HookReturn<form::Async> for F
where
    F: Future<Output: HookOutcome> + Send + 'static,
{
    fn done(self) -> Done {
        Box::pin(async { self.await.outcome() })
    }
}

/// Nothing, or a result.
pub trait HookOutcome {
    /// What is logged of it.
    fn outcome(self) -> Result<(), TaskError>;
}

impl HookOutcome for () {
    fn outcome(self) -> Result<(), TaskError> {
        Ok(())
    }
}

impl<E> HookOutcome for Result<(), E>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    fn outcome(self) -> Result<(), TaskError> {
        self.map_err(|error| Error::any(error).to_task_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunId;

    fn failure() -> Failure {
        let (run, error) = (RunId::new(), TaskError { message: "no paper".into(), ..TaskError::default() });
        let (task_name, args) = ("print".into(), "{}".into());
        let (attempt, attempt_number, max_retries, will_retry) = (run.first_attempt(), 0, 1, true);
        Failure { task_name, run, attempt, attempt_number, max_retries, will_retry, args, error }
    }

    async fn call<M>(hook: impl IntoErrorHook<M>) -> Result<(), String> {
        hook.into_error_hook()(failure()).await.map_err(|error| error.message)
    }

    async fn asynchronous(failure: Failure) -> Result<(), Error> {
        Err(Error::new(format!("cannot tell anyone of: {}", failure.error.message)))
    }

    fn plain(_: Failure) {}

    #[tokio::test]
    async fn every_form_of_a_handler_is_taken() {
        assert_eq!(call(plain).await, Ok(()));
        assert_eq!(call(|| ()).await, Ok(()));
        assert_eq!(call(|| async {}).await, Ok(()));
        assert_eq!(call(asynchronous).await, Err("cannot tell anyone of: no paper".into()));
        assert_eq!(call(|failure: Failure| Err::<(), _>(failure.error.message)).await, Err("no paper".into()));
        assert_eq!(call(|_: Failure| async { Err::<(), _>(std::fmt::Error) }).await, Err(std::fmt::Error.to_string()));
    }
}
