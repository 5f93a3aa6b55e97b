//! The order of runs by any column, and the durations that their rows tell.

use crate::model::Timestamp;
use crate::model::text::human;
use crate::store::AttemptRow;
use crate::tui::state::table::Sort;
use std::cmp::Ordering;
use std::time::Duration;

/// How long a run waited in its queue, until now where it still does.
pub(crate) fn waited(row: &AttemptRow, now: Timestamp) -> Option<Duration> {
    let end = match row.started {
        Some(started) => started,
        None if row.status.is_waiting() => now,
        None => return None,
    };
    row.queued.map(|queued| human::between(queued, end))
}

/// How long an attempt ran, until now where it still does.
pub(crate) fn run_for(row: &AttemptRow, now: Timestamp) -> Option<Duration> {
    let end = if row.status.is_held() { Some(now) } else { row.finished };
    Some(human::between(row.started?, end?))
}

/// Brings rows into an order; those that are equal there, the newest first.
pub(super) fn sort(rows: &mut [AttemptRow], sort: Sort) {
    rows.sort_by(|a, b| {
        let by = compare(a, b, sort.column);
        let by = if sort.descending { by.reverse() } else { by };
        by.then_with(|| b.id.cmp(&a.id))
    });
}

/// By the column of that number. A time compares by its age, as it is shown.
fn compare(a: &AttemptRow, b: &AttemptRow, column: usize) -> Ordering {
    // Only differences count: any time later than all others will do.
    let now = Timestamp::MAX_UTC;
    match column {
        0 => a.run.0.as_u128().cmp(&b.run.0.as_u128()),
        1 => a.task_name.cmp(&b.task_name),
        2 => a.status.cmp(&b.status),
        3 => a.attempt_number.cmp(&b.attempt_number),
        4 => a.priority.cmp(&b.priority),
        6 => waited(a, now).cmp(&waited(b, now)),
        7 => run_for(a, now).cmp(&run_for(b, now)),
        8 => a.queue.cmp(&b.queue),
        9 => a.executor.cmp(&b.executor),
        10 => a.error.cmp(&b.error),
        _ => b.id.cmp(&a.id),
    }
}

#[cfg(test)]
mod tests {
    use super::super::COLUMNS;

    #[test]
    fn the_columns_are_those_that_the_order_knows() {
        let titles = COLUMNS.map(|column| column.title);
        let known = ["ID", "TASK", "STATE", "ATT", "PRI", "QUEUED", "WAIT", "RUN", "QUEUE", "EXECUTOR", "ERROR"];
        assert_eq!(titles, known);
    }
}
