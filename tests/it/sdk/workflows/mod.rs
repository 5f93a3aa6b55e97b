//! Workflows as an application uses them: sent, looked at from inside and outside, ended, cancelled, repaired.

mod by_name;
mod ends;
mod inside;
mod sends;
#[cfg(feature = "postgres")]
mod sql;
mod transactions;

use crate::support::TestStore;
use hyrex::prelude::*;
use hyrex::runtime::testing::{Ran, TestApp};
use hyrex::{HyrexRegistry, registry};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// What the workflow here is sent with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EtlArgs {
    pub source: String,
    /// Rows of this number break `transform`.
    pub broken: Option<u32>,
}

#[hyrex::task]
async fn extract() -> Result<Vec<u32>> {
    let args: EtlArgs = hyrex::workflow_context().args()?;
    assert_eq!(args.source, "s3://input");
    Ok(vec![1, 2, 3])
}

#[hyrex::task(queue = "cpu", max_retries = 2, priority = 9, timeout_seconds = 30)]
async fn transform() -> Result<Vec<u32>> {
    let args: EtlArgs = workflow_context().args()?;
    let rows = workflow_context().result(extract).await?;
    match args.broken {
        Some(row) => Err(Error::fatal(format!("row {row} is broken"))),
        None => Ok(rows.iter().map(|row| row * 2).collect()),
    }
}

#[hyrex::task]
fn validate() -> Result<usize> {
    Ok(hyrex::block_on(workflow_context().result(&extract))?.len())
}

#[hyrex::task]
async fn load(#[default(1)] times: u32) -> Result<u32> {
    let rows = workflow_context().result(transform).await?;
    let valid: usize = workflow_context().result_of("validate").await?;
    assert_eq!(rows.len(), valid);
    Ok(rows.iter().sum::<u32>() * times)
}

/// What ran last, by the status of `load` that it saw.
#[hyrex::task]
async fn tidy() -> Result<String> {
    Ok(workflow_context().status("load").await?.to_string())
}

#[hyrex::workflow(queue = "etl", timeout_seconds = 3600)]
fn etl(_: EtlArgs) -> Dag {
    (extract >> (transform.with_config(TaskConfig::new().queue("cpu-intensive")), validate) >> load).finally(tidy)
}

pub fn fine() -> EtlArgs {
    EtlArgs { source: "s3://input".into(), broken: None }
}

pub fn broken() -> EtlArgs {
    EtlArgs { broken: Some(7), ..fine() }
}

/// An application of a registry on the store, drained when the test says so.
pub async fn test_app(store: &TestStore, registry: HyrexRegistry) -> TestApp {
    TestApp::on(HyrexApp::new("warehouse").registry(registry), store.store.clone()).await.unwrap()
}

/// The application with the workflow above.
pub async fn warehouse(store: &TestStore) -> TestApp {
    test_app(store, registry![etl]).await
}

/// Which nodes ran, and with what result.
pub fn told(ran: &[Ran]) -> Vec<(&str, Option<&str>)> {
    ran.iter().map(|ran| (ran.node_name.as_deref().unwrap_or_default(), ran.result.as_deref())).collect()
}

/// A number that a task counts up in.
pub fn counter() -> &'static AtomicU32 {
    Box::leak(Box::new(AtomicU32::new(0)))
}

/// A task of no arguments that counts its calls.
pub fn counts(name: &str, calls: &'static AtomicU32) -> Task<Plain<(), u32>> {
    Task::new(name, TaskConfig::new(), |()| async { Ok(calls.fetch_add(1, SeqCst)) })
}
