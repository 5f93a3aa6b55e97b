//! State that tasks share, in the same database.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[hyrex::task]
async fn process_with_state(user_id: String) -> Result<Option<String>> {
    let key = format!("user:{user_id}:status");

    // Store state
    HyrexKV::set(&key, "processing").await?;

    // Retrieve state
    let status = HyrexKV::get(&key).await?;

    // Delete state
    HyrexKV::delete(&key).await?;
    Ok(status)
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![process_with_state], async {
        let run = process_with_state.send("123".into()).await?;
        println!("while it ran: {:?}", run.wait(Duration::from_secs(30)).await?);
        println!("afterwards: {:?}", HyrexKV::get("user:123:status").await?);
        Ok(())
    })
    .await
}
