//! A schema with our tables.

use super::copy;
use super::{bare, connect, fill, pick_up};
use crate::cli::bench::error::{Result, said};
use crate::cli::bench::pace::Pace;
use crate::cli::bench::place::{Opening, Tables, Until};
use crate::cli::bench::rows::{Spread, Stage};
use crate::store::sql::statements;
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use std::time::Duration;

statements! {
    DONE = "select count(*) from hyrex_task_run t join hyrex_task_result r on r.task_id = t.id
        where t.status = {SUCCESS}";
}

/// A schema with our tables.
pub struct Schema {
    opening: Opening,
}

impl Schema {
    /// Makes the tables, or empties them.
    pub(super) async fn prepare(opening: Opening) -> Result<Self> {
        let store = opening.open().await?;
        let prepared = store.prepare().await;
        store.close().await;
        prepared?;
        let schema = Self { opening };
        schema.reset().await?;
        Ok(schema)
    }

    /// A connection.
    pub async fn connect(&self) -> Result<PgConnection> {
        connect(&self.opening.url, &self.opening.name).await
    }

    /// Empties the tables, and has the server write out what it still holds, so that no sample pays for the last.
    pub async fn reset(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        connection.execute("TRUNCATE hyrex_task_run, hyrex_task_result, hyrex_executor").await?;
        checkpoint(&mut connection).await;
        Ok(())
    }

    /// Has the planner believe what the tables hold now.
    pub async fn analyze(&self) -> Result<()> {
        self.connect().await?.execute("ANALYZE hyrex_task_run, hyrex_task_result").await?;
        Ok(())
    }

    /// Queues runs of these queues and tasks.
    pub async fn queue(&self, count: usize, lane: impl Fn(usize) -> (String, String)) -> Result<()> {
        let mut connection = self.connect().await?;
        for from in (0..count).step_by(copy::CHUNK) {
            copy::insert(&mut connection, (from..count.min(from + copy::CHUNK)).map(&lane)).await?;
        }
        Ok(())
    }

    /// Drains with `clients` connections, each settling its last batch with its next claim; runs, and runs a second.
    pub async fn drain_by(&self, clients: usize, batch: i64) -> Result<(usize, f64)> {
        bare::drain(self, clients, batch).await
    }
}

/// Where the user may not ask for one, the server does it when it likes.
async fn checkpoint(connection: &mut PgConnection) {
    let _ = connection.execute("CHECKPOINT").await;
}

#[async_trait::async_trait]
impl Tables for Schema {
    fn opening(&self) -> &Opening {
        &self.opening
    }

    async fn fill(&self, count: usize, stage: Stage, spread: Spread) -> Result<()> {
        match stage {
            Stage::Waiting => self.queue(count, |number| spread.lane(number)).await,
            Stage::Finished => fill::finished(&mut self.connect().await?, count).await,
            Stage::Scheduled => fill::scheduled(&mut self.connect().await?, count).await,
        }
    }

    async fn settle(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        connection.execute("VACUUM ANALYZE hyrex_task_run").await?;
        connection.execute("VACUUM ANALYZE hyrex_task_result").await?;
        checkpoint(&mut connection).await;
        Ok(())
    }

    async fn insert(&self, clients: usize, until: Until) -> Result<f64> {
        bare::insert(self, clients, until).await
    }

    async fn insert_many(&self, count: usize) -> Result<f64> {
        bare::bulk(self, count).await
    }

    async fn drain(&self) -> Result<(usize, f64)> {
        self.drain_by(2, 250).await
    }

    async fn pick_up(&self, pace: Pace) -> Result<Vec<f64>> {
        pick_up::measure(self, pace).await
    }

    async fn expect_done(&self, count: usize) -> Result<()> {
        let done: i64 = sqlx::query_scalar(DONE.as_str()).fetch_one(&mut self.connect().await?).await?;
        if done == count as i64 { Ok(()) } else { said(format!("{done} runs are done with a result, not {count}")) }
    }

    /// As the server counts them for the whole database, the last second's perhaps not yet.
    async fn transactions(&self, seconds: f64) -> Result<f64> {
        let count = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";
        let mut connection = self.connect().await?;
        let before: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await?;
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        let after: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await?;
        Ok((after - before) as f64)
    }
}
