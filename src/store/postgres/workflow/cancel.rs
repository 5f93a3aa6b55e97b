//! Ending a run before its nodes have: an operator's cancel, or its time is up.

use super::advance::{Followed, Locked, Over};
use crate::model::dag::{Cause, RunEvent, RunState};
use crate::model::{RunId, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::postgres::connect::call;
use crate::store::postgres::enqueue::notify;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status, task_status};
use crate::store::postgres::signals::Signs;
use crate::store::postgres::subtree::Cancelled;
use crate::store::postgres::{PostgresStore, events, subtree};
use crate::store::sql::statements;
use crate::store::{Result, WorkflowCancel, WorkflowCancelAnswer, WorkflowCanceled};

statements! {
    STANDS = "select w.status::text as status, w.reason::text as reason from hyrex_workflow_run w where w.id = $1";
    ASK = "update hyrex_workflow_run w set status = $2::text::workflow_run_status, reason = $3 where w.id = $1";
    /// As with runs outside of workflows: an executor of Python's finishes what it runs, and begins it no more.
    NODES = "with found as (
            select r.id, r.status in {held} as held, coalesce((select e.lease_ms is null from hyrex_executor e
                where e.id = r.executor_id), false) and r.status in {held} as python,
                r.status = {UP_FOR_CANCEL} as asked
            from hyrex_task_run r where r.workflow_run_id = $1
                and ((r.status in {waiting}) is true or (r.status in {held}) is true)
                and (r.node_kind is not distinct from 'finally') = any($3::bool[])
            order by r.id for update)
        update hyrex_task_run t set
            status = case when f.python then t.status when f.held then {UP_FOR_CANCEL} else {CANCELED} end::task_run_status,
            finished = case when f.held then t.finished else coalesce($2::timestamptz, now()) end,
            cancel_subtree = case when f.held and $4 then true when f.python then coalesce(t.cancel_subtree, false)
                else t.cancel_subtree end,
            max_retries = case when f.python then t.attempt_number else t.max_retries end
        from found f where t.id = f.id
        returning t.durable_id, t.status::text as status, t.node_kind is not distinct from 'finally' as finally, f.asked";
    MARK = "update hyrex_task_run t set cancel_subtree = true
        where t.workflow_run_id = $1 and (t.status in {held}) is true and t.node_kind is distinct from 'finally'";
    ALL = "select distinct t.durable_id from hyrex_task_run t
        where t.workflow_run_id = $1 and (t.node_kind is not distinct from 'finally') = any($2::bool[])";
}

/// Which nodes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that are no `finally` nodes.
    Ordinary,
    /// All.
    All,
}

impl Which {
    /// Whether each is a `finally` node.
    fn kinds(self) -> &'static [bool] {
        if self == Which::All { &[false, true] } else { &[false] }
    }
}

/// What a cancel did.
#[derive(Debug)]
pub(in crate::store::postgres) struct Done {
    pub run: WorkflowCanceled,
    pub nodes: Cancelled,
    pub followed: Followed,
    /// The nodes that it meant: what the others sent is left alone with them.
    which: Which,
}

impl Done {
    fn nothing(run: WorkflowCanceled) -> Self {
        Self { run, nodes: Cancelled::default(), followed: Followed::default(), which: Which::All }
    }

    /// The nodes whose own children are to be looked at.
    pub(in crate::store::postgres) async fn open(&self, link: &mut Link<'_>, run: WorkflowRunId) -> Result<Vec<RunId>> {
        let rows = link.all(query(ALL.as_str()).bind(run.0).bind(self.which.kinds())).await?;
        rows.iter().map(|row| Ok(RunId(get(row, "durable_id")?))).collect()
    }
}

impl PostgresStore {
    /// Cancels a run.
    pub(in crate::store::postgres) async fn cancel_workflow(
        &self,
        cancel: &WorkflowCancel,
    ) -> Result<WorkflowCancelAnswer> {
        let (answer, followed) = call!(self.db.rest, link => self.cancel_workflow_on(link, cancel))?;
        self.options.failpoints.answer("workflow_cancel.answered")?;
        self.tell_followed(followed);
        Ok(answer)
    }

    async fn cancel_workflow_on(
        &self,
        link: &mut Link<'_>,
        cancel: &WorkflowCancel,
    ) -> Result<(WorkflowCancelAnswer, Followed)> {
        link.begin().await?;
        let mut done = end(link, cancel.run, Cause::Canceled, cancel.subtree, cancel.now).await?;
        self.options.failpoints.pass("workflow_cancel.nodes")?;
        let mut below = Cancelled::default();
        if cancel.subtree && done.run != WorkflowCanceled::NotFound {
            let nodes = done.open(link, cancel.run).await?;
            below = subtree::cancel(link, &nodes, cancel.now, &mut done.followed).await?;
        }
        let answer = WorkflowCancelAnswer {
            run: done.run,
            nodes_canceled: done.nodes.waiting,
            nodes_asked: done.nodes.asked,
            descendants_canceled: below.waiting,
            descendants_asked: below.asked,
        };
        let body = serde_json::json!({"run": cancel.run, "subtree": cancel.subtree, "outcome": answer});
        events::write(link, "workflow_cancel", &cancel.actor, body, cancel.now).await?;
        notify(link, &Signs::cancel().payload(None)).await?;
        link.commit().await?;
        Ok((answer, done.followed))
    }
}

