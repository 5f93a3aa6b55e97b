//! What is asked about a node of a run, from outside and from another node.

use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::codec;
use super::super::patience::patiently;
use super::super::task::{Task, TaskDef};
use super::error::WorkflowError;
use crate::model::{TaskStatus, WorkflowRunId};
use crate::store::RunState;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;

/// A task, as the name of its node.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no task",
    label = "expected a task, or a reference to one",
    note = "a node by its name: `result_of(\"node\")`, `node_result_of(\"node\")`"
)]
pub trait AsTask<D> {
    /// The task.
    fn as_task(&self) -> &Task<D>;
}

impl<D: TaskDef> AsTask<D> for Task<D> {
    fn as_task(&self) -> &Task<D> {
        self
    }
}

impl<D: TaskDef> AsTask<D> for &Task<D> {
    fn as_task(&self) -> &Task<D> {
        self
    }
}

/// A result that is asked for. Of a type that does not name the task: a mistake about that is then one message.
pub(super) type Asked<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

/// Where a node stands, by its latest attempt.
///
/// # Errors
/// [`WorkflowError::NoSuchNode`]; a database that is away.
pub(super) async fn state(client: &Client, run: WorkflowRunId, node: &str) -> Result<RunState, ClientError> {
    let state = patiently(|| client.store().workflow_node(run, node)).await?;
    Ok(state.ok_or_else(|| WorkflowError::NoSuchNode { run, node: node.to_owned() })?)
}

/// A node's result.
///
/// # Errors
/// As [`state`]; that it has not ended, has no result, or one of another type.
pub(super) async fn result<T: DeserializeOwned>(
    client: &Client,
    run: WorkflowRunId,
    node: &str,
) -> Result<T, ClientError> {
    let RunState { status, result, error, .. } = match state(client, run, node).await? {
        state if state.is_over() => state,
        RunState { status, .. } => return Err(WorkflowError::NotFinished { run, node: node.into(), status }.into()),
    };
    if status != TaskStatus::Success {
        return Err(WorkflowError::NoResult { run, node: node.into(), status, error }.into());
    }
    let wrong = |why| WorkflowError::ResultType { run, node: node.into(), why };
    Ok(codec::typed(result.as_deref().unwrap_or("null")).map_err(wrong)?)
}
