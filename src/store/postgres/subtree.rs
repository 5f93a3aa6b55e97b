//! Cancelling what a run sent, and what that sent in turn: over all attempts, whatever state they are in.

use super::link::{Link, query};
use super::rows::{get, task_status};
use super::workflow::{self, advance::Followed};
use crate::model::{RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::Result;
use crate::store::sql::statements;
use std::collections::BTreeSet;
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

impl Cancelled {
    fn add(&mut self, more: Cancelled) {
        self.waiting += more.waiting;
        self.asked += more.asked;
    }
}

/// The attempts of the runs `$1`.
const ATTEMPTS: &str = "select r.id from hyrex_task_run r where r.id = any($1::uuid[])
                union all
                select r.id from hyrex_task_run r where r.durable_id = any($1::uuid[]) and r.durable_id <> r.id";

statements! {
    WORKFLOWS = &format!("with recursive tree as (
            {ATTEMPTS}
            union
            select c.id from tree t join hyrex_task_run c on c.parent_id = t.id
        )
        select w.id from tree t join hyrex_workflow_run w on w.parent_id = t.id
        order by w.id");
    DESCENDANTS = &format!("with recursive tree as (
            select c.id from hyrex_task_run c where c.parent_id = any(array({ATTEMPTS}))
            union
            select c.id from tree t join hyrex_task_run c on c.parent_id = t.id
        )
        select t.id, r.status::text as status from tree t join hyrex_task_run r on r.id = t.id
        where (r.status in {{waiting}}) is true or (r.status in {{held}}) is true and r.cancel_subtree is not true
        order by t.id for update of r");
    /// A Python executor will not see the request, and cannot store the result of a row that is UP_FOR_CANCEL: it
    /// finishes the attempt as RUNNING, marked, and there shall be no other.
    CANCEL = "update hyrex_task_run t set
            status = case when p.python then t.status when t.status in {held} then {UP_FOR_CANCEL}
                else {CANCELED} end::task_run_status,
            finished = case when t.status in {held} then t.finished else coalesce($2::timestamptz, now()) end,
            cancel_subtree = case when t.status in {held} then true else t.cancel_subtree end,
            max_retries = case when p.python then t.attempt_number else t.max_retries end
        from (select r.id, r.status in {held} and coalesce((select e.lease_ms is null from hyrex_executor e
                where e.id = r.executor_id), false) as python
            from hyrex_task_run r where r.id = any($1::uuid[])) p
        where t.id = p.id and ((t.status in {waiting}) is true or (t.status in {held}) is true)";
}

/// Cancels the descendants of runs, within the caller's transaction; over workflows that they sent, too.
pub(super) async fn cancel(
    link: &mut Link<'_>,
    roots: &[RunId],
    now: Option<Timestamp>,
    followed: &mut Followed,
) -> Result<Cancelled> {
    let mut all = Cancelled::default();
    let (mut open, mut seen) = (roots.to_vec(), BTreeSet::new());
    while !open.is_empty() {
        all.add(tasks(link, &open, now).await?);
        let below = workflows(link, &open).await?;
        open.clear();
        for run in below.into_iter().filter(|run| seen.insert(*run)) {
            let done = workflow::cancel::end_below(link, run, now).await?;
            open.extend(done.open(link, run).await?);
            all.add(done.nodes);
            followed.merge(done.followed);
        }
    }
    followed.signs.cancel |= all.asked > 0;
    Ok(all)
}

async fn tasks(link: &mut Link<'_>, roots: &[RunId], now: Option<Timestamp>) -> Result<Cancelled> {
    let mut all = Cancelled::default();
    for _ in 0..LOOKS {
        let roots: Vec<Uuid> = roots.iter().map(|root| root.0).collect();
        let rows = link.all(query(DESCENDANTS.as_str()).bind(roots)).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| get(row, "id")).collect::<Result<_>>()?;
        if ids.is_empty() {
            break;
        }
        for row in &rows {
            match task_status(row)? {
                status if status.is_waiting() => all.waiting += 1,
                TaskStatus::Running => all.asked += 1,
                _ => {}
            }
        }
        link.run(query(CANCEL.as_str()).bind(ids).bind(now)).await?;
    }
    Ok(all)
}

/// The runs of workflows that the attempts of these runs, or of what they sent, have sent: also those that ended, whose
/// nodes may have sent what goes on.
async fn workflows(link: &mut Link<'_>, roots: &[RunId]) -> Result<Vec<WorkflowRunId>> {
    let roots: Vec<Uuid> = roots.iter().map(|root| root.0).collect();
    let rows = link.all(query(WORKFLOWS.as_str()).bind(roots)).await?;
    rows.iter().map(|row| Ok(WorkflowRunId(get(row, "id")?))).collect()
}
