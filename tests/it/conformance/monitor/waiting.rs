//! Why a run waits, read from what stands.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::registration;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{ExecutorId, NewRun, QueueSet, RunId, Start};
use hyrex::store::{COUNT_CAP, Capped, Limit, Reason, Registration, SetLimit, SetPause, Waiting};
use std::time::Duration;

on_both!(
    a_run_that_does_not_wait_has_no_answer,
    a_run_with_nobody_to_run_it_says_so,
    a_paused_queue_says_since_when_and_by_whom,
    a_full_queue_names_its_holders,
    a_scheduled_run_says_when,
    those_in_front_are_of_its_queue_and_come_before_it,
    those_in_front_are_counted_to_the_bound,
    executors_are_told_with_what_they_can_do,
    the_next_attempt_is_what_waits,
);

async fn send(s: &TestStore, new: NewRun) -> RunId {
    s.enqueue(vec![new.clone()], Some(at(0.0))).await.unwrap();
    new.id
}

async fn asked(s: &TestStore, run: RunId) -> Waiting {
    s.waiting(run, Some(at(10.0))).await.unwrap().expect("it waits")
}

async fn a_run_that_does_not_wait_has_no_answer(s: &TestStore) {
    assert_eq!(s.waiting(RunId::new(), None).await.unwrap(), None);
    let run = send(s, run("t")).await;
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let claimed = worker.claim_one().await;
    assert_eq!(s.waiting(run, None).await.unwrap(), None);
    worker.succeed(&claimed).await;
    assert_eq!(s.waiting(run, None).await.unwrap(), None);
}

async fn a_run_with_nobody_to_run_it_says_so(s: &TestStore) {
    let sent = send(s, run("t").on("mail")).await;
    assert_eq!(asked(s, sent).await.reasons(), [Reason::NoExecutor { queue: "mail".into(), others: 0 }]);
    Worker::at(&*s.store, at(9.0)).await;
    assert_eq!(asked(s, sent).await.reasons(), [Reason::Soon]);
    let other = send(s, run("u").on("other")).await;
    assert_eq!(asked(s, other).await.reasons(), [Reason::NoHandler { task: "u".into(), executors: 1 }]);
    // It was last heard of at 9, and its lease is 20 seconds.
    let later = s.waiting(sent, Some(at(30.0))).await.unwrap().unwrap();
    assert_eq!(later.reasons(), [Reason::NoExecutor { queue: "mail".into(), others: 0 }]);
}

async fn a_paused_queue_says_since_when_and_by_whom(s: &TestStore) {
    let sent = send(s, run("t")).await;
    Worker::at(&*s.store, at(9.0)).await;
    let pause = SetPause { queue: "default".into(), paused: true, actor: make::operator(), now: Some(at(7.0)) };
    s.queue_pause(pause).await.unwrap();
    let paused = Reason::Paused {
        queue: "default".into(),
        since: at(7.0),
        lasting: Duration::from_secs(3),
        by: Some("ada".into()),
    };
    assert_eq!(asked(s, sent).await.reasons(), [paused]);
}

async fn a_full_queue_names_its_holders(s: &TestStore) {
    s.enqueue(batch("q", "t", 3), Some(at(0.0))).await.unwrap();
    let limit = SetLimit { queue: "q".into(), limit: Limit::At(2), actor: make::operator(), now: Some(at(0.0)) };
    s.queue_limit(limit).await.unwrap();
    let mut worker = Worker::at(&*s.store, at(8.0)).await;
    let first = worker.claim_limited("q", 1).await.remove(0);
    worker.now = Some(at(9.0));
    let second = worker.claim_limited("q", 2).await.remove(0);
    let waiting = {
        let sent = s.runs(all_of("q")).await.unwrap().items;
        let queued = sent.iter().find(|row| row.started.is_none()).expect("one waits");
        asked(s, queued.run).await
    };
    let holders = vec![(second.run, "t".to_owned()), (first.run, "t".to_owned())];
    assert_eq!(waiting.held, Capped { count: 2, more: false });
    let limit = Reason::Limit { queue: "q".into(), limit: 2, by: Some("ada".into()), holders };
    assert_eq!(waiting.reasons(), [limit]);
}

