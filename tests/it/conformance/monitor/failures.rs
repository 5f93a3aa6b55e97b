//! Failures by error.

use crate::support::make::{RunWords, error};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{ClaimedRun, Outcome, TaskError};
use hyrex::store::{Capped, Failures, FailuresQuery};
use std::time::Duration;

on_both!(
    where_nothing_failed_there_is_nothing,
    failures_that_differ_in_numbers_are_one_group,
    only_runs_whose_latest_attempt_failed_count,
    failures_outside_the_time_asked_for_are_left_out,
    groups_beyond_the_limit_are_the_smallest,
    a_lost_run_is_a_failure_too,
);

async fn asked(s: &TestStore, since: u64, limit: u32, now: f64) -> Failures {
    let since = Duration::from_secs(since);
    s.failures(FailuresQuery { since, limit, now: Some(at(now)) }).await.unwrap()
}

/// Runs one of task `t` and lets it fail for good, at `now`.
async fn fails(s: &TestStore, now: f64, error: TaskError) -> ClaimedRun {
    s.enqueue(vec![run("t")], Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(now)).await;
    let claimed = worker.claim_one().await;
    worker.settle(&claimed, Outcome::FailedForGood(error)).await;
    claimed
}

async fn where_nothing_failed_there_is_nothing(s: &TestStore) {
    assert_eq!(asked(s, 3600, 10, 0.0).await, Failures::default());
}

async fn failures_that_differ_in_numbers_are_one_group(s: &TestStore) {
    fails(s, 1.0, error("order 17 has no stock\nand a second line")).await;
    fails(s, 2.0, TaskError { kind: "Other".into(), ..error("order 17 has no stock") }).await;
    let newest = fails(s, 3.0, error("order 4711 has no stock")).await;
    let found = asked(s, 3600, 10, 10.0).await;
    assert_eq!((found.groups.len(), found.looked_at), (2, None));
    let group = &found.groups[0];
    assert_eq!((group.task_name.as_str(), group.error_type.as_deref()), ("t", Some("test::Failure")));
    assert_eq!((group.message.as_str(), group.newest), ("order 4711 has no stock", newest.fence.attempt));
    assert_eq!((group.count, group.first, group.last), (Capped { count: 2, more: false }, at(1.0), at(3.0)));
}

async fn only_runs_whose_latest_attempt_failed_count(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1), run("t").retries(1)], Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    for claimed in worker.claim("default", 2).await {
        worker.fail(&claimed).await.expect("a next attempt");
    }
    assert_eq!(asked(s, 60, 10, 2.0).await.groups, [], "both go on");
    let again = worker.claim("default", 2).await;
    worker.succeed(&again[0]).await;
    worker.fail(&again[1]).await;
    let found = asked(s, 60, 10, 2.0).await;
    assert_eq!((found.groups[0].count.count, found.groups[0].newest), (1, again[1].fence.attempt));
}

async fn failures_outside_the_time_asked_for_are_left_out(s: &TestStore) {
    for second in [10.0, 20.0, 30.0] {
        fails(s, second, error("no")).await;
    }
    let count = |found: Failures| found.groups.first().map_or(0, |group| group.count.count);
    assert_eq!(count(asked(s, 10, 10, 30.0).await), 1, "at 30; 20 is ten seconds before");
    assert_eq!(count(asked(s, 11, 10, 30.0).await), 2);
    assert_eq!(count(asked(s, 60, 10, 25.0).await), 2, "what is to come has not happened");
    assert_eq!(count(asked(s, u64::MAX, 10, 30.0).await), 3);
}

async fn groups_beyond_the_limit_are_the_smallest(s: &TestStore) {
    for message in ["a", "b", "b", "c"] {
        fails(s, 1.0, error(message)).await;
    }
    let found = asked(s, 60, 1, 2.0).await;
    assert_eq!((found.groups.len(), found.groups[0].message.as_str()), (1, "b"));
}

async fn a_lost_run_is_a_failure_too(s: &TestStore) {
    let (gone, seeing) = (Worker::at(&*s.store, at(1.0)).await, Worker::at(&*s.store, at(1.0)).await);
    s.enqueue(vec![run("t"), run("t")], Some(at(0.0))).await.unwrap();
    gone.claim("default", 2).await;
    seeing.rescue(gone.id).await;
    let found = asked(s, 60, 10, 2.0).await;
    assert_eq!((found.groups[0].count.count, found.groups[0].error_type.as_deref()), (2, Some("lost")));
}
