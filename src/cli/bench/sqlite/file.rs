//! A file with our tables.

use super::{bare, pick_up};
use crate::cli::bench::error::{Result, said};
use crate::cli::bench::pace::Pace;
use crate::cli::bench::place::{Opening, Tables, Until};
use crate::cli::bench::rows::{ARGS, QUEUE, RESULT, Spread, Stage, TASK};
use crate::model::TaskStatus;
use crate::store::sql::statements;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows a transaction, when much is put in.
const CHUNK: usize = 20_000;
const DAY: i64 = 86_400_000_000;

statements! {
    INSERT = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status,
            attempt_number, scheduled_start, queued, started, finished)
        VALUES (?1, ?1, ?1, ?2, ?3, ?4, 0, 5, ?5, 0, ?6, ?7, ?8, ?8)";
    KEEP = "INSERT INTO hyrex_task_result (task_id, result, created_at) VALUES (?1, ?2, ?3)";
    DONE = "SELECT count(*) FROM hyrex_task_run t JOIN hyrex_task_result r ON r.task_id = t.id
        WHERE t.status = {SUCCESS}";
}

/// A database file with our tables, removed when it is dropped.
pub struct File {
    path: PathBuf,
    opening: Opening,
}

impl File {
    /// Makes it.
    pub(super) async fn create(path: PathBuf) -> Result<Self> {
        let opening = Opening { url: format!("sqlite:{}", path.display()), name: "hyrex_bench".into() };
        let file = Self { path, opening };
        let store = file.opening.open().await?;
        let prepared = store.prepare().await;
        store.close().await;
        prepared?;
        Ok(file)
    }

    /// A durable connection: WAL, `synchronous = FULL`.
    pub fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// Settings that decide about speed, as our connections have them.
    pub(super) fn settings(&self) -> Result<BTreeMap<String, String>> {
        let connection = self.connect()?;
        let mut settings = BTreeMap::new();
        for name in ["journal_mode", "synchronous", "page_size", "cache_size", "wal_autocheckpoint"] {
            let value = connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))?;
            let shown = match value {
                rusqlite::types::Value::Integer(2) if name == "synchronous" => "FULL".to_owned(),
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            };
            settings.insert(name.to_owned(), shown);
        }
        Ok(settings)
    }

    /// Queues runs of these queues and tasks.
    pub fn queue(&self, count: usize, lane: impl Fn(usize) -> (String, String)) -> Result<()> {
        self.insert_all(count, Stage::Waiting, lane)
    }

    fn insert_all(&self, count: usize, stage: Stage, lane: impl Fn(usize) -> (String, String)) -> Result<()> {
        let mut connection = self.connect()?;
        for from in (0..count).step_by(CHUNK) {
            let transaction = connection.transaction()?;
            for number in from..count.min(from + CHUNK) {
                let (queue, task) = lane(number);
                insert(&transaction, stage, &queue, &task)?;
            }
            transaction.commit()?;
        }
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Drains: each transaction settles the last batch and claims the next; runs, and runs a second.
    pub fn drain_by(&self, batch: usize) -> Result<(usize, f64)> {
        bare::drain(self, batch)
    }
}

fn insert(connection: &Connection, stage: Stage, queue: &str, task: &str) -> Result<()> {
    let (id, now) = (Uuid::now_v7(), chrono::Utc::now().timestamp_micros());
    let (status, start, queued, over) = match stage {
        Stage::Waiting => (TaskStatus::Queued, now, Some(now), None),
        Stage::Finished => (TaskStatus::Success, now, Some(now), Some(now)),
        Stage::Scheduled => (TaskStatus::AwaitStartTime, now + DAY, None, None),
    };
    let mut run = connection.prepare_cached(INSERT.as_str())?;
    run.execute(params![id.as_bytes(), task, ARGS, queue, status.as_str(), start, queued, over])?;
    if stage == Stage::Finished {
        connection.prepare_cached(KEEP.as_str())?.execute(params![id.as_bytes(), RESULT, now])?;
    }
    Ok(())
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            // The directory goes at the end anyway.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[async_trait::async_trait]
impl Tables for File {
    fn opening(&self) -> &Opening {
        &self.opening
    }

    async fn fill(&self, count: usize, stage: Stage, spread: Spread) -> Result<()> {
        let lane = |number| if stage == Stage::Waiting { spread.lane(number) } else { (QUEUE.into(), TASK.into()) };
        tokio::task::block_in_place(|| self.insert_all(count, stage, lane))
    }

    async fn settle(&self) -> Result<()> {
        tokio::task::block_in_place(|| Ok(self.connect()?.execute_batch("ANALYZE")?))
    }

    async fn insert(&self, _clients: usize, until: Until) -> Result<f64> {
        tokio::task::block_in_place(|| bare::insert(self, until))
    }

    async fn insert_many(&self, count: usize) -> Result<f64> {
        tokio::task::block_in_place(|| bare::bulk(self, count))
    }

    async fn drain(&self) -> Result<(usize, f64)> {
        tokio::task::block_in_place(|| self.drain_by(500))
    }

    async fn pick_up(&self, pace: Pace) -> Result<Vec<f64>> {
        pick_up::measure(self, pace).await
    }

    async fn expect_done(&self, count: usize) -> Result<()> {
        let done: i64 = self.connect()?.query_row(DONE.as_str(), [], |row| row.get(0))?;
        if done == count as i64 { Ok(()) } else { said(format!("{done} runs are done with a result, not {count}")) }
    }

    /// Others' commits: by looking every few milliseconds whether there was one.
    async fn transactions(&self, seconds: f64) -> Result<f64> {
        let start = Instant::now();
        let (connection, mut commits) = (std::sync::Mutex::new(self.connect()?), 0u32);
        let mut last = version(&connection)?;
        while start.elapsed().as_secs_f64() < seconds {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let now = version(&connection)?;
            commits += u32::from(now != last);
            last = now;
        }
        Ok(f64::from(commits))
    }
}

/// What changes with every commit of others.
fn version(connection: &std::sync::Mutex<Connection>) -> Result<i64> {
    let connection = connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}
