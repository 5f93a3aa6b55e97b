//! Deleting runs that ended long ago. What is looked at is read aside; only what is to go takes the writer's time.

use super::cached::Cached;
use super::operation::Tx;
use super::{SqliteStore, cancel, rows};
use crate::model::{AttemptId, RunId, TaskStatus, WorkflowRunId, time};
use crate::store::sql::statements;
use crate::store::{PruneBatch, Pruned, Result};
use rusqlite::Connection;
use std::collections::BTreeSet;
use uuid::Uuid;

statements! {
    LOOK = "SELECT id, durable_id = id FROM hyrex_task_run WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    /// Whether a run's latest attempt may go; the workflow run that it belongs to.
    DUE = "SELECT t.workflow_run_id FROM hyrex_task_run t WHERE t.rowid = ?1 AND t.status IN {finished}
        AND t.status IN (SELECT value FROM json_each(?2)) AND t.superseded IS NOT TRUE
        AND coalesce(t.finished, t.started, t.queued, t.scheduled_start) < ?3
        AND (t.status NOT IN ({FAILED}, {LOST}) OR t.attempt_number >= t.max_retries)
        AND (t.workflow_run_id IS NULL OR ?4 AND NOT EXISTS (
            SELECT 1 FROM hyrex_workflow_run w WHERE w.id = t.workflow_run_id
                AND (w.status NOT IN ({SUCCESS}, {FAILED}, {CANCELED}) OR coalesce(w.finished, ?3) >= ?3)))";
    LATER = "SELECT id FROM hyrex_task_run INDEXED BY hyrex_task_run_attempt
        WHERE durable_id = ?1 AND durable_id <> id";
    RESULT = "DELETE FROM hyrex_task_result WHERE task_id = ?1";
    ERROR = "DELETE FROM hyrex_task_error WHERE attempt_id = ?1";
    LOG = "DELETE FROM hyrex_task_log WHERE attempt_id = ?1";
    PROGRESS = "DELETE FROM hyrex_task_progress WHERE attempt_id = ?1";
    ATTEMPT = "DELETE FROM hyrex_task_run WHERE id = ?1";
    HAS_NODES = "SELECT 1 FROM hyrex_task_run WHERE workflow_run_id = ?1 AND workflow_run_id IS NOT NULL LIMIT 1";
    KEY = "DELETE FROM hyrex_workflow_key WHERE (workflow_name, idempotency_key) IN (
        SELECT workflow_name, idempotency_key FROM hyrex_workflow_run WHERE id = ?1) AND workflow_run_id = ?1";
    EDGES = "DELETE FROM hyrex_workflow_edge WHERE workflow_run_id = ?1";
    WORKFLOW = "DELETE FROM hyrex_workflow_run WHERE id = ?1";
    /// One entry a prune: each batch adds what it deleted.
    EVENT = "INSERT INTO hyrex_system_logs (id, timestamp, event_name, event_body) VALUES (?1, ?2, 'prune', ?3)
        ON CONFLICT (id) DO UPDATE SET timestamp = excluded.timestamp, event_body = json_set(excluded.event_body,
            '$.runs', json_extract(event_body, '$.runs') + json_extract(excluded.event_body, '$.runs'))";
}

impl SqliteStore {
    /// One batch.
    pub(super) async fn prune_batch(&self, batch: PruneBatch) -> Result<Pruned> {
        if !batch.dry_run {
            self.writer()?;
        }
        let now = rows::micros(batch.now);
        let asked = batch.clone();
        let (found, next) = self.read(move |conn| look(conn, &asked, now)).await?;
        if batch.dry_run || found.is_empty() {
            return Ok(Pruned { runs: count(found.len()), next });
        }
        let runs = self.write("prune.answered", move |tx| delete(tx, &batch, &found, now)).await?;
        Ok(Pruned { runs, next })
    }
}

/// What decides whether a run goes.
struct Rule {
    statuses: String,
    cutoff: i64,
    of_workflows: bool,
}

