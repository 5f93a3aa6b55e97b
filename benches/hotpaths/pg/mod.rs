//! The cases on PostgreSQL.

pub mod cases;

use anyhow::Result;
use hyrex::cli::bench::clock::watch_server;
use hyrex::cli::bench::place::{Place, Tables, Which};
use hyrex::cli::bench::postgres::{Pg as Server, Schema};
use hyrex::cli::bench::rows::{ARGS, QUEUE, Spread};

/// A task that no worker of the benchmark has a handler for.
pub const STRANGER: &str = "bench_unhandled";

/// A schema of our own in a database.
pub struct Pg {
    server: Server,
    /// Its tables.
    pub schema: Schema,
}

impl Pg {
    /// Makes it.
    pub async fn create(url: &str) -> Result<Self> {
        let server = Server::new(url)?;
        let schema = server.schema(Which::First).await?;
        if let Some(main) = server.server_process().await? {
            watch_server(main);
        }
        Ok(Self { server, schema })
    }

    /// Removes it.
    pub async fn remove(&self) -> Result<()> {
        Ok(self.server.remove().await?)
    }

    /// Queues `count` runs.
    pub async fn fill(&self, count: usize, spread: Spread) -> Result<()> {
        Ok(self.schema.queue(count, |number| spread.lane(number)).await?)
    }

    /// Queues `count` runs that nobody has a handler for, in front of all others: of the highest priority.
    pub async fn fill_unhandled(&self, count: usize) -> Result<()> {
        let strangers = sqlx::query(
            "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status, \
             attempt_number, scheduled_start, queued) \
             SELECT id, id, id, $1, $4::text::json, $2, 0, 10, 'QUEUED', 0, now(), now() \
             FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $3)) ids",
        );
        let mut connection = self.schema.connect().await?;
        strangers.bind(STRANGER).bind(QUEUE).bind(count as i64).bind(ARGS).execute(&mut connection).await?;
        Ok(self.schema.settle().await?)
    }
}
