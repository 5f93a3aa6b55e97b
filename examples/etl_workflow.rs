//! A workflow: tasks bound to each other by `>>`, sent with arguments of its own.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct EtlWorkflowArgs {
    source: String,
    destination: String,
}

#[hyrex::task]
async fn extract_data() -> Result<String> {
    let args: EtlWorkflowArgs = hyrex::workflow_context().args()?;
    println!("extracting from {}", args.source);
    Ok("extracted".into())
}

#[hyrex::task]
async fn transform_data() -> Result<String> {
    println!("transforming in queue {}", TaskContext::current()?.queue());
    Ok("transformed".into())
}

#[hyrex::task]
async fn validate_data() -> Result<()> {
    println!("validating in queue {}", TaskContext::current()?.queue());
    Ok(())
}

#[hyrex::task]
async fn load_data() -> Result<String> {
    let args: EtlWorkflowArgs = hyrex::workflow_context().args()?;
    println!("loading into {}", args.destination);
    Ok("loaded".into())
}

#[hyrex::workflow(queue = "etl", timeout_seconds = 3600)]
fn etl_workflow(_: EtlWorkflowArgs) -> Dag {
    // Chains that share nodes are one graph, and what is written twice counts once. In one line it is
    //   extract_data >> (transform_data.with_config(..), validate_data) >> load_data
    Dag::from((
        extract_data >> transform_data >> load_data,
        extract_data >> (transform_data, validate_data) >> load_data, // beside each other
        extract_data >> transform_data.with_config(TaskConfig::new().queue("cpu-intensive")) >> load_data,
    ))
}

#[tokio::main]
async fn main() -> Result<()> {
    let graph = etl_workflow.definition()?.dag;
    println!("8 edges as written, {} of them different", graph.edges().count());
    support::with_worker(registry![etl_workflow], async {
        let (source, destination) = ("s3://input".into(), "s3://output".into());
        let run = etl_workflow.send(EtlWorkflowArgs { source, destination }).await?;
        run.wait(Duration::from_secs(30)).await?;
        println!("the run is {}", run.status().await?);
        Ok(())
    })
    .await
}
