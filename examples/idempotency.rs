//! A key that makes one run of many sends.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[hyrex::task]
async fn idempotent_task(user_id: String) -> Result<String> {
    println!("processing user {user_id}");
    Ok(user_id)
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![idempotent_task], async {
        let user_id = uuid::Uuid::new_v4().to_string();
        let once = idempotent_task.with_config(TaskConfig::new().idempotency_key(format!("process-user-{user_id}")));

        let first = once.send(user_id.clone()).await?;
        let second = once.send(user_id).await?;
        println!("the same run: {}", first.id() == second.id());
        println!("duplicate: {} {}", first.is_duplicate(), second.is_duplicate());
        first.wait(Duration::from_secs(30)).await?;
        Ok(())
    })
    .await
}
