//! Promotion: runs whose time has come are queued.

use super::PostgresStore;
use super::connect::call;
use super::link::{Link, query};
use super::rows::get;
use super::signals::Signs;
use crate::model::Timestamp;
use crate::store::Result;
use crate::store::sql::statements;

statements! {
    /// The longest due first. A run that waits for no time at all (nobody of ours writes that) is due.
    PROMOTE = "update hyrex_task_run t set status = {QUEUED}, queued = coalesce($1::timestamptz, now())
        where t.id = any((array(select r.id from hyrex_task_run r
                where r.status = {AWAIT_START_TIME} and r.scheduled_start <= coalesce($1::timestamptz, now())
                order by r.scheduled_start limit 1000 for update skip locked)
            || array(select r.id from hyrex_task_run r
                where r.status = {AWAIT_START_TIME} and r.scheduled_start is null limit 100 for update skip locked)
            )[1:1000]) and (t.status = {AWAIT_START_TIME}) is true
        returning t.queue::text as queue, t.task_name::text as task_name";
}

impl PostgresStore {
    /// Queues runs whose time has come; how many.
    pub(super) async fn promote(&self, now: Option<Timestamp>) -> Result<u32> {
        let lanes = call!(self.db.ticks, link => self.promote_on(link, now))?;
        self.options.failpoints.answer("promote.answered")?;
        let count = lanes.len() as u32;
        self.flusher.tell(Signs::work(lanes));
        Ok(count)
    }

    async fn promote_on(&self, link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Vec<(String, String)>> {
        let fallible = self.options.failpoints.are_enabled();
        if fallible {
            link.begin().await?;
        }
        let rows = link.all(query(PROMOTE.as_str()).bind(now)).await?;
        if fallible {
            self.options.failpoints.pass("promote.updated")?;
            link.commit().await?;
        }
        rows.iter().map(|row| Ok((get(row, "queue")?, get(row, "task_name")?))).collect()
    }
}
