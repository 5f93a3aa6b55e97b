//! Claims from queues with a limit, one transaction a queue.
//!
//! One statement that locks, counts and claims still overruns, since it counts by a snapshot taken before the lock.
//! So: lock the queue's row, then count and claim in a second statement, which sees what stood when it got the lock.

use super::PostgresStore;
use super::claim::{Catch, FACTORS, Wanted};
use super::connect::call;
use super::link::{Link, query};
use super::rows::get;
use crate::store::sql::statements;
use crate::store::{Result, Share, Turn};

const RETURNING: &str = "returning t.id, t.claim_number, t.durable_id, t.root_id, t.parent_id, t.workflow_run_id,
        t.node_name::text as node_name, t.task_name::text as task_name, t.queue::text as queue, t.priority,
        t.max_retries, t.attempt_number, t.timeout_seconds, t.scheduled_start, t.queued, t.started,
        case when pg_column_size(t.args) < 2000 then t.args::text
            when octet_length(t.args::text) <= $6 then t.args::text end as args,
        case when pg_column_size(t.args) >= 2000 then octet_length(t.args::text) end as args_size,
        null::text[] as cut";

statements! {
    ALIVE = "select from hyrex_executor e where e.id = $1 and e.status = {executor:RUNNING} for key share";
    LOCK = "select case when h.operator_set then h.operator_limit else h.app_limit end as most from hyrex_queue h
        where h.name = $1 and h.paused_at is null
            and case when h.operator_set then h.operator_limit else h.app_limit end is not null for update of h";
    CLAIM = &format!("with room as materialized (
            select greatest(0, least($3::int, $4::int - (select count(*)::int from hyrex_task_run r
                where r.queue = $1 and r.status in {{held}}))) as free
        ), candidate as materialized (
            select x.id, x.priority, x.queued from room cross join unnest($2::text[]) l(task) cross join lateral (
                select r.id, r.priority, r.queued from hyrex_task_run r
                where r.status = {{QUEUED}} and r.queue = $1 and r.task_name = l.task
                order by r.priority desc, r.queued, r.id limit room.free * $8::int) x
            order by x.priority desc, x.queued, x.id limit (select free * $8::int from room)
        )
        update hyrex_task_run t set status = {{RUNNING}}, executor_id = $5,
            claim_number = coalesce(t.claim_number, 0) + 1, started = coalesce($7::timestamptz, clock_timestamp()), finished = null
        where t.id = any(array(select r.id from candidate c join hyrex_task_run r on r.id = c.id
            where (r.status = {{QUEUED}}) is true order by c.priority desc, c.queued, c.id
            limit (select free from room) for update of r skip locked)) {RETURNING}");
}

impl PostgresStore {
    /// Claims the shares of limited queues.
    pub(super) async fn claim_limited(&self, turn: &Turn, catch: &mut Catch) -> Result<()> {
        for share in &turn.claim.shares {
            if share.limited && share.take > 0 && !share.tasks.is_empty() {
                catch.merge(call!(self.db.turns, link => self.claim_share(link, turn, share))?);
            }
        }
        Ok(())
    }

    async fn claim_share(&self, link: &mut Link<'_>, turn: &Turn, share: &Share) -> Result<Catch> {
        link.begin().await?;
        let mut catch = Catch::default();
        let alive = link.optional(query(ALIVE.as_str()).bind(turn.executor.0)).await?.is_some();
        let lock = query(LOCK.as_str()).bind(share.queue.clone());
        if alive && let Some(row) = link.optional(lock).await? {
            catch = self.claim_room(link, turn, share, get(&row, "most")?).await?;
        }
        self.options.failpoints.pass("turn.claimed")?;
        link.commit().await?;
        self.options.failpoints.answer("turn.answered")?;
        Ok(catch)
    }

    /// Under the lock: what the limit leaves room for.
    async fn claim_room(&self, link: &mut Link<'_>, turn: &Turn, share: &Share, limit: i32) -> Result<Catch> {
        let mut wanted = Wanted::default();
        wanted.add(share);
        let take = share.take.min(10_000) as i32;
        let claim = query(CLAIM.as_str())
            .bind(share.queue.clone())
            .bind(share.tasks.clone())
            .bind(take)
            .bind(limit)
            .bind(turn.executor.0)
            .bind(wanted.small())
            .bind(turn.now)
            .bind(FACTORS.0);
        let mut catch = Catch::default();
        for row in link.all(claim).await? {
            catch.add(&row, turn.executor)?;
        }
        Ok(catch)
    }
}
