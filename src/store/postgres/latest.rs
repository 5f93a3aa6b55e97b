//! A run's latest attempt, held by a lock: whoever changes a run as a whole goes through here.

use super::link::{Link, query};
use super::rows::{get, task_status};
use crate::model::{AttemptId, RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use uuid::Uuid;

/// How often a next attempt may come between our look and our lock.
const LOOKS: u32 = 20;

statements! {
    LATEST = "select a.id from (
            select r.id, r.attempt_number from hyrex_task_run r where r.id = $1 and r.durable_id = $1
            union all
            select r.id, r.attempt_number from hyrex_task_run r where r.durable_id = $1 and r.durable_id <> r.id
        ) a order by a.attempt_number desc, a.id desc limit 1";
    LOCK = "select r.id, r.status::text as status, r.attempt_number, r.max_retries, r.cancel_subtree,
            r.workflow_run_id, r.node_kind is not distinct from 'finally' as finally, (select e.lease_ms is null from hyrex_executor e where e.id = r.executor_id) as python,
            r.status in ({FAILED}, {LOST}) and r.attempt_number < r.max_retries and r.superseded is not true as open,
            r.finished > coalesce($2::timestamptz, now()) - interval '60 seconds' as fresh,
            r.queue::text as queue, r.task_name::text as task_name
        from hyrex_task_run r where r.id = $1 for update of r";
}

/// A run's latest attempt as it stands under our lock.
pub(super) struct Latest {
    pub(super) id: AttemptId,
    pub(super) status: TaskStatus,
    pub(super) attempt_number: i16,
    /// A cancel of its descendants was asked for; on an attempt of Python's, whether a cancel was asked for at all.
    pub(super) cancel_subtree: Option<bool>,
    /// The run of the workflow that it is a node of, and whether a `finally` node.
    pub(super) node: Option<(WorkflowRunId, bool)>,
    /// Its executor is one of Python's.
    pub(super) python: bool,
    /// It failed with attempts left, and no next one stands: Python makes it in a second step.
    pub(super) open: bool,
    /// That was within the last minute: the next attempt is about to come.
    pub(super) between: bool,
    pub(super) lane: (String, String),
}

/// Locks a run's latest attempt; `None`: no such run.
pub(super) async fn lock(link: &mut Link<'_>, run: RunId, now: Option<Timestamp>) -> Result<Option<Latest>> {
    let mut locked: Option<Latest> = None;
    for _ in 0..LOOKS {
        let Some(row) = link.optional(query(LATEST.as_str()).bind(run.0)).await? else { return Ok(None) };
        let id = AttemptId(get(&row, "id")?);
        if locked.as_ref().is_some_and(|latest| latest.id == id) {
            return Ok(locked);
        }
        locked = match link.optional(query(LOCK.as_str()).bind(id.0).bind(now)).await? {
            Some(row) => Some(read(&row, id)?),
            None => None,
        };
    }
    Err(StoreError::Unavailable("the run gets new attempts all the time: try again".into()))
}

fn read(row: &sqlx::postgres::PgRow, id: AttemptId) -> Result<Latest> {
    let finally = get(row, "finally")?;
    let open = get::<Option<bool>>(row, "open")?.unwrap_or(false);
    Ok(Latest {
        id,
        status: task_status(row)?,
        attempt_number: get(row, "attempt_number")?,
        cancel_subtree: get(row, "cancel_subtree")?,
        node: get::<Option<Uuid>>(row, "workflow_run_id")?.map(WorkflowRunId).map(|run| (run, finally)),
        python: get::<Option<bool>>(row, "python")?.unwrap_or(false),
        open,
        between: open && get::<Option<bool>>(row, "fresh")?.unwrap_or(false),
        lane: (get(row, "queue")?, get(row, "task_name")?),
    })
}
