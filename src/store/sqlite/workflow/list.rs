//! Workflow runs by their own rows: lists, the newest first, and where one stands.

use super::super::cached::Cached;
use super::super::inspect::{MOST, page};
use super::super::rows::time;
use crate::model::dag::Cause;
use crate::model::{WorkflowRunId, WorkflowStatus};
use crate::store::sql::statements;
use crate::store::{LOOK_BACK, Page, Result, WorkflowRunRow, WorkflowRunsQuery, WorkflowState};
use rusqlite::{Connection, Row};
use std::time::{Duration, Instant};
use uuid::Uuid;

statements! {
    ONE = &format!("SELECT {ROW}, args FROM hyrex_workflow_run WHERE id = ?1");
    /// Ids only: what is read in full is decided afterwards.
    BACK = "SELECT id, status FROM hyrex_workflow_run WHERE id < ?1 ORDER BY id DESC";
    NAMED = "SELECT id, status FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_name
        WHERE workflow_name = ?2 AND id < ?1 ORDER BY id DESC";
    /// Those that have not ended are few.
    LIVE = "SELECT id, status FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_deadline
        WHERE status IN {workflows_live} AND (?2 IS NULL OR workflow_name = ?2) AND id < ?1 ORDER BY id DESC";
    STATE = "SELECT status, reason FROM hyrex_workflow_run WHERE id = ?1";
    NEWEST = "SELECT id FROM hyrex_workflow_run ORDER BY id DESC LIMIT ?1";
}

/// What [`read`] reads.
const ROW: &str = "id, workflow_name, status, reason, parent_id, root_id, queue, timeout_seconds, deadline, queued, \
    started, finished, idempotency_key, nodes_left";

const LONGEST: Duration = Duration::from_millis(200);

fn read(row: &Row<'_>) -> rusqlite::Result<WorkflowRunRow> {
    Ok(WorkflowRunRow {
        id: row.get(0)?,
        workflow_name: row.get(1)?,
        status: row.get(2)?,
        reason: row.get(3)?,
        parent: row.get(4)?,
        root: row.get(5)?,
        queue: row.get(6)?,
        timeout_seconds: row.get(7)?,
        deadline: time(row, 8)?,
        queued: time(row, 9)?,
        started: time(row, 10)?,
        finished: time(row, 11)?,
        idempotency_key: row.get(12)?,
        nodes_left: row.get(13)?,
    })
}

/// A run and its arguments.
pub fn one(conn: &Connection, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
    conn.one(&ONE, [run], |row| Ok((read(row)?, row.get(14)?)))
}

/// A page of runs.
pub fn list(conn: &Connection, query: &WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
    let Page { items, next, looked_at } = search(conn, query, query.limit.clamp(1, MOST))?;
    let read = |id: WorkflowRunId| Ok(one(conn, id)?.map(|(row, _)| row));
    let items = items.into_iter().filter_map(|id| read(id).transpose()).collect::<Result<_>>()?;
    Ok(Page { items, next, looked_at })
}

/// The ids of a page; it stops at [`LOOK_BACK`] rows or 200 ms.
fn search(conn: &Connection, query: &WorkflowRunsQuery, limit: u32) -> Result<Page<WorkflowRunId, WorkflowRunId>> {
    let mut statement = conn.prepare_cached(path(query))?;
    statement.raw_bind_parameter(1, query.before.unwrap_or(WorkflowRunId(Uuid::max())))?;
    if statement.parameter_count() > 1 {
        statement.raw_bind_parameter(2, query.workflow_name.as_deref())?;
    }
    let started = Instant::now();
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let id = row.get(0)?;
        if query.statuses.is_empty() || query.statuses.contains(&row.get(1)?) {
            found.push(id);
        }
        if found.len() > limit as usize {
            break;
        }
        if looked_at >= LOOK_BACK || looked_at % 256 == 0 && started.elapsed() > LONGEST {
            return Ok(Page { items: found, next: Some(id), looked_at: Some(looked_at) });
        }
    }
    Ok(page(found, limit, |id| *id))
}

fn path(query: &WorkflowRunsQuery) -> &'static str {
    let live = |status: &WorkflowStatus| matches!(status, WorkflowStatus::Running | WorkflowStatus::UpForCancel);
    match &query.workflow_name {
        _ if !query.statuses.is_empty() && query.statuses.iter().all(live) => &LIVE,
        Some(_) => &NAMED,
        None => &BACK,
    }
}

/// Where a run stands.
pub fn state(conn: &Connection, run: WorkflowRunId) -> Result<Option<WorkflowState>> {
    conn.one(&STATE, [run], |row| {
        let cause = row.get::<_, Option<String>>(1)?.as_deref().and_then(Cause::read);
        Ok(WorkflowState { status: row.get(0)?, cause })
    })
}

/// Runs whose id ends so; the newest first.
pub fn by_tail(conn: &Connection, tail: &str) -> Result<Vec<WorkflowRunId>> {
    let mut found = Vec::new();
    if tail.is_empty() || tail.len() > 32 || !tail.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(found);
    }
    let mut statement = conn.prepare_cached(&NEWEST)?;
    let mut rows = statement.query([LOOK_BACK])?;
    while let Some(row) = rows.next()? {
        let run: WorkflowRunId = row.get(0)?;
        if run.0.simple().to_string().ends_with(tail) {
            found.push(run);
        }
        if found.len() == 10 {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn lists_go_back_through_an_index() {
        for (sql, index) in [
            (&BACK, "sqlite_autoindex_hyrex_workflow_run_1 (id<?)"),
            (&NAMED, "hyrex_workflow_run_name (workflow_name=? AND id<?)"),
            (&NEWEST, "sqlite_autoindex_hyrex_workflow_run_1"),
        ] {
            let plan = plan(sql);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        assert!(plan(&LIVE).contains("hyrex_workflow_run_deadline"), "{}", plan(&LIVE));
    }

    #[test]
    fn a_run_is_found_by_its_key() {
        for sql in [&ONE, &STATE] {
            assert!(plan(sql).contains("sqlite_autoindex_hyrex_workflow_run_1 (id=?)"), "{}", plan(sql));
        }
    }
}
