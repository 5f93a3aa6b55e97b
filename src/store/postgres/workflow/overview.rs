//! All workflows, each with its newest runs.

use crate::model::{Timestamp, WorkflowRunId};
use crate::store::postgres::inspect_activity::clock;
use crate::store::postgres::inspect_names;
use crate::store::postgres::link::{Link, query};
use crate::store::postgres::rows::{get, status, time_or_none};
use crate::store::sql::statements;
use crate::store::{Capped, LOOK_BACK, RECENT_RUNS, Result, WorkflowRow, WorkflowRunBrief};
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};

/// Runs of a day are counted as far as here, for there may be many workflows.
const DAY_CAP: u32 = 1_000;

statements! {
    DEFINED = "select w.workflow_name::text as name from hyrex_workflow w where w.workflow_name = any($1::text[])";
    RECENT = "select u.name, w.id, w.status::text as status, w.queued, w.started, w.finished
        from unnest($1::text[]) u(name) cross join lateral (
            select * from hyrex_workflow_run r where r.workflow_name = u.name order by r.id desc limit $2) w
        order by w.id desc";
    LAST_DAY = "select u.name, (select count(*) from (select from hyrex_workflow_run r
            where r.workflow_name = u.name and r.id >= $2 order by r.id desc limit $3) c) as count from unnest($1::text[]) u(name)";
    LIVE = "select l.name::text as name, count(*) as count from (
            select r.workflow_name as name from hyrex_workflow_run r where r.status in {workflows_live} limit $1) l
        group by l.name";
}

/// All workflows, by name.
pub async fn workflows(link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Vec<WorkflowRow>> {
    let names = inspect_names::workflows(link).await?;
    let now = clock(link, now).await?;
    let defined = defined(link, &names).await?;
    let mut recent = recent(link, &names).await?;
    let day = last_day(link, &names, now).await?;
    let (live, cut) = live(link).await?;
    let row = |name: String| WorkflowRow {
        has_definition: defined.contains(&name),
        recent: recent.remove(&name).unwrap_or_default(),
        last_day: capped(day.get(&name), DAY_CAP, false),
        live: capped(live.get(&name), LOOK_BACK, cut),
        name,
    };
    Ok(names.into_iter().map(row).collect())
}

fn capped(count: Option<&i64>, cap: u32, cut: bool) -> Capped {
    let count = count.copied().unwrap_or_default();
    Capped { count: count.clamp(0, cap.into()) as u32, more: cut || count > cap.into() }
}

async fn defined(link: &mut Link<'_>, names: &[String]) -> Result<HashSet<String>> {
    link.all(query(DEFINED.as_str()).bind(names.to_vec())).await?.iter().map(|row| get(row, "name")).collect()
}

async fn recent(link: &mut Link<'_>, names: &[String]) -> Result<HashMap<String, Vec<WorkflowRunBrief>>> {
    let mut recent: HashMap<String, Vec<_>> = HashMap::new();
    for row in link.all(query(RECENT.as_str()).bind(names.to_vec()).bind(i64::from(RECENT_RUNS))).await? {
        recent.entry(get(&row, "name")?).or_default().push(WorkflowRunBrief {
            id: WorkflowRunId(get(&row, "id")?),
            status: status(&row, "status")?,
            queued: time_or_none(&row, "queued")?,
            started: time_or_none(&row, "started")?,
            finished: time_or_none(&row, "finished")?,
        });
    }
    Ok(recent)
}

async fn last_day(link: &mut Link<'_>, names: &[String], now: Timestamp) -> Result<HashMap<String, i64>> {
    let from = WorkflowRunId::first_of(now.checked_sub_signed(TimeDelta::days(1)).unwrap_or_default());
    let statement = query(LAST_DAY.as_str()).bind(names.to_vec()).bind(from.0).bind(i64::from(DAY_CAP) + 1);
    link.all(statement).await?.iter().map(|row| Ok((get(row, "name")?, get(row, "count")?))).collect()
}

/// Runs that go on, by workflow; whether there are more than were counted.
async fn live(link: &mut Link<'_>) -> Result<(HashMap<String, i64>, bool)> {
    let rows = link.all(query(LIVE.as_str()).bind(i64::from(LOOK_BACK))).await?;
    let live: HashMap<String, i64> =
        rows.iter().map(|row| Ok((get(row, "name")?, get(row, "count")?))).collect::<Result<_>>()?;
    let cut = live.values().sum::<i64>() >= i64::from(LOOK_BACK);
    Ok((live, cut))
}
