//! Sends of a task that a macro made, and the functions in its attribute.

use super::super::handler::{ErrorHook, Failure};
use super::super::hook::{HookReturn, IntoErrorHook};
use super::super::run::DurableTaskRun;
use super::super::send_in::SendIn;
use super::super::sending::{self, Sending};
use super::definition::{Definition, encode};

/// Sends one run.
pub fn send<D: Definition>(task: &D, arguments: D::Arguments) -> Sending<DurableTaskRun<D::Output>> {
    sending::send(task, encode::<D>(&arguments))
}

/// Sends one run inside the caller's transaction.
pub fn send_in<'t, D: Definition, X: SendIn>(
    task: &D,
    transaction: &'t mut X,
    arguments: D::Arguments,
) -> X::Sent<'t, DurableTaskRun<D::Output>> {
    sending::send_in(task, transaction, encode::<D>(&arguments))
}

/// Sends many runs, all or none.
pub fn send_many<D: Definition>(
    task: &D,
    list: impl Iterator<Item = D::Arguments>,
) -> Sending<Vec<DurableTaskRun<D::Output>>> {
    sending::send_many(task, list.map(|arguments| encode::<D>(&arguments)).collect())
}

/// A function that is told of failures.
pub fn hook<M>(function: impl IntoErrorHook<M>) -> ErrorHook {
    function.into_error_hook()
}

/// A closure of one argument: its type is known by this bound.
pub fn hook_with_failure<M, R: HookReturn<M>>(function: impl Fn(Failure) -> R + Send + Sync + 'static) -> ErrorHook {
    function.into_error_hook()
}

/// A closure of no argument.
pub fn hook_without_failure<M, R: HookReturn<M>>(function: impl Fn() -> R + Send + Sync + 'static) -> ErrorHook {
    function.into_error_hook()
}
