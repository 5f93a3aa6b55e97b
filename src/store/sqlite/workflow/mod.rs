//! Runs of workflows: sending, what follows from a node's end, cancelling, repairing, sweeping, reading.
//!
//! Invariant: whoever ends a node says so by [`Tx::over`](super::operation::Tx::over), and
//! [`follow`](super::follow::follow) lets its run go on before the transaction is over.

mod advance;
mod before;
mod cancel;
mod count;
mod defs;
mod detail;
#[cfg(test)]
mod linear;
mod list;
mod node;
mod overview;
mod repair;
mod row;
mod send;
mod sweep;

pub(super) use advance::advance;
pub(super) use before::{unfinished, waits_for};
pub(super) use cancel::in_subtree as cancel_in_subtree;
pub(super) use detail::sender_of;
pub(super) use list::state;
pub(super) use node::{EndedNode, NodeOf};
pub(super) use row::seen;
pub(super) use send::send;
pub use send::workflow_send_in;

use super::{SqliteStore, rows};
use crate::model::{NewWorkflow, Timestamp, WorkflowRunId, WorkflowSent};
use crate::store::{
    Page, Result, RunState, TaskDef, WorkflowCancel, WorkflowCancelAnswer, WorkflowDef, WorkflowRepair,
    WorkflowRepaired, WorkflowRow, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery, WorkflowState,
};

impl SqliteStore {
    pub(super) async fn send_workflow(&self, run: NewWorkflow, now: Option<Timestamp>) -> Result<WorkflowSent> {
        run.check(self.options.max_json)?;
        self.write("workflow_send.answered", move |tx| send::send(tx, &run, rows::micros(now))).await
    }

    pub(super) async fn put_workflow_defs(&self, defs: Vec<WorkflowDef>) -> Result<()> {
        self.write("workflow_defs.answered", move |tx| defs::put(tx, &defs)).await
    }

    pub(super) async fn cancel_workflow(&self, cancel: WorkflowCancel) -> Result<WorkflowCancelAnswer> {
        self.write("workflow_cancel.answered", move |tx| cancel::cancel(tx, &cancel)).await
    }

    pub(super) async fn repair_workflow(&self, repair: WorkflowRepair) -> Result<WorkflowRepaired> {
        repair::check(&repair, self.options.max_json)?;
        self.write("workflow_repair.answered", move |tx| repair::repair(tx, &repair)).await
    }

    pub(super) async fn read_workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        self.read(defs::workflows).await
    }

    pub(super) async fn read_task_defs(&self, names: Vec<String>) -> Result<Vec<TaskDef>> {
        self.read(move |conn| defs::tasks(conn, &names)).await
    }

    pub(super) async fn read_workflows(&self, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>> {
        self.read(move |conn| overview::workflows(conn, rows::micros(now))).await
    }

    pub(super) async fn list_workflow_runs(
        &self,
        query: WorkflowRunsQuery,
    ) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        self.read(move |conn| list::list(conn, &query)).await
    }

    pub(super) async fn read_workflow_row(&self, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
        self.read(move |conn| list::one(conn, run)).await
    }

    pub(super) async fn read_workflow_run(&self, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
        self.read(move |conn| detail::detail(conn, run)).await
    }

    pub(super) async fn workflow_tail(&self, tail: &str) -> Result<Vec<WorkflowRunId>> {
        let tail = tail.to_ascii_lowercase();
        self.read(move |conn| list::by_tail(conn, &tail)).await
    }

    pub(super) async fn read_workflow_states(&self, runs: Vec<WorkflowRunId>) -> Result<Vec<Option<WorkflowState>>> {
        self.read(move |conn| runs.iter().map(|run| list::state(conn, *run)).collect()).await
    }

    pub(super) async fn read_workflow_node(&self, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
        let name = name.to_owned();
        self.read(move |conn| detail::node(conn, run, &name)).await
    }
}
