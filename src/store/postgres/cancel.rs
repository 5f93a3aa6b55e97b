//! An operator's cancel: waiting runs at once, running ones by asking.

use super::connect::call;
use super::enqueue::notify;
use super::latest::{self, Latest};
use super::link::{Link, query};
use super::rows::get;
use super::signals::Signs;
use super::workflow::advance::{Followed, Locked, NodeEnd};
use super::{PostgresStore, events, subtree};
use crate::model::{RunId, TaskStatus, Timestamp, WorkflowRunId};
use crate::store::sql::statements;
use crate::store::{Cancel, CancelAnswer, CancelOutcome, Result};
use uuid::Uuid;

statements! {
    WORKFLOW = "select t.workflow_run_id from hyrex_task_run t where t.id = $1";
    CANCEL = "update hyrex_task_run t set status = {CANCELED}, finished = coalesce($2::timestamptz, now())
        where t.id = $1";
    ASK = "update hyrex_task_run t set status = {UP_FOR_CANCEL},
            cancel_subtree = case when $2 then true else t.cancel_subtree end where t.id = $1";
    /// Its executor does not see a request: it finishes this attempt, and must not make another. It could not store
    /// the result of a row that is UP_FOR_CANCEL; so the row stays RUNNING, and `cancel_subtree` marks it.
    ASK_PYTHON = "update hyrex_task_run t set max_retries = t.attempt_number, cancel_subtree = $2 where t.id = $1";
    /// Nobody makes the next attempt of this one any more.
    END = "update hyrex_task_run t set max_retries = t.attempt_number where t.id = $1";
}

impl PostgresStore {
    /// Cancels a run, and with it what it sent where that is asked.
    pub(super) async fn cancel(&self, cancel: &Cancel) -> Result<CancelAnswer> {
        let (answer, followed) = call!(self.db.rest, link => self.cancel_on(link, cancel))?;
        self.options.failpoints.answer("cancel.answered")?;
        self.tell_followed(followed);
        if answer.run == CancelOutcome::Canceled {
            self.tell_ended(vec![cancel.run]);
        }
        Ok(answer)
    }

    async fn cancel_on(&self, link: &mut Link<'_>, cancel: &Cancel) -> Result<(CancelAnswer, Followed)> {
        link.begin().await?;
        let workflows = lock_workflow(link, cancel.run).await?;
        let mut followed = Followed::default();
        let run = match latest::lock(link, cancel.run, cancel.now).await? {
            None => CancelOutcome::NotFound,
            Some(latest) => {
                let outcome = cancel_one(link, &latest, cancel.subtree, cancel.now).await?;
                if let (CancelOutcome::Canceled, Some((workflow, finally))) = (&outcome, latest.node) {
                    let end = NodeEnd { workflow, run: cancel.run, finally, succeeded: false };
                    followed = workflows.follow(link, &[end], cancel.now).await?;
                }
                outcome
            }
        };
        self.options.failpoints.pass("cancel.run")?;
        let mut below = subtree::Cancelled::default();
        if cancel.subtree && run != CancelOutcome::NotFound {
            below = subtree::cancel(link, &[cancel.run], cancel.now, &mut followed).await?;
            self.options.failpoints.pass("cancel.subtree")?;
        }
        let answer = CancelAnswer { run, descendants_canceled: below.waiting, descendants_asked: below.asked };
        let body = serde_json::json!({"run": cancel.run, "subtree": cancel.subtree, "outcome": answer});
        events::write(link, "run_cancel", &cancel.actor, body, cancel.now).await?;
        notify(link, &Signs::cancel().payload(None)).await?;
        link.commit().await?;
        Ok((answer, followed))
    }
}

/// The run of the workflow that this one is a node of: locked before its nodes.
async fn lock_workflow(link: &mut Link<'_>, run: RunId) -> Result<Locked> {
    let mut locked = Locked::default();
    let row = link.optional(query(WORKFLOW.as_str()).bind(run.0)).await?;
    let workflow = row.map(|row| get::<Option<Uuid>>(&row, "workflow_run_id")).transpose()?.flatten();
    locked.lock(link, workflow.map(WorkflowRunId)).await?;
    Ok(locked)
}

async fn cancel_one(
    link: &mut Link<'_>,
    latest: &Latest,
    subtree: bool,
    now: Option<Timestamp>,
) -> Result<CancelOutcome> {
    match latest.status {
        status if status.is_waiting() => {
            link.run(query(CANCEL.as_str()).bind(latest.id.0).bind(now)).await?;
            Ok(CancelOutcome::Canceled)
        }
        TaskStatus::Running if latest.python => {
            let asked = latest.cancel_subtree;
            if asked != Some(true) {
                link.run(query(ASK_PYTHON.as_str()).bind(latest.id.0).bind(subtree)).await?;
            }
            Ok(if asked.is_some() { CancelOutcome::AlreadyAsked } else { CancelOutcome::AskedPython })
        }
        TaskStatus::Running => {
            link.run(query(ASK.as_str()).bind(latest.id.0).bind(subtree)).await?;
            Ok(CancelOutcome::Asked)
        }
        TaskStatus::UpForCancel => {
            if subtree && latest.cancel_subtree != Some(true) {
                link.run(query(ASK.as_str()).bind(latest.id.0).bind(subtree)).await?;
            }
            Ok(CancelOutcome::AlreadyAsked)
        }
        _ if latest.between => Ok(CancelOutcome::BetweenAttempts),
        ended => {
            if latest.open {
                link.run(query(END.as_str()).bind(latest.id.0)).await?;
            }
            Ok(CancelOutcome::AlreadyEnded(ended))
        }
    }
}
