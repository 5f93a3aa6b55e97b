//! What readers are told: each verb one short transaction that can only read, with a time limit of its own.
//!
//! Nothing here grows with the number of runs that have ended.

use super::connect::call;
use super::link::{Link, query};
use super::rows::{get, time, time_or_none};
use super::{
    PostgresStore, inspect_activity, inspect_counts, inspect_executors, inspect_failures, inspect_names,
    inspect_queues, inspect_run, inspect_runs, inspect_tree, inspect_waiting, workflow,
};
use crate::model::{AttemptId, LogLine, RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{
    Activity, ActivityQuery, AttemptDetail, AttemptRow, Capped, EventCursor, ExecutorRow, Failures, FailuresQuery,
    KvQuery, KvRow, LogPage, LogsQuery, Names, Page, QueueRow, ReadStore, Result, RunDetail, RunState, RunsQuery,
    ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, SystemEvent, Tables, TaskDef, Tree, Waiting, WorkflowDef,
    WorkflowRow, WorkflowRunDetail, WorkflowRunRow, WorkflowRunsQuery, WorkflowState,
};
use std::time::Duration;

/// Most rows of a page.
pub(super) const MOST: u32 = 1000;
/// What one reading verb may take in the database.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

statements! {
    NOW = "select now() as now";
    LOGS = "select claim_number, seq, at, level::text as level, target::text as target, message from hyrex_task_log
        where attempt_id = $1 and (claim_number, seq) > ($2, $3) order by claim_number, seq limit $4";
    KEYS = "select key::text as key, left(value, $4) as value, octet_length(value) as size, created_at
        from hyrex_kv where key collate \"C\" >= $1 and key collate \"C\" > $2 and starts_with(key, $1)
        order by key collate \"C\" limit $3";
    EVENTS = "select id, timestamp, event_name::text as name, event_body::text as body from hyrex_system_logs
        where $1::timestamptz is null or (timestamp, id) < ($1, $2) order by timestamp desc, id desc limit $3";
}

/// Makes a reading call: a transaction that can only read, and is short.
macro_rules! read {
    ($store:expr, $link:ident => $work:expr) => {
        call!($store.db.rest, $link => async {
            $link.begin_read(LIMIT.min($store.options.call_timeout)).await?;
            $store.look_whose($link).await?;
            let answer = $work.await?;
            $link.commit().await?;
            Ok(answer)
        })
    };
}
pub(super) use read;

#[async_trait::async_trait]
impl ReadStore for PostgresStore {
    async fn now(&self) -> Result<Timestamp> {
        read!(self, link => async { get(&link.one(query(NOW.as_str())).await?, "now") })
    }

    async fn runs(&self, query: RunsQuery) -> Result<Page<AttemptRow, AttemptId>> {
        read!(self, link => inspect_runs::runs(link, &query))
    }

    async fn run(&self, run: RunId) -> Result<Option<RunDetail>> {
        read!(self, link => inspect_run::run(link, run))
    }

    async fn attempt(&self, attempt: AttemptId) -> Result<Option<AttemptDetail>> {
        read!(self, link => inspect_run::attempt(link, attempt))
    }

    async fn runs_by_tail(&self, tail: &str) -> Result<Vec<RunId>> {
        let tail = tail.to_ascii_lowercase();
        read!(self, link => inspect_run::by_tail(link, &tail))
    }

    async fn run_states(&self, runs: Vec<RunId>) -> Result<Vec<Option<RunState>>> {
        read!(self, link => inspect_run::states(link, &runs))
    }

    async fn run_of(&self, attempt: AttemptId) -> Result<Option<RunId>> {
        read!(self, link => inspect_run::run_of(link, attempt))
    }

    async fn tree(&self, root: RunId, limit: u32) -> Result<Tree> {
        read!(self, link => inspect_tree::tree(link, root, limit))
    }

    async fn workflow_defs(&self) -> Result<Vec<WorkflowDef>> {
        self.read_workflow_defs().await
    }

    async fn task_defs(&self, names: Vec<String>) -> Result<Vec<TaskDef>> {
        self.read_task_defs(&names).await
    }

    async fn workflow_runs(&self, query: WorkflowRunsQuery) -> Result<Page<WorkflowRunRow, WorkflowRunId>> {
        self.list_workflow_runs(&query).await
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
        self.read_workflow_states(&runs).await
    }

    async fn workflow_node(&self, run: WorkflowRunId, name: &str) -> Result<Option<RunState>> {
        self.read_workflow_node(run, name).await
    }

    async fn schedules(&self, now: Option<Timestamp>) -> Result<Vec<ScheduleRow>> {
        self.read_schedules(now).await
    }

    async fn schedule_history(&self, query: ScheduleHistoryQuery) -> Result<Page<ScheduleRunRow, Timestamp>> {
        self.read_schedule_history(&query).await
    }

    async fn queues(&self, now: Option<Timestamp>) -> Result<Vec<QueueRow>> {
        read!(self, link => inspect_queues::queues(link, now))
    }

    async fn executors(&self, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>> {
        read!(self, link => inspect_executors::executors(link, limit.min(MOST), now))
    }

    async fn logs(&self, query: LogsQuery) -> Result<LogPage> {
        read!(self, link => logs(link, &query))
    }

    async fn kv_list(&self, query: KvQuery) -> Result<Page<KvRow, String>> {
        read!(self, link => keys(link, &query))
    }

    async fn system_events(&self, before: Option<EventCursor>, limit: u32) -> Result<Vec<SystemEvent>> {
        read!(self, link => events(link, before, limit.min(MOST)))
    }

    async fn status_counts(&self) -> Result<Vec<(TaskStatus, Capped)>> {
        read!(self, link => inspect_counts::status_counts(link))
    }

    async fn tables(&self) -> Result<Tables> {
        read!(self, link => self.find_tables(link))
    }

    async fn names(&self) -> Result<Names> {
        read!(self, link => inspect_names::names(link))
    }

    async fn workflows(&self, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>> {
        read!(self, link => workflow::overview::workflows(link, now))
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        read!(self, link => inspect_names::next_due(link))
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Activity> {
        read!(self, link => inspect_activity::activity_of(link, query))
    }

    async fn failures(&self, query: FailuresQuery) -> Result<Failures> {
        read!(self, link => inspect_failures::failures(link, query))
    }

    async fn waiting(&self, run: RunId, now: Option<Timestamp>) -> Result<Option<Waiting>> {
        read!(self, link => inspect_waiting::waiting(link, run, now))
    }
}

/// A page of what was read with one row more than the page has room for.
pub(super) fn page<T, C>(mut items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> C) -> Page<T, C> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next, looked_at: None }
}

async fn logs(link: &mut Link<'_>, wanted: &LogsQuery) -> Result<LogPage> {
    let limit = wanted.limit.clamp(1, MOST);
    let (claim, seq) = wanted.after.unwrap_or((i32::MIN, i32::MIN));
    let statement = query(LOGS.as_str()).bind(wanted.attempt.0).bind(claim).bind(seq).bind(i64::from(limit) + 1);
    let mut lines = Vec::new();
    for row in link.all(statement).await? {
        lines.push(LogLine {
            claim: get(&row, "claim_number")?,
            seq: get(&row, "seq")?,
            at: time(&row, "at")?,
            level: get(&row, "level")?,
            target: get(&row, "target")?,
            message: get(&row, "message")?,
        });
    }
    Ok(page(lines, limit, |line| (line.claim, line.seq)))
}

async fn keys(link: &mut Link<'_>, wanted: &KvQuery) -> Result<Page<KvRow, String>> {
    let limit = wanted.limit.clamp(1, MOST);
    let statement = query(KEYS.as_str())
        .bind(wanted.prefix.clone())
        .bind(wanted.after.clone().unwrap_or_default())
        .bind(i64::from(limit) + 1)
        .bind(wanted.preview.min(i32::MAX as u32) as i32);
    let mut found = Vec::new();
    for row in link.all(statement).await? {
        found.push(KvRow {
            key: get(&row, "key")?,
            value: get(&row, "value")?,
            size: get::<i32>(&row, "size")?.max(0) as u32,
            written: time(&row, "created_at")?,
        });
    }
    Ok(page(found, limit, |row| row.key.clone()))
}

async fn events(link: &mut Link<'_>, before: Option<EventCursor>, limit: u32) -> Result<Vec<SystemEvent>> {
    let (at, id) = before.unzip();
    let mut found = Vec::new();
    for row in link.all(query(EVENTS.as_str()).bind(at).bind(id).bind(i64::from(limit))).await? {
        found.push(SystemEvent {
            id: get(&row, "id")?,
            at: time_or_none(&row, "timestamp")?,
            name: get(&row, "name")?,
            body: get(&row, "body")?,
        });
    }
    Ok(found)
}
