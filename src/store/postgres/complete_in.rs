//! Settling an attempt as a success inside an application's own transaction.

use super::link::{Link, query};
use super::rows::{get, task_status};
use super::workflow::advance::{Locked, NodeEnd};
use super::{enqueue, logs, subtree};
use crate::model::{Completed, ExecutorId, Fence, LogLine, Outcome, RunId, TaskStatus, WorkflowRunId, meets_settled};
use crate::store::Result;
use crate::store::sql::statements;
use sqlx::postgres::PgRow;
use uuid::Uuid;

statements! {
    /// The clock, not the transaction's beginning: that may be long ago.
    END = "update hyrex_task_run t set status = {SUCCESS}, finished = clock_timestamp()
        where t.id = $1 and t.executor_id = $2 and t.claim_number = $3 and (t.status in {held}) is true
            and t.workflow_run_id is not distinct from $4
        returning t.durable_id, coalesce(t.cancel_subtree, false) as subtree, t.node_kind is not distinct from 'finally' as finally";
    RESULT = "insert into hyrex_task_result (task_id, result, created_at) values ($1, $2::text::json, clock_timestamp())";
    WORKFLOW = "select r.workflow_run_id from hyrex_task_run r where r.id = $1";
    STANDS = "select r.status::text as status, r.executor_id, r.claim_number from hyrex_task_run r where r.id = $1";
}

/// Settles an attempt as SUCCESS within an application's own transaction, on its own connection: it has succeeded when
/// that commits, and runs on when that rolls back. The row is locked until then. A node of a workflow is refused: the
/// workflow's advance is not done here.
///
/// # Errors
/// What the database says: then the transaction is aborted, as after any error. A claim that no longer holds is no
/// error but [`Completed::Refused`]: then the caller is to roll back.
pub async fn complete_in(
    conn: &mut sqlx::PgConnection,
    fence: Fence,
    result: Option<&str>,
    lines: &[LogLine],
) -> Result<Completed> {
    let mut link = Link::lent(conn);
    let mut locked = Locked::default();
    let mut workflow = None;
    let mut ended = end(&mut link, fence, workflow).await?;
    if ended.is_none() {
        // It may be a node: the workflow's run is locked first.
        let row = link.optional(query(WORKFLOW.as_str()).bind(fence.attempt.0)).await?;
        workflow = row.map(|row| get::<Option<Uuid>>(&row, "workflow_run_id")).transpose()?.flatten();
        if workflow.is_some() {
            locked.lock(&mut link, workflow.map(WorkflowRunId)).await?;
            ended = end(&mut link, fence, workflow).await?;
        }
    }
    let Some(row) = ended else { return stands(&mut link, fence).await };
    if let Some(result) = result {
        link.run(query(RESULT.as_str()).bind(fence.attempt.0).bind(result.to_owned())).await?;
    }
    let lines: Vec<_> = lines.iter().map(|line| (fence, line)).collect();
    logs::insert(&mut link, &lines).await?;
    let run = RunId(get(&row, "durable_id")?);
    let finally = get(&row, "finally")?;
    let ends: Vec<NodeEnd> =
        workflow.map(|id| NodeEnd { workflow: WorkflowRunId(id), run, finally, succeeded: true }).into_iter().collect();
    let mut followed = locked.follow(&mut link, &ends, None).await?;
    if get(&row, "subtree")? {
        subtree::cancel(&mut link, &[run], None, &mut followed).await?;
    }
    if !followed.signs.is_empty() {
        enqueue::notify(&mut link, &followed.signs.payload(None)).await?;
    }
    Ok(Completed::Applied { status: TaskStatus::Success, next: None })
}

async fn end(link: &mut Link<'_>, fence: Fence, workflow: Option<Uuid>) -> Result<Option<PgRow>> {
    let end = query(END.as_str()).bind(fence.attempt.0).bind(fence.executor.0).bind(fence.claim).bind(workflow);
    link.optional(end).await
}

/// Why nothing was settled.
async fn stands(link: &mut Link<'_>, fence: Fence) -> Result<Completed> {
    let Some(row) = link.optional(query(STANDS.as_str()).bind(fence.attempt.0)).await? else {
        return Ok(Completed::Gone);
    };
    let holder = get::<Option<Uuid>>(&row, "executor_id")?.map(ExecutorId);
    Ok(meets_settled(&Outcome::Success(None), fence, task_status(&row)?, holder, get(&row, "claim_number")?))
}
