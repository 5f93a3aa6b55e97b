//! What the examples have in common: a worker beside what is sent, in one process. Usually a worker is a process of its
//! own (`run-worker`, see `quickstart.rs`); for a program on SQLite this is a good way to have everything in one.

use hyrex::prelude::*;
use hyrex::{Shutdown, Worker};

/// Sends and waits while a worker of these tasks runs, on the database that HYREX_DATABASE_URL names, else in memory.
pub async fn with_worker(registry: HyrexRegistry, work: impl Future<Output = Result<()>>) -> Result<()> {
    let url = std::env::var("HYREX_DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".into());
    let client = hyrex::init(Client::connect(&url).await?.with_registry(registry.clone())).await?;
    let (app, shutdown) = (HyrexApp::new("example").registry(registry), Shutdown::new());
    let worker = tokio::spawn(Worker::new(app, client.store().clone()).run(shutdown.clone()));
    let done = work.await;
    shutdown.request();
    worker.await??;
    done
}
