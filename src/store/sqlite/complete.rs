//! Settling an attempt: its end, its result or error, its next attempt, in one transaction under the fence.

use super::cached::Cached;
use super::follow::follow;
use super::operation::Tx;
use super::workflow::NodeOf;
use super::{failures, logs, next, succeed};
use crate::model::{
    AttemptId, BoundsError, Completed, Completion, ExecutorId, Fence, Outcome, RunId, TaskError, TaskStatus, bounds,
    meets_settled,
};
use crate::store::Result;
use crate::store::sql::statements;
use rusqlite::Connection;
use std::time::Duration;

statements! {
    FIND = &format!("SELECT {HELD} FROM hyrex_task_run WHERE id = ?1");
    HELD_BY = &format!("SELECT {HELD} FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_executor
        WHERE status IN {{held}} AND executor_id = ?1");
    RUN_RETRIES = "SELECT max_retries FROM hyrex_task_run WHERE id = ?1";
    END = "UPDATE hyrex_task_run SET status = ?2, finished = ?3, max_retries = ?4, superseded = ?5 WHERE rowid = ?1";
    GIVE_BACK = "UPDATE hyrex_task_run SET status = {QUEUED}, executor_id = NULL, started = NULL,
        queued = coalesce(queued, ?2) WHERE rowid = ?1 RETURNING queue, task_name";
}

/// What [`Held::read`] reads.
const HELD: &str = "rowid, id, durable_id, status, executor_id, claim_number, attempt_number, max_retries, \
    cancel_subtree, workflow_run_id, node_kind IS 'finally'";

/// What deciding about an attempt needs of its row.
pub(super) struct Held {
    pub rowid: i64,
    pub id: AttemptId,
    pub run: RunId,
    pub status: TaskStatus,
    executor: Option<ExecutorId>,
    claim: Option<i32>,
    pub attempt_number: i64,
    max_retries: i64,
    /// What the run's first row says, where that is asked for: the latest one's are higher after an operator's retry.
    run_retries: i64,
    cancel_subtree: bool,
    /// Where it is a node of a workflow's run.
    pub node: Option<NodeOf>,
}

impl Held {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            rowid: row.get(0)?,
            id: row.get(1)?,
            run: row.get(2)?,
            status: row.get(3)?,
            executor: row.get(4)?,
            claim: row.get(5)?,
            attempt_number: row.get(6)?,
            max_retries: row.get(7)?,
            run_retries: row.get(7)?,
            cancel_subtree: row.get::<_, Option<bool>>(8)?.unwrap_or_default(),
            node: NodeOf::read(row, 9)?,
        })
    }

    /// Looks at the run's first row, where the outcome asks what stands there.
    fn of_its_run(mut self, conn: &Connection, outcome: &Outcome) -> Result<Self> {
        if *outcome == Outcome::Interrupted && self.attempt_number > 0 {
            let first = conn.one(&RUN_RETRIES, [self.run], |row| row.get(0))?;
            self.run_retries = first.unwrap_or(self.run_retries);
        }
        Ok(self)
    }

    /// All that an executor holds.
    pub fn all_of(conn: &Connection, executor: ExecutorId) -> Result<Vec<Self>> {
        conn.all(&HELD_BY, [executor], Self::read)
    }

    /// Whether this claim holds it now.
    pub fn is_held_by(&self, fence: Fence) -> bool {
        let named = (Some(fence.executor), Some(fence.claim));
        self.status.is_held() && self.id == fence.attempt && (self.executor, self.claim) == named
    }

    /// Whether what it sent is to be cancelled when it ends.
    pub fn takes_its_subtree(&self) -> bool {
        self.cancel_subtree
    }

    /// Whether a failure of it leads to another attempt.
    pub fn has_retries_left(&self) -> bool {
        self.attempt_number < self.max_retries
    }
}

/// The row of an attempt.
pub(super) fn find(conn: &Connection, attempt: AttemptId) -> Result<Option<Held>> {
    conn.one(&FIND, [attempt], Held::read)
}

