//! What is asked of a store about workflows, and what it answers.

use crate::model::dag::{Cause, Dag, DagError, Draft, Node, NodeState, Repair, RepairError};
use crate::model::{AttemptId, RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::{Actor, AttemptRow};
use std::collections::HashMap;

/// A workflow's definition: a row of `hyrex_workflow`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WorkflowDef {
    /// The workflow.
    pub workflow_name: String,
    /// Its graph as [`Dag::to_structure`] writes it; `None`: none is kept (a row of Python's may lack it).
    pub dag_structure: Option<String>,
}

/// What to look after in the runs of workflows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkflowSweep {
    /// Whether runs are looked through for nodes that somebody else ended: Python's workers do not tell the run.
    pub recount: bool,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkflowSwept {
    /// Runs whose time was up.
    pub timed_out: u32,
    /// Runs whose counts did not agree with their nodes, and now do.
    pub recounted: u32,
    /// Whether there may be more to do at once: it looks at [`SWEPT_AT_ONCE`] runs.
    pub more: bool,
}

/// Most runs that a sweep deals with.
pub const SWEPT_AT_ONCE: usize = 100;

/// A workflow's run: a row of `hyrex_workflow_run`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WorkflowRunRow {
    /// The run.
    pub id: WorkflowRunId,
    /// The workflow.
    pub workflow_name: String,
    /// Its status.
    pub status: WorkflowStatus,
    /// Why it is being ended before its nodes have, or was: `canceled` or `timeout`.
    pub reason: Option<String>,
    /// The attempt that sent it.
    pub parent: Option<AttemptId>,
    /// The root of that attempt.
    pub root: Option<RunId>,
    /// The queue of its nodes.
    pub queue: String,
    /// Seconds that it may take.
    pub timeout_seconds: Option<i32>,
    /// When its time is up.
    pub deadline: Option<Timestamp>,
    /// When it was sent.
    pub queued: Option<Timestamp>,
    /// When it began, or was last tried again.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Its idempotency key.
    pub idempotency_key: Option<String>,
    /// How many nodes are not over; `None`: a run that Python sent, and that nobody of ours has counted.
    pub nodes_left: Option<i32>,
}

impl WorkflowRunRow {
    /// Why it is being ended before its nodes have, or was.
    pub fn cause(&self) -> Option<Cause> {
        self.reason.as_deref().and_then(Cause::read)
    }
}

/// A page of workflow runs: the newest first, those before `before`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkflowRunsQuery {
    /// Of this workflow.
    pub workflow_name: Option<String>,
    /// In one of these statuses; empty: any.
    pub statuses: Vec<WorkflowStatus>,
    /// Where the page starts: the `next` of the page before.
    pub before: Option<WorkflowRunId>,
    /// Rows at most, 1 to 1,000.
    pub limit: u32,
}

/// A node of a workflow's run, by its latest attempt.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WorkflowNodeRow {
    /// Its name: a node of Python's has its task's, and where several have the same, all but the first its id to it.
    pub name: String,
    /// Whether it runs when all others have ended.
    pub finally: bool,
    /// Its latest attempt.
    pub row: AttemptRow,
}

/// A workflow's run with its nodes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WorkflowRunDetail {
    /// The run.
    pub row: WorkflowRunRow,
    /// Its arguments, as text.
    pub args: String,
    /// Its nodes, in the order in which they were written.
    pub nodes: Vec<WorkflowNodeRow>,
    /// Its edges, by the numbers of nodes in `nodes`, ascending.
    pub edges: Vec<(usize, usize)>,
}

impl WorkflowNodeRow {
    /// Where the run's progress sees it.
    pub fn state(&self) -> NodeState {
        NodeState::of(self.row.status, self.row.attempt_number < self.row.max_retries)
    }
}

impl WorkflowRunDetail {
    /// Its graph, of its rows and not of a definition.
    ///
    /// # Errors
    /// What is wrong with rows that are not of our making.
    pub fn dag(&self) -> Result<Dag, DagError> {
        let node = |node: &WorkflowNodeRow| Node {
            finally: node.finally,
            ..Node::new(node.name.clone(), node.row.task_name.clone())
        };
        Draft::of(self.nodes.iter().map(node), &self.edges).build()
    }

    /// Where each node stands, by number.
    pub fn states(&self) -> Vec<NodeState> {
        self.nodes.iter().map(WorkflowNodeRow::state).collect()
    }

    /// The numbers of the nodes by the runs that they are.
    pub fn numbers(&self) -> HashMap<RunId, usize> {
        self.nodes.iter().enumerate().map(|(number, node)| (node.row.run, number)).collect()
    }
}

/// What a waiter wants to know of a workflow's run: cheap to ask again and again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WorkflowState {
    /// Its status.
    pub status: WorkflowStatus,
    /// Why it is being ended before its nodes have, or was.
    pub cause: Option<Cause>,
}

/// Cancel a workflow's run.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowCancel {
    /// Which.
    pub run: WorkflowRunId,
    /// Whether everything that its nodes sent is cancelled too, and what they still send.
    pub subtree: bool,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of a cancel of a workflow's run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WorkflowCancelAnswer {
    /// Of the run itself.
    pub run: WorkflowCanceled,
    /// Nodes that were waiting and are cancelled.
    pub nodes_canceled: u32,
    /// Nodes that run and were asked.
    pub nodes_asked: u32,
    /// What its nodes sent and was waiting, and is cancelled.
    pub descendants_canceled: u32,
    /// What its nodes sent and runs, and was asked.
    pub descendants_asked: u32,
}

/// What came of a cancel, for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowCanceled {
    /// Nothing of it ran: it is cancelled.
    Canceled,
    /// It is UP_FOR_CANCEL: nodes still run (they are asked), or its `finally` nodes are to.
    Asked,
    /// It was being ended before. What waits for it is cancelled now: its `finally` nodes too.
    AlreadyAsked,
    /// It had ended.
    AlreadyEnded(WorkflowStatus),
    /// No such run.
    NotFound,
}

/// Try the nodes of a run again.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowRepair {
    /// Made by the caller: a repeated repair finds it standing and is answered as the first time.
    pub id: uuid::Uuid,
    /// Which.
    pub run: WorkflowRunId,
    /// Which of its nodes.
    pub what: Repair,
    /// New arguments of nodes that run again, by their names: JSON objects as text.
    pub args: Vec<(String, String)>,
    /// Who asks.
    pub actor: Actor,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// What came of a repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkflowRepaired {
    /// It runs again, with a new deadline: so many nodes have a new attempt.
    #[error("it runs again, {nodes} nodes of it")]
    Running {
        /// How many.
        nodes: u32,
    },
    /// It has not ended, or it succeeded and no node was named to begin from; its status.
    #[error("a workflow run that is {0} cannot be tried again")]
    NotBroken(WorkflowStatus),
    /// Why not.
    #[error("{0}")]
    Refused(RepairError),
    /// New arguments for a node that does not run again, by its name.
    #[error("node {0} does not run again: it takes no new arguments")]
    NotAgain(String),
    /// No such run.
    #[error("no such workflow run")]
    NotFound,
}
