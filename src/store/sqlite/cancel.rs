//! Cancelling: waiting attempts end at once, held ones are asked; a subtree is everything that a run's attempts sent:
//! runs, and workflows' runs with their nodes.

use super::cached::Cached;
use super::follow::follow;
use super::operation::Tx;
use super::queues::log_event;
use super::rows;
use super::workflow::{self, NodeOf};
use crate::model::{AttemptId, ExecutorId, RunId, TaskStatus, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{Cancel, CancelAnswer, CancelOutcome, Result};
use rusqlite::{Connection, Row};
use std::collections::HashSet;
use std::time::Duration;

statements! {
    LATER = &format!("SELECT {LATEST} FROM hyrex_task_run INDEXED BY hyrex_task_run_attempt
        WHERE durable_id = ?1 AND durable_id <> id ORDER BY attempt_number DESC LIMIT 1");
    FIRST = &format!("SELECT {LATEST} FROM hyrex_task_run WHERE id = ?1 AND durable_id = id");
    CANCEL = "UPDATE hyrex_task_run SET status = {CANCELED}, finished = ?2 WHERE rowid = ?1";
    ASK = "UPDATE hyrex_task_run SET status = {UP_FOR_CANCEL}, cancel_subtree = ?2 WHERE rowid = ?1";
    /// The SDK cannot end a row that is UP_FOR_CANCEL with a result: it stays RUNNING, marked, and is its last.
    ASK_PYTHON = "UPDATE hyrex_task_run SET cancel_subtree = ?2, max_retries = min(max_retries, attempt_number)
        WHERE rowid = ?1";
    IS_PYTHON = "SELECT 1 FROM hyrex_executor WHERE id = ?1 AND lease_ms IS NULL";
    ASK_FOR_SUBTREE = "UPDATE hyrex_task_run SET cancel_subtree = 1 WHERE rowid = ?1";
    ATTEMPTS = "SELECT id FROM hyrex_task_run INDEXED BY hyrex_task_run_attempt
        WHERE durable_id = ?1 AND durable_id <> id";
    CHILDREN = "SELECT DISTINCT durable_id FROM hyrex_task_run INDEXED BY hyrex_task_run_parent
        WHERE parent_id = ?1 AND parent_id IS NOT NULL";
    WORKFLOWS = "SELECT id FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_parent
        WHERE parent_id = ?1 AND parent_id IS NOT NULL";
}

/// How long a Python worker may take between a failed attempt and the row of the next one.
const PYTHON_GAP: Duration = Duration::from_secs(60);

/// What [`Latest::read`] reads.
const LATEST: &str = "rowid, id, status, attempt_number < max_retries, finished, executor_id, cancel_subtree, \
    workflow_run_id, node_kind IS 'finally'";

/// The latest attempt of a run.
pub(super) struct Latest {
    pub rowid: i64,
    pub id: AttemptId,
    status: TaskStatus,
    retries_left: bool,
    finished: Option<i64>,
    executor: Option<ExecutorId>,
    cancel_subtree: Option<bool>,
    node: Option<NodeOf>,
}

impl Latest {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            rowid: row.get(0)?,
            id: row.get(1)?,
            status: row.get(2)?,
            retries_left: row.get(3)?,
            finished: row.get(4)?,
            executor: row.get(5)?,
            cancel_subtree: row.get(6)?,
            node: NodeOf::read(row, 7)?,
        })
    }

    /// Whether it ended a moment ago with attempts left and none following: only Python makes the next one later.
    pub fn is_between_attempts(&self, now: i64) -> bool {
        matches!(self.status, TaskStatus::Failed | TaskStatus::Lost)
            && self.retries_left
            && self.finished.is_some_and(|finished| rows::since(finished, now) < PYTHON_GAP)
    }
}

/// The latest attempt of a run; nothing where there is no such run.
pub(super) fn latest(conn: &Connection, run: RunId) -> Result<Option<Latest>> {
    match conn.one(&LATER, [run], Latest::read)? {
        None => conn.one(&FIRST, [run], Latest::read),
        found => Ok(found),
    }
}

/// Cancels a run, and all that it sent where that is asked for.
pub(super) fn cancel(tx: &mut Tx<'_>, cancel: &Cancel) -> Result<CancelAnswer> {
    let now = rows::micros(cancel.now);
    let run = match latest(tx.conn, cancel.run)? {
        None => CancelOutcome::NotFound,
        Some(latest) => one(tx, cancel.run, &latest, cancel.subtree, now)?,
    };
    tx.pass("cancel.run")?;
    let (descendants_canceled, descendants_asked) = match run {
        CancelOutcome::NotFound => (0, 0),
        _ if cancel.subtree => descendants(tx, vec![cancel.run], now)?,
        _ => (0, 0),
    };
    follow(tx, now)?;
    let answer = CancelAnswer { run, descendants_canceled, descendants_asked };
    let what = serde_json::json!({ "run": cancel.run, "subtree": cancel.subtree, "outcome": answer });
    log_event(tx.conn, "run_cancel", &cancel.actor, what, now)?;
    Ok(answer)
}

