//! What ran in the last minutes.

use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::Timestamp;
use hyrex::store::{Activity, ActivityQuery, ActivitySource, Beat, Count, HIST_BUCKETS, Histogram};
use std::time::Duration;

on_both!(
    where_nothing_ran_there_is_nothing,
    counters_of_executors_and_tasks_are_added_up,
    minutes_outside_the_question_are_left_out,
    what_a_rescue_lost_is_counted,
);

/// The start of the minute `n`, counted from one after `at(0.0)`.
fn minute(n: i32) -> Timestamp {
    at(20.0 + 60.0 * f64::from(n))
}

fn count(queue: &str, task: &str, minute: Timestamp, succeeded: i64) -> Count {
    let mut wait_hist = [0; HIST_BUCKETS];
    wait_hist[3] = i32::try_from(succeeded).unwrap();
    Count {
        minute,
        queue: queue.into(),
        task_name: task.into(),
        succeeded,
        failed: 2,
        retried: 1,
        canceled: 1,
        stopped: 1,
        wait_us: 1000,
        run_us: 5000,
        wait_hist,
        run_hist: [1; HIST_BUCKETS],
    }
}

async fn beats(worker: &Worker<'_>, counts: Vec<Count>) {
    worker.tick_for(&["t"], Some(Beat { stuck: 0, counts }), None).await;
}

async fn asked(s: &TestStore, minutes: u32, now: Timestamp) -> Activity {
    s.activity(ActivityQuery { minutes, now: Some(now) }).await.unwrap()
}

async fn where_nothing_ran_there_is_nothing(s: &TestStore) {
    let found = asked(s, 15, at(0.0)).await;
    assert_eq!((found.now, found.source), (at(0.0), ActivitySource::Counters));
    assert!(found.minutes.is_empty() && found.durations.is_empty());
}

async fn counters_of_executors_and_tasks_are_added_up(s: &TestStore) {
    let (one, two) = (Worker::at(&*s.store, at(0.0)).await, Worker::at(&*s.store, at(0.0)).await);
    beats(&one, vec![count("b", "t", minute(1), 4), count("a", "t", minute(1), 1), count("a", "u", minute(1), 2)])
        .await;
    beats(&two, vec![count("a", "t", minute(1), 10), count("a", "t", minute(0), 7)]).await;
    let found = asked(s, 15, minute(1) + Duration::from_secs(30)).await;
    let seen: Vec<_> = found.minutes.iter().map(|m| (m.queue.as_str(), m.minute, m.succeeded, m.failed)).collect();
    assert_eq!(seen, [("a", minute(0), 7, 2), ("a", minute(1), 13, 6), ("b", minute(1), 4, 2)]);
    let last = &found.minutes[1];
    assert_eq!((last.retried, last.canceled, last.stopped, last.lost, last.ended()), (3, 3, 3, 0, 25));
    let a = &found.durations[0];
    assert_eq!((a.queue.as_str(), a.wait.total(), a.run), ("a", 20, Histogram([4; HIST_BUCKETS])));
    assert_eq!(a.wait.quantile(0.5), Some(Duration::from_millis(12)));
}

async fn minutes_outside_the_question_are_left_out(s: &TestStore) {
    let worker = Worker::at(&*s.store, at(0.0)).await;
    beats(&worker, (0..5).map(|n| count("a", "t", minute(n), 1)).collect()).await;
    let minutes = |found: Activity| found.minutes.iter().map(|m| m.minute).collect::<Vec<_>>();
    assert_eq!(minutes(asked(s, 2, minute(3)).await), [minute(2), minute(3)]);
    assert_eq!(minutes(asked(s, 1, minute(3)).await), [minute(3)]);
    assert_eq!(minutes(asked(s, 60, minute(9)).await).len(), 5);
}

async fn what_a_rescue_lost_is_counted(s: &TestStore) {
    let (gone, seeing) = (Worker::at(&*s.store, minute(0)).await, Worker::at(&*s.store, minute(0)).await);
    s.enqueue(crate::support::batch("a", "t", 3), Some(minute(0))).await.unwrap();
    gone.claim("a", 3).await;
    assert_eq!(seeing.rescue(gone.id).await.lost, 3);
    let found = asked(s, 5, minute(0)).await;
    assert_eq!(found.minutes.iter().map(|m| m.lost).sum::<u64>(), 3);
}