fn all_of(queue: &str) -> hyrex::store::RunsQuery {
    let filter = hyrex::store::RunFilter { queue: Some(queue.into()), ..Default::default() };
    hyrex::store::RunsQuery { filter, before: None, limit: 10 }
}

async fn a_scheduled_run_says_when(s: &TestStore) {
    let sent = send(s, run("t").starting(Start::After(Duration::from_secs(60)))).await;
    Worker::at(&*s.store, at(9.0)).await;
    assert_eq!(asked(s, sent).await.reasons(), [Reason::Scheduled { at: at(60.0), wait: Duration::from_secs(50) }]);
}

async fn those_in_front_are_of_its_queue_and_come_before_it(s: &TestStore) {
    Worker::at(&*s.store, at(9.0)).await;
    let earlier = [run("a"), run("t"), run("z").priority(6), run("t").on("elsewhere")];
    s.enqueue(earlier.to_vec(), Some(at(0.0))).await.unwrap();
    let (own, same_time) = (run("t"), run("t"));
    s.enqueue(vec![own.clone(), same_time], Some(at(1.0))).await.unwrap();
    let later = [run("a"), run("b").priority(4), run("t").priority(9)];
    s.enqueue(later.to_vec(), Some(at(2.0))).await.unwrap();
    let waiting = asked(s, own.id).await;
    assert_eq!(waiting.ahead, Capped { count: 4, more: false }, "a, t and z before it, and the urgent one after");
    assert_eq!(waiting.reasons(), [Reason::Ahead { queue: "default".into(), runs: waiting.ahead }]);
}

async fn those_in_front_are_counted_to_the_bound(s: &TestStore) {
    s.enqueue(batch("q", "t", COUNT_CAP as usize + 1), Some(at(0.0))).await.unwrap();
    let last = run("u").on("q");
    s.enqueue(vec![last.clone()], Some(at(1.0))).await.unwrap();
    assert_eq!(asked(s, last.id).await.ahead, Capped { count: COUNT_CAP, more: true });
}

async fn executors_are_told_with_what_they_can_do(s: &TestStore) {
    let sent = send(s, run("t").on("mail-1")).await;
    let of = |patterns: &[&str]| Registration {
        queues: QueueSet::new(patterns.iter().copied()).unwrap(),
        ..registration(ExecutorId::new())
    };
    for patterns in [&["web", "mail-*"][..], &["web"][..]] {
        s.executor_register(of(patterns), Some(at(9.0))).await.unwrap();
    }
    let attempt = send(s, run("t").on("python")).await.first_attempt();
    make::python_holds(s, attempt).await;
    let mut seen: Vec<_> = asked(s, sent).await.executors;
    seen.sort_by_key(|one| (!one.serves_queue, one.handles_task.is_none()));
    let facts: Vec<_> = seen.iter().map(|one| (one.serves_queue, one.handles_task, one.slots, one.held)).collect();
    assert_eq!(facts, [(true, Some(true), Some(10), 0), (true, None, None, 1), (false, Some(true), Some(10), 0)]);
    assert_eq!((seen[0].silent_for, seen[0].lease), (Some(Duration::from_secs(1)), Some(Duration::from_secs(20))));
    assert_eq!(seen[1].lease, None);
}

async fn the_next_attempt_is_what_waits(s: &TestStore) {
    let sent = send(s, run("t").retries(1)).await;
    let worker = Worker::at(&*s.store, at(9.0)).await;
    let next = worker.fail(&worker.claim_one().await).await.expect("a next attempt");
    assert_eq!(asked(s, sent).await.row.id, next);
}
