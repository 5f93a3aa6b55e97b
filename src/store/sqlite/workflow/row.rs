//! The row of a workflow's run: how many of its nodes are not over, and where that leads it.

use super::super::cached::Cached;
use super::super::operation::Tx;
use crate::model::dag::{Cause, RunEvent, RunState};
use crate::model::time::from_micros;
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::store::graph::Counts;
use crate::store::sql::statements;
use crate::store::{Result, WorkflowsSeen};
use rusqlite::{Connection, Row};
use uuid::Uuid;

statements! {
    FIND = "SELECT id, status, reason, nodes_left, ordinary_left, unsuccessful, timeout_seconds, deadline, repair_id
        FROM hyrex_workflow_run WHERE id = ?1";
    COUNTS = "UPDATE hyrex_workflow_run SET nodes_left = ?2, ordinary_left = ?3, unsuccessful = ?4 WHERE id = ?1";
    END = "UPDATE hyrex_workflow_run SET status = ?2, finished = ?3 WHERE id = ?1";
    BEING_ENDED = "UPDATE hyrex_workflow_run SET status = ?2, reason = ?3 WHERE id = ?1";
    LIVE = "SELECT 1 FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_deadline
        WHERE status IN {workflows_live} LIMIT 1";
    NEXT_DEADLINE = "SELECT deadline FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_deadline
        WHERE status IN {workflows_live} AND deadline IS NOT NULL AND reason IS NULL ORDER BY deadline LIMIT 1";
}

/// A run.
pub struct Run {
    pub id: WorkflowRunId,
    pub state: RunState,
    /// `None`: Python sent it, and nobody of ours has counted its nodes.
    pub counts: Option<Counts>,
    pub timeout_seconds: Option<i64>,
    pub deadline: Option<i64>,
    /// The last repair.
    pub repair: Option<Uuid>,
}

impl Run {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let cause = row.get::<_, Option<String>>(2)?.as_deref().and_then(Cause::read);
        let counted = (row.get::<_, Option<i32>>(3)?, row.get::<_, Option<i32>>(4)?, row.get::<_, Option<i32>>(5)?);
        let counts = match counted {
            (Some(left), Some(ordinary), Some(unsuccessful)) => Some(Counts { left, ordinary, unsuccessful }),
            _ => None,
        };
        Ok(Self {
            id: row.get(0)?,
            state: RunState { status: row.get(1)?, cause },
            counts,
            timeout_seconds: row.get(6)?,
            deadline: row.get(7)?,
            repair: row.get(8)?,
        })
    }

    /// Whether something of it goes on.
    pub fn is_live(&self) -> bool {
        matches!(self.state.status, WorkflowStatus::Running | WorkflowStatus::UpForCancel)
    }

    /// Writes how its nodes stand by now; where none is left, the run ends.
    pub fn set_counts(&self, tx: &mut Tx<'_>, counts: Counts, now: i64) -> Result<()> {
        if self.counts != Some(counts) {
            tx.conn.run(&COUNTS, (self.id, counts.left, counts.ordinary, counts.unsuccessful))?;
            tx.pass("workflow_run.counted")?;
        }
        if counts.left > 0 {
            return Ok(());
        }
        let event = RunEvent::NodesEnded { all_succeeded: counts.unsuccessful == 0 };
        // A run that somebody else has ended stays as it is.
        let Ok(ended) = self.state.after(event) else { return Ok(()) };
        tx.conn.run(&END, (self.id, ended.status, now))?;
        tx.signs.workflows_ended.push(self.id);
        tx.pass("workflow_run.ended")
    }

    /// Begins to end it for this cause, where it is not being ended yet.
    pub fn begin_to_end(&mut self, tx: &mut Tx<'_>, cause: Cause) -> Result<()> {
        let event = match cause {
            Cause::Canceled => RunEvent::Cancel,
            Cause::TimedOut => RunEvent::TimeUp,
        };
        match self.state.after(event) {
            Ok(next) if next != self.state => {
                self.state = next;
                let reason = next.cause.map(Cause::as_str);
                tx.conn.run(&BEING_ENDED, (self.id, next.status, reason))?;
                tx.pass("workflow_cancel.marked")
            }
            _ => Ok(()),
        }
    }
}

/// The row of a run.
pub fn find(conn: &Connection, run: WorkflowRunId) -> Result<Option<Run>> {
    conn.one(&FIND, [run], Run::read)
}

/// What a tick tells of workflow runs.
pub fn seen(conn: &Connection) -> Result<WorkflowsSeen> {
    let live = conn.one(&LIVE, [], |_| Ok(()))?.is_some();
    let next_deadline = conn.one(&NEXT_DEADLINE, [], |row| row.get(0))?;
    Ok(WorkflowsSeen { live, next_deadline: next_deadline.map(from_micros) })
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn a_tick_looks_at_runs_that_have_not_ended_only() {
        for (sql, search) in [(&LIVE, "SCAN"), (&NEXT_DEADLINE, "SEARCH")] {
            let plan = plan(sql);
            assert!(plan.contains("hyrex_workflow_run_deadline") && plan.contains(search), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn a_run_is_found_by_its_key() {
        for sql in [&FIND, &COUNTS, &END, &BEING_ENDED] {
            assert!(plan(sql).contains("SEARCH hyrex_workflow_run"), "{}", plan(sql));
        }
    }
}
