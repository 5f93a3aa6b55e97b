//! Who leads: row 1 of `hyrex_scheduler_lock`, as Python's scheduler takes it too.

use crate::model::Timestamp;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::connect::call;
use crate::store::postgres::enqueue::micros;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::get;
use crate::store::sql::statements;
use crate::store::{Lead, LeaderFence, Result};

statements! {
    /// Python's scheduler leaves `fence` alone when it takes the row.
    LEAD = "insert into hyrex_scheduler_lock as l
            (lockid, worker_name, acquired_at, heartbeat_at, release_at, is_active, fence)
        select 1, $1, n.now, n.now, n.now + $2::bigint * interval '1 microsecond', true, 1
        from (select coalesce($3::timestamptz, now()) as now) n
        on conflict (lockid) do update set worker_name = excluded.worker_name, acquired_at = excluded.acquired_at,
            heartbeat_at = excluded.heartbeat_at, release_at = excluded.release_at, is_active = true,
            fence = coalesce(l.fence, 0) + 1
        where not l.is_active or l.release_at <= excluded.acquired_at or l.worker_name = excluded.worker_name
        returning l.fence";
    RELEASE = "update hyrex_scheduler_lock l set is_active = false, heartbeat_at = n.now, release_at = n.now
        from (select coalesce($3::timestamptz, now()) as now) n
        where l.lockid = 1 and l.worker_name = $1 and l.fence = $2 and l.is_active";
    HELD = "select 1 from hyrex_scheduler_lock l
        where l.lockid = 1 and l.worker_name = $1 and l.fence = $2 and l.is_active";
}

impl PostgresStore {
    pub(in crate::store::postgres) async fn lead(&self, lead: &Lead) -> Result<Option<LeaderFence>> {
        let row = call!(self.db.rest, link => async {
            link.optional(query(LEAD.as_str()).bind(lead.holder.clone()).bind(micros(lead.lease)).bind(lead.now)).await
        })?;
        self.options.failpoints.answer("lead.answered")?;
        row.map(|row| Ok(LeaderFence { holder: lead.holder.clone(), fence: get(&row, "fence")? })).transpose()
    }

    pub(in crate::store::postgres) async fn release_lead(
        &self,
        leader: &LeaderFence,
        now: Option<Timestamp>,
    ) -> Result<()> {
        call!(self.db.rest, link => async {
            link.run(query(RELEASE.as_str()).bind(leader.holder.clone()).bind(leader.fence).bind(now)).await
        })?;
        Ok(())
    }
}

/// Whether it leads. The row is not locked: the beat that renews it must not wait for a job's SQL, and who loses the place
/// meanwhile still runs each time once.
pub(super) async fn holds(link: &mut Link<'_>, leader: &LeaderFence) -> Result<bool> {
    let held = query(HELD.as_str()).bind(leader.holder.clone()).bind(leader.fence);
    Ok(link.optional(held).await?.is_some())
}
