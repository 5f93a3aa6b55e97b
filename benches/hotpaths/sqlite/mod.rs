//! The cases on SQLite.

pub mod bare;
pub mod cases;
pub mod idle;

use crate::rows::{ARGS, STRANGER, Spread};
use anyhow::Result;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A directory for database files, each sample in a file of its own.
pub struct Lite {
    dir: tempfile::TempDir,
    next: std::sync::atomic::AtomicUsize,
}

/// A database file with our tables; removed with the directory.
pub struct File(pub PathBuf);

pub(crate) const INSERT: &str = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, \
     max_retries, priority, status, attempt_number, scheduled_start, queued) \
     VALUES (?1, ?1, ?1, ?2, ?3, ?4, 0, ?5, 'QUEUED', 0, ?6, ?6)";

impl Lite {
    /// Under `dir`.
    pub fn new(dir: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("hyrex-bench-").tempdir_in(dir)?;
        Ok(Self { dir, next: Default::default() })
    }

    /// A new file, with tables.
    pub async fn file(&self) -> Result<File> {
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if let Some(before) = number.checked_sub(2) {
            ["", "-wal", "-shm"].iter().for_each(|end| {
                // It may be in use still, or never have been made: the directory goes at the end anyway.
                let _ = std::fs::remove_file(self.dir.path().join(format!("{before}.db{end}")));
            });
        }
        let file = File(self.dir.path().join(format!("{number}.db")));
        let store = crate::ours::open(&file.url()).await?;
        store.prepare().await?;
        store.close().await;
        Ok(file)
    }
}

impl File {
    /// As the store wants it.
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    /// A durable connection: WAL, `synchronous = FULL`.
    pub fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.0)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// Queues `count` runs.
    pub fn fill(&self, count: usize, spread: Spread) -> Result<()> {
        self.insert_all((0..count).map(|number| (spread.lane(number), 5)))
    }

    /// Queues `count` runs that nobody has a handler for, in front of all others.
    pub fn fill_unhandled(&self, count: usize, queue: &str) -> Result<()> {
        self.insert_all((0..count).map(|_| ((queue.to_owned(), STRANGER.to_owned()), 10)))?;
        self.connect()?.execute_batch("ANALYZE")?;
        Ok(())
    }

    fn insert_all(&self, lanes: impl Iterator<Item = ((String, String), i16)>) -> Result<()> {
        let mut connection = self.connect()?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare(INSERT)?;
            for ((queue, task), priority) in lanes {
                let now = chrono::Utc::now().timestamp_micros();
                insert.execute(params![Uuid::now_v7().as_bytes(), task, ARGS, queue, priority, now])?;
            }
        }
        transaction.commit()?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Whether all are done, with their results.
    pub fn expect_done(&self, count: usize) -> Result<()> {
        let done: i64 = self.connect()?.query_row(
            "SELECT count(*) FROM hyrex_task_run t JOIN hyrex_task_result r ON r.task_id = t.id WHERE t.status = 'SUCCESS'",
            [],
            |row| row.get(0),
        )?;
        anyhow::ensure!(done == count as i64, "{done} runs are done with a result, not {count}");
        Ok(())
    }
}
