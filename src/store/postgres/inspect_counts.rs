//! How many runs stand in each status: live ones by their indexes, ended ones among the newest rows.

use super::inspect_queues::capped;
use super::link::{Link, query};
use super::rows::{get, task_status};
use crate::model::TaskStatus;
use crate::store::sql::statements;
use crate::store::{COUNT_CAP, Capped, LOOK_BACK, Result};
use std::collections::HashMap;

statements! {
    /// Attempts that another one follows are left out: their runs are counted by that one.
    BACK = "select t.status::text as status, count(*) as count from (
            select * from hyrex_task_run r order by r.id desc limit $1) t
        where {no_next} group by t.status";
    BEYOND = "select from hyrex_task_run r order by r.id desc offset $1 limit 1";
    LIVE = "select s.status, (s.count)::bigint as count from (values
            ({QUEUED}, (select count(*) from (select from hyrex_task_run r where r.status = {QUEUED} limit $1) c)),
            ({AWAIT_START_TIME},
                (select count(*) from (select from hyrex_task_run r where r.status = {AWAIT_START_TIME} limit $1) c)),
            ({RUNNING}, (select count(*) from (select from hyrex_task_run r where r.status = {RUNNING} limit $1) c)),
            ({UP_FOR_CANCEL},
                (select count(*) from (select from hyrex_task_run r where r.status = {UP_FOR_CANCEL} limit $1) c))
        ) s(status, count)";
}

/// How many runs stand in each status.
pub(super) async fn status_counts(link: &mut Link<'_>) -> Result<Vec<(TaskStatus, Capped)>> {
    let mut counts: HashMap<TaskStatus, i64> = HashMap::new();
    let back = link.all(query(BACK.as_str()).bind(i64::from(LOOK_BACK))).await?;
    let beyond = link.optional(query(BEYOND.as_str()).bind(i64::from(LOOK_BACK))).await?.is_some();
    let live = link.all(query(LIVE.as_str()).bind(i64::from(COUNT_CAP) + 1)).await?;
    // The live ones last: they replace what the look back saw of them.
    for row in back.iter().chain(&live) {
        counts.insert(task_status(row)?, get(row, "count")?);
    }
    let cut = |status: TaskStatus| beyond && (status.is_finished() || status == TaskStatus::AwaitDeps);
    let of = |status: TaskStatus| {
        let all = capped(counts.get(&status).copied().unwrap_or_default());
        (status, Capped { more: all.more || cut(status), ..all })
    };
    Ok(TaskStatus::ALL.into_iter().map(of).collect())
}
