//! An operator's cancel: waiting runs at once, running ones by asking.

use super::connect::call;
use super::enqueue::notify;
use super::latest::{self, Latest};
use super::link::{Link, query};
use super::signals::Signs;
use super::{PostgresStore, events, subtree};
use crate::model::{TaskStatus, Timestamp};
use crate::store::sql::statements;
use crate::store::{Cancel, CancelAnswer, CancelOutcome, Result};

statements! {
    CANCEL = "update hyrex_task_run t set status = {CANCELED}, finished = coalesce($2::timestamptz, now())
        where t.id = $1";
    /// An attempt of Python's gets no other: else its executor, which does not see the request, would retry it.
    ASK = "update hyrex_task_run t set status = {UP_FOR_CANCEL},
            cancel_subtree = case when $2 then true else t.cancel_subtree end,
            max_retries = case when $3 then t.attempt_number else t.max_retries end
        where t.id = $1";
}

impl PostgresStore {
    /// Cancels a run, and with it what it sent where that is asked.
    pub(super) async fn cancel(&self, cancel: &Cancel) -> Result<CancelAnswer> {
        let answer = call!(self.db.rest, link => self.cancel_on(link, cancel))?;
        self.options.failpoints.answer("cancel.answered")?;
        if answer.run == CancelOutcome::Canceled {
            self.tell_ended(vec![cancel.run]);
        }
        Ok(answer)
    }

    async fn cancel_on(&self, link: &mut Link<'_>, cancel: &Cancel) -> Result<CancelAnswer> {
        link.begin().await?;
        let Some(latest) = latest::lock(link, cancel.run).await? else {
            link.rollback().await?;
            return Ok(CancelAnswer { run: CancelOutcome::NotFound, descendants_canceled: 0, descendants_asked: 0 });
        };
        let run = cancel_one(link, &latest, cancel.subtree, cancel.now).await?;
        self.options.failpoints.pass("cancel.run")?;
        let mut below = subtree::Cancelled::default();
        if cancel.subtree {
            below = subtree::cancel(link, &[cancel.run], cancel.now).await?;
            self.options.failpoints.pass("cancel.subtree")?;
        }
        let answer = CancelAnswer { run, descendants_canceled: below.waiting, descendants_asked: below.asked };
        let body = serde_json::json!({
            "actor": cancel.actor, "run": cancel.run, "subtree": cancel.subtree, "outcome": answer,
        });
        events::write(link, "run_cancel", &body, cancel.now).await?;
        notify(link, &Signs::cancel().payload()).await?;
        link.commit().await?;
        Ok(answer)
    }
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
        TaskStatus::Running => {
            ask(link, latest, subtree).await?;
            Ok(if latest.python { CancelOutcome::AskedPython } else { CancelOutcome::Asked })
        }
        TaskStatus::UpForCancel => {
            if subtree && !latest.cancel_subtree {
                ask(link, latest, subtree).await?;
            }
            Ok(CancelOutcome::AlreadyAsked)
        }
        ended => Ok(CancelOutcome::AlreadyEnded(ended)),
    }
}

async fn ask(link: &mut Link<'_>, latest: &Latest, subtree: bool) -> Result<()> {
    link.run(query(ASK.as_str()).bind(latest.id.0).bind(subtree).bind(latest.python)).await?;
    Ok(())
}
