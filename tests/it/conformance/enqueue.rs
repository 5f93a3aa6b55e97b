//! Sending: what stands after it, and what it answers.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{Enqueued, RunId, Start, TaskStatus, bounds};
use hyrex::store::StoreError;
use std::time::Duration;

on_both!(
    a_sent_run_is_queued_and_is_its_own_root,
    answers_come_in_the_order_of_the_runs,
    a_repeated_send_is_answered_by_what_stands,
    a_repeated_send_of_a_run_that_ended_does_not_send_it_again,
    the_same_run_twice_in_one_send_stands_once,
    a_run_with_a_delay_waits_from_the_time_it_is_taken_in,
    a_run_for_a_later_time_waits_for_it,
    a_start_time_that_has_passed_means_at_once,
    a_start_that_is_years_ahead_is_kept_and_one_beyond_is_refused,
    a_start_before_any_calendar_means_at_once,
    all_that_a_run_is_given_is_kept,
    a_child_keeps_its_parent_and_its_root,
    arguments_are_kept_as_the_text_that_was_sent,
    an_empty_send_is_answered_with_nothing,
    thousands_are_sent_at_once,
    senders_that_wait_together_get_each_their_own_answer,
);

async fn a_sent_run_is_queued_and_is_its_own_root(s: &TestStore) {
    let new = run("t");
    let answer = s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    assert_eq!(answer, [Enqueued::New(new.id)]);
    let detail = s.run(new.id).await.unwrap().unwrap();
    assert_eq!(detail.attempts.len(), 1);
    let row = &detail.latest.row;
    assert_eq!((row.status, row.attempt_number), (TaskStatus::Queued, 0));
    assert_eq!((row.id, row.run, row.root), (new.id.first_attempt(), new.id, new.id));
    assert_eq!((row.queued, row.started, row.finished), (Some(at(0.0)), None, None));
    assert_eq!((row.parent, row.executor, row.workflow_run), (None, None, None));
}

async fn answers_come_in_the_order_of_the_runs(s: &TestStore) {
    let mut runs = batch("a", "t", 20);
    runs.reverse();
    runs.swap(3, 17);
    let expected: Vec<_> = runs.iter().map(|run| Enqueued::New(run.id)).collect();
    assert_eq!(s.enqueue(runs, None).await.unwrap(), expected);
}

async fn a_repeated_send_is_answered_by_what_stands(s: &TestStore) {
    let new = run("t").args(r#"{"n":1}"#);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let before = s.raw.everything().await;
    let again = s.enqueue(vec![new.clone().args(r#"{"n":2}"#)], None).await.unwrap();
    assert_eq!(again, [Enqueued::New(new.id)]);
    assert_eq!(s.raw.everything().await, before);
}

async fn a_repeated_send_of_a_run_that_ended_does_not_send_it_again(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim_one().await).await;
    assert_eq!(s.enqueue(vec![new.clone()], None).await.unwrap(), [Enqueued::New(new.id)]);
    assert_eq!(worker.claim("default", 5).await, []);
    assert_eq!(s.raw.status(new.id.first_attempt()).await, TaskStatus::Success);
}

async fn the_same_run_twice_in_one_send_stands_once(s: &TestStore) {
    let new = run("t");
    let answer = s.enqueue(vec![new.clone(), run("u"), new.clone()], None).await.unwrap();
    assert_eq!(answer[0], Enqueued::New(new.id));
    assert_eq!(answer[2], Enqueued::New(new.id));
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 2);
}

async fn a_run_with_a_delay_waits_from_the_time_it_is_taken_in(s: &TestStore) {
    let new = run("t").starting(Start::After(Duration::from_millis(1500)));
    s.enqueue(vec![new.clone()], Some(at(10.0))).await.unwrap();
    let row = s.run(new.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.status, row.scheduled_start), (TaskStatus::AwaitStartTime, Some(at(11.5))));
    assert_eq!(row.queued, None);
}

async fn a_run_for_a_later_time_waits_for_it(s: &TestStore) {
    let new = run("t").starting(Start::At(at(60.0)));
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    let row = s.run(new.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.status, row.scheduled_start), (TaskStatus::AwaitStartTime, Some(at(60.0))));
}

