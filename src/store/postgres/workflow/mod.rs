//! Runs of workflows: sending, what follows from a node's end, cancelling, repairing, sweeping, reading.

use super::PostgresStore;
use crate::model::{NewWorkflow, Timestamp, WorkflowRunId, WorkflowSent};
use crate::store::*;

fn missing<T>() -> Result<T> {
    Err(StoreError::Unavailable("not built yet".into()))
}

impl PostgresStore {
    pub(super) async fn send_workflow(&self, _: &NewWorkflow, _: Option<Timestamp>) -> Result<WorkflowSent> {
        missing()
    }
    pub(super) async fn put_workflow_defs(&self, _: &[WorkflowDef]) -> Result<()> {
        missing()
    }
    pub(super) async fn sweep_workflows(&self, _: WorkflowSweep) -> Result<WorkflowSwept> {
        missing()
    }
    pub(super) async fn cancel_workflow(&self, _: &WorkflowCancel) -> Result<WorkflowCancelAnswer> {
        missing()
    }
    pub(super) async fn repair_workflow(&self, _: &WorkflowRepair) -> Result<WorkflowRepaired> {
        missing()
    }
    pub(super) async fn read_workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        missing()
    }
    pub(super) async fn read_task_defs(&self, _: &[String]) -> Result<Vec<TaskDef>> {
        missing()
    }
    pub(super) async fn list_workflow_runs(
        &self,
        _: &WorkflowRunsQuery,
    ) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        missing()
    }
    pub(super) async fn read_workflow_row(&self, _: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
        missing()
    }
    pub(super) async fn read_workflow_run(&self, _: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
        missing()
    }
    pub(super) async fn workflow_tail(&self, _: &str) -> Result<Vec<WorkflowRunId>> {
        missing()
    }
    pub(super) async fn read_workflow_states(&self, _: &[WorkflowRunId]) -> Result<Vec<Option<WorkflowState>>> {
        missing()
    }
    pub(super) async fn read_workflow_node(&self, _: WorkflowRunId, _: &str) -> Result<Option<RunState>> {
        missing()
    }
}
