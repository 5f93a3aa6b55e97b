//! Why a run is not running: its queue, what stands in front of it, what it waits for, who could run it.

use super::cached::Cached;
use super::inspect::MOST;
use super::inspect_queues::capped;
use super::{inspect_executors, inspect_queues, inspect_run, queues, rows, workflow};
use crate::model::time::{from_micros, to_micros};
use crate::model::{AttemptId, RunId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{AttemptRow, COUNT_CAP, Candidate, Capped, MAX_LANES, MOST_HOLDERS, Result, Waiting};
use rusqlite::Connection;

statements! {
    ONE = &format!("SELECT {}, t.node_kind IS 'finally' FROM hyrex_task_run t
        WHERE t.id = ?1 AND t.status IN {{waiting}}", rows::ATTEMPT);
    HOLDERS = "SELECT id FROM (SELECT id, started FROM hyrex_task_run INDEXED BY hyrex_task_run_held_by_queue
            WHERE status IN {held} AND queue = ?1 LIMIT ?3)
        ORDER BY started DESC, id DESC LIMIT ?2";
    /// Of a task, two ranges of the claim index: higher priorities, and what came earlier.
    HIGHER = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name = ?2 AND priority > ?3 LIMIT ?4)";
    EARLIER = "SELECT count(*) FROM (SELECT 1 FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name = ?2 AND priority = ?3 AND (queued, id) < (?4, ?5)
        LIMIT ?6)";
}

/// Why a run waits; `None`: it does not.
pub(super) fn waiting(conn: &Connection, run: RunId, now: i64) -> Result<Option<Waiting>> {
    let Some(state) = inspect_run::state(conn, run)? else { return Ok(None) };
    let found = conn.one(&ONE, [state.attempt], |row| Ok((rows::attempt(row)?, row.get(20)?)))?;
    let Some((row, finally)) = found else { return Ok(None) };
    let executors = inspect_executors::at_work(conn, MOST, now)?;
    Ok(Some(Waiting {
        now: from_micros(now),
        queue: queues::settings(conn, &row.queue)?,
        held: inspect_queues::held(conn, &row.queue)?,
        holders: holders(conn, &row.queue)?,
        ahead: ahead(conn, &row)?,
        predecessors: predecessors(conn, &row, finally)?,
        executors: executors.iter().map(|executor| Candidate::of(executor, &row)).collect(),
        workflow: row.workflow_run.map(|run| workflow::state(conn, run)).transpose()?.flatten(),
        row,
    }))
}

fn holders(conn: &Connection, queue: &str) -> Result<Vec<AttemptRow>> {
    let ids: Vec<AttemptId> = conn.all(&HOLDERS, (queue, MOST_HOLDERS, COUNT_CAP + 1), |row| row.get(0))?;
    let read = |id: AttemptId| Ok(inspect_run::detail(conn, id)?.map(|detail| detail.row));
    ids.into_iter().filter_map(|id| read(id).transpose()).collect()
}

/// Runs that come before it in its queue.
fn ahead(conn: &Connection, row: &AttemptRow) -> Result<Capped> {
    let (mut ahead, mut task) = (0, String::new());
    if row.status != TaskStatus::Queued {
        return Ok(capped(0));
    }
    for _ in 0..MAX_LANES {
        let Some(next) = inspect_queues::next_task(conn, &row.queue, &task)? else { break };
        task = next;
        ahead += ahead_of_task(conn, row, &task, COUNT_CAP + 1 - ahead)?;
        if ahead > COUNT_CAP {
            break;
        }
    }
    Ok(capped(ahead))
}

fn ahead_of_task(conn: &Connection, row: &AttemptRow, task: &str, most: u32) -> Result<u32> {
    let queued = row.queued.map(to_micros);
    let higher: Option<u32> = conn.one(&HIGHER, (&row.queue, task, row.priority, most), |row| row.get(0))?;
    let left = most - higher.unwrap_or_default();
    let earlier: Option<u32> =
        conn.one(&EARLIER, (&row.queue, task, row.priority, queued, row.id, left), |row| row.get(0))?;
    Ok(higher.unwrap_or_default() + earlier.unwrap_or_default())
}

fn predecessors(conn: &Connection, row: &AttemptRow, finally: bool) -> Result<Vec<(String, TaskStatus)>> {
    match (row.workflow_run, row.status) {
        (Some(run), TaskStatus::AwaitDeps) if finally => match workflow::unfinished(conn, run, row.run)? {
            others if others.is_empty() => workflow::waits_for(conn, row.run),
            others => Ok(others),
        },
        (Some(_), TaskStatus::AwaitDeps) => workflow::waits_for(conn, row.run),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn what_comes_before_is_counted_by_ranges_of_the_claim_index() {
        assert!(plan(&HIGHER).contains("queue=? AND task_name=? AND priority>?"), "{}", plan(&HIGHER));
        assert!(plan(&EARLIER).contains("priority=? AND (queued,id)<(?,?)"), "{}", plan(&EARLIER));
    }
}
