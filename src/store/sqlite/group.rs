//! The transaction of a group of operations: BEGIN IMMEDIATE, a savepoint each where they are several, COMMIT.
//!
//! Invariant: an operation that fails leaves nothing behind, and does not touch the others; a commit that fails fails
//! all; afterwards no transaction is open.

use super::cached::Cached;
use super::fault::{backoff, is_busy};
use super::operation::{Operation, Tx};
use super::wakeup::Signs;
use crate::store::{Options, Result, StoreError};
use rusqlite::Connection;
use std::time::Instant;

/// Takes the write lock; others who hold it are waited for until `deadline`.
pub(super) fn begin(conn: &Connection, options: &Options, deadline: Instant) -> Result<()> {
    let mut begin = conn.prepare_cached("BEGIN IMMEDIATE")?;
    for tries in 0.. {
        match begin.execute([]) {
            Err(error) if is_busy(&error) => {
                if Instant::now() >= deadline {
                    break;
                }
                std::thread::sleep(backoff(tries));
            }
            done => return Ok(done.map(drop)?),
        }
    }
    Err(StoreError::TimedOut(options.call_timeout))
}

/// Runs the operations inside the open transaction; what others are to hear of it after the commit. Where the only
/// operation fails, the transaction is over.
///
/// # Errors
/// When the transaction itself is gone, as after a full disk.
pub(super) fn run(conn: &Connection, options: &Options, group: &mut [Box<dyn Operation>]) -> Result<Signs> {
    let mut signs = Signs::default();
    if let [only] = group {
        let mut tx = Tx::new(conn, options);
        if only.run(&mut tx) {
            return Ok(tx.signs);
        }
        abandon(conn);
        return Ok(signs);
    }
    for operation in group {
        if let Some(done) = within_savepoint(conn, options, |tx| operation.run(tx).then_some(()))? {
            signs.merge(done.1);
        }
    }
    Ok(signs)
}

/// Runs `work` so that it can be undone alone; `None` when it was.
pub(super) fn within_savepoint<T>(
    conn: &Connection,
    options: &Options,
    work: impl FnOnce(&mut Tx<'_>) -> Option<T>,
) -> Result<Option<(T, Signs)>> {
    conn.run("SAVEPOINT operation", [])?;
    let mut tx = Tx::new(conn, options);
    let done = work(&mut tx);
    if conn.is_autocommit() {
        return Err(StoreError::Unavailable("the transaction was rolled back by the database".into()));
    }
    if done.is_none() {
        conn.run("ROLLBACK TO operation", [])?;
    }
    conn.run("RELEASE operation", [])?;
    Ok(done.map(|value| (value, tx.signs)))
}

/// Makes it stand; when that fails, nothing of it does.
pub(super) fn commit(conn: &Connection) -> Result<()> {
    let done = conn.run("COMMIT", []);
    if done.is_err() {
        abandon(conn);
    }
    done.map(drop)
}

/// Ends whatever transaction is open.
pub(super) fn abandon(conn: &Connection) {
    if !conn.is_autocommit() {
        // It fails only where there is nothing to roll back any more.
        let _ = conn.execute_batch("ROLLBACK");
    }
}
