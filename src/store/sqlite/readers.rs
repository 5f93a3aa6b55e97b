//! Connections that only read, off the runtime's threads: a few, made when they are needed, and kept.

use super::connect::{self, Place};
use super::writer::closed;
use crate::store::{Options, Result, StoreError};
use rusqlite::{Connection, InterruptHandle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Most reads at once.
const MOST: usize = 4;

/// The readers of one file.
pub(super) struct Readers {
    place: Place,
    options: Options,
    idle: Mutex<Vec<Connection>>,
    room: Arc<Semaphore>,
    closed: AtomicBool,
}

impl Readers {
    pub fn new(place: Place, options: Options) -> Arc<Self> {
        let (idle, room) = (Mutex::default(), Arc::new(Semaphore::new(MOST)));
        Arc::new(Self { place, options, idle, room, closed: AtomicBool::new(false) })
    }

    /// Runs `work` in a read transaction; dropping the future, or the call's timeout, interrupts it.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let timeout = self.options.call_timeout;
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(|_| closed())?;
        let (this, running) = (Arc::clone(self), Running::default());
        let handle = Arc::clone(&running.0);
        let task = tokio::task::spawn_blocking(move || {
            let conn = this.take()?;
            *locked(&handle) = Some(conn.get_interrupt_handle());
            let answer = in_transaction(&conn, work);
            // From here on an interrupt would hit someone else.
            *locked(&handle) = None;
            this.put(conn);
            drop(permit);
            answer
        });
        match tokio::time::timeout(timeout, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(StoreError::Unavailable(format!("a read did not end: {error}"))),
            Err(_) => Err(StoreError::TimedOut(timeout)),
        }
    }

    fn take(&self) -> Result<Connection> {
        self.place.check()?;
        if self.closed.load(Ordering::Relaxed) {
            return Err(closed());
        }
        let idle = locked(&self.idle).pop();
        idle.map_or_else(|| connect::reader(self.place.path(), self.options.read_only), Ok)
    }

    fn put(&self, conn: Connection) {
        if !self.closed.load(Ordering::Relaxed) && conn.is_autocommit() {
            locked(&self.idle).push(conn);
        }
    }

    /// Lets go of the file, once the reads under way have ended.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        locked(&self.idle).clear();
    }
}

/// What is read in one call is of one moment.
fn in_transaction<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let transaction = conn.unchecked_transaction()?;
    let answer = work(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

/// Interrupts the query when its caller goes away.
#[derive(Default)]
struct Running(Arc<Mutex<Option<InterruptHandle>>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(handle) = locked(&self.0).take() {
            handle.interrupt();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
