//! One exchange with a worker: settle what ended, claim what is next, in one transaction.

use super::cached::Cached;
use super::follow::follow;
use super::operation::Tx;
use super::succeed::Successes;
use super::{claim, complete, failures, logs, rows};
use crate::model::{Completed, Completion, Outcome, TaskStatus};
use crate::store::{Result, StoreError, Turn, TurnAnswer};

/// A turn whose results keep the bounds: one that does not is a failure.
pub(super) fn checked(mut turn: Turn, max_json: usize) -> Turn {
    for completion in &mut turn.completions {
        complete::check_result(&mut completion.outcome, max_json);
    }
    turn
}

/// Settles all at once, and claims.
///
/// # Errors
/// Where the database refuses one end, all of it fails: then comes [`turn_one_by_one`].
pub(super) fn turn(tx: &mut Tx<'_>, turn: &Turn) -> Result<TurnAnswer> {
    take_turn(tx, turn, settle_all)
}

/// Settles each by itself, and claims.
pub(super) fn turn_one_by_one(tx: &mut Tx<'_>, turn: &Turn) -> Result<TurnAnswer> {
    take_turn(tx, turn, |tx, completions, now| completions.iter().map(|one| settle_alone(tx, one, now)).collect())
}

fn take_turn(
    tx: &mut Tx<'_>,
    turn: &Turn,
    settle: impl FnOnce(&mut Tx<'_>, &[Completion], i64) -> Result<Vec<Completed>>,
) -> Result<TurnAnswer> {
    let now = rows::micros(turn.now);
    let completed = settle(tx, &turn.completions, now)?;
    follow(tx, now)?;
    tx.pass("turn.completed")?;
    let claimed = claim::claim(tx, turn.executor, &turn.claim, now)?;
    tx.pass("turn.claimed")?;
    Ok(TurnAnswer { completed, claimed })
}

/// Plain successes are written together, at the end: what follows from them comes after.
fn settle_all(tx: &mut Tx<'_>, completions: &[Completion], now: i64) -> Result<Vec<Completed>> {
    let mut successes = Successes::default();
    let mut completed = Vec::with_capacity(completions.len());
    for completion in completions {
        let deferred = defer(tx, completion, &mut successes)?;
        if deferred.is_none() && successes.has(completion.fence.attempt) {
            std::mem::take(&mut successes).write(tx, now)?;
        }
        completed.push(match deferred {
            Some(done) => done,
            None => complete::settle(tx, completion, now)?,
        });
    }
    successes.write(tx, now)?;
    Ok(completed)
}

/// Leaves a plain success for later, where it is one.
fn defer<'t>(tx: &mut Tx<'_>, completion: &'t Completion, successes: &mut Successes<'t>) -> Result<Option<Completed>> {
    let Outcome::Success(result) = &completion.outcome else { return Ok(None) };
    let Some(row) = complete::find(tx.conn, completion.fence.attempt)? else { return Ok(Some(Completed::Gone)) };
    if !row.is_held_by(completion.fence) || row.takes_its_subtree() {
        return Ok(None);
    }
    if !successes.add(tx, &row, result.as_deref()) {
        return Ok(Some(Completed::AlreadyApplied));
    }
    logs::keep(tx.conn, completion.fence, &completion.logs)?;
    Ok(Some(Completed::Applied { status: TaskStatus::Success, next: None }))
}

/// An attempt whose end cannot be stored has failed, and says why: it must not be held for ever.
fn settle_alone(tx: &mut Tx<'_>, completion: &Completion, now: i64) -> Result<Completed> {
    tx.conn.run("SAVEPOINT alone", [])?;
    let (roots, nodes) = (tx.roots.len(), tx.nodes.len());
    match complete::settle(tx, completion, now) {
        Err(StoreError::Database(why)) => {
            tx.conn.run("ROLLBACK TO alone", [])?;
            tx.roots.truncate(roots);
            tx.nodes.truncate(nodes);
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
