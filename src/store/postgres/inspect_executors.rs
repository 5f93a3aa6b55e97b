//! Executors: those at work, then those that ended.

use super::link::{Link, query};
use super::rows::{get, status, time_or_none};
use crate::model::{ExecutorId, Timestamp};
use crate::store::sql::statements;
use crate::store::{ExecutorRow, Result};
use sqlx::postgres::PgRow;
use std::time::Duration;

const COLUMNS: &str = "e.id, e.name::text as name, e.worker_name::text as worker_name, e.status::text as status,
    e.queue_pattern::text as queue_pattern, (select count(*) from hyrex_task_run r
        where r.executor_id = e.id and r.status in {held}) as held,
    e.slots, e.stuck, e.host::text as host, e.pid, e.version::text as version, e.task_names::text[] as task_names,
    e.lease_ms, e.started, e.stopped, (extract(epoch from coalesce($2::timestamptz, now())
        - coalesce(e.last_heartbeat, e.started)) * 1000000)::bigint as silent";

statements! {
    AT_WORK = &format!("select {COLUMNS} from hyrex_executor e where e.status = {{executor:RUNNING}} order by e.id desc limit $1");
    ENDED = &format!("select {COLUMNS} from hyrex_executor e where e.status <> {{executor:RUNNING}} order by e.id desc limit $1");
}

/// Executors, the newest first, those at work before the others.
pub(super) async fn executors(link: &mut Link<'_>, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>> {
    let mut found = at_work(link, limit, now).await?;
    let left = i64::from(limit) - found.len() as i64;
    if left > 0 {
        for row in link.all(query(ENDED.as_str()).bind(left).bind(now)).await? {
            found.push(executor(&row)?);
        }
    }
    Ok(found)
}

/// Those at work, the newest first.
pub(super) async fn at_work(link: &mut Link<'_>, limit: u32, now: Option<Timestamp>) -> Result<Vec<ExecutorRow>> {
    let rows = link.all(query(AT_WORK.as_str()).bind(i64::from(limit)).bind(now)).await?;
    rows.iter().map(executor).collect()
}

fn executor(row: &PgRow) -> Result<ExecutorRow> {
    let number =
        |column| -> Result<Option<u32>> { Ok(get::<Option<i32>>(row, column)?.map(|value| value.max(0) as u32)) };
    let silent = get::<Option<i64>>(row, "silent")?;
    Ok(ExecutorRow {
        id: ExecutorId(get(row, "id")?),
        name: get(row, "name")?,
        worker_name: get(row, "worker_name")?,
        status: status(row, "status")?,
        queue_pattern: get(row, "queue_pattern")?,
        held: get::<i64>(row, "held")? as u32,
        slots: number("slots")?,
        stuck: number("stuck")?,
        host: get(row, "host")?,
        pid: number("pid")?,
        version: get(row, "version")?,
        task_names: get(row, "task_names")?,
        lease: number("lease_ms")?.map(|ms| Duration::from_millis(ms.into())),
        started: time_or_none(row, "started")?,
        stopped: time_or_none(row, "stopped")?,
        silent_for: silent.map(|us| Duration::from_micros(us.max(0) as u64)),
    })
}
