//! `tasks retry` and `tasks cancel`: each run on its own, then what came of all of them.

use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::{acted, ids};
use crate::model::{AttemptId, RunId, TaskStatus};
use crate::store::{Cancel, CancelAnswer, CancelOutcome, Retry, RetryOutcome, SharedStore};
use serde::Serialize;

/// What came of one run, as scripts read it.
#[derive(Default, Serialize)]
struct ActView {
    id: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_id: Option<AttemptId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<TaskStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    descendants_canceled: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    descendants_asked: Option<u32>,
}

type Acted = acted::Acted<ActView>;

/// Runs `hyrex tasks retry`.
pub(crate) async fn retry(typed: Vec<String>, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Act).await?;
    let acted = retry_all(&store, &typed, session).await;
    store.close().await;
    acted::answer(session, acted?)
}

async fn retry_all(store: &SharedStore, typed: &[String], session: &Session) -> Result<Vec<Acted>, CliError> {
    let mut acted = Vec::new();
    for run in find_all(store, typed).await? {
        let retry = Retry { id: uuid::Uuid::now_v7(), run, actor: session.actor(), now: None };
        acted.push(retried(run, store.run_retry(retry).await.doing("retry the run")?));
    }
    Ok(acted)
}

/// Runs `hyrex tasks cancel`.
pub(crate) async fn cancel(typed: Vec<String>, subtree: bool, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Act).await?;
    let acted = cancel_all(&store, &typed, subtree, session).await;
    store.close().await;
    acted::answer(session, acted?)
}

async fn cancel_all(
    store: &SharedStore,
    typed: &[String],
    subtree: bool,
    session: &Session,
) -> Result<Vec<Acted>, CliError> {
    let mut acted = Vec::new();
    for run in find_all(store, typed).await? {
        let cancel = Cancel { run, subtree, actor: session.actor(), now: None };
        acted.push(canceled(run, subtree, store.run_cancel(cancel).await.doing("cancel the run")?));
    }
    Ok(acted)
}

/// All ids are looked up before anything is done: a typing error in the last does not leave half of it done.
async fn find_all(store: &SharedStore, typed: &[String]) -> Result<Vec<RunId>, CliError> {
    let mut runs = Vec::new();
    for typed in typed {
        let run = ids::find_run(store.as_ref(), typed).await?;
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    Ok(runs)
}

fn retried(run: RunId, outcome: RetryOutcome) -> Acted {
    let view = ActView { id: run.to_string(), ..ActView::default() };
    let id = run.to_string();
    match outcome {
        RetryOutcome::Queued(attempt) => (
            ActView { outcome: "queued", attempt_id: Some(attempt), ..view },
            Ok(format!("run {run}: the next attempt is queued")),
        ),
        RetryOutcome::SentAgain(new) => (
            ActView { outcome: "sent_again", new_run: Some(new), ..view },
            Ok(format!("run {run}: it had succeeded, so it is sent again as run {new}")),
        ),
        RetryOutcome::NotEnded(status) => (
            ActView { outcome: "not_ended", status: Some(status), ..view },
            Err(CliError::NotEnded { run: id, status }),
        ),
        RetryOutcome::WorkflowNode => (ActView { outcome: "workflow_node", ..view }, Err(CliError::WorkflowNode(id))),
        RetryOutcome::NotFound => (ActView { outcome: "not_found", ..view }, Err(CliError::NoRun(id))),
    }
}

fn canceled(run: RunId, subtree: bool, answer: CancelAnswer) -> Acted {
    let view = ActView {
        id: run.to_string(),
        descendants_canceled: subtree.then_some(answer.descendants_canceled),
        descendants_asked: subtree.then_some(answer.descendants_asked),
        ..ActView::default()
    };
    let said = |text: &str| Ok(format!("run {run}: {text}{}", below(subtree, &answer)));
    let id = run.to_string();
    match answer.run {
        CancelOutcome::Canceled => (ActView { outcome: "canceled", ..view }, said("cancelled")),
        CancelOutcome::Asked => {
            (ActView { outcome: "asked", ..view }, said("it runs, and is asked to end at its next await"))
        }
        CancelOutcome::AskedPython => (
            ActView { outcome: "asked_python", ..view },
            said("it runs on a Python worker, which will finish this attempt; there will be no other"),
        ),
        CancelOutcome::BetweenAttempts => {
            (ActView { outcome: "between_attempts", ..view }, Err(CliError::BetweenAttempts(id)))
        }
        CancelOutcome::AlreadyAsked => (ActView { outcome: "already_asked", ..view }, said("it was asked before")),
        CancelOutcome::AlreadyEnded(status) => {
            let reached = answer.descendants_canceled + answer.descendants_asked > 0;
            let told = match reached {
                true => said(&format!("it had ended, {status}")),
                false => Err(CliError::AlreadyEnded { run: id, status }),
            };
            (ActView { outcome: "already_ended", status: Some(status), ..view }, told)
        }
        CancelOutcome::NotFound => (ActView { outcome: "not_found", ..view }, Err(CliError::NoRun(id))),
    }
}

fn below(subtree: bool, answer: &CancelAnswer) -> String {
    match subtree {
        true => format!("; below it {} cancelled, {} asked", answer.descendants_canceled, answer.descendants_asked),
        false => String::new(),
    }
}
