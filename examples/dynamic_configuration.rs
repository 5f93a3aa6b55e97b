//! One task, and other settings for one of its sends.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

// The task as it is defined
#[hyrex::task(queue = "default", max_retries = 1)]
async fn flexible_task(data: String) -> Result<String> {
    Ok(data.to_uppercase())
}

async fn send() -> Result<()> {
    // Other settings for what is sent through this handle
    let important = flexible_task
        .with_config(TaskConfig::new().queue("high-priority").max_retries(5).timeout_seconds(60).priority(10));

    for task in [flexible_task, important] {
        let run = task.send("important data".into()).await?;
        let result = run.wait(Duration::from_secs(30)).await?;
        let attempt = &run.attempts().await?[0];
        println!("{result}: queue {}, retries {}, priority {}", attempt.queue, attempt.max_retries, attempt.priority);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![flexible_task], send()).await
}
