//! Settling an attempt as a success inside an application's own transaction.

use super::cached::Cached;
use super::follow::follow;
use super::operation::Tx;
use super::{complete, rows};
use crate::model::{Completed, Completion, Fence, LogLine, Outcome};
use crate::store::sql::statements;
use crate::store::{Options, Result};

statements! {
    /// Takes the lock of a writer before anything is read: a transaction that has read cannot always become one that
    /// writes.
    LOCK = "UPDATE hyrex_task_run SET status = status WHERE rowid = -1";
}

/// Settles an attempt as SUCCESS within an application's own transaction: it has succeeded when that commits, and runs
/// on when that rolls back. Whoever else writes to the file waits until then. Its
/// workflow's run goes on in the same transaction, where it is a node of one.
///
/// # Errors
/// What the database says: then roll the transaction back. A claim that no longer holds is no error but
/// [`Completed::Refused`]: then the caller is to roll back too.
pub fn complete_in(
    transaction: &rusqlite::Transaction<'_>,
    fence: Fence,
    result: Option<&str>,
    lines: &[LogLine],
) -> Result<Completed> {
    transaction.run(&LOCK, [])?;
    let (options, now) = (Options::default(), rows::micros(None));
    let mut tx = Tx::new(transaction, &options);
    let outcome = Outcome::Success(result.map(str::to_owned));
    let completion = Completion { fence, workflow_run: None, outcome, logs: lines.to_vec() };
    let completed = complete::settle(&mut tx, &completion, now)?;
    follow(&mut tx, now)?;
    Ok(completed)
}
