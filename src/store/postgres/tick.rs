//! The tick: once a second, in one statement, what a worker must know; with a beat every few seconds.
//!
//! Nothing here grows with the number of queued runs: the lanes that hold work are found by skipping through the
//! claim index from one (queue, task) to the next.

use super::PostgresStore;
use super::connect::call;
use super::link::{Link, Query, query};
use super::rows::{get, micros, parse};
use crate::model::{AttemptId, ExecutorId, Fence};
use crate::store::sql::statements;
use crate::store::{
    Beat, Lane, LeaderFence, MAX_LANES, Peer, QueueSettings, Result, SchedulerSeen, Tick, TickAnswer, WorkflowsSeen,
};
use serde::Deserialize;
use sqlx::postgres::PgRow;
use std::time::Duration;
use uuid::Uuid;

/// Each (queue, task) after (`$4`, `$5`) that holds queued runs, as `lane`.
const LANES: &str = "lane(queue, task_name) as (
        (select r.queue, r.task_name from hyrex_task_run r where r.status = {QUEUED} and (r.queue, r.task_name) > ($4, $5)
            order by r.queue, r.task_name limit 1)
        union all
        select n.queue, n.task_name from lane l cross join lateral (
            select r.queue, r.task_name from hyrex_task_run r
            where r.status = {QUEUED} and (r.queue, r.task_name) > (l.queue, l.task_name)
            order by r.queue, r.task_name limit 1) n)";

/// As many of them as a tick tells of, in their order.
const SEEN: &str = "seen as materialized (
        select l.queue, l.task_name, row_number() over () as number from lane l limit $3::int)";

/// Executors that hold attempts, by skipping through their index, as `holder`.
const HOLDERS: &str = "holder(id) as (
        (select r.executor_id from hyrex_task_run r where r.status in {held} and r.executor_id is not null
            order by r.executor_id limit 1)
        union all
        select n.executor_id from holder h cross join lateral (
            select r.executor_id from hyrex_task_run r where r.status in {held} and r.executor_id > h.id
            order by r.executor_id limit 1) n)";

/// What each tick asks; `$1` the executor, `$2` the time.
const TOLD: &str = "(extract(epoch from n.now) * 1000000)::bigint as now,
    (select e.status::text from hyrex_executor e where e.id = $1) as own,
    (select json_agg(json_build_array(r.id, coalesce(r.claim_number, 0)))::text from hyrex_task_run r
        where r.executor_id = $1 and r.status = {UP_FOR_CANCEL}) as cancels,
    (select case when exists (select from hyrex_task_run r
                where r.status = {AWAIT_START_TIME} and r.scheduled_start is null) then 0
            else (select (extract(epoch from least(greatest(m.first, timestamptz '1970-01-01'),
                    timestamptz '9999-12-31')) * 1000000)::bigint
                from (select min(r.scheduled_start) as first from hyrex_task_run r
                    where r.status = {AWAIT_START_TIME}) m where m.first is not null) end) as next_due,
    (select json_agg(json_build_array(l.queue, l.task_name)) filter (where l.task_name = any($6::text[]))::text
        from seen l) as lanes,
    (select case when l.number >= $3::int then json_build_array(l.queue, l.task_name)::text end
        from seen l order by l.number desc limit 1) as lanes_cut,
    exists (select from hyrex_workflow_run w where w.status in {workflows_live}) as workflows_live,
    (select (extract(epoch from w.deadline) * 1000000)::bigint from hyrex_workflow_run w
        where w.status in {workflows_live} and w.deadline is not null and w.reason is null
        order by w.deadline limit 1) as workflows_deadline,
    (select json_build_object('leader', l.worker_name, 'fence', coalesce(l.fence, 0),
            'free', case when isfinite(l.release_at) then (extract(epoch from l.release_at) * 1000000)::bigint end)::text
        from hyrex_scheduler_lock l where l.lockid = 1 and l.is_active) as leader,
    case when exists (select from hyrex_scheduler_lock l
                where l.lockid = 1 and l.is_active and l.worker_name = $1::text)
        then (select hashtextextended(string_agg(concat_ws(',', j.jobid, j.jobname, j.expression, j.schedule, j.time_zone,
                j.missed, j.should_backfill, j.activated_at, j.target_args::text), ';' order by j.jobid), 0)
            from hyrex_cron_job j where {jobs_to_run} having count(*) > 0)
        else (select 0::bigint from hyrex_cron_job j where {jobs_to_run} limit 1) end as jobs,
    (select json_agg(json_build_object('name', q.name, 'app', q.app_limit, 'most', q.operator_limit,
            'operator', q.operator_set, 'limited_by', q.limit_by,
            'paused', case when isfinite(q.paused_at) then (extract(epoch from q.paused_at) * 1000000)::bigint
                when q.paused_at is not null then 0 end, 'by', q.paused_by) order by q.name)::text
        from hyrex_queue q
        where case when q.operator_set then q.operator_limit else q.app_limit end is not null
            or q.paused_at is not null) as queues";