async fn a_start_time_that_has_passed_means_at_once(s: &TestStore) {
    let runs = vec![
        run("t").starting(Start::At(at(9.0))),
        run("t").starting(Start::At(at(10.0))),
        run("t").starting(Start::After(Duration::ZERO)),
    ];
    s.enqueue(runs, Some(at(10.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(10.0)).await;
    assert_eq!(worker.claim("default", 10).await.len(), 3);
}

async fn a_start_that_is_years_ahead_is_kept_and_one_beyond_is_refused(s: &TestStore) {
    let latest = chrono::DateTime::from_timestamp(bounds::MAX_TIME as i64, 0).unwrap();
    for start in [Start::After(bounds::MAX_DELAY), Start::At(latest)] {
        s.enqueue(vec![run("t").starting(start)], None).await.unwrap();
    }
    assert_eq!(s.promote_due(None).await.unwrap(), 0);
    let beyond = latest + chrono::Duration::seconds(1);
    for start in [Start::After(Duration::MAX), Start::At(beyond), Start::At(chrono::DateTime::<chrono::Utc>::MAX_UTC)] {
        let refused = s.enqueue(vec![run("t").starting(start)], None).await;
        assert!(matches!(refused, Err(StoreError::Bounds(_))), "{start:?}: {refused:?}");
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 2);
}

async fn a_start_before_any_calendar_means_at_once(s: &TestStore) {
    let runs = [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::UNIX_EPOCH];
    let runs = runs.map(|time| run("t").starting(Start::At(time)));
    s.enqueue(runs.to_vec(), None).await.unwrap();
    assert_eq!(Worker::new(&*s.store).await.claim("default", 5).await.len(), 2);
}

async fn all_that_a_run_is_given_is_kept(s: &TestStore) {
    let new = run("mail").on("post").args(r#"{"to":"a"}"#).retries(1000).priority(10).timeout(77).key("k-1");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let detail = s.run(new.id).await.unwrap().unwrap();
    let (latest, row) = (&detail.latest, &detail.latest.row);
    assert_eq!((row.task_name.as_str(), row.queue.as_str(), latest.args.as_str()), ("mail", "post", r#"{"to":"a"}"#));
    assert_eq!((row.max_retries, row.priority, row.timeout_seconds), (1000, 10, Some(77)));
    assert_eq!(row.idempotency_key.as_deref(), Some("k-1"));
    assert_eq!((latest.result.as_deref(), &latest.error, &latest.progress), (None, &None, &None));
}

async fn a_child_keeps_its_parent_and_its_root(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let parent = worker.claim_one().await;
    let child = run("t").sent_by(&parent);
    s.enqueue(vec![child.clone()], None).await.unwrap();
    let claimed = worker.claim_one().await;
    assert_eq!((claimed.run, claimed.parent, claimed.root), (child.id, Some(parent.fence.attempt), parent.run));
    let grandchild = run("t").sent_by(&claimed);
    s.enqueue(vec![grandchild.clone()], None).await.unwrap();
    let row = s.run(grandchild.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.parent, row.root), (Some(claimed.fence.attempt), parent.run));
}

async fn arguments_are_kept_as_the_text_that_was_sent(s: &TestStore) {
    let text = "{ \"b\": 1.50,\n\t\"a\": \"\\u00e9\", \"a\": 2, \"big\": 123456789012345678901234567890 }";
    let new = run("t").args(text);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    assert_eq!(s.run(new.id).await.unwrap().unwrap().latest.args, text);
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim_one().await.args, text);
}

async fn an_empty_send_is_answered_with_nothing(s: &TestStore) {
    assert_eq!(s.enqueue(vec![], None).await.unwrap(), []);
}

async fn thousands_are_sent_at_once(s: &TestStore) {
    let mut runs = batch("a", "t", 6000);
    for (n, run) in runs.iter_mut().enumerate() {
        run.args = format!("{{\"n\":{n}}}");
        run.priority = 1 + (n % 10) as i16;
        run.timeout_seconds = (n % 2 == 0).then_some(60);
    }
    let expected: Vec<_> = runs.iter().map(|run| Enqueued::New(run.id)).collect();
    assert_eq!(s.enqueue(runs.clone(), None).await.unwrap(), expected);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run WHERE status = 'QUEUED'").await, 6000);
    let some: Vec<RunId> = runs.iter().step_by(601).map(|run| run.id).collect();
    for (id, new) in some.iter().zip(runs.iter().step_by(601)) {
        let latest = s.run(*id).await.unwrap().unwrap().latest;
        assert_eq!((latest.args, latest.row.priority), (new.args.clone(), new.priority));
        assert_eq!(latest.row.timeout_seconds, new.timeout_seconds.map(|seconds| seconds as i32));
    }
}

async fn senders_that_wait_together_get_each_their_own_answer(s: &TestStore) {
    let sends = (0..60).map(|n| async move {
        let runs = batch("a", "t", 1 + n % 3);
        let expected: Vec<_> = runs.iter().map(|run| Enqueued::New(run.id)).collect();
        assert_eq!(s.enqueue(runs, None).await.unwrap(), expected);
    });
    futures_util::future::join_all(sends).await;
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 120);
}
