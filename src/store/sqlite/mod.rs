//! The store over SQLite: one file, or the memory of one process.
//!
//! One thread writes, and commits in groups (`writer`, `thread`); a few connections read (`readers`); another thread notices
//! what other processes write (`watch`). The verbs are functions over a connection, a file each, named as in the
//! store over PostgreSQL.
//!
//! Invariant: all writes of this process go through the writer, except those of an application's own transactions
//! ([`enqueue_in`], [`workflow_send_in`], [`complete_in`]).

mod cached;
mod cancel;
mod claim;
mod complete;
mod complete_in;
mod connect;
mod defs;
mod enqueue;
mod failures;
mod fault;
mod fixture;
mod follow;
mod group;
mod inspect;
mod inspect_activity;
mod inspect_executors;
mod inspect_failures;
mod inspect_names;
mod inspect_queues;
mod inspect_run;
mod inspect_runs;
mod inspect_tree;
mod inspect_waiting;
mod kv;
mod lanes;
mod logs;
mod migrate;
mod next;
mod operate;
mod operation;
mod parked;
#[cfg(test)]
mod plans;
mod promote;
mod prune;
mod queues;
mod readers;
mod rescue;
mod retry;
mod rows;
mod schedule;
mod succeed;
mod take;
#[cfg(test)]
mod tests;
mod thread;
mod tick;
mod turn;
mod wakeup;
mod watch;
mod work;
mod workflow;
mod writer;

pub use complete_in::complete_in;
pub use enqueue::enqueue_in;
pub use workflow::workflow_send_in;

use super::{Options, Result, Store, StoreError, Wakeup};
use connect::{Place, shown};
use operation::Tx;
use readers::Readers;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot};
use watch::Watch;
use writer::{Message, Writer, closed};

/// How long a reader waits for a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store over SQLite.
pub struct SqliteStore {
    /// `None`: nothing is written.
    writer: Option<Writer>,
    /// `None`: in memory, where the writer's connection is the only one.
    readers: Option<Arc<Readers>>,
    watch: Mutex<Option<Watch>>,
    hub: broadcast::Sender<Wakeup>,
    options: Options,
    location: String,
}

impl SqliteStore {
    /// Opens the file at `path`, making it where it is not there; `None`: a database in memory, which lives as long as
    /// the store. The tables are not made: that is [`Store::prepare`].
    ///
    /// # Errors
    /// [`StoreError::Url`] where the path can hold no database, or holds something else.
    pub async fn open(path: Option<&Path>, options: Options) -> Result<Self> {
        let path = path.map(Path::to_owned);
        let opened = tokio::task::spawn_blocking(move || match path {
            Some(path) if options.read_only => Self::open_read_only(path, options),
            Some(path) => Self::open_file(path, options),
            None => Self::open_memory(options),
        });
        opened.await.map_err(|error| StoreError::Unavailable(format!("opening the database did not end: {error}")))?
    }

    fn open_file(path: PathBuf, options: Options) -> Result<Self> {
        let conn = connect::writer(Some(&path), &options)?;
        let place = Place::file(&path)?;
        let hub = broadcast::Sender::new(wakeup::BACKLOG);
        let writer = Writer::start(conn, place.clone(), options.clone(), hub.clone())?;
        let watch = Watch::start(place.path(), foreign_commits(writer.clone()));
        let readers = Readers::new(place, options.clone());
        let location = format!("sqlite:{}", shown(&path));
        let watch = Mutex::new(Some(watch));
        Ok(Self { writer: Some(writer), readers: Some(readers), watch, hub, options, location })
    }

    fn open_read_only(path: PathBuf, options: Options) -> Result<Self> {
        let conn = connect::reader(&path, true)?;
        let place = Place::file(&path)?;
        let hub = broadcast::Sender::new(wakeup::BACKLOG);
        let watch = Watch::start(place.path(), all_commits(conn, hub.clone())?);
        let readers = Readers::new(place, options.clone());
        let location = format!("sqlite:{}", shown(&path));
        Ok(Self { writer: None, readers: Some(readers), watch: Mutex::new(Some(watch)), hub, options, location })
    }

    fn open_memory(options: Options) -> Result<Self> {
        if options.read_only {
            let why = "a database in memory is empty, and cannot be opened read-only: give sqlite:path";
            return Err(StoreError::Url(why.into()));
        }
        let conn = connect::writer(None, &options)?;
        let hub = broadcast::Sender::new(wakeup::BACKLOG);
        let writer = Writer::start(conn, Place::Memory, options.clone(), hub.clone())?;
        let location = "sqlite::memory:".to_owned();
        Ok(Self { writer: Some(writer), readers: None, watch: Mutex::default(), hub, options, location })
    }

    fn writer(&self) -> Result<&Writer> {
        self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly(self.location.clone()))
    }

    /// A transaction; `answered` names the failpoint between its commit and the answer.
    async fn write<T: Send + 'static>(
        &self,
        answered: &'static str,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer()?.write(answered, work).await
    }

    /// A look at what is committed.
    async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        if let Some(readers) = &self.readers {
            return readers.read(work).await;
        }
        let (reply, answer) = oneshot::channel();
        let read = move |conn: &Connection| {
            // Whoever asked may have gone.
            let _ = reply.send(work(conn));
        };
        self.writer()?.send(Message::Read(Box::new(read)))?;
        answer.await.map_err(|_| closed())?
    }
}

/// What the watch does in a store that writes: the writer's connection alone can tell others' commits from its own.
fn foreign_commits(writer: Writer) -> impl FnMut() -> bool + Send {
    let mut known = 0;
    move || {
        let foreign = writer.foreign.load(Ordering::Relaxed);
        let found = std::mem::replace(&mut known, foreign) != foreign;
        // A closed store is told nothing any more.
        let _ = writer.send(Message::Look);
        found
    }
}

/// What the watch does in a store that only reads: every commit is another's.
fn all_commits(conn: Connection, hub: broadcast::Sender<Wakeup>) -> Result<impl FnMut() -> bool + Send> {
    let mut known = writer::data_version(&conn)?;
    Ok(move || {
        let version = writer::data_version(&conn).unwrap_or(known);
        let changed = std::mem::replace(&mut known, version) != version;
        if changed {
            // An error says only that nobody listens.
            let _ = hub.send(Wakeup::Something);
        }
        changed
    })
}

#[async_trait::async_trait]
impl Store for SqliteStore {
    async fn init_db(&self) -> Result<Vec<String>> {
        self.write("init.answered", migrate::migrate).await
    }

    async fn check_schema(&self) -> Result<()> {
        self.read(migrate::check).await
    }

    async fn prepare(&self) -> Result<()> {
        match self.check_schema().await {
            Err(StoreError::NotInitialized | StoreError::Schema(_)) if self.writer.is_some() => {
                self.init_db().await?;
                self.check_schema().await
            }
            checked => checked,
        }
    }

    async fn close(&self) {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(readers) = &self.readers {
            readers.close();
        }
        let (done, finished) = oneshot::channel();
        if let Some(writer) = &self.writer
            && writer.send(Message::Close(done)).is_ok()
        {
            // It ends either way: answered, or because the writer is gone.
            let _ = finished.await;
        }
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
