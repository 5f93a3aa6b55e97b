//! `workflows send`: a run of a workflow that is known by its name.

use crate::cli::args::WorkflowsSendArgs;
use crate::cli::error::{self, CliError};
use crate::cli::send::{FOR_EVER, arguments};
use crate::cli::session::{Access, Session};
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::sdk::{Client, ClientError, ClientErrorKind, HyrexApp, WorkflowConfig, WorkflowError, WorkflowRun};
use crate::store::{SharedStore, WorkflowState};
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;

type Run = WorkflowRun<serde_json::Value>;

/// What was sent, as scripts read it.
#[derive(Serialize)]
struct SentView<'a> {
    id: WorkflowRunId,
    workflow: &'a str,
    /// Whether a run with the key stood already.
    duplicate: bool,
    #[serde(flatten)]
    ended: Option<EndedView>,
}

#[derive(Serialize)]
struct EndedView {
    status: WorkflowStatus,
    reason: Option<&'static str>,
}

/// Runs `hyrex workflows send`.
pub(crate) async fn run(
    args: WorkflowsSendArgs,
    app: Option<&HyrexApp>,
    session: &mut Session,
) -> Result<(), CliError> {
    let object = arguments(&args.args, session)?;
    let store = session.open(Access::Act).await?;
    let done = send(&args, &object, app, &store, session).await;
    store.close().await;
    done
}

async fn send(
    args: &WorkflowsSendArgs,
    object: &RawValue,
    app: Option<&HyrexApp>,
    store: &SharedStore,
    session: &mut Session,
) -> Result<(), CliError> {
    let client = app.map_or_else(|| Client::new(store.clone()), |app| app.client(store.clone()));
    let run = client.send_workflow_by_name(&args.workflow, &object, config(args)).await.map_err(unsent)?;
    if run.is_duplicate() {
        session.note("a run of this workflow with this key stood already; nothing was sent");
    }
    match args.wait {
        None => answer(args, &run, None, session),
        Some(limit) => answer_when_over(args, &client, &run, limit.unwrap_or(FOR_EVER), session).await,
    }
}

fn config(args: &WorkflowsSendArgs) -> WorkflowConfig {
    let mut config = WorkflowConfig::new();
    config.queue = args.queue.as_deref().map(Into::into);
    config.priority = args.priority;
    config.timeout_seconds = args.timeout;
    config.idempotency_key = args.idempotency_key.clone();
    config
}

fn answer(
    args: &WorkflowsSendArgs,
    run: &Run,
    state: Option<WorkflowState>,
    session: &mut Session,
) -> Result<(), CliError> {
    let ended = state
        .map(|state| EndedView { status: state.status, reason: state.cause.map(crate::model::dag::Cause::as_str) });
    let view = SentView { id: run.id(), workflow: &args.workflow, duplicate: run.is_duplicate(), ended };
    session.answer(&view, |_| format!("{}\n", run.id()))
}

/// Answers once the run has ended; a run that did not succeed is an error.
async fn answer_when_over(
    args: &WorkflowsSendArgs,
    client: &Client,
    run: &Run,
    limit: Duration,
    session: &mut Session,
) -> Result<(), CliError> {
    if !session.json() {
        session.note(&format!("waiting for workflow run {}", run.id()));
    }
    let state = client.workflow_over(run.id(), limit).await.map_err(unawaited)?;
    answer(args, run, Some(state), session)?;
    // It has ended: this tells how, with the nodes that broke it.
    run.wait(limit).await.map_err(unawaited)
}

fn unsent(error: ClientError) -> CliError {
    match error.into_kind() {
        ClientErrorKind::Store(error) => error::of_store("send the run", error),
        ClientErrorKind::Workflow(WorkflowError::Unknown { workflow }) => CliError::NoWorkflow(workflow),
        kind => CliError::Usage(kind.to_string()),
    }
}

fn unawaited(error: ClientError) -> CliError {
    match error.into_kind() {
        ClientErrorKind::Workflow(WorkflowError::TimedOut { run, waited }) => {
            CliError::WorkflowNotOverInTime { run: run.to_string(), waited }
        }
        ClientErrorKind::Workflow(WorkflowError::NotFound { run }) => CliError::NoWorkflowRun(run.to_string()),
        ClientErrorKind::Store(error) => CliError::Store { doing: "wait for the run", error },
        kind => CliError::WorkflowEnded(kind.to_string()),
    }
}
