//! Registration, ticks and beats: what a worker is told.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::registration;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{ExecutorId, ExecutorStatus, QueueSet};
use hyrex::store::{Beat, Count, HIST_BUCKETS, Lane, Limit, MAX_LANES, Registration, SetLimit};
use std::time::Duration;

on_both!(
    an_executor_stands_as_it_registered,
    a_repeated_registration_changes_nothing,
    a_tick_of_nobody_says_that_the_row_is_gone,
    each_beat_has_the_next_number,
    a_tick_without_a_beat_is_no_sign_of_life,
    a_beat_tells_what_the_executor_holds,
    a_beat_tells_of_the_other_executors,
    a_beat_keeps_how_many_slots_are_stuck,
    a_tick_tells_where_runs_of_its_tasks_are_queued,
    lanes_beyond_the_bound_come_with_the_next_tick,
    a_tick_tells_of_limits_and_of_nothing_else,
    a_beats_counts_are_totals_of_their_minute,
    a_tick_tells_the_databases_time,
);

async fn an_executor_stands_as_it_registered(s: &TestStore) {
    let queues = QueueSet::new(["mail*", "a\"b"]).unwrap();
    let own =
        Registration { queues, task_names: vec!["t".into(), "ü'\"{},".into()], ..registration(ExecutorId::new()) };
    s.executor_register(own.clone(), Some(at(1.0))).await.unwrap();
    let rows = s.executors(10, Some(at(3.0))).await.unwrap();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.id, row.status, row.held), (own.id, ExecutorStatus::Running, 0));
    assert_eq!((row.name.as_str(), row.worker_name.as_str()), ("E1", "w"));
    assert_eq!(row.queue_pattern, "mail*,a\"b");
    assert_eq!((row.slots, row.pid, row.host.as_deref()), (Some(10), Some(4321), Some("rack")));
    assert_eq!(row.version.as_deref(), Some("0.1.0"));
    assert_eq!(row.task_names.as_deref(), Some(&own.task_names[..]));
    assert_eq!((row.started, row.stopped, row.silent_for), (Some(at(1.0)), None, Some(Duration::from_secs(2))));
}

async fn a_repeated_registration_changes_nothing(s: &TestStore) {
    let own = registration(ExecutorId::new());
    s.executor_register(own.clone(), Some(at(1.0))).await.unwrap();
    let before = s.raw.everything().await;
    s.executor_register(own, Some(at(9.0))).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}

async fn a_tick_of_nobody_says_that_the_row_is_gone(s: &TestStore) {
    let mut worker = Worker::new(&*s.store).await;
    worker.id = ExecutorId::new();
    assert_eq!(worker.look().await.own, None);
    assert_eq!(worker.beat().await.own, None);
    assert_eq!(s.executors(10, None).await.unwrap().len(), 1, "a beat registers nobody");
}

async fn each_beat_has_the_next_number(s: &TestStore) {
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let first = two.peer(one.id).await.unwrap().beat_number.expect("an executor of ours has a number");
    for n in 1..4 {
        one.beat().await;
        assert_eq!(two.peer(one.id).await.unwrap().beat_number, Some(first + n));
    }
}

async fn a_tick_without_a_beat_is_no_sign_of_life(s: &TestStore) {
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let before = two.peer(one.id).await.unwrap();
    let answer = one.look().await;
    assert_eq!((answer.held, answer.peers), (None, None));
    let after = two.peer(one.id).await.unwrap();
    assert_eq!((before.beat_number, before.last_heartbeat), (after.beat_number, after.last_heartbeat));
}

async fn a_beat_tells_what_the_executor_holds(s: &TestStore) {
    s.enqueue(batch("a", "t", 5), None).await.unwrap();
    let (worker, other) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    assert_eq!(worker.beat().await.held, Some(vec![]));
    let claimed = worker.claim("a", 3).await;
    other.claim("a", 1).await;
    worker.succeed(&claimed[0]).await;
    s.run_cancel(make::cancel(claimed[1].run)).await.unwrap();
    let mut held = worker.beat().await.held.unwrap();
    held.sort_by_key(|fence| fence.attempt);
    assert_eq!(held, [claimed[1].fence, claimed[2].fence], "also what is being cancelled");
}