/// Cancels a run by its latest attempt; what follows from that is left to [`follow`].
pub(super) fn one(tx: &mut Tx<'_>, run: RunId, latest: &Latest, subtree: bool, now: i64) -> Result<CancelOutcome> {
    Ok(match latest.status {
        TaskStatus::Running if is_python(tx.conn, latest.executor)? => {
            tx.conn.run(&ASK_PYTHON, (latest.rowid, subtree))?;
            match latest.cancel_subtree {
                None => CancelOutcome::AskedPython,
                Some(_) => CancelOutcome::AlreadyAsked,
            }
        }
        TaskStatus::Running => {
            tx.conn.run(&ASK, (latest.rowid, subtree.then_some(true)))?;
            tx.signs.cancel = true;
            CancelOutcome::Asked
        }
        TaskStatus::UpForCancel => {
            if subtree {
                tx.conn.run(&ASK_FOR_SUBTREE, [latest.rowid])?;
            }
            CancelOutcome::AlreadyAsked
        }
        status if status.is_waiting() => {
            tx.conn.run(&CANCEL, (latest.rowid, now))?;
            tx.over(run, latest.node, false);
            CancelOutcome::Canceled
        }
        _ if latest.is_between_attempts(now) => CancelOutcome::BetweenAttempts,
        status => CancelOutcome::AlreadyEnded(status),
    })
}

fn is_python(conn: &Connection, executor: Option<ExecutorId>) -> Result<bool> {
    Ok(conn.one(&IS_PYTHON, [executor], |_| Ok(()))?.is_some())
}

/// Cancels what the attempts of these runs sent, and what that sent in turn; how many were cancelled and asked.
pub(super) fn descendants(tx: &mut Tx<'_>, runs: Vec<RunId>, now: i64) -> Result<(u32, u32)> {
    let mut reached = Reached { seen: runs.iter().copied().collect(), open: runs, ..Reached::default() };
    while let Some(parent) = reached.open.pop() {
        for attempt in attempts(tx.conn, parent)? {
            for child in tx.conn.all(&CHILDREN, [attempt], |row| row.get(0))? {
                reached.run(tx, child, now)?;
            }
            for child in tx.conn.all(&WORKFLOWS, [attempt], |row| row.get(0))? {
                reached.workflow(tx, child, now)?;
            }
        }
    }
    tx.pass("cancel.subtree")?;
    Ok((reached.canceled, reached.asked))
}

/// How far a cancel of a subtree has come.
#[derive(Default)]
struct Reached {
    seen: HashSet<RunId>,
    /// Runs whose children have not been looked at.
    open: Vec<RunId>,
    canceled: u32,
    asked: u32,
}

impl Reached {
    fn run(&mut self, tx: &mut Tx<'_>, run: RunId, now: i64) -> Result<()> {
        if !self.seen.insert(run) {
            return Ok(());
        }
        self.open.push(run);
        let Some(latest) = latest(tx.conn, run)? else { return Ok(()) };
        match one(tx, run, &latest, true, now)? {
            CancelOutcome::Canceled => self.canceled += 1,
            CancelOutcome::Asked | CancelOutcome::AskedPython => self.asked += 1,
            _ => {}
        }
        Ok(())
    }

    fn workflow(&mut self, tx: &mut Tx<'_>, workflow: WorkflowRunId, now: i64) -> Result<()> {
        let (nodes, canceled, asked) = workflow::cancel_in_subtree(tx, workflow, now)?;
        self.canceled += canceled;
        self.asked += asked;
        let seen = &mut self.seen;
        self.open.extend(nodes.into_iter().filter(|node| seen.insert(*node)));
        Ok(())
    }
}

/// The attempts of a run.
fn attempts(conn: &Connection, run: RunId) -> Result<Vec<AttemptId>> {
    let mut attempts = vec![run.first_attempt()];
    attempts.extend(conn.all(&ATTEMPTS, [run], |row| row.get::<_, AttemptId>(0))?);
    Ok(attempts)
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn attempts_and_children_are_found_by_their_indexes() {
        assert!(plan(&LATER).contains("hyrex_task_run_attempt (durable_id=?)"));
        assert!(!plan(&LATER).contains("TEMP B-TREE"));
        assert!(plan(&ATTEMPTS).contains("hyrex_task_run_attempt (durable_id=?)"));
        assert!(plan(&CHILDREN).contains("hyrex_task_run_parent (parent_id=?)"));
        assert!(plan(&WORKFLOWS).contains("hyrex_workflow_run_parent (parent_id=?)"));
    }
}
