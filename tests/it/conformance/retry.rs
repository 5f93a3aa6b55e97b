//! Next attempts: by themselves after a failure, or because an operator asks for one.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{Completed, Outcome, RunId, TaskStatus};
use hyrex::store::{Cancel, Retry, RetryOutcome, RunFilter, RunsQuery};
use std::time::Duration;

on_both!(
    a_failure_with_retries_left_queues_the_next_attempt,
    a_next_attempt_takes_over_all_of_its_run,
    a_delayed_retry_waits_for_its_time,
    the_last_failure_is_final,
    a_failure_for_good_uses_up_the_retries,
    a_run_with_a_next_attempt_counts_by_that,
    an_operator_gives_a_failed_run_one_more_attempt,
    an_operators_attempt_that_fails_is_final_again,
    an_operator_retries_what_was_lost_stopped_or_cancelled,
    an_operator_sends_a_successful_run_again,
    an_operator_cannot_retry_what_has_not_ended,
    an_operator_cannot_retry_what_never_was,
    operators_at_the_same_moment_make_one_attempt,
    retries_number_the_attempts_up_to_the_bound,
);

async fn retry(s: &TestStore, run: RunId) -> RetryOutcome {
    s.run_retry(Retry { now: Some(at(50.0)), ..make::retry(run) }).await.unwrap()
}

async fn a_failure_with_retries_left_queues_the_next_attempt(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::at(&*s.store, at(5.0)).await;
    let next = worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    let detail = s.run(new.id).await.unwrap().unwrap();
    let rows: Vec<_> = detail.attempts.iter().collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].status, rows[0].attempt_number, rows[0].max_retries), (TaskStatus::Failed, 0, 1));
    assert_eq!((rows[1].id, rows[1].status, rows[1].attempt_number), (next, TaskStatus::Queued, 1));
    assert_eq!((rows[1].queued, rows[1].executor, rows[1].started), (Some(at(5.0)), None, None));
    let state = s.run_states(vec![new.id]).await.unwrap().remove(0).unwrap();
    assert_eq!((state.attempt, state.status, state.is_over()), (next, TaskStatus::Queued, false));
}

async fn a_next_attempt_takes_over_all_of_its_run(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let parent = worker.claim_one().await;
    let child = run("t").args("{\"n\": 1}").priority(9).retries(3).timeout(8).key("k").sent_by(&parent);
    s.enqueue(vec![child.clone()], None).await.unwrap();
    let first = worker.claim_one().await;
    let next = worker.fail(&first).await.expect("a next attempt");
    let second = worker.claim_one().await;
    assert_eq!((second.fence.attempt, second.fence.claim, second.attempt_number), (next, 1, 1));
    assert_eq!((second.run, second.root, second.parent), (child.id, parent.run, Some(parent.fence.attempt)));
    assert_eq!((&second.args, second.priority, second.max_retries), (&first.args, 9, 3));
    assert_eq!((second.timeout_seconds, &second.queue, &second.task_name), (Some(8), &first.queue, &first.task_name));
    assert_eq!(s.run_of(next).await.unwrap(), Some(child.id));
}

async fn a_delayed_retry_waits_for_its_time(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(5.0)).await;
    let claimed = worker.claim_one().await;
    worker.settle(&claimed, Outcome::Failed(make::error("no"), Duration::from_millis(2500))).await;
    let row = s.run(new.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.status, row.attempt_number), (TaskStatus::AwaitStartTime, 1));
    assert_eq!(row.scheduled_start, Some(at(7.5)));
    assert_eq!(s.promote_due(Some(at(7.4))).await.unwrap(), 0);
    assert_eq!(s.promote_due(Some(at(7.5))).await.unwrap(), 1);
    assert_eq!(worker.claim_one().await.attempt_number, 1);
}

async fn the_last_failure_is_final(s: &TestStore) {
    let new = run("t").retries(2);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert!(worker.fail(&worker.claim_one().await).await.is_some());
    assert!(worker.fail(&worker.claim_one().await).await.is_some());
    assert_eq!(worker.fail(&worker.claim_one().await).await, None);
    assert_eq!(worker.claim("default", 5).await, []);
    assert!(s.run_states(vec![new.id]).await.unwrap()[0].as_ref().unwrap().is_over());
}

async fn a_failure_for_good_uses_up_the_retries(s: &TestStore) {
    let new = run("t").retries(5);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    let second = worker.claim_one().await;
    let answer = worker.settle(&second, Outcome::FailedForGood(make::error("no"))).await;
    assert_eq!(answer, Completed::Applied { status: TaskStatus::Failed, next: None });
    let row = s.run(new.id).await.unwrap().unwrap().latest.row.clone();
    assert_eq!((row.attempt_number, row.max_retries), (1, 1), "everyone can tell that it is over");
}

async fn a_run_with_a_next_attempt_counts_by_that(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let next = worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    let list = async |status| {
        let filter = RunFilter { statuses: vec![status], ..RunFilter::default() };
        s.runs(RunsQuery { filter, before: None, limit: 10 }).await.unwrap().items
    };
    assert_eq!(list(TaskStatus::Failed).await, []);
    assert_eq!(list(TaskStatus::Queued).await.iter().map(|row| row.id).collect::<Vec<_>>(), [next]);
}

