//! What a task's attribute can say.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct ProcessContext {
    file: String,
}

#[hyrex::task(
    queue = "processing",                   // where it waits: a name, or a HyrexQueue
    max_retries = 3,                        // attempts after the first (default: 0)
    timeout_seconds = 300,                  // of one attempt
    priority = 5,                           // 1 to 10, higher first
    on_error = handle_error,                // called after each failed attempt
    retry_backoff = |attempt| attempt * 10  // seconds before the next attempt
)]
async fn process_data(context: ProcessContext, #[default(30)] days: u32) -> Result<()> {
    println!("processing {} of the last {days} days", context.file);
    Ok(())
}

fn handle_error(failure: Failure) {
    eprintln!("{} failed: {}", failure.task_name, failure.error.message);
}

async fn send() -> Result<()> {
    for days in [None, Some(7)] {
        let run = process_data.send(ProcessContext { file: "orders.csv".into() }, days).await?;
        run.wait(Duration::from_secs(30)).await?;
        let attempt = &run.attempts().await?[0];
        println!("queue {}, priority {}", attempt.queue, attempt.priority);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![process_data], send()).await
}
