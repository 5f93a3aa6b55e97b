//! Where there is work, by loose index scans: a seek a lane, however many runs stand in it. Lanes of tasks that nobody
//! asked for are jumped over.

use super::cached::Cached;
use crate::store::sql::statements;
use crate::store::{Lane, MAX_LANES, Result};
use rusqlite::Connection;

statements! {
    NEXT_LANE = "SELECT queue, task_name FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND (queue, task_name) > (?1, ?2) ORDER BY queue, task_name LIMIT 1";
    FROM_LANE = "SELECT queue, task_name FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND (queue, task_name) >= (?1, ?2) ORDER BY queue, task_name LIMIT 1";
    NEXT_QUEUE = "SELECT queue, task_name FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue > ?1 ORDER BY queue, task_name LIMIT 1";
    NEXT_TASK = "SELECT queue, task_name FROM hyrex_task_run INDEXED BY hyrex_task_run_claim
        WHERE status = {QUEUED} AND queue = ?1 AND task_name > ?2 ORDER BY task_name LIMIT 1";
}

/// Most seeks of one look.
const MAX_SEEKS: usize = 4 * MAX_LANES;

/// Every task with QUEUED runs in a queue; at most [`MAX_LANES`].
pub(super) fn of_queue(conn: &Connection, queue: &str) -> Result<Vec<Lane>> {
    let (mut lanes, mut task) = (Vec::new(), String::new());
    while lanes.len() < MAX_LANES {
        let Some(lane) = seek(conn, &NEXT_TASK, (queue, &task))? else { break };
        task.clone_from(&lane.task_name);
        lanes.push(lane);
    }
    Ok(lanes)
}

/// The lanes of these tasks (sorted) with QUEUED runs, after `after`; and where to go on, when there may be more.
pub(super) fn of_tasks(conn: &Connection, tasks: &[&str], after: Option<&Lane>) -> Result<(Vec<Lane>, Option<Lane>)> {
    let start = Lane { queue: String::new(), task_name: String::new() };
    let (mut lanes, mut last) = (Vec::new(), after.cloned().unwrap_or(start));
    let seeks = if tasks.is_empty() { 0 } else { MAX_SEEKS };
    for _ in 0..seeks {
        if lanes.len() == MAX_LANES {
            return Ok((lanes, Some(last)));
        }
        let Some(lane) = next(conn, tasks, &last)? else { return Ok((lanes, None)) };
        if tasks.binary_search(&lane.task_name.as_str()).is_ok() {
            lanes.push(lane.clone());
        }
        last = lane;
    }
    Ok((lanes, (seeks > 0).then_some(last)))
}

/// The next lane that may be of one of the tasks: in the queue of `last` the first one wanted, else the first one of
/// the next queue.
fn next(conn: &Connection, tasks: &[&str], last: &Lane) -> Result<Option<Lane>> {
    let wanted = tasks.partition_point(|task| *task <= last.task_name.as_str());
    match tasks.get(wanted) {
        // Nothing of the tasks stands between.
        Some(task) if !last.queue.is_empty() => seek(conn, &FROM_LANE, (&last.queue, task)),
        Some(_) => seek(conn, &NEXT_LANE, (&last.queue, &last.task_name)),
        None => seek(conn, &NEXT_QUEUE, [&last.queue]),
    }
}

fn seek(conn: &Connection, sql: &str, from: impl rusqlite::Params) -> Result<Option<Lane>> {
    conn.one(sql, from, |row| Ok(Lane { queue: row.get(0)?, task_name: row.get(1)? }))
}

/// Names sorted by bytes, each once.
pub(super) fn sorted<'n>(names: impl IntoIterator<Item = &'n String>) -> Vec<&'n str> {
    let mut names: Vec<_> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::super::plans::{database, plan};
    use super::*;

    #[test]
    fn lanes_are_found_by_seeks_of_the_claim_index() {
        let seeks = [
            (&NEXT_LANE, "(queue,task_name)>(?,?)"),
            (&FROM_LANE, "(queue,task_name)>(?,?)"),
            (&NEXT_QUEUE, "(queue>?)"),
            (&NEXT_TASK, "queue=? AND task_name>?"),
        ];
        for (sql, seek) in seeks {
            let plan = plan(sql);
            assert!(plan.contains("COVERING INDEX hyrex_task_run_claim"), "{plan}");
            assert!(plan.contains(seek) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn lanes_of_other_tasks_are_jumped_over() {
        let conn = database();
        for (queue, task) in [("a", "1"), ("a", "2"), ("a", "3"), ("b", "0"), ("c", "2"), ("c", "9"), ("d", "4")] {
            conn.execute(
                "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority,
                 status, attempt_number) VALUES (CAST(?1 || ?2 AS BLOB), CAST(?1 || ?2 AS BLOB), x'00', ?2, '{}', ?1, 0, 5, 'QUEUED', 0)",
                [queue, task],
            )
            .unwrap();
        }
        let names = |lanes: Vec<Lane>| lanes.into_iter().map(|l| l.queue + &l.task_name).collect::<Vec<_>>();
        let (lanes, cut) = of_tasks(&conn, &["2", "3", "4"], None).unwrap();
        assert_eq!((names(lanes), cut), (vec!["a2".into(), "a3".into(), "c2".into(), "d4".into()], None));
        let after = Lane { queue: "a".into(), task_name: "3".into() };
        let (lanes, _) = of_tasks(&conn, &["2", "3", "4"], Some(&after)).unwrap();
        assert_eq!(names(lanes), ["c2", "d4"]);
        assert_eq!(names(of_tasks(&conn, &[], None).unwrap().0), Vec::<String>::new());
        assert_eq!(names(of_queue(&conn, "c").unwrap()), ["c2", "c9"]);
    }
}
