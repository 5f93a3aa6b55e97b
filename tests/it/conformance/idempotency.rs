//! Idempotency keys: one run a (task, key), for as long as its rows exist.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{Enqueued, NewRun, Outcome};
use hyrex::store::{Cancel, RetryOutcome};

on_both!(
    a_second_send_with_the_key_answers_the_run_that_stands,
    a_duplicate_leaves_no_trace,
    a_key_counts_within_one_send,
    the_same_key_of_another_task_is_another_key,
    a_repeated_send_is_no_duplicate_of_itself,
    a_duplicate_that_is_sent_again_is_still_a_duplicate,
    a_key_stands_after_its_run_failed,
    a_key_stands_after_its_run_succeeded,
    a_key_stands_after_its_run_was_cancelled,
    a_next_attempt_has_the_key_only_on_the_first_row,
    a_run_sent_again_by_an_operator_has_no_key,
    duplicates_among_new_runs_are_answered_in_order,
    a_bulk_send_finds_all_its_duplicates,
    senders_at_the_same_moment_make_one_run,
);

fn keyed() -> NewRun {
    run("t").key("order-7")
}

async fn a_second_send_with_the_key_answers_the_run_that_stands(s: &TestStore) {
    let (first, second) = (keyed(), keyed());
    assert_eq!(s.enqueue(vec![first.clone()], None).await.unwrap(), [Enqueued::New(first.id)]);
    assert_eq!(s.enqueue(vec![second.clone()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
    assert_eq!(s.run(second.id).await.unwrap(), None);
}

async fn a_duplicate_leaves_no_trace(s: &TestStore) {
    s.enqueue(vec![keyed()], None).await.unwrap();
    let before = s.raw.everything().await;
    s.enqueue(vec![keyed().on("elsewhere").priority(9)], None).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}

async fn a_key_counts_within_one_send(s: &TestStore) {
    let runs = vec![keyed(), keyed(), keyed()];
    let first = runs[0].id;
    let answers = s.enqueue(runs, None).await.unwrap();
    assert_eq!(answers, [Enqueued::New(first), Enqueued::Duplicate(first), Enqueued::Duplicate(first)]);
}

async fn the_same_key_of_another_task_is_another_key(s: &TestStore) {
    let (one, other) = (run("a").key("k"), run("b").key("k"));
    let answers = s.enqueue(vec![one.clone(), other.clone()], None).await.unwrap();
    assert_eq!(answers, [Enqueued::New(one.id), Enqueued::New(other.id)]);
}

async fn a_repeated_send_is_no_duplicate_of_itself(s: &TestStore) {
    let new = keyed();
    for _ in 0..3 {
        assert_eq!(s.enqueue(vec![new.clone()], None).await.unwrap(), [Enqueued::New(new.id)]);
    }
}

async fn a_duplicate_that_is_sent_again_is_still_a_duplicate(s: &TestStore) {
    let (first, second) = (keyed(), keyed());
    s.enqueue(vec![first.clone()], None).await.unwrap();
    for _ in 0..2 {
        assert_eq!(s.enqueue(vec![second.clone()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
    }
}

async fn stands_after(s: &TestStore, outcome: Outcome) {
    let first = keyed();
    s.enqueue(vec![first.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.settle(&worker.claim_one().await, outcome).await;
    assert_eq!(s.enqueue(vec![keyed()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
}

async fn a_key_stands_after_its_run_failed(s: &TestStore) {
    stands_after(s, Outcome::FailedForGood(make::error("no"))).await;
}

async fn a_key_stands_after_its_run_succeeded(s: &TestStore) {
    stands_after(s, Outcome::Success(Some("1".into()))).await;
}

async fn a_key_stands_after_its_run_was_cancelled(s: &TestStore) {
    let first = keyed();
    s.enqueue(vec![first.clone()], None).await.unwrap();
    let cancel = Cancel { run: first.id, subtree: false, actor: make::operator(), now: None };
    s.run_cancel(cancel).await.unwrap();
    assert_eq!(s.enqueue(vec![keyed()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
}

async fn a_next_attempt_has_the_key_only_on_the_first_row(s: &TestStore) {
    let first = keyed().retries(2);
    s.enqueue(vec![first.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    let held = "SELECT count(*) FROM hyrex_task_run WHERE idempotency_key IS NOT NULL";
    assert_eq!(s.raw.count(held).await, 1);
    assert_eq!(s.enqueue(vec![keyed()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
}

async fn a_run_sent_again_by_an_operator_has_no_key(s: &TestStore) {
    let first = keyed();
    s.enqueue(vec![first.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim_one().await).await;
    let retry = make::retry(first.id);
    let RetryOutcome::SentAgain(again) = s.run_retry(retry).await.unwrap() else { panic!("it is sent again") };
    assert_eq!(s.run(again).await.unwrap().unwrap().latest.row.idempotency_key, None);
    assert_eq!(s.enqueue(vec![keyed()], None).await.unwrap(), [Enqueued::Duplicate(first.id)]);
}

async fn duplicates_among_new_runs_are_answered_in_order(s: &TestStore) {
    let standing = keyed();
    s.enqueue(vec![standing.clone()], None).await.unwrap();
    let runs = vec![run("t"), keyed(), run("t").key("other"), keyed(), run("u").key("order-7")];
    let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
    let expected = [
        Enqueued::New(ids[0]),
        Enqueued::Duplicate(standing.id),
        Enqueued::New(ids[2]),
        Enqueued::Duplicate(standing.id),
        Enqueued::New(ids[4]),
    ];
    assert_eq!(s.enqueue(runs, None).await.unwrap(), expected);
}

async fn a_bulk_send_finds_all_its_duplicates(s: &TestStore) {
    let keyed = |n: usize| run("t").key(&format!("k{n}"));
    let standing: Vec<NewRun> = (0..2500).map(|n| keyed(2 * n)).collect();
    s.enqueue(standing.clone(), None).await.unwrap();
    let runs: Vec<NewRun> = (0..5000).rev().map(keyed).collect();
    let answers = s.enqueue(runs.clone(), None).await.unwrap();
    for (n, (run, answer)) in (0..5000).rev().zip(runs.iter().zip(answers)) {
        let even = n % 2 == 0;
        let expected = if even { Enqueued::Duplicate(standing[n / 2].id) } else { Enqueued::New(run.id) };
        assert_eq!(answer, expected, "key {n}");
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 5000);
}

async fn senders_at_the_same_moment_make_one_run(s: &TestStore) {
    let other = s.another().await;
    for round in 0..10 {
        let key = format!("round-{round}");
        let sends = (0..12).map(|n| {
            let store = if n % 2 == 0 { &s.store } else { &other };
            let new = run("t").key(&key);
            async move { (new.id, store.enqueue(vec![new], None).await.unwrap()[0]) }
        });
        let answers = futures_util::future::join_all(sends).await;
        let winners: Vec<_> = answers.iter().filter(|(id, answer)| *answer == Enqueued::New(*id)).collect();
        assert_eq!(winners.len(), 1, "one run stands: {answers:?}");
        assert!(answers.iter().all(|(_, answer)| answer.run() == winners[0].0), "all know it: {answers:?}");
    }
    other.close().await;
}