/// Where an outcome leads.
enum Step<'o> {
    Succeed(Option<&'o str>),
    Retry(&'o TaskError, Duration),
    Fail { error: &'o TaskError, for_good: bool },
    Cancel,
    Stop,
    GiveBack,
}

impl<'o> Step<'o> {
    /// Nothing where the state machine has no such edge.
    fn of(outcome: &'o Outcome, row: &Held) -> Option<Self> {
        let asked_to_cancel = row.status == TaskStatus::UpForCancel;
        Some(match outcome {
            Outcome::Success(result) => Step::Succeed(result.as_deref()),
            Outcome::Failed(error, delay) if !asked_to_cancel && row.has_retries_left() => Step::Retry(error, *delay),
            Outcome::Failed(error, _) => Step::Fail { error, for_good: asked_to_cancel },
            Outcome::FailedForGood(error) => Step::Fail { error, for_good: true },
            Outcome::Canceled if !asked_to_cancel => return None,
            Outcome::Canceled => Step::Cancel,
            Outcome::Interrupted | Outcome::NeverBegun if asked_to_cancel => Step::Cancel,
            Outcome::Interrupted if row.run_retries <= 0 => Step::Stop,
            Outcome::Interrupted | Outcome::NeverBegun => Step::GiveBack,
        })
    }
}

/// Settles one attempt; what became of it.
pub(super) fn settle(tx: &mut Tx<'_>, completion: &Completion, now: i64) -> Result<Completed> {
    let fence = completion.fence;
    let Some(row) = find(tx.conn, fence.attempt)? else { return Ok(Completed::Gone) };
    let outcome = &completion.outcome;
    let row = row.of_its_run(tx.conn, outcome)?;
    let step = if row.is_held_by(fence) { Step::of(outcome, &row) } else { None };
    let Some(step) = step else {
        return Ok(meets_settled(outcome, fence, row.status, row.executor, row.claim));
    };
    logs::keep(tx.conn, fence, &completion.logs)?;
    apply(tx, &row, step, now)
}

/// A result that breaks the bounds is a failure for good.
pub(super) fn check_result(outcome: &mut Outcome, max_json: usize) {
    let Outcome::Success(Some(result)) = outcome else { return };
    let Err(error) = bounds::json("result", result, max_json) else { return };
    let kind = if matches!(error, BoundsError::TooLong { .. }) { "result_too_large" } else { "result_invalid" };
    *outcome = Outcome::FailedForGood(failures::of_ours(kind, error.to_string()));
}

fn apply(tx: &mut Tx<'_>, row: &Held, step: Step<'_>, now: i64) -> Result<Completed> {
    let mut made = None;
    let status = match step {
        Step::Succeed(result) => succeed(tx, row, result, now)?,
        Step::Retry(error, delay) => {
            made = Some(retry(tx, row, error, delay, now)?);
            TaskStatus::Failed
        }
        Step::Fail { error, for_good } => {
            end(tx, row, TaskStatus::Failed, if for_good { Ending::ForGood } else { Ending::Plain }, now)?;
            failures::keep(tx.conn, row.id, error, now)?;
            TaskStatus::Failed
        }
        Step::Cancel => end(tx, row, TaskStatus::Canceled, Ending::Plain, now)?,
        Step::Stop => end(tx, row, TaskStatus::Stopped, Ending::Plain, now)?,
        Step::GiveBack => give_back(tx, row, now)?,
    };
    tx.signs.room = true;
    Ok(Completed::Applied { status, next: made })
}

fn succeed(tx: &mut Tx<'_>, row: &Held, result: Option<&str>, now: i64) -> Result<TaskStatus> {
    end(tx, row, TaskStatus::Success, Ending::Plain, now)?;
    if let Some(result) = result {
        succeed::keep_results(tx.conn, &[(row.id, result)], now)?;
        tx.pass("complete.result")?;
    }
    Ok(TaskStatus::Success)
}

fn retry(tx: &mut Tx<'_>, row: &Held, error: &TaskError, delay: Duration, now: i64) -> Result<AttemptId> {
    end(tx, row, TaskStatus::Failed, Ending::Superseded, now)?;
    failures::keep(tx.conn, row.id, error, now)?;
    let next = AttemptId::new();
    next::insert(tx, row, next, delay, None, now)?;
    tx.pass("complete.next")?;
    Ok(next)
}

/// What the end of an attempt means for its run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// What `max_retries` says.
    Plain,
    /// The run is over, whatever is left: `max_retries` says so to everyone.
    ForGood,
    /// The next attempt follows in this transaction.
    Superseded,
}

/// Ends an attempt that is held. What it sent is cancelled where that was asked for, and its workflow's run goes on, by [`follow`](super::follow): after all
/// that ends with it, so that the order of these does not count.
pub(super) fn end(tx: &mut Tx<'_>, row: &Held, status: TaskStatus, ending: Ending, now: i64) -> Result<TaskStatus> {
    let max_retries = if ending == Ending::ForGood { row.max_retries.min(row.attempt_number) } else { row.max_retries };
    let superseded = (ending == Ending::Superseded).then_some(true);
    tx.conn.run(&END, (row.rowid, status, now, max_retries, superseded))?;
    tx.pass("complete.updated")?;
    if superseded.is_none() {
        tx.over(row.run, row.node, status == TaskStatus::Success);
    }
    if row.cancel_subtree {
        tx.roots.push(row.run);
    }
    Ok(status)
}

/// Puts an attempt back where it stood, as if this claim had not been.
fn give_back(tx: &mut Tx<'_>, row: &Held, now: i64) -> Result<TaskStatus> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    if let Some((queue, task_name)) = tx.conn.one(&GIVE_BACK, (row.rowid, now), read)? {
        tx.signs.lane(&queue, &task_name);
    }
    tx.pass("complete.updated")?;
    Ok(TaskStatus::Queued)
}

/// Settles all that an executor holds: what had begun as interrupted, everything else as never begun.
pub(super) fn release_all(tx: &mut Tx<'_>, executor: ExecutorId, begun: &[Fence], now: i64) -> Result<()> {
    for row in Held::all_of(tx.conn, executor)? {
        let had_begun = begun.iter().any(|fence| row.is_held_by(*fence));
        let outcome = if had_begun { Outcome::Interrupted } else { Outcome::NeverBegun };
        let row = row.of_its_run(tx.conn, &outcome)?;
        if let Some(step) = Step::of(&outcome, &row) {
            apply(tx, &row, step, now)?;
        }
    }
    follow(tx, now)
}

/// The fences of all that an executor holds, and whether they run or are to be cancelled.
pub(super) fn fences(conn: &Connection, executor: ExecutorId) -> Result<Vec<(Fence, TaskStatus)>> {
    let held = Held::all_of(conn, executor)?;
    let fence = |row: &Held| Fence { attempt: row.id, executor, claim: row.claim.unwrap_or_default() };
    Ok(held.iter().map(|row| (fence(row), row.status)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn what_an_executor_holds_is_found_by_its_index() {
        let plan = plan(&HELD_BY);
        assert!(plan.contains("INDEX hyrex_task_run_held_by_executor (executor_id=?)"), "{plan}");
    }

    #[test]
    fn an_attempt_is_found_by_its_key() {
        assert!(plan(&FIND).contains("sqlite_autoindex_hyrex_task_run_1 (id=?)"));
    }
}
