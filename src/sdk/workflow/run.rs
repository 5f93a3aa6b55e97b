//! The handle on a workflow's run that was sent.

use super::super::ambient;
use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::codec;
use super::super::patience::patiently;
use super::super::task::TaskDef;
use super::broken;
use super::error::WorkflowError;
use super::nodes::{self, AsTask, Asked};
use crate::model::dag::Repair;
use crate::model::{TaskStatus, WorkflowRunId, WorkflowSent, WorkflowStatus};
use crate::store::{WorkflowCancelAnswer, WorkflowRepaired, WorkflowRunDetail, WorkflowState};
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A run of a workflow that was sent, with arguments of type `A`. Cheap to clone; the id alone is enough to have it
/// again ([`Client::workflow_run`]).
///
/// ```no_run
/// # use hyrex::prelude::*;
/// # use std::time::Duration;
/// # async fn example(etl: Workflow<hyrex::PlainWorkflow<()>>) -> Result<(), ClientError> {
/// let run = etl.send(()).await?;
/// if let Err(error) = run.wait(Duration::from_secs(600)).await {
///     eprintln!("{error}"); // how it ended, and which nodes did not succeed
///     run.repair(hyrex::Repair::Failed).await?;
/// }
/// # Ok(()) }
/// ```
pub struct WorkflowRun<A = ()> {
    id: WorkflowRunId,
    duplicate: bool,
    client: Option<Client>,
    args: PhantomData<fn() -> A>,
}

impl<A> WorkflowRun<A> {
    pub(in super::super) fn sent(sent: WorkflowSent, client: Option<Client>) -> Self {
        let duplicate = matches!(sent, WorkflowSent::Duplicate(_));
        Self { id: sent.run(), duplicate, client, args: PhantomData }
    }

    pub(in super::super) fn known(id: WorkflowRunId, client: Client) -> Self {
        Self { id, duplicate: false, client: Some(client), args: PhantomData }
    }

    /// The run's id.
    pub fn id(&self) -> WorkflowRunId {
        self.id
    }

    /// Whether the send met a run with the same idempotency key: then this is that run.
    pub fn is_duplicate(&self) -> bool {
        self.duplicate
    }

    /// Where the run stands.
    ///
    /// # Errors
    /// [`WorkflowError::NotFound`] where it is not there (any more); a database that is away.
    pub async fn state(&self) -> Result<WorkflowState, ClientError> {
        let client = self.client().await?;
        let state = patiently(|| client.store().workflow_states(vec![self.id])).await?.pop().flatten();
        Ok(state.ok_or(WorkflowError::NotFound { run: self.id })?)
    }

    /// The run's status.
    ///
    /// # Errors
    /// As [`WorkflowRun::state`].
    pub async fn status(&self) -> Result<WorkflowStatus, ClientError> {
        Ok(self.state().await?.status)
    }

    /// The run with all its nodes, each by its latest attempt.
    ///
    /// # Errors
    /// As [`WorkflowRun::state`].
    pub async fn detail(&self) -> Result<WorkflowRunDetail, ClientError> {
        let client = self.client().await?;
        let detail = patiently(|| client.store().workflow_run(self.id)).await?;
        Ok(detail.ok_or(WorkflowError::NotFound { run: self.id })?)
    }

    /// Waits until the run has ended with success, its `finally` nodes too. Many may wait at once: they share one look
    /// at the database.
    ///
    /// # Errors
    /// [`WorkflowError::Ended`] when it ended otherwise, with the nodes that did not succeed;
    /// [`WorkflowError::TimedOut`] when it has not ended within `timeout`; it goes on.
    pub async fn wait(&self, timeout: Duration) -> Result<(), ClientError> {
        let client = self.client().await?;
        let state = client.workflow_over(self.id, timeout).await?;
        match state.status {
            WorkflowStatus::Success => Ok(()),
            _ => Err(broken::told(&client, self.id, state).await?.into()),
        }
    }

