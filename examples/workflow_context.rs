//! What a node sees of its workflow's run: the arguments, what other nodes gave, how they ended.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct EtlWorkflowArgs {
    source: String,
}

#[hyrex::task]
async fn extract_data() -> Vec<u32> {
    vec![3, 1, 2]
}

#[hyrex::task]
async fn workflow_task() -> Result<usize> {
    let here = hyrex::workflow_context();

    // Access workflow arguments
    let args: EtlWorkflowArgs = here.args()?;
    println!("workflow {}, node {}, source {}", here.workflow_name()?, here.node_name()?, args.source);

    // Access other task results
    let rows = here.result(extract_data).await?;
    println!("extract_data is {}: {} rows", here.status("extract_data").await?, rows.len());
    Ok(rows.len())
}

#[hyrex::task]
async fn break_down() -> Result<()> {
    Err(Error::fatal("no space left"))
}

#[hyrex::task]
async fn load_data() {}

/// Runs when all others have ended, however they ended.
#[hyrex::task]
async fn tidy_up() -> Result<()> {
    let load = hyrex::workflow_context().status("load_data").await?;
    println!("tidying up after load_data, which is {load}");
    Ok(())
}

#[hyrex::workflow]
fn etl_workflow(_: EtlWorkflowArgs) -> Dag {
    (extract_data >> (workflow_task, break_down) >> load_data).finally(tidy_up)
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![etl_workflow], async {
        let run = etl_workflow.send(EtlWorkflowArgs { source: "s3://input".into() }).await?;
        let ended = run.wait(Duration::from_secs(30)).await;

        // From outside, too: by the task, or by the node's name.
        println!("{} rows were valid", run.node_result(workflow_task).await?);
        if let Err(error) = ended {
            let said = error.to_string(); // how the run ended, and which nodes did not succeed
            println!(
                "failed: {}",
                said.split(" failed: ").nth(1).and_then(|nodes| nodes.split(';').next()).unwrap_or(&said)
            );
        }
        Ok(())
    })
    .await
}
