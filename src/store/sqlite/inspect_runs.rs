//! Lists of runs by their latest attempt, the newest first.
//!
//! Four paths: what needs attention, what is held, and a workflow run's nodes have an index each; anything else goes
//! back through the attempts by id, and stops at [`LOOK_BACK`] rows or 200 ms.

use super::cached::Cached;
use super::inspect::{MOST, page};
use super::rows::{self, attempt};
use crate::model::{AttemptId, ExecutorId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{AttemptRow, LOOK_BACK, Page, Result, RunFilter, RunsQuery};
use rusqlite::{Connection, Row};
use std::time::{Duration, Instant};

statements! {
    /// Ids only: what is read in full is decided afterwards. The statuses stand as in the index's predicate.
    TROUBLED = "SELECT t.id, t.durable_id, t.attempt_number, t.status, t.queue, t.task_name, t.executor_id
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_troubled
        WHERE (t.status IN ({FAILED}, {LOST}) OR t.status = {STOPPED}) AND t.superseded IS NOT TRUE AND t.id < ?1
        ORDER BY t.id DESC";
    BACK = "SELECT t.id, t.durable_id, t.attempt_number, t.status, t.queue, t.task_name, t.executor_id
        FROM hyrex_task_run t WHERE t.id < ?1 ORDER BY t.id DESC";
    NODES = "SELECT t.id, t.durable_id, t.attempt_number, t.status, t.queue, t.task_name, t.executor_id
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_workflow
        WHERE t.workflow_run_id = ?2 AND t.workflow_run_id IS NOT NULL AND t.id < ?1 ORDER BY t.id DESC";
    HELD = "SELECT t.id, t.durable_id, t.attempt_number, t.status, t.queue, t.task_name, t.executor_id
        FROM hyrex_task_run t INDEXED BY hyrex_task_run_held_by_queue
        WHERE t.status IN {held} AND t.id < ?1 ORDER BY t.id DESC";
    IS_LATEST = "SELECT NOT EXISTS (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_attempt
        WHERE durable_id = ?1 AND durable_id <> id AND attempt_number = ?2 + 1)";
    ONE = &format!("SELECT {} FROM hyrex_task_run t WHERE t.id = ?1", rows::ATTEMPT);
}

const LONGEST: Duration = Duration::from_millis(200);

/// A page of runs.
pub(super) fn runs(conn: &Connection, query: &RunsQuery) -> Result<Page<AttemptRow, AttemptId>> {
    let limit = query.limit.clamp(1, MOST);
    let found = search(conn, query, limit)?;
    let Page { items, next, looked_at } = found;
    let read = |id: AttemptId| conn.one(&ONE, [id], attempt);
    let items = items.into_iter().filter_map(|id| read(id).transpose()).collect::<Result<_>>()?;
    Ok(Page { items, next, looked_at })
}

/// The ids of a page.
fn search(conn: &Connection, query: &RunsQuery, limit: u32) -> Result<Page<AttemptId, AttemptId>> {
    let filter = &query.filter;
    let within = |set: &[TaskStatus]| !filter.statuses.is_empty() && filter.statuses.iter().all(|s| set.contains(s));
    let sql = match filter.workflow_run {
        Some(_) => &NODES,
        None if within(&TaskStatus::TROUBLED) => &TROUBLED,
        None if within(&TaskStatus::HELD) => &HELD,
        None => &BACK,
    };
    let mut statement = conn.prepare_cached(sql)?;
    statement.raw_bind_parameter(1, query.before.unwrap_or(AttemptId(uuid::Uuid::max())))?;
    if let Some(workflow_run) = filter.workflow_run {
        statement.raw_bind_parameter(2, workflow_run)?;
    }
    let started = Instant::now();
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let id = row.get(0)?;
        if matches(filter, row)? && is_latest(conn, row)? {
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

/// Whether a row passes the filter; the columns stand as in [`BACK`].
fn matches(filter: &RunFilter, row: &Row<'_>) -> Result<bool> {
    let is = |column: usize, wanted: &Option<String>| match wanted {
        None => Ok(true),
        Some(wanted) => row.get_ref(column).map(|found| found.as_bytes().ok() == Some(wanted.as_bytes())),
    };
    if !filter.statuses.is_empty() && !filter.statuses.contains(&row.get(3)?) {
        return Ok(false);
    }
    if !is(4, &filter.queue)? || !is(5, &filter.task_name)? {
        return Ok(false);
    }
    Ok(filter.executor.is_none() || filter.executor == row.get::<_, Option<ExecutorId>>(6)?)
}

fn is_latest(conn: &Connection, row: &Row<'_>) -> Result<bool> {
    let key: (crate::model::RunId, i64) = (row.get(1)?, row.get(2)?);
    Ok(conn.one(&IS_LATEST, key, |row| row.get(0))?.unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn lists_go_back_through_an_index_without_a_sort() {
        let paths =
            [(&TROUBLED, "hyrex_task_run_troubled (id<?)"), (&BACK, "sqlite_autoindex_hyrex_task_run_1 (id<?)")];
        for (sql, index) in paths {
            let plan = plan(sql);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn a_later_attempt_is_found_by_its_index() {
        let plan = plan(&IS_LATEST);
        assert!(plan.contains("hyrex_task_run_attempt (durable_id=? AND attempt_number=?)"), "{plan}");
    }
}