async fn a_beat_tells_of_the_other_executors(s: &TestStore) {
    let one = Worker::at(&*s.store, at(0.0)).await;
    let own = Registration { lease: Duration::from_millis(12_500), ..registration(ExecutorId::new()) };
    s.executor_register(own.clone(), Some(at(1.0))).await.unwrap();
    let stopped = Worker::new(&*s.store).await;
    s.executor_stop(stopped.id, vec![], None).await.unwrap();
    let mut watcher = Worker { now: Some(at(5.0)), ..one };
    let peers = watcher.beat().await.peers.unwrap();
    assert_eq!(peers.len(), 1, "neither itself nor who stopped: {peers:?}");
    let peer = &peers[0];
    assert_eq!((peer.id, peer.status), (own.id, ExecutorStatus::Running));
    assert_eq!((peer.lease, peer.last_heartbeat), (Some(own.lease), Some(at(1.0))));
    assert_eq!(peer.silent_for, Some(Duration::from_secs(4)));
    assert_eq!((peer.host.as_deref(), peer.boot_id.as_deref(), peer.pid), (Some("rack"), Some("boot"), Some(4321)));
    watcher.now = Some(at(0.5));
    assert_eq!(watcher.peer(own.id).await.unwrap().silent_for, Some(Duration::ZERO), "never less than nothing");
}

async fn a_beat_keeps_how_many_slots_are_stuck(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    worker.tick_for(&[], Some(Beat { stuck: 3, counts: vec![] }), None).await;
    assert_eq!(s.executors(10, None).await.unwrap()[0].stuck, Some(3));
    worker.beat().await;
    assert_eq!(s.executors(10, None).await.unwrap()[0].stuck, Some(0));
}

fn lane(queue: &str, task_name: &str) -> Lane {
    Lane { queue: queue.into(), task_name: task_name.into() }
}

async fn a_tick_tells_where_runs_of_its_tasks_are_queued(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.look().await.lanes, []);
    let runs = vec![run("t").on("b"), run("u").on("b"), run("t").on("a"), run("t").on("a"), run("strange").on("a")];
    s.enqueue(runs, None).await.unwrap();
    let tick = async || worker.tick_for(&["u", "t", "none"], None, None).await;
    assert_eq!(tick().await.lanes, [lane("a", "t"), lane("b", "t"), lane("b", "u")]);
    worker.claim("a", 1).await;
    assert_eq!(tick().await.lanes.len(), 3, "one is left there");
    worker.claim("a", 1).await;
    assert_eq!(tick().await.lanes, [lane("b", "t"), lane("b", "u")]);
    assert_eq!(tick().await.lanes_cut, None);
}

async fn lanes_beyond_the_bound_come_with_the_next_tick(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let count = MAX_LANES + 200;
    s.enqueue((0..count).map(|n| run("t").on(&format!("q{n:05}"))).collect(), None).await.unwrap();
    let (mut seen, mut after) = (vec![], None);
    for _ in 0..5 {
        let answer = worker.tick_for(&["t"], None, after.take()).await;
        assert!(answer.lanes.len() <= MAX_LANES);
        seen.extend(answer.lanes);
        after = answer.lanes_cut;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..count).map(|n| lane(&format!("q{n:05}"), "t")).collect();
    assert_eq!(seen, expected);
}

async fn a_tick_tells_of_limits_and_of_nothing_else(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    s.queue_declare("free".into(), None).await.unwrap();
    let limit = SetLimit { queue: "tight".into(), limit: Limit::At(2), actor: make::operator(), now: None };
    let settings = s.queue_limit(limit).await.unwrap();
    assert_eq!(worker.look().await.queues, [settings]);
}

async fn a_beats_counts_are_totals_of_their_minute(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let count = |succeeded| Count {
        minute: at(0.0),
        queue: "a".into(),
        task_name: "t".into(),
        succeeded,
        failed: 2,
        retried: 1,
        canceled: 0,
        stopped: 0,
        wait_us: 1000,
        run_us: 5000,
        wait_hist: [1; HIST_BUCKETS],
        run_hist: [2; HIST_BUCKETS],
    };
    for succeeded in [3, 3, 5] {
        let beat = Beat { stuck: 0, counts: vec![count(succeeded)] };
        worker.tick_for(&["t"], Some(beat), None).await;
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_counter").await, 1);
    assert_eq!(s.raw.count("SELECT succeeded FROM hyrex_counter").await, 5);
    assert_eq!(s.raw.count("SELECT failed FROM hyrex_counter").await, 2);
}

async fn a_tick_tells_the_databases_time(s: &TestStore) {
    let mut worker = Worker::new(&*s.store).await;
    let before = s.now().await.unwrap();
    let told = worker.look().await.now;
    let after = s.now().await.unwrap();
    assert!(before <= told && told <= after, "{before} ≤ {told} ≤ {after}");
    worker.now = Some(at(77.0));
    assert_eq!(worker.look().await.now, at(77.0));
}
