//! An operator's retry: one more attempt of a run that ended, or the run sent again where it had succeeded.

use super::connect::call;
use super::latest::{self, Latest};
use super::link::{Link, query};
use super::next::{self, Next};
use super::rows::get;
use super::signals::Signs;
use super::{PostgresStore, events};
use crate::model::{AttemptId, RunId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{Result, Retry, RetryOutcome};
use std::time::Duration;

statements! {
    STANDS = "select r.id = r.durable_id as first from hyrex_task_run r where r.id = $1";
    MARK = "update hyrex_task_run t set superseded = true where t.id = $1";
    /// A run of its own: without the key, without parent, its own root.
    SEND_AGAIN = "insert into hyrex_task_run (id, durable_id, root_id, parent_id, task_name, args, queue, max_retries,
            priority, timeout_seconds, attempt_number, status, scheduled_start, queued)
        select $2, $2, $2, null, o.task_name, o.args, o.queue, o.max_retries, o.priority, o.timeout_seconds, 0, {QUEUED}, n.now, n.now
        from hyrex_task_run o, (select coalesce($3::timestamptz, now()) as now) n where o.id = $1";
}

impl PostgresStore {
    /// Gives a run that ended one more attempt.
    pub(super) async fn retry(&self, retry: &Retry) -> Result<RetryOutcome> {
        let (outcome, signs) = call!(self.db.rest, link => self.retry_on(link, retry))?;
        self.options.failpoints.answer("retry.answered")?;
        self.flusher.tell(signs);
        Ok(outcome)
    }

    /// A repeated retry finds what the first one made.
    async fn retry_on(&self, link: &mut Link<'_>, retry: &Retry) -> Result<(RetryOutcome, Signs)> {
        link.begin().await?;
        let latest = latest::lock(link, retry.run, retry.now).await?;
        if let Some(row) = link.optional(query(STANDS.as_str()).bind(retry.id)).await? {
            link.rollback().await?;
            let sent_again = get::<bool>(&row, "first")?;
            let outcome = match sent_again {
                true => RetryOutcome::SentAgain(RunId(retry.id)),
                false => RetryOutcome::Queued(AttemptId(retry.id)),
            };
            return Ok((outcome, Signs::default()));
        }
        let (outcome, signs) = match latest {
            None => (RetryOutcome::NotFound, Signs::default()),
            Some(latest) => self.retry_latest(link, latest, retry).await?,
        };
        let body = serde_json::json!({"run": retry.run, "outcome": outcome});
        events::write(link, "run_retry", &retry.actor, body, retry.now).await?;
        link.commit().await?;
        Ok((outcome, signs))
    }

    async fn retry_latest(&self, link: &mut Link<'_>, latest: Latest, retry: &Retry) -> Result<(RetryOutcome, Signs)> {
        let outcome = match latest.status {
            _ if latest.node.is_some() => return Ok((RetryOutcome::WorkflowNode, Signs::default())),
            status if latest.between => return Ok((RetryOutcome::NotEnded(status), Signs::default())),
            TaskStatus::Success => {
                let id = query(SEND_AGAIN.as_str()).bind(latest.id.0).bind(retry.id).bind(retry.now);
                link.run(id).await?;
                RetryOutcome::SentAgain(RunId(retry.id))
            }
            status if status.is_finished() => RetryOutcome::Queued(self.queue_again(link, &latest, retry).await?),
            status => return Ok((RetryOutcome::NotEnded(status), Signs::default())),
        };
        self.options.failpoints.pass("retry.inserted")?;
        Ok((outcome, Signs::work([latest.lane])))
    }

    async fn queue_again(&self, link: &mut Link<'_>, latest: &Latest, retry: &Retry) -> Result<AttemptId> {
        link.run(query(MARK.as_str()).bind(latest.id.0)).await?;
        self.options.failpoints.pass("retry.marked")?;
        let next = Next { id: AttemptId(retry.id), after: latest.id, delay: Duration::ZERO };
        next::insert_last(link, &next, latest.attempt_number.saturating_add(1), retry.now).await?;
        Ok(next.id)
    }
}