    /// Cancels it: what of it waits at once, what runs is asked; its `finally` nodes run then. Once more: those that
    /// wait are cancelled too. What its nodes sent goes on.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel(&self) -> Result<WorkflowCancelAnswer, ClientError> {
        self.client().await?.cancel_workflow(self.id, false).await
    }

    /// Cancels it and everything that its nodes sent, or still send.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn cancel_tree(&self) -> Result<WorkflowCancelAnswer, ClientError> {
        self.client().await?.cancel_workflow(self.id, true).await
    }

    /// Gives nodes of a run that failed or was cancelled another attempt, and the run a new deadline; results that
    /// stand are kept.
    ///
    /// # Errors
    /// A database that is away.
    pub async fn repair(&self, what: Repair) -> Result<WorkflowRepaired, ClientError> {
        self.repair_with(what, Vec::new()).await
    }

    /// As [`WorkflowRun::repair`], with other arguments for some of the nodes that run again: by their names, as JSON
    /// objects.
    ///
    /// # Errors
    /// Arguments out of bounds; a database that is away.
    pub async fn repair_with(
        &self,
        what: Repair,
        args: Vec<(String, String)>,
    ) -> Result<WorkflowRepaired, ClientError> {
        self.client().await?.repair_workflow(self.id, what, args).await
    }

    /// Where a node stands, by its latest attempt.
    ///
    /// # Errors
    /// [`WorkflowError::NoSuchNode`]; a database that is away.
    pub async fn node_status(&self, node: impl AsRef<str>) -> Result<TaskStatus, ClientError> {
        Ok(nodes::state(&self.client().await?, self.id, node.as_ref()).await?.status)
    }

    /// The result of the node that has this task's name.
    ///
    /// # Errors
    /// [`WorkflowError::NoSuchNode`], [`WorkflowError::NotFinished`], [`WorkflowError::NoResult`],
    /// [`WorkflowError::ResultType`]; a database that is away.
    pub fn node_result<D: TaskDef>(&self, task: impl AsTask<D>) -> Asked<D::Output>
    where
        D::Output: DeserializeOwned + 'static,
    {
        let (run, client, node) = (self.id, self.client.clone(), task.as_task().name().to_owned());
        Box::pin(async move { nodes::result(&meant(client).await?, run, &node).await })
    }

    /// The result of a node, by its name.
    ///
    /// # Errors
    /// As [`WorkflowRun::node_result`].
    pub async fn node_result_of<T: DeserializeOwned>(&self, node: impl AsRef<str>) -> Result<T, ClientError> {
        nodes::result(&self.client().await?, self.id, node.as_ref()).await
    }

    async fn client(&self) -> Result<Client, ClientError> {
        meant(self.client.clone()).await
    }
}

/// The client that a handle has, else the one that is meant here.
async fn meant(client: Option<Client>) -> Result<Client, ClientError> {
    match client {
        Some(client) => Ok(client),
        None => ambient::resolve().await,
    }
}

impl<A: DeserializeOwned + 'static> WorkflowRun<A> {
    /// What it was sent with.
    ///
    /// # Errors
    /// [`WorkflowError::NotFound`]; [`WorkflowError::ArgumentsType`]; a database that is away.
    pub async fn args(&self) -> Result<A, ClientError> {
        let (run, client) = (self.id, self.client().await?);
        let row = patiently(|| client.store().workflow_row(run)).await?;
        let (_, args) = row.ok_or(WorkflowError::NotFound { run })?;
        Ok(codec::typed_args(&args).map_err(|why| WorkflowError::ArgumentsType { run, why })?)
    }
}

impl<A> Clone for WorkflowRun<A> {
    fn clone(&self) -> Self {
        Self { id: self.id, duplicate: self.duplicate, client: self.client.clone(), args: PhantomData }
    }
}

impl<A> fmt::Debug for WorkflowRun<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowRun").field("id", &self.id).field("duplicate", &self.duplicate).finish()
    }
}
