//! One attempt, as a pipeline of short steps: find the task, build its context, run it within its time, classify what
//! came of it, and tell the hub. A panic anywhere in it is a failure of the attempt, never of the worker.

use super::attempt::{Attempt, Reason};
use super::blocking::BlockingPool;
use super::events::{Ended, Event, Events};
use super::panics;
use super::slots::Kind;
use crate::model::{Completion, Outcome, TaskError};
use crate::sdk::handler::{Handler, HandlerError, HandlerFuture, Invocation, Returned};
use crate::sdk::{Client, ContextParts, HyrexRegistry, RegisteredTask, StateMap, TaskContext};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tracing::Instrument;

/// The end of an attempt waits so long for the answers to its sends: as long as a call to the database may take.
const LAST_SENDS: Duration = Duration::from_secs(30);

/// What every attempt of a worker runs with.
pub(crate) struct Runner {
    /// The tasks.
    pub registry: HyrexRegistry,
    /// The store that attempts are claimed from.
    pub client: Client,
    /// The application's state.
    pub state: Arc<StateMap>,
    /// Where blocking functions run; absent when no task needs it.
    pub pool: Option<BlockingPool>,
    /// Where the hub listens.
    pub events: Events,
    /// Largest result, in bytes.
    pub max_result: usize,
}

/// How a function ended.
enum End {
    Returned(Returned),
    Panicked(TaskError),
    TimedOut(Duration),
    /// It was dropped, because it was told to end.
    Dropped,
    /// The worker knows no such task.
    Unknown,
}

impl Runner {
    /// Executes an attempt in a task of its own, and tells the hub how it ended.
    pub fn start(self: &Arc<Self>, attempt: Arc<Attempt>, args: String) {
        let runner = self.clone();
        let span = tracing::info_span!(
            "task",
            name = attempt.claimed.task_name,
            run = %attempt.claimed.run,
            attempt = attempt.claimed.attempt_number
        );
        let work = async move {
            let ended = runner.execute(attempt, args).await;
            runner.events.send(Event::Ended(ended));
        };
        tokio::spawn(work.instrument(span));
    }

    /// Executes an attempt.
    pub async fn execute(&self, attempt: Arc<Attempt>, args: String) -> Ended {
        let begun = Instant::now();
        let task = self.registry.task(&attempt.claimed.task_name);
        let mut slot_kept = false;
        let context = self.context(&attempt);
        context.prepare().await;
        let run = AssertUnwindSafe(self.run(task, &attempt, context.clone(), args, &mut slot_kept)).catch_unwind();
        // What panics here is code that runs when the function's future is dropped.
        let end = run.await.unwrap_or_else(|payload| End::Panicked(panics::error(payload.as_ref())));
        let kind = task.map_or(Kind::Async, |task| Kind::of(&task.handler));
        let ran = begun.elapsed();
        if context.is_sending() {
            last_sends(&context).await;
        }
        let completion = self.completion(&attempt, task, end);
        Ended { completion, kind, ran, slot_kept }
    }

    /// What the function of an attempt can ask about itself.
    pub fn context(&self, attempt: &Arc<Attempt>) -> TaskContext {
        TaskContext::new(ContextParts {
            claimed: attempt.claimed.clone(),
            client: self.client.clone(),
            state: self.state.clone(),
            cancellation: attempt.token().clone(),
            log_sink: attempt.clone(),
        })
    }

    async fn run(
        &self,
        task: Option<&RegisteredTask>,
        attempt: &Arc<Attempt>,
        context: TaskContext,
        args: String,
        slot_kept: &mut bool,
    ) -> End {
        let Some(task) = task else { return End::Unknown };
        let limit = attempt.claimed.timeout_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let limit = limit.map(Duration::from_secs);
        match &task.handler {
            Handler::Async(function) => run_async(function.as_ref(), attempt, context, args, limit).await,
            Handler::Blocking(function) => {
                self.run_blocking(function.clone(), attempt, context, args, limit, slot_kept).await
            }
        }
    }

    async fn run_blocking(
        &self,
        function: Arc<dyn Fn(Invocation) -> Returned + Send + Sync>,
        attempt: &Arc<Attempt>,
        context: TaskContext,
        args: String,
        limit: Option<Duration>,
        slot_kept: &mut bool,
    ) -> End {
        let Some(pool) = &self.pool else { return End::Unknown };
        let (answer, mut answered) = oneshot::channel();
        let events = self.events.clone();
        pool.spawn(move || {
            let end = call(function.as_ref(), context, args);
            if answer.send(end).is_err() {
                events.send(Event::Returned); // The attempt ended before it did: only its slot is left.
            }
        });
        tokio::select! {
            biased;
            end = &mut answered => return end.unwrap_or_else(|_| End::Panicked(gone())),
            () = time_limit(limit) => {}
        }
        attempt.end(Reason::Timeout);
        answered.close();
        match answered.try_recv() {
            // It saw its token, and ended because of its time.
            Ok(End::Returned(Err(HandlerError::Canceled))) => End::TimedOut(limit.unwrap_or_default()),
            Ok(end) => end,
            Err(_) => {
                *slot_kept = true;
                End::TimedOut(limit.unwrap_or_default())
            }
        }
    }

