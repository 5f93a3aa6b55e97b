//! What a task can ask about itself.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[hyrex::task(max_retries = 2)]
async fn contextual_task() -> Result<()> {
    let context = TaskContext::current()?;

    println!("Task ID: {}", context.task_id());
    println!("Task Name: {}", context.task_name());
    println!("Attempt: {}/{}", context.attempt_number(), context.max_retries());
    println!("Queue: {}", context.queue());
    println!("Parent Task: {:?}", context.parent_id());
    println!("Root Task: {}", context.root_id());
    context.progress(1.0, "told everything");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![contextual_task], async {
        let run = contextual_task.send().await?;
        run.wait(Duration::from_secs(30)).await?;
        println!("Run: {}", run.id());
        Ok(())
    })
    .await
}
