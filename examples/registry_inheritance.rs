//! Tasks of several modules in one application, with settings that a registry gives to its own.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

mod common_tasks {
    use hyrex::prelude::*;

    #[hyrex::task]
    pub async fn shared_task() -> Result<String> {
        Ok("shared".into())
    }

    pub fn registry() -> HyrexRegistry {
        registry![shared_task].defaults(TaskConfig::new().queue("common").max_retries(2))
    }
}

#[hyrex::task]
async fn own_task() -> Result<String> {
    Ok("own".into())
}

/// All of this application's tasks.
fn registry() -> HyrexRegistry {
    registry![own_task, common_tasks::registry()]
}

async fn send() -> Result<()> {
    for run in [common_tasks::shared_task.send().await?, own_task.send().await?] {
        let result = run.wait(Duration::from_secs(30)).await?;
        let attempt = &run.attempts().await?[0];
        println!("{result}: queue {}, retries {}", attempt.queue, attempt.max_retries);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    println!("{:?}", registry().task_names());
    support::with_worker(registry(), send()).await
}
