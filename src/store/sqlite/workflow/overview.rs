//! All workflows, each with its newest runs.

use super::super::cached::Cached;
use super::super::inspect_names;
use super::super::rows::time;
use crate::model::WorkflowRunId;
use crate::model::time::from_micros;
use crate::store::sql::statements;
use crate::store::{Capped, LOOK_BACK, RECENT_RUNS, Result, WorkflowRow, WorkflowRunBrief};
use chrono::TimeDelta;
use rusqlite::{Connection, Row};
use std::collections::HashMap;

/// Runs of a day are counted as far as here, for there may be many workflows.
const DAY_CAP: u32 = 1_000;

statements! {
    DEFINED = "SELECT 1 FROM hyrex_workflow WHERE workflow_name = ?1";
    RECENT = "SELECT id, status, queued, started, finished FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_name
        WHERE workflow_name = ?1 ORDER BY id DESC LIMIT ?2";
    LAST_DAY = "SELECT count(*) FROM (SELECT 1 FROM hyrex_workflow_run INDEXED BY hyrex_workflow_run_name
        WHERE workflow_name = ?1 AND id >= ?2 LIMIT ?3)";
    LIVE = "SELECT workflow_name, count(*) FROM (SELECT workflow_name FROM hyrex_workflow_run
            INDEXED BY hyrex_workflow_run_deadline WHERE status IN {workflows_live} LIMIT ?1) GROUP BY workflow_name";
}

/// All workflows, by name.
pub fn workflows(conn: &Connection, now: i64) -> Result<Vec<WorkflowRow>> {
    let live: HashMap<String, u32> =
        conn.all(&LIVE, [LOOK_BACK], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    let cut = live.values().sum::<u32>() >= LOOK_BACK;
    let yesterday = from_micros(now).checked_sub_signed(TimeDelta::days(1)).unwrap_or_default();
    let from = WorkflowRunId::first_of(yesterday);
    let row = |name: String| {
        let day: u32 = conn.one(&LAST_DAY, (&name, from, DAY_CAP + 1), |row| row.get(0))?.unwrap_or_default();
        Ok(WorkflowRow {
            has_definition: conn.one(&DEFINED, [&name], |_| Ok(()))?.is_some(),
            recent: conn.all(&RECENT, (&name, RECENT_RUNS), brief)?,
            last_day: Capped { count: day.min(DAY_CAP), more: day > DAY_CAP },
            live: Capped { count: live.get(&name).copied().unwrap_or_default(), more: cut },
            name,
        })
    };
    inspect_names::workflows(conn)?.into_iter().map(row).collect()
}

fn brief(row: &Row<'_>) -> rusqlite::Result<WorkflowRunBrief> {
    Ok(WorkflowRunBrief {
        id: row.get(0)?,
        status: row.get(1)?,
        queued: time(row, 2)?,
        started: time(row, 3)?,
        finished: time(row, 4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::plans::plan;
    use super::*;

    #[test]
    fn a_workflow_costs_ranges_of_its_index() {
        for (sql, range) in [(&RECENT, "(workflow_name=?)"), (&LAST_DAY, "(workflow_name=? AND id>?)")] {
            let plan = plan(sql);
            assert!(plan.contains(range) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
