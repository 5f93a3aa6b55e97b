//! What ran in the last minutes, from the counters.

use super::cached::Cached;
use super::rows::time;
use crate::model::time::{from_micros, to_micros};
use crate::store::monitor::{Summed, activity, first_minute};
use crate::store::sql::statements;
use crate::store::{Activity, ActivityQuery, ActivitySource, Histogram, QueueMinute, Result};
use rusqlite::{Connection, Row};

statements! {
    /// A row a minute, executor, queue and task: few on one machine, and its histograms are added up here.
    MINUTES = "SELECT queue, minute, succeeded, failed, retried, canceled, stopped, lost, wait_hist, run_hist
        FROM hyrex_counter WHERE minute >= ?1 AND minute <= ?2";
}

/// What ran in the last minutes.
pub(super) fn counted(conn: &Connection, wanted: ActivityQuery, now: i64) -> Result<Activity> {
    let now = from_micros(now);
    let from = to_micros(first_minute(now, wanted.minutes));
    let rows = conn.all(&MINUTES, (from, to_micros(now)), minute)?;
    Ok(activity(now, rows, ActivitySource::Counters))
}

fn minute(row: &Row<'_>) -> rusqlite::Result<Summed> {
    let count = |column| -> rusqlite::Result<u64> { Ok(row.get::<_, i64>(column)?.max(0) as u64) };
    // Only we write them, as lists of numbers; anything else counts nothing.
    let histogram = |column| -> rusqlite::Result<Histogram> {
        let text = row.get_ref(column)?.as_str()?;
        Ok(Histogram::read(&serde_json::from_str::<Vec<i64>>(text).unwrap_or_default()))
    };
    let minute = QueueMinute {
        succeeded: count(2)?,
        failed: count(3)?,
        retried: count(4)?,
        canceled: count(5)?,
        stopped: count(6)?,
        lost: count(7)?,
        ..QueueMinute::new(row.get(0)?, time(row, 1)?.unwrap_or_default())
    };
    Ok(Summed { minute, wait: histogram(8)?, run: histogram(9)? })
}

#[cfg(test)]
mod tests {
    use super::super::plans::plan;
    use super::*;

    #[test]
    fn the_minutes_asked_for_are_a_range_of_the_key() {
        assert!(plan(&MINUTES).contains("(minute>? AND minute<?)"), "{}", plan(&MINUTES));
    }
}
