//! From a workflow and its arguments to a run that stands.

use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::codec;
use super::super::config::TaskConfig;
use super::super::registry::{HyrexRegistry, RegisteredTask};
use super::super::route::Route;
use super::super::send_in::SendIn;
use super::super::sending::Sending;
use super::config::WorkflowConfig;
use super::definition::{RegisteredWorkflow, Workflow, WorkflowDef};
use super::error::WorkflowError;
use super::run::WorkflowRun;
use crate::model::{NewWorkflow, TaskSettings, WorkflowSent, WorkflowSettings};
use crate::store::SharedStore;
use serde::Serialize;

impl<W: WorkflowDef> Workflow<W>
where
    W::Args: Serialize + 'static,
{
    /// Sends a run; answers once it is durable. Inside a task the attempt that sends it is its parent.
    ///
    /// Where the database goes away meanwhile, the same send is repeated for some seconds: it stands once.
    ///
    /// ```no_run
    /// # use hyrex::prelude::*;
    /// # use std::time::Duration;
    /// #[hyrex::task]
    /// async fn extract() -> u64 { 7 }
    ///
    /// #[hyrex::workflow]
    /// fn etl() -> Dag {
    ///     extract.into()
    /// }
    ///
    /// # async fn example() -> Result<(), ClientError> {
    /// let run = etl.send(()).await?;
    /// run.wait(Duration::from_secs(60)).await?;
    /// let rows: u64 = run.node_result(extract).await?;
    /// # let _ = rows; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// A graph, arguments or settings that cannot be, or a database that stays away.
    pub fn send(&self, args: W::Args) -> Sending<WorkflowRun<W::Args>> {
        let outgoing = Outgoing::new(self, &args);
        Sending::of(async move { outgoing?.submit().await })
    }

    /// Sends a run inside the caller's own transaction: it stands when that is committed, and never else.
    ///
    /// For a transaction of sqlx this gives a future, for one of rusqlite the result itself.
    ///
    /// # Errors
    /// As [`Workflow::send`]; the transaction decides what then becomes of the rest of it.
    pub fn send_in<'t, X: SendIn>(&self, transaction: &'t mut X, args: W::Args) -> X::Sent<'t, WorkflowRun<W::Args>> {
        let outgoing = Outgoing::new(self, &args);
        let client = outgoing.as_ref().ok().and_then(|outgoing| outgoing.route.client.clone());
        transaction.workflow_in(outgoing.map(|outgoing| outgoing.run), move |sent| WorkflowRun::sent(sent, client))
    }
}

/// A run about to be sent.
pub(super) struct Outgoing {
    pub run: NewWorkflow,
    pub route: Route,
}

impl Outgoing {
    pub fn new<W: WorkflowDef>(workflow: &Workflow<W>, args: &W::Args) -> Result<Self, ClientError>
    where
        W::Args: Serialize,
    {
        let args = encode(workflow.name(), args)?;
        let route = Route::from_here(workflow.client())?;
        let definition = workflow.definition()?;
        let registered = route.client.as_ref().and_then(|client| client.registry().workflow(&definition.name));
        // What was registered may have settings of its own.
        let config = workflow.own_config().or(registered.map_or(&definition.config, |registered| &registered.config));
        let run = new_run(&definition, args, config, route.client.as_ref().map(Client::registry));
        Ok(Self { run: Self::sent_by(run, &route), route })
    }

    /// The run, as a child of whoever sends it.
    pub fn sent_by(mut run: NewWorkflow, route: &Route) -> NewWorkflow {
        (run.parent, run.root) = (route.parent(), route.root());
        run
    }

    pub async fn submit<A>(self) -> Result<WorkflowRun<A>, ClientError> {
        let run = self.run;
        let send = move |store: SharedStore| {
            let run = run.clone();
            async move { store.workflow_send(run, None).await }
        };
        let (client, sent): (Client, WorkflowSent) = self.route.send(send).await?;
        Ok(WorkflowRun::sent(sent, Some(client)))
    }
}

/// Arguments as they are stored.
pub(super) fn encode<A: Serialize>(workflow: &str, args: &A) -> Result<String, ClientError> {
    let wrong = |why| WorkflowError::Arguments { workflow: workflow.to_owned(), why };
    Ok(codec::encode_object(args).map_err(wrong)?)
}

/// A run of a definition: its nodes have the settings that the application's registry completed.
pub(super) fn new_run(
    workflow: &RegisteredWorkflow,
    args: String,
    config: WorkflowConfig,
    registry: Option<&HyrexRegistry>,
) -> NewWorkflow {
    let own = |name: &str| workflow.tasks().iter().find(|task| task.name == name);
    let task = |name: &str| {
        let registered = registry.and_then(|registry| registry.task(name));
        registered.or_else(|| own(name)).map_or_else(|| settings(&TaskConfig::new()), of_task)
    };
    with_config(NewWorkflow::of(&workflow.name, args, &workflow.dag, &of_nodes(&config), task), config)
}

/// What a workflow's settings say about its nodes.
pub(super) fn of_nodes(config: &WorkflowConfig) -> WorkflowSettings {
    WorkflowSettings { queue: config.queue.as_ref().map(|queue| queue.name.clone()), priority: config.priority }
}

/// The run, with what its settings say about it as a whole.
pub(super) fn with_config(run: NewWorkflow, config: WorkflowConfig) -> NewWorkflow {
    NewWorkflow { timeout_seconds: config.timeout_seconds, idempotency_key: config.idempotency_key, ..run }
}

fn of_task(task: &RegisteredTask) -> TaskSettings {
    settings(&task.config)
}

fn settings(config: &TaskConfig) -> TaskSettings {
    TaskSettings {
        queue: config.queue.as_ref().map(|queue| queue.name.clone()),
        max_retries: config.max_retries.unwrap_or(0),
        priority: config.priority,
        timeout_seconds: config.timeout_seconds,
    }
}
