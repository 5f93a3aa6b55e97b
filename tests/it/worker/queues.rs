//! Several queues: fair shares, patterns, limits, pauses.

use super::{N, PATIENCE, quick, start, start_with, statuses, until, until_true};
use crate::support::stores::on_both;
use crate::support::{TestStore, make, wait_for};
use hyrex::model::{NewRun, TaskStatus};
use hyrex::prelude::*;
use hyrex::store::{Limit, SetLimit, SetPause};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

on_both!(
    a_small_queue_is_served_beside_a_large_backlog,
    only_queues_that_a_pattern_covers_are_served,
    a_limit_holds_over_two_workers,
    a_limited_queue_is_served_beside_a_busy_one,
    a_paused_queue_is_not_claimed_from_until_it_is_resumed,
    a_full_limited_queue_goes_on_as_soon_as_a_run_ends,
);

async fn a_small_queue_is_served_beside_a_large_backlog(store: &TestStore) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let ran = order.clone();
    let task = Task::new("note", TaskConfig::new(), move |N { .. }| {
        ran.lock().unwrap().push(get_hyrex_context().expect("inside a task").queue().to_owned());
        async {
            let _: () = tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(())
        }
    });
    let of = |queue: &'static str, count: u32| {
        (0..count).map(move |n| NewRun { queue: queue.into(), ..NewRun::new("note", format!("{{\"n\":{n}}}")) })
    };
    store.enqueue(of("backlog", 3000).collect(), None).await.unwrap();
    store.enqueue(of("small", 50).collect(), None).await.unwrap();
    let worker = start_with(store, registry![task], quick().concurrency(20));
    until_true("the small queue to be served", || {
        order.lock().unwrap().iter().filter(|queue| *queue == "small").count() == 50
    })
    .await;
    let before = order.lock().unwrap().iter().rposition(|queue| queue == "small").unwrap();
    assert!(before < 1500, "the last of 50 came after {before} others; equal shares are 100");
    worker.shutdown.request();
    worker.stop().await;
}

async fn only_queues_that_a_pattern_covers_are_served(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |_: N| async { Ok(()) });
    let queued = |queue: &str| NewRun { queue: queue.into(), ..NewRun::new("t", "{\"n\":1}") };
    let names = ["mail-in", "mail-out", "exports", "other"];
    let runs = store.enqueue(names.map(queued).to_vec(), None).await.unwrap();
    let settings = quick().queues(["mail-*", "exports"]).unwrap();
    let worker = start_with(store, registry![task], settings);
    for run in &runs[..3] {
        until(store, run.run(), TaskStatus::Success).await;
    }
    worker.stop().await;
    assert_eq!(statuses(store, runs[3].run()).await, [TaskStatus::Queued]);
}

async fn a_limit_holds_over_two_workers(store: &TestStore) {
    let (now, most, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (inside, peak, ended) = (now.clone(), most.clone(), done.clone());
    let queue = HyrexQueue::new("narrow").concurrency_limit(3);
    let task = Task::new("t", TaskConfig::new().queue(queue), move |_: N| {
        let (inside, peak, ended) = (inside.clone(), peak.clone(), ended.clone());
        async move {
            peak.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            ended.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let (one, two) = (start(store, registry![task]), start(store, registry![task]));
    task.on(&one.client).send_many((0..120).map(|n| N { n })).await.unwrap();
    until_true("all to have run", || done.load(Ordering::SeqCst) == 120).await;
    assert_eq!(most.load(Ordering::SeqCst), 3, "the limit is reached, and not exceeded");
    one.stop().await;
    two.stop().await;
}

async fn a_limited_queue_is_served_beside_a_busy_one(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |_: N| async { Ok(()) });
    let queue = HyrexQueue::new("narrow").concurrency_limit(1);
    let limited = Task::new("limited", TaskConfig::new().queue(queue), |_: N| async { Ok(()) });
    let worker = start_with(store, registry![task, limited], quick().concurrency(4));
    task.on(&worker.client).send_many((0..6000).map(|n| N { n })).await.unwrap();
    let runs = limited.on(&worker.client).send_many((0..5).map(|n| N { n })).await.unwrap();
    for run in &runs {
        run.wait(PATIENCE).await.unwrap();
    }
    worker.stop().await;
}

async fn a_paused_queue_is_not_claimed_from_until_it_is_resumed(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |_: N| async { Ok(()) });
    let other = Task::new("other", TaskConfig::new().queue("open"), |_: N| async { Ok(()) });
    let worker = start(store, registry![task, other]);
    let pause = |paused| SetPause { queue: "default".into(), paused, actor: make::operator(), now: None };
    store.queue_pause(pause(true)).await.unwrap();
    let held = task.on(&worker.client).send(N { n: 1 }).await.unwrap();
    other.on(&worker.client).send(N { n: 1 }).await.unwrap().wait(PATIENCE).await.unwrap();
    assert_eq!(statuses(store, held.id()).await, [TaskStatus::Queued]);
    store.queue_pause(pause(false)).await.unwrap();
    held.wait(PATIENCE).await.unwrap();
    worker.stop().await;
}

async fn a_full_limited_queue_goes_on_as_soon_as_a_run_ends(store: &TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let waits = gate.clone();
    let task = Task::new("t", TaskConfig::new(), move |_: N| {
        let waits = waits.clone();
        async move {
            let _: () = waits.acquire().await?.forget();
            Ok(())
        }
    });
    let limit = SetLimit { queue: "default".into(), limit: Limit::At(1), actor: make::operator(), now: None };
    store.queue_limit(limit).await.unwrap();
    let worker = start(store, registry![task]);
    let runs = task.on(&worker.client).send_many((0..3).map(|n| N { n })).await.unwrap();
    for (number, run) in runs.iter().enumerate() {
        wait_for("one to run", PATIENCE, async || (run.status().await.unwrap() == TaskStatus::Running).then_some(()))
            .await;
        let queued = store.queues(None).await.unwrap().into_iter().find(|queue| queue.settings.name == "default");
        assert_eq!(queued.unwrap().queued.count as usize, 2 - number);
        gate.add_permits(1);
        run.wait(PATIENCE).await.unwrap();
    }
    worker.stop().await;
}
