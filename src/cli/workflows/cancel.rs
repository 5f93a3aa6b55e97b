//! `workflows cancel`: each run on its own, then what came of all of them.

use crate::cli::args::WorkflowsCancelArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::{acted, ids};
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::store::{SharedStore, WorkflowCancel, WorkflowCancelAnswer, WorkflowCanceled};
use serde::Serialize;

/// What came of one run, as scripts read it.
#[derive(Serialize)]
struct CanceledView {
    id: WorkflowRunId,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WorkflowStatus>,
    nodes_canceled: u32,
    nodes_asked: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    descendants_canceled: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    descendants_asked: Option<u32>,
}

/// Runs `hyrex workflows cancel`.
pub(crate) async fn run(args: WorkflowsCancelArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Act).await?;
    let done = cancel_all(&store, &args, session).await;
    store.close().await;
    acted::answer(session, done?)
}

async fn cancel_all(
    store: &SharedStore,
    args: &WorkflowsCancelArgs,
    session: &Session,
) -> Result<Vec<acted::Acted<CanceledView>>, CliError> {
    let mut done = Vec::new();
    for run in find_all(store, &args.ids).await? {
        let cancel = WorkflowCancel { run, subtree: args.subtree, actor: session.actor(), now: None };
        let answer = store.workflow_cancel(cancel).await.doing("cancel the run")?;
        done.push(canceled(run, args.subtree, &answer));
    }
    Ok(done)
}

/// All ids are looked up before anything is done: a typing error in the last does not leave half of it done.
async fn find_all(store: &SharedStore, typed: &[String]) -> Result<Vec<WorkflowRunId>, CliError> {
    let mut runs = Vec::new();
    for typed in typed {
        let run = ids::find_workflow_run(store.as_ref(), typed).await?;
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    Ok(runs)
}

fn canceled(run: WorkflowRunId, subtree: bool, answer: &WorkflowCancelAnswer) -> acted::Acted<CanceledView> {
    let view = |outcome, status| CanceledView {
        id: run,
        outcome,
        status,
        nodes_canceled: answer.nodes_canceled,
        nodes_asked: answer.nodes_asked,
        descendants_canceled: subtree.then_some(answer.descendants_canceled),
        descendants_asked: subtree.then_some(answer.descendants_asked),
    };
    let said = |text: &str| Ok(format!("workflow run {run}: {text}; {}", told(subtree, answer)));
    let id = run.to_string();
    match answer.run {
        WorkflowCanceled::Canceled => (view("canceled", None), said("cancelled")),
        WorkflowCanceled::Asked => {
            (view("asked", None), said("it ends once its running nodes and its finally nodes have"))
        }
        WorkflowCanceled::AlreadyAsked => {
            (view("already_asked", None), said("it was being ended before; its finally nodes end too"))
        }
        WorkflowCanceled::AlreadyEnded(status) => {
            let reached = answer.descendants_canceled + answer.descendants_asked > 0;
            let told = match reached {
                true => said(&format!("it had ended, {status}")),
                false => Err(CliError::WorkflowAlreadyEnded { run: id, status }),
            };
            (view("already_ended", Some(status)), told)
        }
        WorkflowCanceled::NotFound => (view("not_found", None), Err(CliError::NoWorkflowRun(id))),
    }
}

fn told(subtree: bool, answer: &WorkflowCancelAnswer) -> String {
    let nodes = format!("nodes: {} cancelled, {} asked", answer.nodes_canceled, answer.nodes_asked);
    match subtree {
        true => {
            format!("{nodes}; below them {} cancelled, {} asked", answer.descendants_canceled, answer.descendants_asked)
        }
        false => nodes,
    }
}
