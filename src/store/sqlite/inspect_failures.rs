//! Failures of the last time, by the index on when they happened.

use super::cached::Cached;
use super::rows::time;
use crate::model::TaskStatus;
use crate::store::monitor::{Failed, MOST_FAILED, group};
use crate::store::sql::statements;
use crate::store::{Failures, FailuresQuery, Result};
use rusqlite::{Connection, Row};
use std::time::{Duration, Instant};

statements! {
    NEWEST = "SELECT attempt_id, kind, substr(message, 1, 1000), created_at
        FROM hyrex_task_error INDEXED BY hyrex_task_error_at
        WHERE created_at > ?1 AND created_at <= ?2 ORDER BY created_at DESC";
    /// Of attempts that another one follows, the run goes on, or ended otherwise.
    LATEST = "SELECT t.task_name, t.status FROM hyrex_task_run t
        WHERE t.id = ?1 AND t.superseded IS NOT TRUE AND {no_next}";
}

const LONGEST: Duration = Duration::from_millis(200);

/// Failures, those of the most runs first.
pub(super) fn failures(conn: &Connection, wanted: FailuresQuery, now: i64) -> Result<Failures> {
    let since = i64::try_from(wanted.since.as_micros()).unwrap_or(i64::MAX);
    let started = Instant::now();
    let (mut found, mut looked_at, mut cut) = (Vec::new(), 0, false);
    let mut statement = conn.prepare_cached(&NEWEST)?;
    let mut rows = statement.query((now.saturating_sub(since), now))?;
    while let Some(row) = rows.next()? {
        if looked_at >= MOST_FAILED || looked_at % 256 == 255 && started.elapsed() > LONGEST {
            cut = true;
            break;
        }
        looked_at += 1;
        found.extend(failed(conn, row)?);
    }
    Ok(group(found, wanted.limit, cut.then_some(looked_at)))
}

/// `None`: its run goes on, or ended otherwise.
fn failed(conn: &Connection, row: &Row<'_>) -> Result<Option<Failed>> {
    let attempt = row.get(0)?;
    let latest = conn.one(&LATEST, [attempt], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((task_name, TaskStatus::Failed | TaskStatus::Lost)) = latest else { return Ok(None) };
    let message = row.get_ref(2)?.as_str().unwrap_or_default();
    Ok(Some(Failed {
        attempt,
        task_name,
        error_type: Some(row.get(1)?),
        message: message.lines().next().unwrap_or_default().to_owned(),
        at: time(row, 3)?.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn errors_are_read_newest_first_from_their_index() {
        let plan = plan(&NEWEST);
        assert!(plan.contains("hyrex_task_error_at (created_at>? AND created_at<?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
