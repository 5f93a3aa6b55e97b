//! The sweep: runs whose time is up are ended, and runs counted anew whose nodes somebody else ended.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::queues::system_log;
use super::super::{SqliteStore, rows};
use super::{cancel, count, row};
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::store::sql::statements;
use crate::store::{Result, SWEPT_AT_ONCE, WorkflowSweep, WorkflowSwept};
use rusqlite::Connection;

statements! {
    DUE = "SELECT id FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_deadline
        WHERE status IN {workflows_live} AND deadline <= ?1 AND reason IS NULL ORDER BY deadline LIMIT ?2";
    /// By counts only: a node that somebody else ended is one that the run does not know to be over.
    DIFFERING = "SELECT w.id FROM hyrex_workflow_run w INDEXED BY hyrex_workflow_run_deadline
        WHERE w.status IN {workflows_live} AND (w.nodes_left IS NULL OR w.nodes_left <= 0
            OR w.nodes_left <> (SELECT count(*) FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
                WHERE t.workflow_run_id = w.id AND t.workflow_run_id IS NOT NULL AND (t.status NOT IN {finished}
                    OR t.status IN ({FAILED}, {LOST}) AND t.attempt_number < t.max_retries AND {no_next}))
            OR EXISTS (SELECT 1 FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
                WHERE t.workflow_run_id = w.id AND t.workflow_run_id IS NOT NULL AND t.status = {AWAIT_DEPS}
                    AND coalesce(t.deps_left, 0) <= 0 AND (t.node_kind IS NOT 'finally' OR w.ordinary_left <= 0)))
        LIMIT ?1";
}

impl SqliteStore {
    /// Looks without a lock, then deals with each run in a transaction of its own.
    pub(in super::super) async fn sweep_workflows(&self, sweep: WorkflowSweep) -> Result<WorkflowSwept> {
        let now = rows::micros(sweep.now);
        let mut swept = WorkflowSwept::default();
        let (due, more_due) = self.read(move |conn| look_for(conn, &DUE, Some(now))).await?;
        for run in due {
            swept.timed_out += u32::from(self.write("workflow_sweep.answered", move |tx| end(tx, run, now)).await?);
        }
        let (differing, more_differing) = match sweep.recount {
            true => self.read(move |conn| look_for(conn, &DIFFERING, None)).await?,
            false => (Vec::new(), false),
        };
        for run in differing {
            swept.recounted += u32::from(self.write("workflow_sweep.answered", move |tx| recount(tx, run, now)).await?);
        }
        swept.more = (more_due || more_differing) && swept.timed_out + swept.recounted > 0;
        Ok(swept)
    }
}

/// The runs to deal with, and whether there are more.
fn look_for(conn: &Connection, sql: &str, until: Option<i64>) -> Result<(Vec<WorkflowRunId>, bool)> {
    let limit = SWEPT_AT_ONCE as i64 + 1;
    let mut found: Vec<WorkflowRunId> = match until {
        Some(until) => conn.all(sql, (until, limit), |row| row.get(0))?,
        None => conn.all(sql, [limit], |row| row.get(0))?,
    };
    let more = found.len() > SWEPT_AT_ONCE;
    found.truncate(SWEPT_AT_ONCE);
    Ok((found, more))
}

/// Ends a run whose time is up, if that is still so.
fn end(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<bool> {
    let found = row::find(tx.conn, run)?;
    let is_due =
        |run: &row::Run| run.state.status == WorkflowStatus::Running && run.deadline.is_some_and(|at| at <= now);
    if !found.as_ref().is_some_and(is_due) {
        return Ok(false);
    }
    cancel::time_up(tx, run, now)?;
    system_log(tx.conn, "workflow_timeout", &serde_json::json!({ "run": run }).to_string(), now)?;
    Ok(true)
}

fn recount(tx: &mut Tx<'_>, run: WorkflowRunId, now: i64) -> Result<bool> {
    match row::find(tx.conn, run)? {
        Some(run) if run.is_live() => count::anew(tx, &run, now),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn only_runs_that_have_not_ended_are_looked_at() {
        let due = plan(&DUE);
        assert!(due.contains("hyrex_workflow_run_deadline (deadline<?)") && !due.contains("TEMP B-TREE"), "{due}");
        let differing = plan(&DIFFERING);
        assert!(differing.contains("SCAN w USING INDEX hyrex_workflow_run_deadline"), "{differing}");
        assert!(!differing.contains("SCAN t") && !differing.contains("SCAN n"), "{differing}");
    }
}
