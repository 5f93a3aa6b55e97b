//! Cancelling what a run sent, and what that sent in turn: over all attempts, whatever state they are in.

use super::link::{Link, query};
use super::rows::get;
use crate::model::{RunId, Timestamp};
use crate::store::Result;
use crate::store::sql::statements;
use uuid::Uuid;

/// Looks at the tree, again while a look changed something: an attempt may have failed, and its next been queued,
/// between our snapshot and our lock.
const LOOKS: u32 = 10;

/// What a cancel of descendants did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cancelled {
    /// They were waiting, and are cancelled.
    pub(super) waiting: u32,
    /// They run, and were asked.
    pub(super) asked: u32,
}

statements! {
    DESCENDANTS = "with recursive tree as (
            select c.id from hyrex_task_run c where c.parent_id = any(array(
                select r.id from hyrex_task_run r where r.id = any($1::uuid[])
                union all
                select r.id from hyrex_task_run r where r.durable_id = any($1::uuid[]) and r.durable_id <> r.id))
            union
            select c.id from tree t join hyrex_task_run c on c.parent_id = t.id
        )
        select t.id from tree t join hyrex_task_run r on r.id = t.id
        where (r.status in {waiting}) is true or (r.status = {RUNNING}) is true
            or (r.status = {UP_FOR_CANCEL}) is true and r.cancel_subtree is not true
        order by t.id for update of r";
    /// A Python executor will not see the request: it finishes the attempt, and there shall be no other.
    CANCEL = "with changed as (
            update hyrex_task_run t set
                status = case when t.status in {held} then {UP_FOR_CANCEL} else {CANCELED} end::task_run_status,
                finished = case when t.status in {held} then t.finished else coalesce($2::timestamptz, now()) end,
                cancel_subtree = case when t.status in {held} then true else t.cancel_subtree end,
                max_retries = case when t.status in {held} and (select e.lease_ms is null from hyrex_executor e
                    where e.id = t.executor_id) then t.attempt_number else t.max_retries end
            where t.id = any($1::uuid[]) and ((t.status in {waiting}) is true or (t.status in {held}) is true)
            returning t.status)
        select count(*) filter (where status = {CANCELED}) as waiting,
            count(*) filter (where status <> {CANCELED}) as asked from changed";
}

/// Cancels the descendants of runs, within the caller's transaction.
pub(super) async fn cancel(link: &mut Link<'_>, roots: &[RunId], now: Option<Timestamp>) -> Result<Cancelled> {
    let mut all = Cancelled::default();
    for _ in 0..LOOKS {
        let roots: Vec<Uuid> = roots.iter().map(|root| root.0).collect();
        let rows = link.all(query(DESCENDANTS.as_str()).bind(roots)).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| get(row, "id")).collect::<Result<_>>()?;
        if ids.is_empty() {
            break;
        }
        let row = link.one(query(CANCEL.as_str()).bind(ids).bind(now)).await?;
        all.waiting += get::<i64>(&row, "waiting")? as u32;
        all.asked += get::<i64>(&row, "asked")? as u32;
    }
    Ok(all)
}
