//! The cases on PostgreSQL.

pub mod bare;
pub mod cases;
pub mod copy;
pub mod idle;

use crate::clock::{postgres_parent, watch_server};
use crate::rows::{STRANGER, Spread};
use anyhow::{Context, Result};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A database of our own on a server.
pub struct Pg {
    server: String,
    name: String,
    /// Where it is.
    pub url: String,
}

impl Pg {
    /// Makes the database with its tables.
    pub async fn create(server: &str) -> Result<Self> {
        let name = format!("hyrex_bench_{}", std::process::id());
        let mut admin = PgConnection::connect(server).await.context("could not connect to --url")?;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut admin).await?;
        if let Some(main) = u32::try_from(pid).ok().and_then(postgres_parent) {
            watch_server(main);
        }
        let mut url = url::Url::parse(server)?;
        url.set_path(&name);
        let pg = Self { server: server.to_owned(), name, url: url.to_string() };
        let store = crate::ours::open(&pg.url).await?;
        store.init_db().await?;
        store.close().await;
        Ok(pg)
    }

    /// Removes it.
    pub async fn remove(&self) -> Result<()> {
        let mut admin = PgConnection::connect(&self.server).await?;
        admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))).await?;
        Ok(())
    }

    /// A connection.
    pub async fn connect(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    /// Empties the tables, and has the server write out what it still holds, so that no sample pays for the last.
    pub async fn reset(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        connection.execute("TRUNCATE hyrex_task_run, hyrex_task_result, hyrex_executor").await?;
        connection.execute("CHECKPOINT").await?;
        Ok(())
    }

    /// Has the planner believe what the tables hold now.
    pub async fn analyze(&self) -> Result<()> {
        self.connect().await?.execute("ANALYZE hyrex_task_run, hyrex_task_result").await?;
        Ok(())
    }

    /// Queues `count` runs.
    pub async fn fill(&self, count: usize, spread: Spread) -> Result<()> {
        let mut connection = self.connect().await?;
        for from in (0..count).step_by(copy::CHUNK) {
            let lanes = (from..count.min(from + copy::CHUNK)).map(|number| spread.lane(number));
            copy::insert(&mut connection, lanes).await?;
        }
        Ok(())
    }

    /// Queues `count` runs that nobody has a handler for, in front of all others: of the highest priority.
    pub async fn fill_unhandled(&self, count: usize, queue: &str) -> Result<()> {
        let mut connection = self.connect().await?;
        let strangers = sqlx::query(
            "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status, \
             attempt_number, scheduled_start, queued) \
             SELECT id, id, id, $1, '{}', $2, 0, 10, 'QUEUED', 0, now(), now() \
             FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $3)) ids",
        );
        strangers.bind(STRANGER).bind(queue).bind(count as i64).execute(&mut connection).await?;
        connection.execute("VACUUM ANALYZE hyrex_task_run").await?;
        Ok(())
    }

    /// Server processes that work for this database, other than the one that is asked.
    pub async fn backends(&self) -> Result<Vec<u32>> {
        let mut admin = PgConnection::connect(&self.server).await?;
        let pids: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE datname = $1")
            .bind(&self.name)
            .fetch_all(&mut admin)
            .await?;
        Ok(pids.into_iter().filter_map(|pid| u32::try_from(pid).ok()).collect())
    }

    /// Transactions of this database so far, as the server counts them (about a second behind).
    pub async fn transactions(&self) -> Result<i64> {
        let mut admin = PgConnection::connect(&self.server).await?;
        let count = sqlx::query_scalar("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = $1")
            .bind(&self.name)
            .fetch_one(&mut admin)
            .await?;
        Ok(count)
    }

    /// How many runs are done: a drain that lost some did not measure anything.
    pub async fn expect_done(&self, count: usize) -> Result<()> {
        let mut connection = self.connect().await?;
        let done: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM hyrex_task_run t JOIN hyrex_task_result r ON r.task_id = t.id WHERE t.status = 'SUCCESS'",
        )
        .fetch_one(&mut connection)
        .await?;
        anyhow::ensure!(done == count as i64, "{done} runs are done with a result, not {count}");
        Ok(())
    }
}
