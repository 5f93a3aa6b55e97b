//! Workflows and their runs as scripts read them: the documented names, whatever the structs are called inside.

use crate::cli::tasks::{JsonText, RowView};
use crate::model::dag::Dag;
use crate::model::{AttemptId, RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::{WorkflowRunDetail, WorkflowRunRow};
use serde::Serialize;

/// A run, as every list shows it.
#[derive(Serialize)]
pub(super) struct RunView<'a> {
    id: WorkflowRunId,
    workflow: &'a str,
    status: WorkflowStatus,
    reason: Option<&'a str>,
    queue: &'a str,
    timeout_seconds: Option<i32>,
    deadline: Option<Timestamp>,
    parent_attempt: Option<AttemptId>,
    root: Option<RunId>,
    queued: Option<Timestamp>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    idempotency_key: Option<&'a str>,
    nodes_left: Option<i32>,
}

impl<'a> RunView<'a> {
    /// The documented view of a row.
    pub(super) fn new(row: &'a WorkflowRunRow) -> Self {
        Self {
            id: row.id,
            workflow: &row.workflow_name,
            status: row.status,
            reason: row.reason.as_deref(),
            queue: &row.queue,
            timeout_seconds: row.timeout_seconds,
            deadline: row.deadline,
            parent_attempt: row.parent,
            root: row.root,
            queued: row.queued,
            started: row.started,
            finished: row.finished,
            idempotency_key: row.idempotency_key.as_deref(),
            nodes_left: row.nodes_left,
        }
    }
}

/// A run with its nodes.
#[derive(Serialize)]
pub(super) struct DetailView<'a> {
    #[serde(flatten)]
    run: RunView<'a>,
    args: JsonText<'a>,
    nodes: Vec<NodeView<'a>>,
    edges: Vec<[&'a str; 2]>,
}

#[derive(Serialize)]
struct NodeView<'a> {
    name: &'a str,
    finally: bool,
    waits_for: Vec<&'a str>,
    #[serde(flatten)]
    row: RowView<'a>,
}

impl<'a> DetailView<'a> {
    /// The documented view of a run with its nodes.
    pub(super) fn new(detail: &'a WorkflowRunDetail) -> Self {
        let name = |number: usize| detail.nodes.get(number).map_or("", |node| node.name.as_str());
        let mut waits_for = vec![Vec::new(); detail.nodes.len()];
        for (from, to) in &detail.edges {
            if let Some(list) = waits_for.get_mut(*to) {
                list.push(name(*from));
            }
        }
        let nodes = detail.nodes.iter().zip(waits_for).map(|(node, waits_for)| NodeView {
            name: &node.name,
            finally: node.finally,
            waits_for,
            row: RowView::new(&node.row),
        });
        Self {
            run: RunView::new(&detail.row),
            args: JsonText::new(&detail.args),
            nodes: nodes.collect(),
            edges: detail.edges.iter().map(|(from, to)| [name(*from), name(*to)]).collect(),
        }
    }
}

/// A definition.
#[derive(Serialize)]
pub(super) struct DefinitionView<'a> {
    workflow: &'a str,
    nodes: Vec<DefinedNode<'a>>,
    edges: Vec<[&'a str; 2]>,
}

#[derive(Serialize)]
struct DefinedNode<'a> {
    name: &'a str,
    task: &'a str,
    finally: bool,
    waits_for: Vec<&'a str>,
    args: Option<JsonText<'a>>,
    queue: Option<&'a str>,
    max_retries: Option<u16>,
    timeout_seconds: Option<u32>,
    priority: Option<i16>,
}

impl<'a> DefinitionView<'a> {
    /// The documented view of a definition; `None`: no graph of it is kept, or none that can be read.
    pub(super) fn new(workflow: &'a str, dag: Option<&'a Dag>) -> Self {
        let Some(dag) = dag else { return Self { workflow, nodes: Vec::new(), edges: Vec::new() } };
        let name = |number: usize| dag.nodes()[number].name.as_str();
        let nodes = dag.nodes().iter().enumerate().map(|(number, node)| DefinedNode {
            name: &node.name,
            task: &node.task_name,
            finally: node.finally,
            waits_for: dag.predecessors(number).iter().map(|before| name(*before)).collect(),
            args: node.args.as_deref().map(JsonText::new),
            queue: node.settings.queue.as_deref(),
            max_retries: node.settings.max_retries,
            timeout_seconds: node.settings.timeout_seconds,
            priority: node.settings.priority,
        });
        Self { workflow, nodes: nodes.collect(), edges: dag.edges().map(|(from, to)| [name(from), name(to)]).collect() }
    }
}
