//! `workflows retry`: nodes of a run that failed or was cancelled, once more.

use crate::cli::args::WorkflowsRetryArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::send::arguments;
use crate::cli::session::{Access, Session};
use crate::cli::{human, ids};
use crate::model::dag::Repair;
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::store::{SharedStore, WorkflowRepair, WorkflowRepaired};
use serde::Serialize;

/// What came of it, as scripts read it.
#[derive(Serialize)]
struct RetriedView {
    id: WorkflowRunId,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WorkflowStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Runs `hyrex workflows retry`.
pub(crate) async fn run(args: WorkflowsRetryArgs, session: &mut Session) -> Result<(), CliError> {
    let new = new_arguments(&args, session)?;
    let store = session.open(Access::Act).await?;
    let repaired = repair(&store, &args, new, session).await;
    store.close().await;
    let (run, repaired) = repaired?;
    answer(run, repaired, session)
}

async fn repair(
    store: &SharedStore,
    args: &WorkflowsRetryArgs,
    new: Vec<(String, String)>,
    session: &Session,
) -> Result<(WorkflowRunId, WorkflowRepaired), CliError> {
    let run = ids::find_workflow_run(store.as_ref(), &args.id).await?;
    let (id, what, actor) = (uuid::Uuid::now_v7(), what(args), session.actor());
    let repair = WorkflowRepair { id, run, what, args: new, actor, now: None };
    Ok((run, store.workflow_repair(repair).await.doing("retry the run")?))
}

fn what(args: &WorkflowsRetryArgs) -> Repair {
    match (&args.node, &args.from) {
        (Some(node), _) => Repair::Node(node.clone()),
        (None, Some(from)) => Repair::From(from.clone()),
        (None, None) => Repair::Failed,
    }
}

/// Other arguments, by the names of their nodes: `NODE=JSON`, or JSON alone for the one node that is named.
fn new_arguments(args: &WorkflowsRetryArgs, session: &mut Session) -> Result<Vec<(String, String)>, CliError> {
    let named = args.node.as_ref().or(args.from.as_ref());
    let mut new = Vec::new();
    for given in &args.args {
        let (node, json) = match (divided(given), named) {
            (Some((node, json)), _) => (node.to_owned(), json),
            (None, Some(named)) => (named.clone(), given.as_str()),
            (None, None) => {
                let why = "--args names no node: give NODE=JSON, or say which node with --node or --from";
                return Err(CliError::Usage(why.into()));
            }
        };
        new.push((node, arguments(json, session)?.get().to_owned()));
    }
    Ok(new)
}

/// `NODE=JSON`, divided; `None`: JSON alone, or where it is read from.
fn divided(given: &str) -> Option<(&str, &str)> {
    let alone = given.trim_start().starts_with('{') || given.starts_with('@') || given == "-";
    given.split_once('=').filter(|_| !alone)
}

fn answer(run: WorkflowRunId, repaired: WorkflowRepaired, session: &mut Session) -> Result<(), CliError> {
    let view = |outcome| RetriedView { id: run, outcome, nodes: None, status: None, why: None };
    let (view, why) = match repaired {
        WorkflowRepaired::Running { nodes } => (RetriedView { nodes: Some(nodes), ..view("running") }, None),
        WorkflowRepaired::NotBroken(status) => {
            (RetriedView { status: Some(status), ..view("not_broken") }, Some(not_broken(status)))
        }
        WorkflowRepaired::Refused(why) => (view("refused"), Some(why.to_string())),
        WorkflowRepaired::NotAgain(node) => {
            (view("refused"), Some(format!("node '{node}' does not run again, so that it takes no other arguments")))
        }
        WorkflowRepaired::NotFound => return Err(CliError::NoWorkflowRun(run.to_string())),
    };
    let view = RetriedView { why: why.clone(), ..view };
    let nodes = human::counted(u64::from(view.nodes.unwrap_or_default()), "node", "nodes");
    let line = match why {
        None => format!("workflow run {run}: it runs again, {nodes} of it\n"),
        Some(_) => String::new(),
    };
    session.answer(&view, |_| line)?;
    why.map_or(Ok(()), |why| Err(CliError::NotRepaired { run: run.to_string(), why }))
}

fn not_broken(status: WorkflowStatus) -> String {
    match status {
        WorkflowStatus::Success => "it succeeded: send it anew".into(),
        status => format!("it is {status}: it can be retried once it has ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_divided_at_the_first_equals_sign_unless_they_are_json_alone() {
        assert_eq!(divided("load={\"a\": \"b=c\"}"), Some(("load", "{\"a\": \"b=c\"}")));
        assert_eq!(divided("shard-7=@a=b.json"), Some(("shard-7", "@a=b.json")));
        for alone in ["{\"a\": \"b=c\"}", " {\"a=\": 1}", "@a=b.json", "-", "nothing"] {
            assert_eq!(divided(alone), None, "{alone}");
        }
    }
}
