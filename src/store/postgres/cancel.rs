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
        let answer = call!(self.db.rest, link => self.cancel_on(link, cancel))?;
        self.options.failpoints.answer("cancel.answered")?;
        if answer.run == CancelOutcome::Canceled {
            self.tell_ended(vec![cancel.run]);
        }
        Ok(answer)
    }

    async fn cancel_on(&self, link: &mut Link<'_>, cancel: &Cancel) -> Result<CancelAnswer> {
        link.begin().await?;
        let run = match latest::lock(link, cancel.run, cancel.now).await? {
            None => CancelOutcome::NotFound,
            Some(latest) => cancel_one(link, &latest, cancel.subtree, cancel.now).await?,
        };
        self.options.failpoints.pass("cancel.run")?;
        let mut below = subtree::Cancelled::default();
        if cancel.subtree && run != CancelOutcome::NotFound {
            below = subtree::cancel(link, &[cancel.run], cancel.now).await?;
            self.options.failpoints.pass("cancel.subtree")?;
        }
        let answer = CancelAnswer { run, descendants_canceled: below.waiting, descendants_asked: below.asked };
        let body = serde_json::json!({"run": cancel.run, "subtree": cancel.subtree, "outcome": answer});
        events::write(link, "run_cancel", &cancel.actor, body, cancel.now).await?;
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
