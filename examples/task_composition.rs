//! A task that sends others: they are its children.

mod support;

use hyrex::prelude::*;
use std::time::Duration;

#[hyrex::task]
async fn child_task(index: u32) -> Result<u32> {
    Ok(index * index)
}

#[hyrex::task]
async fn parent_task(count: u32) -> Result<u32> {
    // Each child knows its parent and its root.
    let children = child_task.send_many(0..count).await?;

    let mut sum = 0;
    for child in children {
        sum += child.wait(Duration::from_secs(30)).await?;
    }
    Ok(sum)
}

#[tokio::main]
async fn main() -> Result<()> {
    support::with_worker(registry![parent_task, child_task], async {
        let run = parent_task.send(4).await?;
        println!("sum: {}", run.wait(Duration::from_secs(30)).await?);
        Ok(())
    })
    .await
}
