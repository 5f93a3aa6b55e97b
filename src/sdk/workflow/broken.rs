//! Which nodes broke a run that ended without success.

use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::patience::patiently;
use super::error::{BrokenNode, WorkflowError};
use crate::model::{TaskStatus, WorkflowRunId};
use crate::store::{WorkflowNodeRow, WorkflowState};

/// Most nodes that an error tells of.
const TOLD: usize = 5;

/// How the run ended, with the first nodes that did not succeed and their errors.
///
/// # Errors
/// A database that is away.
pub(super) async fn told(
    client: &Client,
    run: WorkflowRunId,
    state: WorkflowState,
) -> Result<WorkflowError, ClientError> {
    let detail = patiently(|| client.store().workflow_run(run)).await?;
    let broken: Vec<WorkflowNodeRow> =
        detail.map(|detail| detail.nodes).into_iter().flatten().filter(|node| !succeeded(node)).collect();
    // A SKIPPED node broke nothing: one before it did.
    let told: Vec<&WorkflowNodeRow> = broken.iter().filter(|node| !skipped(node)).take(TOLD).collect();
    let runs: Vec<_> = told.iter().map(|node| node.row.run).collect();
    let states = patiently(|| client.store().run_states(runs.clone())).await?;
    let others = broken.len() - told.len();
    let node = |(node, state): (&&WorkflowNodeRow, Option<crate::store::RunState>)| BrokenNode {
        name: node.name.clone(),
        status: node.row.status,
        error: state.and_then(|state| state.error),
    };
    let nodes = told.iter().zip(states).map(node).collect();
    Ok(WorkflowError::Ended { run, status: state.status, cause: state.cause, nodes, others })
}

fn succeeded(node: &WorkflowNodeRow) -> bool {
    node.row.status == TaskStatus::Success
}

fn skipped(node: &WorkflowNodeRow) -> bool {
    node.row.status == TaskStatus::Skipped
}
