//! Workflows that a program knows only by name: of its registry, else as a worker defined them in the database.

use super::super::client::Client;
use super::super::client_error::ClientError;
use super::super::patience::patiently;
use super::super::route::Route;
use super::super::sending::Sending;
use super::config::WorkflowConfig;
use super::error::WorkflowError;
use super::run::WorkflowRun;
use super::send::{self, Outgoing, encode};
use crate::model::dag::Dag;
use crate::model::{NewWorkflow, TaskSettings};
use crate::sdk::ConfigError;
use crate::store::TaskDef;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

impl Client {
    /// Sends a run of a workflow that this program knows only by name. Where it stands in the registry, its graph is
    /// that one; else it is the one that a worker wrote to the database, with the settings that tasks have there.
    ///
    /// # Errors
    /// [`WorkflowError::Unknown`]; [`WorkflowError::Arguments`] when they are no object, or not what the workflow in the
    /// registry is sent with; a stored graph or settings that cannot be; a database that stays away.
    pub fn send_workflow_by_name<A: Serialize>(
        &self,
        workflow: &str,
        args: &A,
        config: WorkflowConfig,
    ) -> Sending<WorkflowRun<serde_json::Value>> {
        let (name, args) = (workflow.to_owned(), encode(workflow, args));
        let route = Route::from_here(Some(self));
        let client = self.clone();
        Sending::of(async move {
            let (args, route) = (args?, route?);
            let run = match client.registry().workflow(&name) {
                Some(registered) => {
                    registered.check_arguments(&args)?;
                    send::new_run(registered, args, config.or(&registered.config), Some(client.registry()))
                }
                None => defined(&client, &name, args, config).await?,
            };
            Outgoing { run: Outgoing::sent_by(run, &route), route }.submit().await
        })
    }
}

/// A run of the definition that stands in the database.
async fn defined(
    client: &Client,
    name: &str,
    args: String,
    config: WorkflowConfig,
) -> Result<NewWorkflow, ClientError> {
    let dag = stored(client, name).await?;
    let names: BTreeSet<&str> = dag.nodes().iter().map(|node| node.task_name.as_str()).collect();
    let names: Vec<String> = names.into_iter().map(ToOwned::to_owned).collect();
    let tasks = patiently(|| client.store().task_defs(names.clone())).await?;
    let tasks: HashMap<String, TaskSettings> =
        tasks.into_iter().map(|task| (task.task_name.clone(), settings(task))).collect();
    let unknown = TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let task = |name: &str| tasks.get(name).cloned().unwrap_or_else(|| unknown.clone());
    Ok(send::with_config(NewWorkflow::of(name, args, &dag, &send::of_nodes(&config), task), config))
}

async fn stored(client: &Client, name: &str) -> Result<Dag, ClientError> {
    let unknown = || WorkflowError::Unknown { workflow: name.to_owned() };
    let defs = patiently(|| client.store().workflow_defs()).await?;
    let def = defs.into_iter().find(|def| def.workflow_name == name).ok_or_else(unknown)?;
    let structure = def.dag_structure.ok_or_else(unknown)?;
    let wrong = |source| ConfigError::Workflow { workflow: name.to_owned(), source };
    Ok(Dag::from_structure(&structure).map_err(wrong)?)
}

fn settings(task: TaskDef) -> TaskSettings {
    TaskSettings {
        queue: Some(task.queue),
        max_retries: task.max_retries,
        priority: Some(task.priority),
        timeout_seconds: task.timeout_seconds,
    }
}