/// What a tick with a beat asks besides.
const TOLD_WITH_BEAT: &str = "(select b.status::text from beaten b) as beaten,
    (select json_agg(json_build_array(r.id, coalesce(r.claim_number, 0)))::text from hyrex_task_run r
        where r.executor_id = $1 and r.status in {held}) as held,
    (select json_agg(json_build_object('id', p.id, 'status', coalesce(e.status::text, {executor:UNKNOWN}),
            'beat', e.beat_number, 'lease', e.lease_ms, 'host', e.host, 'boot', e.boot_id, 'pid', e.pid,
            'beat_at', case when isfinite(e.last_heartbeat)
                then (extract(epoch from e.last_heartbeat) * 1000000)::bigint end,
            'silent', case when isfinite(coalesce(e.last_heartbeat, e.started))
                then (extract(epoch from n.now - coalesce(e.last_heartbeat, e.started)) * 1000000)::bigint end))::text
        from (select id from hyrex_executor where status = {executor:RUNNING} union select id from holder) p
        left join hyrex_executor e on e.id = p.id where p.id <> $1) as peers";

/// Counts are totals of their minute: written twice they are the same.
const BEAT: &str = "beaten as (
        update hyrex_executor e set last_heartbeat = coalesce($2::timestamptz, now()),
            beat_number = coalesce(e.beat_number, 0) + 1, stuck = $7::int
        where e.id = $1 and e.status = {executor:RUNNING} returning e.status),
    renewed as (
        update hyrex_scheduler_lock l set heartbeat_at = n.now,
            release_at = n.now + e.lease_ms * interval '1 millisecond'
        from hyrex_executor e, (select coalesce($2::timestamptz, now()) as now) n
        where l.lockid = 1 and l.worker_name = $1::text and l.is_active
            and e.id = $1 and e.status = {executor:RUNNING}),
    counted as (
        insert into hyrex_counter as c (minute, executor_id, queue, task_name, succeeded, failed, retried, canceled,
            stopped, wait_us, run_us, wait_hist, run_hist)
        select u.minute, $1, u.queue, u.task_name, u.succeeded, u.failed, u.retried, u.canceled, u.stopped,
            u.wait_us, u.run_us, u.wait_hist::int[], u.run_hist::int[]
        from unnest($8::timestamptz[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
            $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[], $19::text[])
            u(minute, queue, task_name, succeeded, failed, retried, canceled, stopped, wait_us, run_us, wait_hist,
                run_hist)
        on conflict (minute, executor_id, queue, task_name) do update set
            succeeded = excluded.succeeded, failed = excluded.failed, retried = excluded.retried,
            canceled = excluded.canceled, stopped = excluded.stopped, wait_us = excluded.wait_us,
            run_us = excluded.run_us, wait_hist = excluded.wait_hist, run_hist = excluded.run_hist)";

statements! {
    TICK = &format!("with recursive {LANES}, {SEEN}
        select {TOLD} from (select coalesce($2::timestamptz, now()) as now) n");
    TICK_WITH_BEAT = &format!("with recursive {LANES}, {SEEN}, {HOLDERS}, {BEAT}
        select {TOLD}, {TOLD_WITH_BEAT} from (select coalesce($2::timestamptz, now()) as now) n");
}

/// A queue's settings as the statement gives them.
#[derive(Deserialize)]
struct Queue {
    name: String,
    app: Option<u32>,
    most: Option<u32>,
    operator: bool,
    limited_by: Option<String>,
    paused: Option<i64>,
    by: Option<String>,
}

/// Who leads the schedulers, as the statement gives it.
#[derive(Deserialize)]
struct Leader {
    leader: String,
    fence: i64,
    free: Option<i64>,
}

/// A peer as the statement gives it.
#[derive(Deserialize)]
struct PeerRow {
    id: Uuid,
    status: String,
    beat: Option<i64>,
    lease: Option<u64>,
    host: Option<String>,
    boot: Option<String>,
    pid: Option<u32>,
    beat_at: Option<i64>,
    silent: Option<i64>,
}

impl PostgresStore {
    /// Beats when it is time, and tells what a worker must know.
    pub(super) async fn tick(&self, tick: &Tick) -> Result<TickAnswer> {
        let answer = call!(self.db.ticks, link => self.tick_on(link, tick))?;
        self.options.failpoints.answer("tick.answered")?;
        Ok(answer)
    }

    async fn tick_on(&self, link: &mut Link<'_>, tick: &Tick) -> Result<TickAnswer> {
        let Some(beat) = &tick.beat else {
            let row = link.one(bound(TICK.as_str(), tick)).await?;
            return told(&row, false, tick.executor);
        };
        let fallible = self.options.failpoints.are_enabled();
        if fallible {
            link.begin().await?;
        }
        let row = link.one(bind_beat(bound(TICK_WITH_BEAT.as_str(), tick), beat)).await?;
        if fallible {
            self.options.failpoints.pass("tick.beaten")?;
            link.commit().await?;
        }
        told(&row, true, tick.executor)
    }
}

fn bound<'t>(text: &'static str, tick: &'t Tick) -> Query<'t> {
    let after = tick.lanes_after.clone().unwrap_or(Lane { queue: String::new(), task_name: String::new() });
    query(text)
        .bind(tick.executor.0)
        .bind(tick.now)
        .bind(MAX_LANES as i32)
        .bind(after.queue)
        .bind(after.task_name)
        .bind(&tick.tasks[..])
}

fn bind_beat<'t>(statement: Query<'t>, beat: &'t Beat) -> Query<'t> {
    fn column<'b, T>(beat: &'b Beat, of: impl Fn(&'b crate::store::Count) -> T) -> Vec<T> {
        beat.counts.iter().map(of).collect()
    }
    statement
        .bind(beat.stuck.min(i32::MAX as u32) as i32)
        .bind(column(beat, |count| count.minute))
        .bind(column(beat, |count| count.queue.as_str()))
        .bind(column(beat, |count| count.task_name.as_str()))
        .bind(column(beat, |count| count.succeeded))
        .bind(column(beat, |count| count.failed))
        .bind(column(beat, |count| count.retried))
        .bind(column(beat, |count| count.canceled))
        .bind(column(beat, |count| count.stopped))
        .bind(column(beat, |count| count.wait_us))
        .bind(column(beat, |count| count.run_us))
        .bind(column(beat, |count| histogram(&count.wait_hist)))
        .bind(column(beat, |count| histogram(&count.run_hist)))
}

/// As the text of an array: an array of arrays would come apart in `unnest`.
fn histogram(buckets: &[i32]) -> String {
    let buckets: Vec<String> = buckets.iter().map(i32::to_string).collect();
    format!("{{{}}}", buckets.join(","))
}

fn told(row: &PgRow, with_beat: bool, executor: ExecutorId) -> Result<TickAnswer> {
    let own = get::<Option<String>>(row, "own")?.map(|name| parse(&name)).transpose()?;
    let lane = |(queue, task_name)| Lane { queue, task_name };
    let lanes: Vec<(String, String)> = list(row, "lanes")?;
    let cut = get::<Option<&str>>(row, "lanes_cut")?.and_then(|text| serde_json::from_str(text).ok()).map(lane);
    let queues: Vec<Queue> = list(row, "queues")?;
    Ok(TickAnswer {
        now: micros(get(row, "now")?),
        own,
        cancels: fences(row, "cancels", executor)?,
        next_due: get::<Option<i64>>(row, "next_due")?.map(micros),
        lanes: lanes.into_iter().map(lane).collect(),
        lanes_cut: cut,
        queues: queues.into_iter().map(settings).collect(),
        workflows: WorkflowsSeen {
            live: get(row, "workflows_live")?,
            next_deadline: get::<Option<i64>>(row, "workflows_deadline")?.map(micros),
        },
        scheduler: scheduler(row)?,
        held: with_beat.then(|| fences(row, "held", executor)).transpose()?,
        peers: with_beat.then(|| list(row, "peers")?.into_iter().map(peer).collect()).transpose()?,
    })
}

/// A column that holds a JSON array, or null for an empty one.
fn list<T: serde::de::DeserializeOwned>(row: &PgRow, column: &str) -> Result<Vec<T>> {
    let Some(text) = get::<Option<&str>>(row, column)? else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(|error| crate::store::StoreError::Database(format!("{column}: {error}")))
}

fn scheduler(row: &PgRow) -> Result<SchedulerSeen> {
    let leader: Option<Leader> = get::<Option<&str>>(row, "leader")?.and_then(|text| serde_json::from_str(text).ok());
    let (leader, free_at) =
        leader.map(|row| (LeaderFence { holder: row.leader, fence: row.fence }, row.free.map(micros))).unzip();
    Ok(SchedulerSeen { jobs: get(row, "jobs")?, leader, free_at: free_at.flatten() })
}

fn fences(row: &PgRow, column: &str, executor: ExecutorId) -> Result<Vec<Fence>> {
    let fence = |(id, claim)| Fence { attempt: AttemptId(id), executor, claim };
    Ok(list::<(Uuid, i32)>(row, column)?.into_iter().map(fence).collect())
}

fn settings(queue: Queue) -> QueueSettings {
    QueueSettings {
        name: queue.name,
        concurrency_limit: if queue.operator { queue.most } else { queue.app },
        app_limit: queue.app,
        limit_by_operator: queue.operator,
        limit_by: queue.limited_by,
        paused_at: queue.paused.map(micros),
        paused_by: queue.by,
    }
}

fn peer(row: PeerRow) -> Result<Peer> {
    Ok(Peer {
        id: ExecutorId(row.id),
        status: parse(&row.status)?,
        beat_number: row.beat,
        lease: row.lease.map(Duration::from_millis),
        last_heartbeat: row.beat_at.map(micros),
        silent_for: row.silent.map(|us| Duration::from_micros(us.max(0) as u64)),
        host: row.host,
        boot_id: row.boot,
        pid: row.pid,
    })
}
