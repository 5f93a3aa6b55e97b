//! A task's function, as the worker calls it and as a test does.

use super::super::ambient;
use super::super::handler::{Handler, Returned};
use super::definition::{Definition, decode};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The function at work.
pub type Calling<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The handler of an asynchronous function.
pub fn asynchronous<D, F, R>(start: fn(D::Arguments) -> F, finish: fn(R) -> Returned) -> Handler
where
    D: Definition,
    F: Future<Output = R> + Send + 'static,
    R: 'static,
{
    Handler::Async(Arc::new(move |invocation| {
        Box::pin(async move {
            let arguments = decode::<D>(&invocation.args)?;
            drop(invocation);
            finish(start(arguments).await)
        })
    }))
}

/// The handler of a blocking function.
pub fn blocking<D, R>(start: fn(D::Arguments) -> R, finish: fn(R) -> Returned) -> Handler
where
    D: Definition,
    R: 'static,
{
    Handler::Blocking(Arc::new(move |invocation| finish(start(decode::<D>(&invocation.args)?))))
}

/// Just an asynchronous function.
pub fn calling<R>(future: impl Future<Output = R> + Send + 'static) -> Calling<R> {
    Box::pin(future)
}

/// Just a blocking function: on a thread for such, so that it may block, where there is a runtime that has some.
pub fn calling_blocking<A, R>(start: fn(A) -> R, arguments: A) -> Calling<R>
where
    A: Send + 'static,
    R: Send + 'static,
{
    Box::pin(async move {
        let Ok(runtime) = Handle::try_current() else { return start(arguments) };
        let work = ambient::inherited(move || start(arguments));
        match runtime.spawn_blocking(work).await {
            Ok(returned) => returned,
            // Nobody aborts it: it panicked, and the caller is to see that.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    })
}
