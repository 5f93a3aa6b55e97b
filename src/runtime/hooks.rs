//! `on_error`: called at most once a failed attempt, once the failure is committed, by the worker that ran it.

use super::events::Event;
use super::held::Holding;
use super::hub::Hub;
use super::panics;
use crate::model::TaskError;
use crate::sdk::handler::Failure;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

impl Hub {
    /// Calls the task's `on_error` function, if it has one. What it throws is logged.
    pub(super) fn call_hook(&mut self, holding: &Holding, error: TaskError, will_retry: bool) {
        let run = holding.attempt.claimed.clone();
        let hook = self.runner.registry.task(&run.task_name).and_then(|task| task.on_error.clone());
        let (Some(hook), Some(args)) = (hook, holding.args.clone()) else { return };
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
        self.hooks += 1;
        let (context, events) = (self.runner.context(&holding.attempt), self.events.clone());
        tokio::spawn(async move {
            let call = AssertUnwindSafe(context.scope(async move { hook(failure).await })).catch_unwind();
            let error = match call.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(payload) => Some(panics::error(payload.as_ref())),
            };
            if let Some(error) = error {
                tracing::warn!(task = run.task_name, run = %run.run, attempt = run.attempt_number,
                    kind = error.kind, place = error.place, "on_error failed: {}", crate::sdk::shown(&error.message));
            }
            events.send(Event::Hooked);
        });
    }
}
