//! Names for completion, and the next time that is waited for.

use super::inspect_queues::NAMES;
use super::link::{Link, query};
use super::rows::{get, time_or_none};
use crate::model::Timestamp;
use crate::store::sql::statements;
use crate::store::{NAMED_BACK, Names, Result};
use std::collections::BTreeSet;

/// Names of each list at most.
const MOST: usize = 1000;

statements! {
    TASKS = "(select d.task_name::text as name, d.queue::text as queue from hyrex_task_def d
            order by d.task_name collate \"C\" limit 1000)
        union select t.task_name::text, t.queue::text from (
            select r.task_name, r.queue from hyrex_task_run r order by r.id desc limit $1) t";
    QUEUES = &format!("with recursive {} select n.name from named n", NAMES.replace("$3", "$1"));
    WORKFLOWS = "(select w.workflow_name::text as name from hyrex_workflow w order by w.workflow_name collate \"C\" limit 1000)
        union select t.workflow_name::text from (
            select r.workflow_name from hyrex_workflow_run r order by r.id desc limit $1) t";
    NEXT_DUE = "select min(r.scheduled_start) as due from hyrex_task_run r where r.status = {AWAIT_START_TIME}";
}

/// Names of tasks, queues and workflows.
pub(super) async fn names(link: &mut Link<'_>) -> Result<Names> {
    let (mut tasks, mut queues) = (BTreeSet::new(), BTreeSet::new());
    for row in link.all(query(TASKS.as_str()).bind(i64::from(NAMED_BACK))).await? {
        tasks.insert(get::<String>(&row, "name")?);
        queues.extend(get::<Option<String>>(&row, "queue")?);
    }
    let seen: Vec<String> = queues.iter().cloned().collect();
    for row in link.all(query(QUEUES.as_str()).bind(seen)).await? {
        queues.insert(get(&row, "name")?);
    }
    let workflows = workflows(link).await?;
    let first = |names: BTreeSet<String>| names.into_iter().take(MOST).collect();
    Ok(Names { tasks: first(tasks), queues: first(queues), workflows })
}

/// The workflows that are defined, or that the newest runs are of, by name.
pub(super) async fn workflows(link: &mut Link<'_>) -> Result<Vec<String>> {
    let rows = link.all(query(WORKFLOWS.as_str()).bind(i64::from(NAMED_BACK))).await?;
    let names: BTreeSet<String> = rows.iter().map(|row| get(row, "name")).collect::<Result<_>>()?;
    Ok(names.into_iter().take(MOST).collect())
}

/// The earliest time that a run waits for.
pub(super) async fn next_due(link: &mut Link<'_>) -> Result<Option<Timestamp>> {
    time_or_none(&link.one(query(NEXT_DUE.as_str())).await?, "due")
}
