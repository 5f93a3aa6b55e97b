//! A task's run as a node of a workflow's run.

use crate::model::{RunId, WorkflowRunId};
use rusqlite::Row;

/// Of which run it is a node.
#[derive(Clone, Copy, Debug)]
pub struct NodeOf {
    pub workflow: WorkflowRunId,
    /// Whether it runs when all others have ended.
    pub finally: bool,
}

impl NodeOf {
    /// Of the columns `workflow_run_id, node_kind IS 'finally'` that start at `column`; nothing of a plain task.
    pub fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Self>> {
        let workflow: Option<WorkflowRunId> = row.get(column)?;
        workflow.map(|workflow| Ok(Self { workflow, finally: row.get(column + 1)? })).transpose()
    }
}

/// A node that ended for good, and whose run has not taken note of it.
#[derive(Clone, Copy, Debug)]
pub struct EndedNode {
    pub workflow: WorkflowRunId,
    pub run: RunId,
    pub finally: bool,
    pub succeeded: bool,
}
