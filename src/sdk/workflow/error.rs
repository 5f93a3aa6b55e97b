//! What can go wrong around a workflow's run.

use super::super::client_error::failure;
use super::super::shown;
use crate::model::dag::Cause;
use crate::model::{TaskError, TaskStatus, WorkflowRunId, WorkflowStatus};
use crate::store::StoreError;
use std::time::Duration;

/// Why a call about a workflow or a run of it failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkflowError {
    /// Arguments that cannot be stored, or that are not what the workflow is sent with.
    #[error("the arguments of workflow '{}' {why}", shown(workflow))]
    Arguments {
        /// The workflow.
        workflow: String,
        /// What is wrong with them.
        why: String,
    },
    /// A workflow that neither the application nor the database knows.
    #[error(
        "there is no workflow '{}': the application does not register it, and no worker has defined it",
        shown(workflow)
    )]
    Unknown {
        /// The name.
        workflow: String,
    },
    /// No such run.
    #[error("there is no workflow run {run}")]
    NotFound {
        /// What was asked for.
        run: WorkflowRunId,
    },
    /// The run had not ended in time. It goes on.
    #[error("workflow run {run} did not end within {waited:?}: it goes on")]
    TimedOut {
        /// The run.
        run: WorkflowRunId,
        /// How long was waited.
        waited: Duration,
    },
    /// The run ended otherwise than by success.
    #[error("{}", ended(*.run, *.status, *.cause, nodes, *.others))]
    Ended {
        /// The run.
        run: WorkflowRunId,
        /// FAILED or CANCELED.
        status: WorkflowStatus,
        /// Why it was ended before its nodes had.
        cause: Option<Cause>,
        /// The first of the nodes that did not succeed, without those that were SKIPPED because of them.
        nodes: Vec<BrokenNode>,
        /// How many more did not succeed; SKIPPED ones too.
        others: usize,
    },
    /// Nobody's node is running here.
    #[error("{}", match task { None => NOT_IN_A_TASK.to_owned(), Some(task) => not_a_node(task) })]
    NotANode {
        /// The task that runs here, if one does.
        task: Option<String>,
    },
    /// The run's arguments could not be read when its node began.
    #[error("the arguments of workflow run {run} could not be read: {source}")]
    Unread {
        /// The run.
        run: WorkflowRunId,
        /// Why.
        source: StoreError,
    },
    /// The run's arguments are not of the type asked for.
    #[error("the arguments of workflow run {run} are not of the type asked for: {}", shown(why))]
    ArgumentsType {
        /// The run.
        run: WorkflowRunId,
        /// What does not fit.
        why: String,
    },
    /// The run has no node of that name.
    #[error("workflow run {run} has no node '{}'", shown(node))]
    NoSuchNode {
        /// The run.
        run: WorkflowRunId,
        /// What was asked for.
        node: String,
    },
    /// The node has not ended.
    #[error("node '{}' of workflow run {run} has not ended: it is {status}", shown(node))]
    NotFinished {
        /// The run.
        run: WorkflowRunId,
        /// The node.
        node: String,
        /// Its status.
        status: TaskStatus,
    },
    /// The node ended without a result.
    #[error("node '{}' of workflow run {run} has no result: it is {status}{}", shown(node), because(error))]
    NoResult {
        /// The run.
        run: WorkflowRunId,
        /// The node.
        node: String,
        /// Its status.
        status: TaskStatus,
        /// Why it failed, where that is kept.
        error: Option<TaskError>,
    },
    /// The node's result is not of the type asked for.
    #[error("the result of node '{}' of workflow run {run} is not of the type asked for: {}", shown(node), shown(why))]
    ResultType {
        /// The run.
        run: WorkflowRunId,
        /// The node.
        node: String,
        /// What does not fit.
        why: String,
    },
}

/// A node that did not succeed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BrokenNode {
    /// Its name.
    pub name: String,
    /// FAILED, LOST, CANCELED or STOPPED.
    pub status: TaskStatus,
    /// Why it failed, where that is kept.
    pub error: Option<TaskError>,
}

const NOT_IN_A_TASK: &str =
    "no node of a workflow is running here: hyrex::spawn takes its context along, tokio::spawn does not";

fn not_a_node(task: &str) -> String {
    format!("task '{}' was sent by itself, and runs as no node of a workflow", shown(task))
}

fn because(error: &Option<TaskError>) -> String {
    error.as_ref().map_or_else(String::new, |_| format!(": {}", failure(error)))
}

fn ended(
    run: WorkflowRunId,
    status: WorkflowStatus,
    cause: Option<Cause>,
    nodes: &[BrokenNode],
    others: usize,
) -> String {
    let how = match (status, cause) {
        (_, Some(Cause::TimedOut)) => "took longer than its timeout".to_owned(),
        (WorkflowStatus::Failed, _) => "failed".to_owned(),
        (WorkflowStatus::Canceled, _) => "was cancelled".to_owned(),
        (status, _) => format!("is {status}"),
    };
    let node = |node: &BrokenNode| format!("node '{}' is {}{}", shown(&node.name), node.status, because(&node.error));
    let mut said: Vec<String> = nodes.iter().map(node).collect();
    if others > 0 {
        said.push(format!("{others} more did not succeed"));
    }
    let nodes = if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) };
    format!("workflow run {run} {how}{nodes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_run_ended_is_one_line_with_the_nodes_that_broke_it() {
        let run = WorkflowRunId::new();
        let error = TaskError { kind: "io".into(), message: "no\nspace".into(), ..TaskError::default() };
        let node = BrokenNode { name: "lo\u{7}ad".into(), status: TaskStatus::Failed, error: Some(error) };
        let said =
            |status, cause, nodes, others| WorkflowError::Ended { run, status, cause, nodes, others }.to_string();
        assert_eq!(
            said(WorkflowStatus::Failed, None, vec![node], 2),
            format!(r"workflow run {run} failed: node 'lo\u{{7}}ad' is FAILED: io: no\nspace; 2 more did not succeed")
        );
        let late = said(WorkflowStatus::Failed, Some(Cause::TimedOut), vec![], 0);
        assert_eq!(late, format!("workflow run {run} took longer than its timeout"));
        let canceled = said(WorkflowStatus::Canceled, Some(Cause::Canceled), vec![], 0);
        assert_eq!(canceled, format!("workflow run {run} was cancelled"));
    }
}
