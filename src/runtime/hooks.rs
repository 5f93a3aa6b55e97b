//! `on_error`: called at most once a failed attempt, once the failure is committed, by the worker that ran it.

use super::attempt::Attempt;
use super::events::Event;
use super::execute::Runner;
use super::held::Holding;
use super::hub::Hub;
use super::panics;
use crate::model::TaskError;
use crate::sdk::handler::Failure;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

impl Hub {
    /// Calls the task's `on_error` function beside everything else, if it has one.
    pub(super) fn call_hook(&mut self, holding: &Holding, error: TaskError, will_retry: bool) {
        let Some(args) = holding.args.clone() else { return };
        let Some(call) = call(&self.runner, &holding.attempt, args, error, will_retry) else { return };
        self.hooks += 1;
        let events = self.events.clone();
        tokio::spawn(async move {
            call.await;
            events.send(Event::Hooked);
        });
    }
}

/// A call of the task's `on_error` function, if it has one. What it throws is logged.
pub(super) fn call(
    runner: &Runner,
    attempt: &Arc<Attempt>,
    args: String,
    error: TaskError,
    will_retry: bool,
) -> Option<impl Future<Output = ()> + Send + use<>> {
    let run = attempt.claimed.clone();
    let hook = runner.registry.task(&run.task_name)?.on_error.clone()?;
    let failure = Failure {
        task_name: run.task_name.clone(),
        run: run.run,
        attempt: run.fence.attempt,
        attempt_number: run.attempt_number,
        max_retries: run.max_retries,
        will_retry,
        args,
        error,
    };
    let context = runner.context(attempt);
    Some(async move {
        context.prepare().await;
        // Called inside the future: a panic before its first await is caught as well.
        let call = AssertUnwindSafe(context.scope(async move { hook(failure).await })).catch_unwind();
        let error = match call.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(payload) => panics::error(payload.as_ref()),
        };
        tracing::warn!(task = run.task_name, run = %run.run, attempt = run.attempt_number,
            kind = error.kind, place = error.place, "on_error failed: {}", crate::sdk::shown(&error.message));
    })
}