/// Ends a run for this cause, within the caller's transaction.
pub(in crate::store::postgres) async fn end(
    link: &mut Link<'_>,
    run: WorkflowRunId,
    cause: Cause,
    subtree: bool,
    now: Option<Timestamp>,
) -> Result<Done> {
    let mut locked = Locked::default();
    locked.lock(link, [run]).await?;
    let counted = locked.count(link, now).await?;
    let Some(stands) = stands(link, run).await? else { return Ok(Done::nothing(WorkflowCanceled::NotFound)) };
    if stands.status.is_finished() {
        let mut done = Done::nothing(WorkflowCanceled::AlreadyEnded(stands.status));
        done.followed = counted;
        return Ok(done);
    }
    let which = match (stands.status, cause) {
        (WorkflowStatus::UpForCancel, Cause::TimedOut) => return Ok(Done::nothing(WorkflowCanceled::AlreadyAsked)),
        (WorkflowStatus::UpForCancel, Cause::Canceled) => Which::All,
        _ => Which::Ordinary,
    };
    ask(link, run, stands, cause).await?;
    let (nodes, over) = self::nodes(link, run, which, subtree, now).await?;
    let mut followed = counted;
    followed.merge(over.write(link, now).await?);
    followed.signs.cancel |= nodes.asked > 0;
    let outcome = match which {
        Which::All => WorkflowCanceled::AlreadyAsked,
        Which::Ordinary if followed.ended.contains(&run) => WorkflowCanceled::Canceled,
        Which::Ordinary => WorkflowCanceled::Asked,
    };
    Ok(Done { run: outcome, nodes, followed, which })
}

/// Ends a run with all that its nodes sent; of one that is being ended already, its running nodes are told to take their
/// subtrees along. A second cancel is an operator's to say: `finally` nodes are left alone, with what they sent.
pub(in crate::store::postgres) async fn end_below(
    link: &mut Link<'_>,
    run: WorkflowRunId,
    now: Option<Timestamp>,
) -> Result<Done> {
    let mut locked = Locked::default();
    locked.lock(link, [run]).await?;
    match stands(link, run).await? {
        Some(RunState { status: WorkflowStatus::UpForCancel, .. }) => {
            link.run(query(MARK.as_str()).bind(run.0)).await?;
            Ok(Done { which: Which::Ordinary, ..Done::nothing(WorkflowCanceled::AlreadyAsked) })
        }
        _ => end(link, run, Cause::Canceled, true, now).await,
    }
}

async fn stands(link: &mut Link<'_>, run: WorkflowRunId) -> Result<Option<RunState>> {
    let Some(row) = link.optional(query(STANDS.as_str()).bind(run.0)).await? else { return Ok(None) };
    let cause = get::<Option<&str>>(&row, "reason")?.and_then(Cause::read);
    Ok(Some(RunState { status: status(&row, "status")?, cause }))
}

async fn ask(link: &mut Link<'_>, run: WorkflowRunId, stands: RunState, cause: Cause) -> Result<()> {
    let event = match cause {
        Cause::Canceled => RunEvent::Cancel,
        Cause::TimedOut => RunEvent::TimeUp,
    };
    if let Ok(after) = stands.after(event)
        && after != stands
    {
        let reason = after.cause.map(Cause::as_str);
        link.run(query(ASK.as_str()).bind(run.0).bind(after.status.as_str()).bind(reason)).await?;
    }
    Ok(())
}

/// Cancels nodes that wait and asks those that run; and what of the run is over by that.
pub(super) async fn nodes(
    link: &mut Link<'_>,
    run: WorkflowRunId,
    which: Which,
    subtree: bool,
    now: Option<Timestamp>,
) -> Result<(Cancelled, Over)> {
    let statement = query(NODES.as_str()).bind(run.0).bind(now).bind(which.kinds()).bind(subtree);
    let (mut cancelled, mut over) = (Cancelled::default(), Over::default());
    over.touch(run);
    for row in link.all(statement).await? {
        if task_status(&row)?.is_finished() {
            cancelled.waiting += 1;
            over.end(run, RunId(get(&row, "durable_id")?), get(&row, "finally")?);
        } else if !get::<bool>(&row, "asked")? {
            cancelled.asked += 1;
        }
    }
    Ok((cancelled, over))
}
