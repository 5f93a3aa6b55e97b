//! What the overview tells of the last minutes, made of what the store answered.

use crate::store::{Activity, ExecutorRow, FailureGroup, Histogram, QueueMinute, QueueRow};
use crate::tui::state::listing::Listed;
use crate::tui::state::screens::queues::Queue;
use crate::tui::state::table::Column;
use std::cmp::Ordering;
use std::time::Duration;

/// Minutes that are looked back.
pub(crate) const MINUTES: u32 = 30;

/// A course: a figure a minute, the minute under way last.
pub(crate) type Course = Vec<u64>;

/// The figure of the last whole minute.
pub(crate) fn rate(course: &[u64]) -> u64 {
    course.len().checked_sub(2).and_then(|at| course.get(at)).copied().unwrap_or(0)
}

/// What ended in each minute, by `figure`, in all queues.
pub(crate) fn course(activity: &Activity, figure: impl Fn(&QueueMinute) -> u64) -> Course {
    let mut course = vec![0; MINUTES as usize];
    for minute in &activity.minutes {
        let back = (activity.now - minute.minute).num_minutes();
        let at = usize::try_from(back).ok().and_then(|back| (MINUTES as usize).checked_sub(back + 1));
        at.and_then(|at| course.get_mut(at)).into_iter().for_each(|count| *count += figure(minute));
    }
    course
}

/// How long half of the attempts took, and all but a twentieth; of waits or of runs.
pub(crate) fn quantiles(activity: &Activity, runs: bool) -> Option<(Duration, Duration)> {
    let mut all = Histogram::default();
    activity.durations.iter().for_each(|queue| all.merge(if runs { &queue.run } else { &queue.wait }));
    Some((all.quantile(0.5)?, all.quantile(0.95)?))
}

/// The queues, those of which most is to be told first.
pub(super) fn queues(rows: &[QueueRow], executors: &[ExecutorRow], activity: &Activity) -> Vec<Queue> {
    let mut queues: Vec<Queue> = rows.iter().map(|row| Queue::new(row, executors, activity)).collect();
    let busy = |queue: &Queue| (queue.row.queued.count, queue.row.held.count, queue.course.iter().sum::<u64>());
    queues.sort_by_key(|queue| std::cmp::Reverse(busy(queue)));
    queues
}

impl Listed for Queue {
    type Id = String;

    const COLUMNS: &'static [Column] = &[
        Column::new("NAME", 10, 40),
        Column::new("STATE", 7, 10),
        Column::new("RUN/MAX", 7, 12).right(),
        Column::new("UTIL", 8, 8).rank(3),
        Column::new("QUEUED", 6, 8).right(),
        Column::new("OLDEST", 6, 8).right(),
        Column::new("DONE/MIN", 8, 8).right().rank(1),
        Column::new("FAIL/MIN", 8, 8).right().rank(2),
        Column::new("LAST 30 MIN", 30, 30).rank(4),
    ];

    fn id(&self) -> String {
        self.row.settings.name.clone()
    }

    fn compare(&self, _: &Self, _: usize) -> Ordering {
        Ordering::Equal
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.row.settings.name]
    }
}

impl Listed for FailureGroup {
    type Id = (String, Option<String>, String);

    const COLUMNS: &'static [Column] = &[
        Column::new("RUNS", 4, 8).right(),
        Column::new("TASK", 10, 24),
        Column::new("LAST", 4, 11).right().rank(1),
        Column::new("ERROR", 12, 400),
    ];

    fn id(&self) -> Self::Id {
        (self.task_name.clone(), self.error_type.clone(), self.message.clone())
    }

    fn compare(&self, _: &Self, _: usize) -> Ordering {
        Ordering::Equal
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.task_name, &self.message]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::from_micros;
    use crate::store::ActivitySource;

    fn minute(queue: &str, back: i64, succeeded: u64) -> QueueMinute {
        let now = from_micros(1_700_000_000_000_000);
        let minute = now - chrono::TimeDelta::minutes(back);
        QueueMinute { queue: queue.into(), minute, succeeded, failed: 1, retried: 0, canceled: 0, stopped: 0, lost: 0 }
    }

    #[test]
    fn a_course_has_a_figure_a_minute_and_the_rate_is_that_of_the_last_whole_one() {
        let minutes =
            vec![minute("a", 29, 7), minute("a", 1, 5), minute("b", 1, 4), minute("a", 0, 2), minute("a", 40, 9)];
        let now = from_micros(1_700_000_000_000_000);
        let activity = Activity { now, minutes, durations: Vec::new(), source: ActivitySource::Counters };
        let all = course(&activity, |minute| minute.succeeded);
        assert_eq!((all.len(), all[0], all[28], all[29]), (30, 7, 9, 2));
        assert_eq!(rate(&all), 9);
        assert_eq!((rate(&[]), quantiles(&activity, true)), (0, None));
    }
}
