//! One exchange with a worker: settle what ended, claim what is next, in one transaction.

use super::cached::Cached;
use super::operation::Tx;
use super::{claim, complete, failures, rows};
use crate::model::{Completed, Completion, Outcome};
use crate::store::{Result, StoreError, Turn, TurnAnswer};

/// A turn.
pub(super) fn turn(tx: &mut Tx<'_>, turn: &Turn) -> Result<TurnAnswer> {
    let now = rows::micros(turn.now);
    let completed = settle_all(tx, &turn.completions, now)?;
    tx.pass("turn.completed")?;
    let claimed = claim::claim(tx, turn.executor, &turn.claim, now)?;
    tx.pass("turn.claimed")?;
    Ok(TurnAnswer { completed, claimed })
}

/// All at once; where the database refuses one, each by itself.
fn settle_all(tx: &mut Tx<'_>, completions: &[Completion], now: i64) -> Result<Vec<Completed>> {
    if completions.is_empty() {
        return Ok(Vec::new());
    }
    tx.conn.run("SAVEPOINT settle", [])?;
    let mut all = || completions.iter().map(|completion| complete::settle(tx, completion, now)).collect();
    match all() {
        Err(StoreError::Database(_)) => {
            tx.conn.run("ROLLBACK TO settle", [])?;
            completions.iter().map(|completion| settle_alone(tx, completion, now)).collect()
        }
        done => done,
    }
}

/// An attempt whose end cannot be stored has failed, and says why: it must not be held for ever.
fn settle_alone(tx: &mut Tx<'_>, completion: &Completion, now: i64) -> Result<Completed> {
    tx.conn.run("SAVEPOINT alone", [])?;
    match complete::settle(tx, completion, now) {
        Err(StoreError::Database(why)) => {
            tx.conn.run("ROLLBACK TO alone", [])?;
            let error = failures::of_ours("not_stored", format!("the database refused the attempt's end: {why}"));
            let outcome = Outcome::FailedForGood(error);
            complete::settle(tx, &Completion { outcome, logs: Vec::new(), ..completion.clone() }, now)
        }
        done => {
            tx.conn.run("RELEASE alone", [])?;
            done
        }
    }
}