    fn completion(&self, attempt: &Arc<Attempt>, task: Option<&RegisteredTask>, end: End) -> Completion {
        let outcome = match (end, task) {
            (End::Unknown, _) | (_, None) => Outcome::NeverBegun,
            (End::Returned(Ok(result)), _) => self.success(result),
            (End::Dropped | End::Returned(Err(HandlerError::Canceled)), Some(task)) => ended_early(attempt, task),
            (End::Returned(Err(HandlerError::FailedForGood(error))), _) => Outcome::FailedForGood(error),
            (End::Returned(Err(HandlerError::Failed(error))), Some(task)) => failed(attempt, task, error),
            (End::Panicked(error), Some(task)) => failed(attempt, task, error),
            (End::TimedOut(limit), Some(task)) => failed(attempt, task, timed_out(limit)),
        };
        let (fence, workflow_run) = (attempt.claimed.fence, attempt.claimed.workflow_run);
        Completion { fence, workflow_run, outcome, logs: attempt.close_log() }
    }

    fn success(&self, result: Option<String>) -> Outcome {
        match result.as_ref().map(String::len).filter(|size| *size > self.max_result) {
            None => Outcome::Success(result),
            Some(size) => Outcome::FailedForGood(TaskError {
                kind: "result_too_large".into(),
                message: format!("the result has {size} bytes, and at most {} are allowed", self.max_result),
                ..TaskError::default()
            }),
        }
    }
}

async fn run_async(
    function: &(dyn Fn(Invocation) -> HandlerFuture + Send + Sync),
    attempt: &Attempt,
    context: TaskContext,
    args: String,
    limit: Option<Duration>,
) -> End {
    let invocation = Invocation { args, context: context.clone() };
    // Called inside the future: what the function does before its first await is part of the attempt.
    let work = context.scope(async move { function(invocation).await });
    let end = tokio::select! {
        biased;
        returned = AssertUnwindSafe(work).catch_unwind() => match returned {
            Ok(returned) => End::Returned(returned),
            Err(payload) => End::Panicked(panics::error(payload.as_ref())),
        },
        () = attempt.token().cancelled() => End::Dropped,
        () = time_limit(limit) => End::TimedOut(limit.unwrap_or_default()),
    };
    if matches!(end, End::TimedOut(_)) {
        attempt.end(Reason::Timeout); // For what the function started beside itself.
    }
    end
}

fn call(function: &(dyn Fn(Invocation) -> Returned + Send + Sync), context: TaskContext, args: String) -> End {
    let invocation = Invocation { args, context: context.clone() };
    match catch_unwind(AssertUnwindSafe(|| context.scope_sync(|| function(invocation)))) {
        Ok(returned) => End::Returned(returned),
        Err(payload) => End::Panicked(panics::error(payload.as_ref())),
    }
}

/// Waits for what an attempt was sending when it ended: only then does its end find all its children.
async fn last_sends(context: &TaskContext) {
    if tokio::time::timeout(LAST_SENDS, context.sends_answered()).await.is_err() {
        tracing::warn!("the database has not answered what the task sent; its end is written without that");
    }
}

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// An attempt that ended because it was told to.
fn ended_early(attempt: &Attempt, task: &RegisteredTask) -> Outcome {
    match attempt.reason() {
        Some(Reason::Cancel) => Outcome::Canceled,
        Some(Reason::Interrupt) => Outcome::Interrupted,
        // A function that passes on a cancellation of something else, or cancelled its own token.
        Some(Reason::Timeout) | None => failed(attempt, task, unasked()),
    }
}

fn unasked() -> TaskError {
    let message = "the task ended as cancelled, and nobody had asked for it".into();
    TaskError { kind: "canceled".into(), message, ..TaskError::default() }
}

fn failed(attempt: &Attempt, task: &RegisteredTask, error: TaskError) -> Outcome {
    let number = u32::try_from(attempt.claimed.attempt_number).unwrap_or(0);
    let retries = attempt.claimed.has_retries_left();
    Outcome::Failed(error, if retries { task.backoff.delay(number) } else { Duration::ZERO })
}

fn timed_out(limit: Duration) -> TaskError {
    let message = format!("the attempt took longer than its timeout of {} s", limit.as_secs());
    TaskError { kind: "timeout".into(), message, ..TaskError::default() }
}

/// The thread of a blocking function ended without a word.
fn gone() -> TaskError {
    TaskError { kind: "panic".into(), message: "the thread of the task ended".into(), ..TaskError::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_says_its_seconds() {
        let error = timed_out(Duration::from_secs(90));
        assert_eq!((error.kind.as_str(), error.message.contains("90 s")), ("timeout", true));
    }
}
