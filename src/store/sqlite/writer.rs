//! The way to the one thread that writes ([`thread`](super::thread)).

use super::cached::Cached;
use super::connect::Place;
use super::operation::{Job, Operation, Tx};
use super::parked::Parked;
use super::thread::Thread;
use crate::store::{Options, Result, StoreError, Wakeup};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot};

/// How much longer than for a lock a caller waits for its answer: the disk may be slow.
const SLACK: Duration = Duration::from_secs(1);

/// What the writer is asked.
pub(super) enum Message {
    /// Do this in a transaction; sent when?
    Write(Box<dyn Operation>, Instant),
    /// Read with the writer's connection: stores in memory have no other.
    Read(Box<dyn FnOnce(&Connection) + Send>),
    /// Wait for work, and claim it.
    Park(Parked),
    /// Another process may have written.
    Look,
    /// Finish, and let go of the database.
    Close(oneshot::Sender<()>),
}

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Writer {
    inbox: Sender<Message>,
    /// How often the writer saw that another process had written.
    pub foreign: Arc<AtomicU64>,
    patience: Duration,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(conn: Connection, place: Place, options: Options, hub: broadcast::Sender<Wakeup>) -> Result<Self> {
        let (sender, inbox) = channel();
        let patience = options.call_timeout + SLACK;
        let writer = Self { inbox: sender, foreign: Arc::default(), patience };
        let thread = Thread::new(conn, place, options, hub, inbox, Arc::clone(&writer.foreign))?;
        std::thread::Builder::new()
            .name("hyrex-sqlite".into())
            .spawn(move || thread.run())
            .map_err(|error| StoreError::Unavailable(format!("could not start the writer's thread: {error}")))?;
        Ok(writer)
    }

    /// Hands something to the thread.
    ///
    /// # Errors
    /// After the store was closed.
    pub fn send(&self, message: Message) -> Result<()> {
        self.inbox.send(message).map_err(|_| closed())
    }

    /// Does `work` in a transaction, and answers once it is durable. `answered` names the failpoint before the answer.
    pub async fn write<T: Send + 'static>(
        &self,
        answered: &'static str,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (job, answer) = Job::new(answered, work);
        self.send(Message::Write(Box::new(job), Instant::now()))?;
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(|_| closed())?,
            Err(_) => Err(StoreError::TimedOut(self.patience)),
        }
    }
}

/// What whoever asks a closed store hears.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

/// It changes when another connection commits, never by this one's own commits.
pub(super) fn data_version(conn: &Connection) -> Result<i64> {
    Ok(conn.one("PRAGMA data_version", [], |row| row.get(0))?.unwrap_or_default())
}
