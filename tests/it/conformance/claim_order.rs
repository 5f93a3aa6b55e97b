//! The order in which runs leave a queue.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::{runs_of, share};
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{NewRun, Outcome, RunId};

on_both!(
    claims_the_higher_priority_first,
    claims_the_longer_queued_first_within_a_priority,
    claims_the_lower_id_first_when_both_were_queued_at_once,
    priority_counts_more_than_age_across_the_tasks_of_a_queue,
    any_smallint_is_obeyed_as_a_priority,
    claimed_runs_come_by_the_order_of_the_shares,
    a_run_that_was_given_back_keeps_its_place,
    a_next_attempt_stands_behind_those_queued_before_it,
    a_promoted_run_is_ordered_by_the_time_it_became_due_to_claim,
    one_claim_and_many_small_ones_take_the_same_order,
);

async fn send_at(s: &TestStore, seconds: f64, new: NewRun) -> RunId {
    s.enqueue(vec![new.clone()], Some(at(seconds))).await.unwrap();
    new.id
}

async fn claims_the_higher_priority_first(s: &TestStore) {
    let low = send_at(s, 0.0, run("t").priority(1)).await;
    let high = send_at(s, 1.0, run("t").priority(10)).await;
    let usual = send_at(s, 2.0, run("t")).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(runs_of(&worker.claim("default", 3).await), [high, usual, low]);
}

async fn claims_the_longer_queued_first_within_a_priority(s: &TestStore) {
    let late = send_at(s, 5.0, run("t")).await;
    let early = send_at(s, 1.0, run("t")).await;
    let between = send_at(s, 3.0, run("t")).await;
    let worker = Worker::new(&*s.store).await;
    assert_eq!(runs_of(&worker.claim("default", 3).await), [early, between, late]);
}

async fn claims_the_lower_id_first_when_both_were_queued_at_once(s: &TestStore) {
    let (a, b, c) = (run("t"), run("t"), run("t"));
    let expected = [a.id, b.id, c.id];
    s.enqueue(vec![c, a, b], Some(at(0.0))).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(runs_of(&worker.claim("default", 3).await), expected);
}

async fn priority_counts_more_than_age_across_the_tasks_of_a_queue(s: &TestStore) {
    let a_old = send_at(s, 0.0, run("a")).await;
    let b_high = send_at(s, 1.0, run("b").priority(9)).await;
    let b_old = send_at(s, 2.0, run("b")).await;
    let a_new = send_at(s, 3.0, run("a")).await;
    let a_high = send_at(s, 4.0, run("a").priority(9)).await;
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_tasks("default", &["a", "b"], 4).await;
    assert_eq!(runs_of(&claimed), [b_high, a_high, a_old, b_old]);
    assert_eq!(runs_of(&worker.claim_tasks("default", &["a", "b"], 4).await), [a_new]);
}

async fn any_smallint_is_obeyed_as_a_priority(s: &TestStore) {
    let mut sent = vec![];
    for (n, priority) in [0, -32768, 32767, 11, -1].into_iter().enumerate() {
        let id = send_at(s, n as f64, run("t")).await;
        let row = s.raw.id(id.0);
        s.raw.execute(&format!("UPDATE hyrex_task_run SET priority = {priority} WHERE id = {row}")).await;
        sent.push(id);
    }
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim("default", 5).await;
    assert_eq!(runs_of(&claimed), [sent[2], sent[3], sent[0], sent[4], sent[1]]);
    assert_eq!(claimed.iter().map(|run| run.priority).collect::<Vec<_>>(), [32767, 11, 0, -1, -32768]);
}

async fn claimed_runs_come_by_the_order_of_the_shares(s: &TestStore) {
    let a = send_at(s, 0.0, run("t").on("a").priority(1)).await;
    let b1 = send_at(s, 1.0, run("t").on("b")).await;
    let b2 = send_at(s, 2.0, run("t").on("b").priority(9)).await;
    let c = send_at(s, 3.0, run("t").on("c").priority(10)).await;
    let worker = Worker::new(&*s.store).await;
    let shares = vec![share("b", &["t"], 5), share("c", &["t"], 5), share("a", &["t"], 5)];
    assert_eq!(runs_of(&worker.claim_shares(shares).await), [b2, b1, c, a]);
}

async fn a_run_that_was_given_back_keeps_its_place(s: &TestStore) {
    let first = send_at(s, 0.0, run("t")).await;
    let second = send_at(s, 1.0, run("t")).await;
    let worker = Worker::at(&*s.store, at(5.0)).await;
    let claimed = worker.claim_one().await;
    worker.settle(&claimed, Outcome::NeverBegun).await;
    assert_eq!(runs_of(&worker.claim("default", 2).await), [first, second]);
}

async fn a_next_attempt_stands_behind_those_queued_before_it(s: &TestStore) {
    let first = send_at(s, 0.0, run("t").retries(1)).await;
    let second = send_at(s, 1.0, run("t")).await;
    let worker = Worker::at(&*s.store, at(5.0)).await;
    let claimed = worker.claim_one().await;
    worker.settle(&claimed, Outcome::Failed(make::error("no"), make::AT_ONCE)).await;
    assert_eq!(runs_of(&worker.claim("default", 2).await), [second, first]);
}

async fn a_promoted_run_is_ordered_by_the_time_it_became_due_to_claim(s: &TestStore) {
    let delayed = run("t").starting(hyrex::model::Start::At(at(10.0)));
    let delayed = send_at(s, 0.0, delayed).await;
    let before = send_at(s, 9.0, run("t")).await;
    assert_eq!(s.promote_due(Some(at(10.0))).await.unwrap(), 1);
    let behind = send_at(s, 11.0, run("t")).await;
    let worker = Worker::at(&*s.store, at(12.0)).await;
    assert_eq!(runs_of(&worker.claim("default", 3).await), [before, delayed, behind]);
}

async fn one_claim_and_many_small_ones_take_the_same_order(s: &TestStore) {
    let mut sent = vec![];
    for n in 0..60u32 {
        let priority = 1 + (n * 7 % 10) as i16;
        let (queued, task) = (f64::from(n * 13 % 8), ["a", "b", "c"][(n % 3) as usize]);
        let id = send_at(s, queued, run(task).priority(priority)).await;
        sent.push((std::cmp::Reverse(priority), n * 13 % 8, id));
    }
    sent.sort();
    let expected: Vec<RunId> = sent.iter().map(|(_, _, id)| *id).collect();
    let worker = Worker::new(&*s.store).await;
    let mut claimed = runs_of(&worker.claim_tasks("default", &["a", "b", "c"], 20).await);
    for take in [1, 2, 3, 5, 8, 13, 21] {
        claimed.extend(runs_of(&worker.claim_tasks("default", &["c", "a", "b"], take).await));
    }
    assert_eq!(claimed, expected);
}
