//! Queues as they stand: counted as far as the cap, by indexes that hold live runs only.

use super::link::{Link, query};
use super::queues::SETTINGS;
use super::rows::{get, queue_settings};
use crate::model::Timestamp;
use crate::store::sql::statements;
use crate::store::{COUNT_CAP, Capped, LOOK_BACK, QueueRow, QueueSettings, Result};
use sqlx::postgres::PgRow;
use std::collections::HashMap;
use std::time::Duration;

/// Names are found by skipping from one to the next in an index. The oldest of a queue: the head of each task and
/// priority, since that is how its index is sorted.
pub(super) const NAMES: &str = "queued(name) as (
        (select r.queue from hyrex_task_run r where r.status = {QUEUED} order by r.queue limit 1)
        union all
        select n.queue from queued q cross join lateral (select r.queue from hyrex_task_run r
            where r.status = {QUEUED} and r.queue > q.name order by r.queue limit 1) n),
    holding(name) as (
        (select r.queue from hyrex_task_run r where r.status in {held} order by r.queue limit 1)
        union all
        select n.queue from holding q cross join lateral (select r.queue from hyrex_task_run r
            where r.status in {held} and r.queue > q.name order by r.queue limit 1) n),
    named as (
        select w.name::text as name from (
            (select name from hyrex_queue where declared order by name limit 1000)
            union (select name from queued limit 1000) union (select name from holding limit 1000)
            union (select unnest($3::text[]))
        ) w order by 1 limit 1000)";

const OLDEST: &str = "(with recursive head(task_name, priority, queued) as (
        (select r.task_name, r.priority, r.queued from hyrex_task_run r where r.status = {QUEUED} and r.queue = n.name
            order by r.task_name, r.priority desc, r.queued limit 1)
        union all
        select x.task_name, x.priority, x.queued from head h cross join lateral (
            (select r.task_name, r.priority, r.queued, 0 as place from hyrex_task_run r
                where r.status = {QUEUED} and r.queue = n.name and r.task_name = h.task_name
                    and r.priority < h.priority order by r.priority desc, r.queued limit 1)
            union all
            (select r.task_name, r.priority, r.queued, 1 from hyrex_task_run r
                where r.status = {QUEUED} and r.queue = n.name and r.task_name > h.task_name
                order by r.task_name, r.priority desc, r.queued limit 1)
            order by place limit 1) x)
    select min(z.queued) from (select * from head limit 1000) z)";

statements! {
    /// Waits of all queues together, the next due first.
    SCHEDULED = "select s.queue::text as queue, count(*) as count from (
            select r.queue from hyrex_task_run r where r.status = {AWAIT_START_TIME}
            order by r.scheduled_start limit $1) s group by s.queue";
    QUEUES = &format!("with recursive {NAMES}
        select n.name as queue_name, {SETTINGS},
            (select count(*) from (select from hyrex_task_run r where r.status = {{QUEUED}} and r.queue = n.name
                limit $2) c) as queued,
            (select count(*) from (select from hyrex_task_run r where r.status in {{held}} and r.queue = n.name
                limit $2) c) as held,
            (extract(epoch from coalesce($1::timestamptz, now()) - {OLDEST}) * 1000000)::bigint as oldest
        from named n left join hyrex_queue q on q.name = n.name order by n.name collate \"C\"");
}

/// All queues that are known or hold runs that have not ended.
pub(super) async fn queues(link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Vec<QueueRow>> {
    let scheduled = Scheduled::read(link).await?;
    let names: Vec<String> = scheduled.by_queue.keys().cloned().collect();
    let cap = i64::from(COUNT_CAP) + 1;
    let rows = link.all(query(QUEUES.as_str()).bind(now).bind(cap).bind(names)).await?;
    rows.iter().map(|row| queue(row, &scheduled)).collect()
}

fn queue(row: &PgRow, scheduled: &Scheduled) -> Result<QueueRow> {
    let name: String = get(row, "queue_name")?;
    let oldest = get::<Option<i64>>(row, "oldest")?;
    Ok(QueueRow {
        queued: capped(get(row, "queued")?),
        held: capped(get(row, "held")?),
        scheduled: scheduled.of(&name),
        oldest: oldest.map(|us| Duration::from_micros(us.max(0) as u64)),
        settings: settings(row, name)?,
    })
}

/// What stands for the queue; nothing where it has no row.
pub(super) fn settings(row: &PgRow, name: String) -> Result<QueueSettings> {
    if get::<Option<String>>(row, "name")?.is_some() {
        return queue_settings(row);
    }
    Ok(QueueSettings {
        name,
        concurrency_limit: None,
        app_limit: None,
        limit_by_operator: false,
        limit_by: None,
        paused_at: None,
        paused_by: None,
    })
}

/// A count as it is told.
pub(super) fn capped(count: i64) -> Capped {
    let cap = i64::from(COUNT_CAP);
    Capped { count: count.clamp(0, cap) as u32, more: count > cap }
}

/// Runs that wait for their time, among the first [`LOOK_BACK`] of all queues.
struct Scheduled {
    by_queue: HashMap<String, i64>,
    cut: bool,
}

impl Scheduled {
    async fn read(link: &mut Link<'_>) -> Result<Self> {
        let mut by_queue = HashMap::new();
        for row in link.all(query(SCHEDULED.as_str()).bind(i64::from(LOOK_BACK))).await? {
            by_queue.insert(get::<String>(&row, "queue")?, get::<i64>(&row, "count")?);
        }
        let cut = by_queue.values().sum::<i64>() >= i64::from(LOOK_BACK);
        Ok(Self { by_queue, cut })
    }

    fn of(&self, queue: &str) -> Capped {
        let all = capped(self.by_queue.get(queue).copied().unwrap_or_default());
        Capped { more: all.more || self.cut, ..all }
    }
}