impl Rule {
    fn of(batch: &PruneBatch, now: i64) -> Self {
        let all = &TaskStatus::FINISHED[..];
        let statuses = if batch.statuses.is_empty() { all } else { &batch.statuses };
        let names: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
        let cutoff = time::to_micros(batch.cutoff(time::from_micros(now)));
        Self { statuses: serde_json::json!(names).to_string(), cutoff, of_workflows: batch.statuses.is_empty() }
    }

    /// Whether the run may go: then the workflow run that it belongs to.
    fn takes(&self, conn: &Connection, run: RunId) -> Result<Option<Option<WorkflowRunId>>> {
        let Some(latest) = cancel::latest(conn, run)? else { return Ok(None) };
        conn.one(&DUE, (latest.rowid, &self.statuses, self.cutoff, self.of_workflows), |row| row.get(0))
    }
}

/// The runs that may go, and where the next batch starts.
fn look(conn: &Connection, batch: &PruneBatch, now: i64) -> Result<(Vec<RunId>, Option<Uuid>)> {
    let (window, limit, rule) = (batch.window(time::from_micros(now)), batch.rows(), Rule::of(batch, now));
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Uuid>(0)?, row.get::<_, bool>(1)?));
    let looked = conn.all(&LOOK, (window.from, window.to, limit), read)?;
    let mut found = Vec::new();
    for (id, first) in &looked {
        if *first && rule.takes(conn, RunId(*id))?.is_some() {
            found.push(RunId(*id));
        }
    }
    Ok((found, window.next(looked.len(), limit, looked.last().map(|(id, _)| *id))))
}

/// Deletes what still may go of what was found; how many runs.
fn delete(tx: &mut Tx<'_>, batch: &PruneBatch, found: &[RunId], now: i64) -> Result<u32> {
    let (rule, mut runs, mut workflows) = (Rule::of(batch, now), 0, BTreeSet::new());
    for run in found {
        if let Some(workflow) = rule.takes(tx.conn, *run)? {
            workflows.extend(workflow);
            delete_run(tx.conn, *run)?;
            runs += 1;
        }
    }
    for workflow in workflows {
        delete_workflow(tx.conn, workflow)?;
    }
    tx.pass("prune.deleted")?;
    if runs > 0 {
        tx.conn.run(&EVENT, (batch.id, now, batch.event(runs).to_string()))?;
    }
    Ok(runs)
}

fn delete_run(conn: &Connection, run: RunId) -> Result<()> {
    let mut attempts: Vec<AttemptId> = conn.all(&LATER, [run], |row| row.get(0))?;
    attempts.push(run.first_attempt());
    for attempt in attempts {
        for statement in [&RESULT, &ERROR, &LOG, &PROGRESS, &ATTEMPT] {
            conn.run(statement, [attempt])?;
        }
    }
    Ok(())
}

/// Deletes a workflow run whose last node went.
fn delete_workflow(conn: &Connection, workflow: WorkflowRunId) -> Result<()> {
    if conn.one(&HAS_NODES, [workflow], |_| Ok(()))?.is_none() {
        for statement in [&KEY, &EDGES, &WORKFLOW] {
            conn.run(statement, [workflow])?;
        }
    }
    Ok(())
}

fn count(runs: usize) -> u32 {
    u32::try_from(runs).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn no_batch_reads_more_than_its_part_of_an_index() {
        let looked = plan(&LOOK);
        assert!(looked.contains("SEARCH hyrex_task_run") && looked.contains("id>? AND id<?"), "{looked}");
        for statement in [&LOOK, &DUE, &LATER, &RESULT, &ERROR, &LOG, &PROGRESS, &ATTEMPT, &HAS_NODES, &KEY, &EDGES] {
            let plan = plan(statement);
            assert!(!plan.contains("SCAN hyrex") && !plan.contains("SCAN t"), "{plan}");
        }
    }
}
