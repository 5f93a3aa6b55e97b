//! Limits: how many attempts of a queue may be held at once, over all workers.

use crate::support::make;
use crate::support::stores::on_both;
use crate::support::worker::{completion, share};
use crate::support::{TestStore, Worker, batch};
use hyrex::model::Outcome;
use hyrex::store::{Cancel, Limit, SetLimit, Share};

on_both!(
    a_limited_queue_is_never_claimed_beyond_its_limit,
    the_limit_counts_over_all_workers,
    what_is_being_cancelled_counts,
    an_attempt_that_ends_makes_room_in_the_same_turn,
    a_claim_that_does_not_know_of_the_limit_gets_nothing,
    a_limit_of_zero_lets_nothing_through,
    a_limit_below_what_is_held_waits_until_enough_ended,
    a_lifted_limit_lets_all_through,
    a_limit_of_one_queue_leaves_the_others_alone,
    limited_shares_come_in_the_order_of_the_shares,
    an_operators_limit_stands_against_the_application,
    an_operator_can_leave_the_limit_to_the_application_again,
    a_declared_limit_counts_where_no_operator_set_one,
    a_queue_declared_without_a_limit_loses_that_of_the_application,
    claimers_at_the_same_moment_stay_within_the_limit,
);

async fn limit(s: &TestStore, queue: &str, limit: Limit) -> Option<u32> {
    let set = SetLimit { queue: queue.into(), limit, actor: make::operator(), now: None };
    s.queue_limit(set).await.unwrap().concurrency_limit
}

async fn limited(s: &TestStore, queue: &str, to: u32, count: usize) {
    assert_eq!(limit(s, queue, Limit::At(to)).await, Some(to));
    s.enqueue(batch(queue, "t", count), None).await.unwrap();
}

async fn a_limited_queue_is_never_claimed_beyond_its_limit(s: &TestStore) {
    limited(s, "a", 3, 10).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim_limited("a", 2).await.len(), 2);
    assert_eq!(worker.claim_limited("a", 9).await.len(), 1);
    assert_eq!(worker.claim_limited("a", 9).await.len(), 0);
}

async fn the_limit_counts_over_all_workers(s: &TestStore) {
    limited(s, "a", 3, 10).await;
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    assert_eq!(one.claim_limited("a", 2).await.len(), 2);
    assert_eq!(two.claim_limited("a", 2).await.len(), 1);
}

async fn what_is_being_cancelled_counts(s: &TestStore) {
    limited(s, "a", 1, 2).await;
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_limited("a", 1).await.remove(0);
    let cancel = Cancel { run: claimed.run, subtree: false, actor: make::operator(), now: None };
    s.run_cancel(cancel).await.unwrap();
    assert_eq!(worker.claim_limited("a", 1).await, []);
    worker.settle(&claimed, Outcome::Canceled).await;
    assert_eq!(worker.claim_limited("a", 1).await.len(), 1);
}

async fn an_attempt_that_ends_makes_room_in_the_same_turn(s: &TestStore) {
    limited(s, "a", 1, 3).await;
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_limited("a", 1).await.remove(0);
    let next = Share { limited: true, ..share("a", &["t"], 5) };
    let answer = worker.turn(vec![completion(claimed.fence, Outcome::Success(None))], vec![next]).await;
    assert_eq!(answer.claimed.len(), 1);
}

async fn a_claim_that_does_not_know_of_the_limit_gets_nothing(s: &TestStore) {
    limited(s, "a", 3, 10).await;
    s.enqueue(batch("b", "t", 1), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_shares(vec![share("a", &["t"], 2), share("b", &["t"], 2)]).await;
    assert_eq!(claimed.iter().map(|run| run.queue.as_str()).collect::<Vec<_>>(), ["b"]);
}

async fn a_limit_of_zero_lets_nothing_through(s: &TestStore) {
    limited(s, "a", 0, 3).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim_limited("a", 5).await, []);
    assert_eq!(worker.claim("a", 5).await, []);
}

async fn a_limit_below_what_is_held_waits_until_enough_ended(s: &TestStore) {
    limited(s, "a", 4, 10).await;
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim_limited("a", 4).await;
    limit(s, "a", Limit::At(2)).await;
    for (ended, run) in held.iter().enumerate().take(3) {
        worker.succeed(run).await;
        let expected = usize::from(ended >= 2);
        assert_eq!(worker.claim_limited("a", 9).await.len(), expected, "after {} ended", ended + 1);
    }
}

