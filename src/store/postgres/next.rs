//! The next attempt of a run: a new row like the one before, one number on.

use super::enqueue::micros;
use super::link::{Link, query};
use crate::model::{AttemptId, Timestamp};
use crate::store::Result;
use crate::store::sql::statements;
use std::time::Duration;
use uuid::Uuid;

/// An attempt to make.
pub(super) struct Next {
    /// Its id.
    pub(super) id: AttemptId,
    /// The attempt that it follows, whose row the transaction holds.
    pub(super) after: AttemptId,
    /// How long it waits.
    pub(super) delay: Duration,
}

statements! {
    INSERT = "insert into hyrex_task_run (id, durable_id, root_id, parent_id, workflow_run_id, workflow_dependencies,
            node_name, node_kind, task_name, args, queue, max_retries, priority, timeout_seconds, attempt_number, status,
            scheduled_start, queued)
        select u.id, o.durable_id, o.root_id, o.parent_id, o.workflow_run_id, o.workflow_dependencies,
            o.node_name, o.node_kind, o.task_name, o.args, o.queue, coalesce(u.retries, o.max_retries), o.priority,
            o.timeout_seconds, o.attempt_number + 1,
            case when u.delay > 0 then {AWAIT_START_TIME} else {QUEUED} end::task_run_status,
            n.now + u.delay * interval '1 microsecond', case when u.delay > 0 then null else n.now end
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::smallint[]) u(id, old, delay, retries)
        join hyrex_task_run o on o.id = u.old, (select coalesce($5::timestamptz, now()) as now) n
        on conflict do nothing";
}

/// Makes next attempts with the retries of those before.
pub(super) async fn insert(link: &mut Link<'_>, next: &[&Next], now: Option<Timestamp>) -> Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    let retries: Vec<Option<i16>> = vec![None; next.len()];
    write(link, next, retries, now).await
}

/// Makes an operator's attempt: one more, and none after it.
pub(super) async fn insert_last(
    link: &mut Link<'_>,
    next: &Next,
    attempt_number: i16,
    now: Option<Timestamp>,
) -> Result<()> {
    write(link, &[next], vec![Some(attempt_number)], now).await
}

async fn write(link: &mut Link<'_>, next: &[&Next], retries: Vec<Option<i16>>, now: Option<Timestamp>) -> Result<()> {
    let ids: Vec<Uuid> = next.iter().map(|next| next.id.0).collect();
    let old: Vec<Uuid> = next.iter().map(|next| next.after.0).collect();
    let delays: Vec<i64> = next.iter().map(|next| micros(next.delay)).collect();
    let statement = query(INSERT.as_str()).bind(ids).bind(old).bind(delays).bind(retries).bind(now);
    link.run(statement).await?;
    Ok(())
}
