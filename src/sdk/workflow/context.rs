//! What a node can ask about the workflow run that it is part of.

use super::super::client_error::ClientError;
use super::super::codec;
use super::super::context::{TaskContext, get_hyrex_context};
use super::super::task::TaskDef;
use super::error::WorkflowError;
use super::facts::WorkflowFacts;
use super::nodes::{self, AsTask, Asked};
use super::run::WorkflowRun;
use crate::model::{TaskStatus, WorkflowRunId};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The workflow run that the running node is part of: its arguments, and what the nodes before it gave.
///
/// Outside a node each of its methods answers [`WorkflowError::NotANode`].
#[derive(Clone, Debug)]
pub struct WorkflowContext(Option<TaskContext>);

/// The workflow run that the node that calls is part of.
///
/// ```
/// use hyrex::prelude::*;
///
/// #[derive(Serialize, Deserialize)]
/// struct EtlArgs { source: String }
///
/// #[hyrex::task]
/// async fn extract() -> Result<Vec<String>> {
///     let args: EtlArgs = hyrex::workflow_context().args()?;
///     Ok(vec![format!("a row of {}", args.source)])
/// }
///
/// #[hyrex::task]
/// async fn load() -> Result<usize> {
///     let rows = hyrex::workflow_context().result(extract).await?;
///     Ok(rows.len())
/// }
///
/// #[hyrex::workflow]
/// fn etl(_: EtlArgs) -> Dag {
///     extract >> load
/// }
/// # let _ = etl;
/// ```
///
/// It follows [`hyrex::spawn`](crate::spawn), not `tokio::spawn`. Blocking functions await with
/// [`block_on`](crate::block_on).
pub fn workflow_context() -> WorkflowContext {
    WorkflowContext(get_hyrex_context())
}

impl WorkflowContext {
    /// The run.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`].
    pub fn run_id(&self) -> Result<WorkflowRunId, ClientError> {
        Ok(self.node()?.1)
    }

    /// The handle on the run.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`].
    pub fn run(&self) -> Result<WorkflowRun, ClientError> {
        let (task, run) = self.node()?;
        Ok(WorkflowRun::known(run, task.client().clone()))
    }

    /// The workflow's name.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`]; [`WorkflowError::Unread`].
    pub fn workflow_name(&self) -> Result<String, ClientError> {
        Ok(self.facts()?.workflow_name.clone())
    }

    /// The name of the node that runs here.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`].
    pub fn node_name(&self) -> Result<String, ClientError> {
        let (task, _) = self.node()?;
        // A node of Python's making has its task's name.
        Ok(task.node_name().unwrap_or_else(|| task.task_name()).to_owned())
    }

    /// What the run was sent with. It was read before the node began: nothing is asked of the database here.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`]; [`WorkflowError::ArgumentsType`] when they are not of type `T`;
    /// [`WorkflowError::Unread`].
    pub fn args<T: DeserializeOwned + 'static>(&self) -> Result<T, ClientError> {
        let (run, facts) = (self.run_id()?, self.facts()?);
        Ok(codec::typed_args(&facts.args).map_err(|why| WorkflowError::ArgumentsType { run, why })?)
    }

    /// The result of the node that has this task's name.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`], [`WorkflowError::NoSuchNode`], [`WorkflowError::NotFinished`] (a node that this one
    /// does not wait for), [`WorkflowError::NoResult`], [`WorkflowError::ResultType`]; a database that is away.
    pub fn result<D: TaskDef>(&self, task: impl AsTask<D>) -> Asked<D::Output>
    where
        D::Output: DeserializeOwned + 'static,
    {
        let (context, node) = (self.clone(), task.as_task().name().to_owned());
        Box::pin(async move { context.result_of(node).await })
    }

    /// The result of a node, by its name.
    ///
    /// # Errors
    /// As [`WorkflowContext::result`].
    pub async fn result_of<T: DeserializeOwned>(&self, node: impl AsRef<str>) -> Result<T, ClientError> {
        let (task, run) = self.node()?;
        nodes::result(task.client(), run, node.as_ref()).await
    }

    /// Where a node stands, by its latest attempt: for `finally` nodes, which run however the others ended.
    ///
    /// # Errors
    /// [`WorkflowError::NotANode`], [`WorkflowError::NoSuchNode`]; a database that is away.
    pub async fn status(&self, node: impl AsRef<str>) -> Result<TaskStatus, ClientError> {
        let (task, run) = self.node()?;
        Ok(nodes::state(task.client(), run, node.as_ref()).await?.status)
    }

    fn node(&self) -> Result<(&TaskContext, WorkflowRunId), ClientError> {
        let not_a_node = |task: Option<&TaskContext>| {
            let task = task.map(|task| task.task_name().to_owned());
            ClientError::from(WorkflowError::NotANode { task })
        };
        let task = self.0.as_ref().ok_or_else(|| not_a_node(None))?;
        let run = task.workflow_run_id().ok_or_else(|| not_a_node(Some(task)))?;
        Ok((task, run))
    }

    fn facts(&self) -> Result<Arc<WorkflowFacts>, ClientError> {
        let (task, run) = self.node()?;
        match task.workflow_facts() {
            Some(Ok(Some(facts))) => Ok(facts.clone()),
            Some(Err(source)) => Err(WorkflowError::Unread { run, source: source.clone() }.into()),
            Some(Ok(None)) | None => Err(WorkflowError::NotFound { run }.into()),
        }
    }
}
