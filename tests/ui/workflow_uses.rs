//! Mistakes around workflows that are sent, and in their nodes.

use hyrex::prelude::*;

#[derive(Serialize, Deserialize)]
struct Batch {
    number: u32,
}

struct NoSerde;

#[hyrex::task]
async fn extract() -> Result<Vec<u32>> {
    let _: NoSerde = hyrex::workflow_context().args()?; //~ the trait bound `NoSerde: serde::de::DeserializeOwned` is not satisfied
    Ok(vec![])
}

#[hyrex::task]
async fn load() -> Result<String> {
    let rows: String = hyrex::workflow_context().result(extract).await?; //~ expected `String`, found `Vec<u32>`
    let named: u32 = hyrex::workflow_context().result("extract").await?; //~ `&str` is no task
    //~| result_of("node")
    let awaited: Vec<u32> = hyrex::workflow_context().result(extract)?; //~ the `?` operator can only be applied
    let fine: Vec<u32> = workflow_context().result(&extract).await?;
    let of: u32 = workflow_context().result_of("extract").await?;
    Ok(format!("{rows} {named} {awaited:?} {fine:?} {of}"))
}

#[hyrex::workflow]
fn etl(_: Batch) -> Dag {
    extract >> load
}

async fn send() -> Result<()> {
    etl.send(5).await?; //~ mismatched types
    etl.send().await?; //~ argument #1 of type `Batch` is missing
    etl.send(Batch { number: 1 })?; //~ the `?` operator can only be applied
    let run = etl.with_config(TaskConfig::new()).send(Batch { number: 1 }).await?; //~ mismatched types
    let rows: Vec<u32> = run.node_result(extract).await?;
    let run = etl.with_config(WorkflowConfig::new().priority(9)).send(Batch { number: 1 }).await?;
    let rows: Vec<u32> = run.node_result(extract).await?;
    etl.wait(); //~ no method named `wait` found
    Ok(drop(rows))
}

fn main() {
    let _ = (registry![etl], send());
    let _ = registry![etl, 5]; //~ `{integer}` cannot be registered
}
