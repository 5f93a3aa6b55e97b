//! The clean stop, and the second signal.

use super::{N, PATIENCE, quick, start, start_with, statuses, until_true};
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::model::{ExecutorStatus, TaskStatus};
use hyrex::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

on_both!(
    a_clean_stop_lets_attempts_end_and_claims_no_more,
    after_the_grace_period_attempts_are_interrupted,
    an_interrupted_attempt_is_not_counted_and_runs_again,
    a_second_request_ends_everything_at_once,
    a_blocking_task_that_ignores_its_token_does_not_keep_the_worker,
    what_was_claimed_ahead_is_given_back,
    a_worker_that_is_stopped_at_once_has_signed_off,
);

/// How many attempts have begun: a claim that has not is given back by a stop.
type Begun = Arc<AtomicU32>;

fn endless(name: &str, retries: u16, begun: &Begun) -> Task<hyrex::Plain<(), ()>> {
    let begun = begun.clone();
    Task::new(name, TaskConfig::new().max_retries(retries), move |()| {
        begun.fetch_add(1, Ordering::SeqCst);
        async { std::future::pending::<Result<()>>().await }
    })
}

async fn until_begun(begun: &Begun, count: u32) {
    until_true("the attempts to begin", || begun.load(Ordering::SeqCst) == count).await;
}

async fn a_clean_stop_lets_attempts_end_and_claims_no_more(store: &TestStore) {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Begun::default());
    let (waits, begins) = (gate.clone(), begun.clone());
    let task = Task::new("waits", TaskConfig::new(), move |_: N| {
        begins.fetch_add(1, Ordering::SeqCst);
        let waits = waits.clone();
        async move {
            let _: () = waits.acquire().await?.forget();
            Ok(())
        }
    });
    let worker = start_with(store, registry![task], quick().concurrency(1));
    let first = task.on(&worker.client).send(N { n: 1 }).await.unwrap();
    until_begun(&begun, 1).await;
    worker.shutdown.request();
    let second = task.on(&worker.client).send(N { n: 2 }).await.unwrap();
    gate.add_permits(2);
    let report = worker.ended().await;
    assert_eq!((report.succeeded, report.unsettled), (1, 0));
    assert_eq!(statuses(store, first.id()).await, [TaskStatus::Success]);
    assert_eq!(statuses(store, second.id()).await, [TaskStatus::Queued]);
    assert_eq!(store.executors(1, None).await.unwrap()[0].status, ExecutorStatus::Shutdown);
}

async fn after_the_grace_period_attempts_are_interrupted(store: &TestStore) {
    let begun = Begun::default();
    let (once, again) = (endless("once", 0, &begun), endless("again", 1, &begun));
    let worker = start_with(store, registry![once, again], quick().grace(Duration::from_millis(100)));
    let once = once.on(&worker.client).send(()).await.unwrap();
    let again = again.on(&worker.client).send(()).await.unwrap();
    until_begun(&begun, 2).await;
    let report = worker.stop().await;
    assert_eq!(statuses(store, once.id()).await, [TaskStatus::Stopped]);
    assert_eq!(statuses(store, again.id()).await, [TaskStatus::Queued]);
    assert_eq!((report.stopped, report.given_back), (1, 1));
}

async fn an_interrupted_attempt_is_not_counted_and_runs_again(store: &TestStore) {
    let calls = Arc::new(AtomicU32::new(0));
    let called = calls.clone();
    let task = Task::new("second_time", TaskConfig::new().max_retries(1), move |()| {
        let first = called.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(get_hyrex_context().expect("inside a task").attempt_number())
        }
    });
    let worker = start_with(store, registry![task], quick().grace(Duration::ZERO));
    let run = task.on(&worker.client).send(()).await.unwrap();
    until_true("the first call", || calls.load(Ordering::Relaxed) == 1).await;
    worker.stop().await;
    let worker = start(store, registry![task]);
    assert_eq!(run.wait(PATIENCE).await.unwrap(), 0, "the same attempt");
    worker.stop().await;
}

async fn a_second_request_ends_everything_at_once(store: &TestStore) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let begun = Begun::default();
    let begins = begun.clone();
    let deaf = Task::blocking("deaf", TaskConfig::new().max_retries(1), move |()| {
        begins.fetch_add(1, Ordering::SeqCst);
        let _ = wait.lock().unwrap().recv_timeout(PATIENCE);
        Ok(())
    });
    let endless = endless("endless", 0, &begun);
    let worker = start(store, registry![deaf, endless]);
    let deaf = deaf.on(&worker.client).send(()).await.unwrap();
    let endless = endless.on(&worker.client).send(()).await.unwrap();
    until_begun(&begun, 2).await;
    worker.shutdown.request();
    let asked = Instant::now();
    let report = worker.stop().await;
    assert!(asked.elapsed() < PATIENCE / 3, "{:?}", asked.elapsed());
    assert_eq!(report.stuck, 1);
    assert_eq!(statuses(store, deaf.id()).await, [TaskStatus::Queued]);
    assert_eq!(statuses(store, endless.id()).await, [TaskStatus::Stopped]);
    release.send(()).unwrap();
}

async fn a_blocking_task_that_ignores_its_token_does_not_keep_the_worker(store: &TestStore) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let begun = Begun::default();
    let begins = begun.clone();
    let deaf = Task::blocking("deaf", TaskConfig::new(), move |()| {
        begins.fetch_add(1, Ordering::SeqCst);
        let _ = wait.lock().unwrap().recv_timeout(PATIENCE * 2);
        Ok(())
    });
    let worker = start_with(store, registry![deaf], quick().grace(Duration::from_millis(100)));
    deaf.on(&worker.client).send(()).await.unwrap();
    until_begun(&begun, 1).await;
    let report = worker.stop().await;
    assert_eq!((report.stuck, report.stopped), (1, 1));
    release.send(()).unwrap();
}

async fn what_was_claimed_ahead_is_given_back(store: &TestStore) {
    let gate = Arc::new(Semaphore::new(20));
    let waits = gate.clone();
    let task = Task::new("waits", TaskConfig::new(), move |_: N| {
        let waits = waits.clone();
        async move {
            let _: () = waits.acquire().await?.forget();
            Ok(())
        }
    });
    let worker = start_with(store, registry![task], quick().concurrency(2));
    let runs = task.on(&worker.client).send_many((0..200).map(|n| N { n })).await.unwrap();
    let held = async || store.queues(None).await.unwrap()[0].held.count;
    crate::support::wait_for("the worker to wait with more than it runs", PATIENCE, async || {
        (gate.available_permits() == 0 && held().await >= 2).then_some(())
    })
    .await;
    worker.shutdown.request();
    gate.add_permits(200);
    let report = worker.ended().await;
    let mut queued = 0;
    for run in &runs {
        let stands = statuses(store, run.id()).await;
        assert!(matches!(stands[..], [TaskStatus::Queued | TaskStatus::Success]), "{stands:?}");
        queued += u64::from(stands == [TaskStatus::Queued]);
    }
    assert_eq!(report.succeeded + queued, 200, "nothing is lost, nothing left held");
}

async fn a_worker_that_is_stopped_at_once_has_signed_off(store: &TestStore) {
    let task = endless("endless", 0, &Begun::default());
    let worker = start(store, registry![task]);
    crate::support::wait_for("the worker to register", PATIENCE, async || {
        (!store.executors(1, None).await.unwrap().is_empty()).then_some(())
    })
    .await;
    assert_eq!(worker.stop().await, hyrex::runtime::Report::default());
    assert_eq!(store.executors(1, None).await.unwrap()[0].status, ExecutorStatus::Shutdown);
}
