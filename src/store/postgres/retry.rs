//! An operator's retry: one more attempt of a run that ended, or the run sent again where it had succeeded.

use super::connect::call;
use super::latest::{self, Latest};
use super::link::{Link, query};
use super::next::{self, Next};
use super::signals::Signs;
use super::{PostgresStore, events};
use crate::model::{AttemptId, RunId, TaskStatus, Timestamp};
use crate::store::sql::statements;
use crate::store::{Result, Retry, RetryOutcome};
use std::time::Duration;

statements! {
    MARK = "update hyrex_task_run t set superseded = true where t.id = $1";
    /// A run of its own: without the key, and its own root where the old one was its own.
    SEND_AGAIN = "insert into hyrex_task_run (id, durable_id, root_id, parent_id, task_name, args, queue, max_retries,
            priority, timeout_seconds, attempt_number, status, scheduled_start, queued)
        select $2, $2, case when o.root_id = o.durable_id then $2 else o.root_id end, o.parent_id, o.task_name,
            o.args, o.queue, o.max_retries, o.priority, o.timeout_seconds, 0, {QUEUED}, n.now, n.now
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

    async fn retry_on(&self, link: &mut Link<'_>, retry: &Retry) -> Result<(RetryOutcome, Signs)> {
        link.begin().await?;
        let outcome = match latest::lock(link, retry.run).await? {
            None => (RetryOutcome::NotFound, Signs::default()),
            Some(latest) => self.retry_latest(link, latest, retry).await?,
        };
        if outcome.0 != RetryOutcome::NotFound {
            let body = serde_json::json!({"actor": retry.actor, "run": retry.run, "outcome": outcome.0});
            events::write(link, "run_retry", &body, retry.now).await?;
        }
        link.commit().await?;
        Ok(outcome)
    }

    async fn retry_latest(&self, link: &mut Link<'_>, latest: Latest, retry: &Retry) -> Result<(RetryOutcome, Signs)> {
        let outcome = match latest.status {
            _ if latest.in_workflow => return Ok((RetryOutcome::WorkflowNode, Signs::default())),
            TaskStatus::Success => RetryOutcome::SentAgain(send_again(link, &latest, retry.now).await?),
            status if status.is_finished() => RetryOutcome::Queued(self.queue_again(link, &latest, retry.now).await?),
            status => return Ok((RetryOutcome::NotEnded(status), Signs::default())),
        };
        self.options.failpoints.pass("retry.inserted")?;
        Ok((outcome, Signs::work([latest.lane])))
    }

    async fn queue_again(&self, link: &mut Link<'_>, latest: &Latest, now: Option<Timestamp>) -> Result<AttemptId> {
        link.run(query(MARK.as_str()).bind(latest.id.0)).await?;
        self.options.failpoints.pass("retry.marked")?;
        let next = Next { id: AttemptId::new(), after: latest.id, delay: Duration::ZERO };
        next::insert_last(link, &next, latest.attempt_number.saturating_add(1), now).await?;
        Ok(next.id)
    }
}

async fn send_again(link: &mut Link<'_>, latest: &Latest, now: Option<Timestamp>) -> Result<RunId> {
    let run = RunId::new();
    link.run(query(SEND_AGAIN.as_str()).bind(latest.id.0).bind(run.0).bind(now)).await?;
    Ok(run)
}
