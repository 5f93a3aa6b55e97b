//! `send`: a run of a task that is known by its name.

mod input;
mod outcome;

pub(crate) use input::arguments;

use super::args::SendArgs;
use super::error::{self, CliError};
use super::session::{Access, Session};
use crate::model::{RunId, TaskStatus};
use crate::sdk::{Client, ClientError, ClientErrorKind, DurableTaskRun, HyrexApp, TaskConfig};
use crate::store::SharedStore;
use outcome::Outcome;
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// Longer than anyone waits.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(10 * 366 * 86_400);

/// What was sent, as scripts read it.
#[derive(Serialize)]
struct SentView<'a> {
    id: RunId,
    task: &'a str,
    /// Whether a run with the key stood already.
    duplicate: bool,
    #[serde(flatten)]
    outcome: Option<&'a Outcome>,
}

/// Runs `hyrex send`.
pub(crate) async fn run(args: SendArgs, app: Option<&HyrexApp>, session: &mut Session) -> Result<(), CliError> {
    let object = arguments(&args.args, session)?;
    let store = session.open(Access::Act).await?;
    let done = send(&args, &object, app, &store, session).await;
    store.close().await;
    done
}

async fn send(
    args: &SendArgs,
    object: &RawValue,
    app: Option<&HyrexApp>,
    store: &SharedStore,
    session: &mut Session,
) -> Result<(), CliError> {
    let client = app.map_or_else(|| Client::new(store.clone()), |app| app.client(store.clone()));
    let known = client.registry().task(&args.task).is_some();
    let run = client.send_by_name(&args.task, &object, config(args)).await.map_err(unsent)?;
    match run.is_duplicate() {
        true => session.note("a run of this task with this key stood already; nothing was sent"),
        false if !known => session.note(&unknown(&args.task, app)),
        false => {}
    }
    match args.wait {
        None => answer(args, &run, session),
        Some(limit) => answer_when_over(args, &client, &run, limit.unwrap_or(FOR_EVER), session).await,
    }
}

fn config(args: &SendArgs) -> TaskConfig {
    let mut config = TaskConfig::new();
    config.queue = args.queue.as_deref().map(Into::into);
    config.priority = args.priority;
    config.max_retries = args.max_retries;
    config.timeout_seconds = args.timeout;
    config.idempotency_key = args.idempotency_key.clone();
    match args.delay {
        Some(delay) => config.delay(delay),
        None => config,
    }
}

/// What is said of a task whose settings nobody here knows.
fn unknown(task: &str, app: Option<&HyrexApp>) -> String {
    match app {
        None => format!("task '{task}' is unknown here, so it was sent with the defaults and what was given"),
        Some(app) => format!(
            "application '{}' has no task '{task}', so it was sent with the defaults and what was given",
            app.name()
        ),
    }
}

type Run = DurableTaskRun<serde_json::Value>;

fn answer(args: &SendArgs, run: &Run, session: &mut Session) -> Result<(), CliError> {
    let view = SentView { id: run.id(), task: &args.task, duplicate: run.is_duplicate(), outcome: None };
    session.answer(&view, |_| format!("{}\n", run.id()))
}

/// Answers with the result, once there is one.
async fn answer_when_over(
    args: &SendArgs,
    client: &Client,
    run: &Run,
    limit: Duration,
    session: &mut Session,
) -> Result<(), CliError> {
    if !session.json() {
        session.note(&format!("waiting for run {}", run.id()));
    }
    let state = client.wait_over(run.id(), limit).await.map_err(|error| unawaited(error, run.id()))?;
    let outcome = Outcome::of(state);
    let view = SentView { id: run.id(), task: &args.task, duplicate: run.is_duplicate(), outcome: Some(&outcome) };
    if outcome.status == TaskStatus::Success || session.json() {
        session.answer(&view, |screen| outcome.text(screen))?;
    }
    match outcome.status {
        TaskStatus::Success => Ok(()),
        TaskStatus::Failed => Err(CliError::RunFailed { run: run.id().to_string(), why: outcome.why() }),
        status => Err(CliError::RunEnded { run: run.id().to_string(), status }),
    }
}

fn unsent(error: ClientError) -> CliError {
    match error.into_kind() {
        ClientErrorKind::Store(error) => error::of_store("send the run", error),
        kind => CliError::Usage(kind.to_string()),
    }
}

fn unawaited(error: ClientError, run: RunId) -> CliError {
    match error.into_kind() {
        ClientErrorKind::TimedOut { waited, .. } => CliError::NotOverInTime { run: run.to_string(), waited },
        ClientErrorKind::NotFound { .. } => CliError::NoRun(run.to_string()),
        ClientErrorKind::Store(error) => CliError::Store { doing: "wait for the run", error },
        kind => CliError::Usage(kind.to_string()),
    }
}
