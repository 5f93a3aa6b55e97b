//! A task that fails, is tried again, and tells of each failure.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

fn handle_task_error(failure: Failure) {
    // Log the error, send alerts, …
    println!("Task failed: {} (attempt {})", failure.error.message, failure.attempt_number);
}

#[hyrex::task(
    on_error = handle_task_error,
    max_retries = 3,
    retry_backoff = |attempt| Duration::from_millis(50 * 2_u64.pow(attempt)) // exponential
)]
async fn risky_task() -> Result<i16> {
    let attempt = TaskContext::current()?.attempt_number();
    if attempt < 2 {
        return Err(Error::new("the printer is on fire"));
    }
    Ok(attempt)
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![risky_task], async {
        let run = risky_task.send().await?;
        println!("succeeded in attempt {}", run.wait(Duration::from_secs(30)).await?);
        Ok(())
    })
    .await
}
