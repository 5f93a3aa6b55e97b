//! What readers are told. Nothing here writes, and nothing grows with the number of rows that have ended.

use super::cached::Cached;
use super::rows::{self, time};
use super::{
    SqliteStore, inspect_activity, inspect_executors, inspect_failures, inspect_names, inspect_queues, inspect_run,
    inspect_runs, inspect_tree, inspect_waiting, migrate, schedule,
};
use crate::model::time::to_micros;
use crate::model::{AttemptId, LogLine, RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{
    Activity, ActivityQuery, AttemptDetail, AttemptRow, Capped, EventCursor, ExecutorRow, Failures, FailuresQuery,
    KvQuery, KvRow, LogPage, LogsQuery, Names, Page, QueueRow, ReadStore, Result, RunDetail, RunState, RunsQuery,
    ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, SystemEvent, Tables, TaskDef, Tree, Waiting, WorkflowDef,
    WorkflowRow, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery, WorkflowState,
};
use rusqlite::Connection;
use uuid::Uuid;

statements! {
    LOGS = "SELECT claim_number, seq, at, level, target, message FROM hyrex_task_log
        WHERE attempt_id = ?1 AND (claim_number, seq) > (?2, ?3) ORDER BY claim_number, seq LIMIT ?4";
    KEYS = "SELECT key, substr(value, 1, ?3), octet_length(value), created_at FROM hyrex_kv
        WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT ?4";
    EVENTS = "SELECT id, timestamp, event_name, event_body FROM hyrex_system_logs
        WHERE (timestamp, id) < (?1, ?2) ORDER BY timestamp DESC, id DESC LIMIT ?3";
}

/// Most rows of a page.
pub(super) const MOST: u32 = 1000;

#[async_trait::async_trait]
impl ReadStore for SqliteStore {
    async fn now(&self) -> Result<Timestamp> {
        Ok(crate::model::time::truncate(chrono::Utc::now()))
    }

    async fn runs(&self, query: RunsQuery) -> Result<Page<AttemptRow, AttemptId>> {
        self.read(move |conn| inspect_runs::runs(conn, &query)).await
    }

    async fn run(&self, run: RunId) -> Result<Option<RunDetail>> {
        self.read(move |conn| inspect_run::run(conn, run)).await
    }

    async fn attempt(&self, attempt: AttemptId) -> Result<Option<AttemptDetail>> {
        self.read(move |conn| inspect_run::detail(conn, attempt)).await
    }

    async fn runs_by_tail(&self, tail: &str) -> Result<Vec<RunId>> {
        let tail = tail.to_ascii_lowercase();
        self.read(move |conn| inspect_run::by_tail(conn, &tail)).await
    }

    async fn run_states(&self, runs: Vec<RunId>) -> Result<Vec<Option<RunState>>> {
        self.read(move |conn| runs.iter().map(|run| inspect_run::state(conn, *run)).collect()).await
    }

    async fn run_of(&self, attempt: AttemptId) -> Result<Option<RunId>> {
        self.read(move |conn| inspect_run::run_of(conn, attempt)).await
    }

    async fn tree(&self, root: RunId, limit: u32) -> Result<Tree> {
        self.read(move |conn| inspect_tree::tree(conn, root, limit)).await
    }

    async fn workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        self.read_workflow_defs().await
    }

    async fn task_defs(&self, names: Vec<String>) -> Result<Vec<TaskDef>> {
        self.read_task_defs(names).await
    }

    async fn workflow_runs(&self, query: WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        self.list_workflow_runs(query).await
    }

    async fn workflow_row(&self, run: WorkflowRunId) -> Result<Option<(WorkflowRunRow, String)>> {
        self.read_workflow_row(run).await
    }

    async fn workflow_run(&self, run: WorkflowRunId) -> Result<Option<WorkflowRunDetail>> {
        self.read_workflow_run(run).await
    }

    async fn workflow_runs_by_tail(&self, tail: &str) -> Result<Vec<WorkflowRunId>> {
        self.workflow_tail(tail).await
    }

    async fn workflow_states(&self, runs: Vec<WorkflowRunId>) -> Result<Vec<Option<WorkflowState>>> {
        self.read_workflow_states(runs).await
    }

    async fn workflow_node(&self, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
        self.read_workflow_node(run, name).await
    }

    async fn schedules(&self, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>> {
        self.read(move |conn| schedule::schedules(conn, rows::micros(now))).await
    }

    async fn schedule_history(&self, query: ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>> {
        self.read(move |conn| schedule::history(conn, &query)).await
    }

    async fn queues(&self, now: Option<Timestamp>) -> Result<Vec<QueueRow>> {
        self.read(move |conn| inspect_queues::queues(conn, rows::micros(now))).await
    }

    async fn executors(&self, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>> {
        self.read(move |conn| inspect_executors::executors(conn, limit, rows::micros(now))).await
    }

    async fn logs(&self, query: LogsQuery) -> Result<LogPage> {
        self.read(move |conn| logs(conn, &query)).await
    }

    async fn kv_list(&self, query: KvQuery) -> Result<Page<KvRow, String>> {
        self.read(move |conn| keys(conn, &query)).await
    }

    async fn system_events(&self, before: Option<EventCursor>, limit: u32) -> Result<Vec<SystemEvent>> {
        let before = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (to_micros(at), id));
        self.read(move |conn| events(conn, before, limit)).await
    }

    async fn status_counts(&self) -> Result<Vec<(TaskStatus, Capped)>> {
        self.read(inspect_queues::status_counts).await
    }

    async fn tables(&self) -> Result<Tables> {
        self.read(migrate::tables).await
    }

    async fn names(&self) -> Result<Names> {
        self.read(inspect_names::names).await
    }

    async fn workflows(&self, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>> {
        self.read_workflows(now).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.read(inspect_names::next_due).await
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Activity> {
        self.read(move |conn| inspect_activity::counted(conn, query, rows::micros(query.now))).await
    }

    async fn failures(&self, query: FailuresQuery) -> Result<Failures> {
        self.read(move |conn| inspect_failures::failures(conn, query, rows::micros(query.now))).await
    }

    async fn waiting(&self, run: RunId, now: Option<Timestamp>) -> Result<Option<Waiting>> {
        self.read(move |conn| inspect_waiting::waiting(conn, run, rows::micros(now))).await
    }
}

/// A page of what was read with one row more than the page has room for.
pub(super) fn page<T, C>(mut items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> C) -> Page<T, C> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next, looked_at: None }
}

fn logs(conn: &Connection, query: &LogsQuery) -> Result<LogPage> {
    let limit = query.limit.clamp(1, MOST);
    let (claim, seq) = query.after.unwrap_or((i32::MIN, i32::MIN));
    let lines = conn.all(&LOGS, (query.attempt, claim, seq, limit + 1), |row| {
        Ok(LogLine {
            claim: row.get(0)?,
            seq: row.get(1)?,
            at: time(row, 2)?.unwrap_or_default(),
            level: row.get(3)?,
            target: row.get(4)?,
            message: row.get(5)?,
        })
    })?;
    Ok(page(lines, limit, |line| (line.claim, line.seq)))
}

fn keys(conn: &Connection, query: &KvQuery) -> Result<Page<KvRow, String>> {
    let limit = query.limit.clamp(1, MOST);
    let after = query.after.as_deref().unwrap_or_default();
    let mut found = conn.all(&KEYS, (&query.prefix, after, query.preview, limit + 1), |row| {
        Ok(KvRow {
            key: row.get(0)?,
            value: row.get(1)?,
            size: row.get(2)?,
            written: time(row, 3)?.unwrap_or_default(),
        })
    })?;
    // Keys stand in the order of their bytes, so those with the prefix stand together.
    let with_prefix = found.iter().take_while(|row| row.key.starts_with(&query.prefix)).count();
    found.truncate(with_prefix);
    Ok(page(found, limit, |row| row.key.clone()))
}

fn events(conn: &Connection, (at, id): (i64, Uuid), limit: u32) -> Result<Vec<SystemEvent>> {
    conn.all(&EVENTS, (at, id, limit.min(MOST)), |row| {
        Ok(SystemEvent { id: row.get(0)?, at: time(row, 1)?, name: row.get(2)?, body: row.get(3)? })
    })
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn pages_are_read_in_the_order_of_their_keys() {
        for sql in [&LOGS, &KEYS] {
            let plan = plan(sql);
            assert!(plan.contains("SEARCH") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        assert!(plan(&EVENTS).contains("hyrex_system_logs_at ((timestamp,id)<(?,?))"), "{}", plan(&EVENTS));
    }
}