async fn an_operator_gives_a_failed_run_one_more_attempt(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.fail(&worker.claim_one().await).await, None);
    let RetryOutcome::Queued(attempt) = retry(s, new.id).await else { panic!("it is queued") };
    let detail = s.run(new.id).await.unwrap().unwrap();
    let row = &detail.latest.row;
    assert_eq!((row.id, row.status, row.attempt_number), (attempt, TaskStatus::Queued, 1));
    assert_eq!(row.queued, Some(at(50.0)));
    let again = worker.claim_one().await;
    assert_eq!(again.fence.attempt, attempt);
    assert!(matches!(worker.succeed(&again).await, Completed::Applied { .. }));
}

async fn an_operators_attempt_that_fails_is_final_again(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.settle(&worker.claim_one().await, Outcome::FailedForGood(make::error("no"))).await;
    for number in 1..4 {
        assert!(matches!(retry(s, new.id).await, RetryOutcome::Queued(_)));
        let again = worker.claim_one().await;
        assert_eq!(again.attempt_number, number);
        assert_eq!(worker.fail(&again).await, None, "one more is one more");
        assert!(s.run_states(vec![new.id]).await.unwrap()[0].as_ref().unwrap().is_over());
    }
}

async fn an_operator_retries_what_was_lost_stopped_or_cancelled(s: &TestStore) {
    let runs = [run("t"), run("t"), run("t")];
    s.enqueue(runs.to_vec(), None).await.unwrap();
    let (lost, worker) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    lost.claim_one().await;
    worker.rescue(lost.id).await;
    worker.settle(&worker.claim_one().await, Outcome::Interrupted).await;
    let cancel = Cancel { run: runs[2].id, subtree: false, actor: make::operator(), now: None };
    s.run_cancel(cancel).await.unwrap();
    for (run, expected) in runs.iter().zip([TaskStatus::Lost, TaskStatus::Stopped, TaskStatus::Canceled]) {
        assert_eq!(s.raw.status(run.id.first_attempt()).await, expected);
        assert!(matches!(retry(s, run.id).await, RetryOutcome::Queued(_)), "{expected}");
    }
    assert_eq!(worker.claim("default", 5).await.len(), 3);
}

async fn an_operator_sends_a_successful_run_again(s: &TestStore) {
    let new = run("t").args("{\"n\": 1}").on("a").priority(8).retries(2).timeout(5);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim("a", 1).await[0]).await;
    let before = s.run(new.id).await.unwrap();
    let RetryOutcome::SentAgain(again) = retry(s, new.id).await else { panic!("it is sent again") };
    assert_eq!(s.run(new.id).await.unwrap(), before, "the old run stays as it is");
    let detail = s.run(again).await.unwrap().unwrap();
    let row = &detail.latest.row;
    assert_eq!((row.status, row.attempt_number, row.id), (TaskStatus::Queued, 0, again.first_attempt()));
    assert_eq!((detail.latest.args.as_str(), row.queue.as_str(), row.priority), ("{\"n\": 1}", "a", 8));
    assert_eq!((row.max_retries, row.timeout_seconds), (2, Some(5)));
}

async fn an_operator_cannot_retry_what_has_not_ended(s: &TestStore) {
    let new = run("t").retries(1);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    assert_eq!(retry(s, new.id).await, RetryOutcome::NotEnded(TaskStatus::Queued));
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    assert_eq!(retry(s, new.id).await, RetryOutcome::NotEnded(TaskStatus::Running));
    worker.settle(&claimed, Outcome::Failed(make::error("no"), Duration::from_secs(60))).await;
    assert_eq!(retry(s, new.id).await, RetryOutcome::NotEnded(TaskStatus::AwaitStartTime));
    assert_eq!(s.run(new.id).await.unwrap().unwrap().attempts.len(), 2);
}

async fn an_operator_cannot_retry_what_never_was(s: &TestStore) {
    assert_eq!(retry(s, RunId::new()).await, RetryOutcome::NotFound);
}

async fn operators_at_the_same_moment_make_one_attempt(s: &TestStore) {
    let other = s.another().await;
    let worker = Worker::new(&*s.store).await;
    for _ in 0..10 {
        let new = run("t");
        s.enqueue(vec![new.clone()], None).await.unwrap();
        worker.fail(&worker.claim_one().await).await;
        let retries = (0..6).map(|n| {
            let store = if n % 2 == 0 { &s.store } else { &other };
            store.run_retry(make::retry(new.id))
        });
        let answers = futures_util::future::join_all(retries).await;
        let queued = answers.iter().filter(|answer| matches!(answer, Ok(RetryOutcome::Queued(_)))).count();
        assert_eq!(queued, 1, "{answers:?}");
        let refused = |answer: &&_| matches!(answer, Ok(RetryOutcome::NotEnded(TaskStatus::Queued)));
        assert_eq!(answers.iter().filter(refused).count(), 5, "{answers:?}");
        assert_eq!(s.run(new.id).await.unwrap().unwrap().attempts.len(), 2);
        worker.succeed(&worker.claim_one().await).await;
    }
    other.close().await;
}

async fn retries_number_the_attempts_up_to_the_bound(s: &TestStore) {
    let new = run("t").retries(1000);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let row = s.raw.id(new.id.0);
    s.raw.execute(&format!("UPDATE hyrex_task_run SET attempt_number = 998 WHERE id = {row}")).await;
    let worker = Worker::new(&*s.store).await;
    assert!(worker.fail(&worker.claim_one().await).await.is_some());
    let claimed = worker.claim_one().await;
    assert_eq!(claimed.attempt_number, 999);
    assert!(worker.fail(&claimed).await.is_some());
    let last = worker.claim_one().await;
    assert_eq!(last.attempt_number, 1000);
    assert_eq!(worker.fail(&last).await, None);
}