async fn a_lifted_limit_lets_all_through(s: &TestStore) {
    limited(s, "a", 1, 10).await;
    let worker = Worker::new(&*s.store).await;
    worker.claim_limited("a", 5).await;
    assert_eq!(limit(s, "a", Limit::Unlimited).await, None);
    assert_eq!(worker.claim("a", 20).await.len(), 9);
}

async fn a_limit_of_one_queue_leaves_the_others_alone(s: &TestStore) {
    limited(s, "a", 1, 5).await;
    s.enqueue(batch("A", "t", 5), None).await.unwrap();
    s.enqueue(batch("a%", "t", 5), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.claim_limited("a", 5).await;
    assert_eq!(worker.claim("A", 9).await.len(), 5);
    assert_eq!(worker.claim("a%", 9).await.len(), 5);
}

async fn limited_shares_come_in_the_order_of_the_shares(s: &TestStore) {
    limited(s, "m", 1, 3).await;
    s.enqueue(batch("z", "t", 1), None).await.unwrap();
    s.enqueue(batch("a", "t", 1), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let shares = vec![share("z", &["t"], 2), Share { limited: true, ..share("m", &["t"], 2) }, share("a", &["t"], 2)];
    let claimed = worker.claim_shares(shares).await;
    assert_eq!(claimed.iter().map(|run| run.queue.as_str()).collect::<Vec<_>>(), ["z", "m", "a"]);
}

async fn an_operators_limit_stands_against_the_application(s: &TestStore) {
    limit(s, "a", Limit::At(7)).await;
    s.queue_declare("a".into(), Some(3)).await.unwrap();
    let settings = s.queues(None).await.unwrap().remove(0).settings;
    assert_eq!((settings.concurrency_limit, settings.app_limit), (Some(7), Some(3)));
    assert!(settings.limit_by_operator && settings.limit_by.is_some_and(|by| by.contains("ada")));
    assert_eq!(limit(s, "a", Limit::At(8)).await, Some(8));
}

async fn an_operator_can_leave_the_limit_to_the_application_again(s: &TestStore) {
    s.queue_declare("a".into(), Some(3)).await.unwrap();
    assert_eq!(limit(s, "a", Limit::Unlimited).await, None);
    assert_eq!(limit(s, "a", Limit::Application).await, Some(3));
    s.queue_declare("a".into(), Some(5)).await.unwrap();
    let settings = s.queues(None).await.unwrap().remove(0).settings;
    assert_eq!((settings.concurrency_limit, settings.limit_by_operator), (Some(5), false));
}

async fn a_declared_limit_counts_where_no_operator_set_one(s: &TestStore) {
    s.queue_declare("a".into(), Some(2)).await.unwrap();
    s.enqueue(batch("a", "t", 5), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("a", 5).await, []);
    assert_eq!(worker.claim_limited("a", 5).await.len(), 2);
    s.queue_declare("a".into(), Some(3)).await.unwrap();
    assert_eq!(worker.claim_limited("a", 5).await.len(), 1);
    assert!(!s.queues(None).await.unwrap()[0].settings.limit_by_operator);
}

async fn a_queue_declared_without_a_limit_loses_that_of_the_application(s: &TestStore) {
    s.queue_declare("a".into(), Some(1)).await.unwrap();
    s.queue_declare("a".into(), None).await.unwrap();
    s.enqueue(batch("a", "t", 5), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.claim("a", 5).await.len(), 5);
}

async fn claimers_at_the_same_moment_stay_within_the_limit(s: &TestStore) {
    limited(s, "a", 3, 300).await;
    let (other, third) = (s.another().await, s.another().await);
    for _ in 0..10 {
        let workers = [Worker::new(&*s.store).await, Worker::new(&*other).await, Worker::new(&*third).await];
        let claims = workers.iter().map(|worker| worker.claim_limited("a", 2));
        let claimed = futures_util::future::join_all(claims).await;
        assert_eq!(claimed.iter().map(Vec::len).sum::<usize>(), 3, "as many as the limit, by now");
        for (worker, runs) in workers.iter().zip(&claimed) {
            for run in runs {
                worker.succeed(run).await;
            }
        }
    }
    other.close().await;
    third.close().await;
}
