//! Attempts that fail: errors, panics, timeouts, retries, `on_error`.

use super::{N, PATIENCE, start, statuses, until, until_true};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

on_both!(
    a_failed_attempt_is_retried_while_retries_are_left,
    an_error_is_kept_with_its_chain,
    a_fatal_error_is_not_retried,
    a_retry_waits_for_its_backoff,
    wrong_arguments_fail_and_name_the_field,
    a_panic_is_a_failure_with_message_and_place,
    a_panic_of_a_blocking_task_is_a_failure_too,
    a_panic_while_a_task_is_dropped_does_not_take_its_slot,
    a_timeout_ends_the_attempt_and_says_its_seconds,
    a_blocking_task_past_its_timeout_keeps_its_slot_and_shows_as_stuck,
    on_error_is_called_once_a_failed_attempt_after_the_failure_is_committed,
    on_error_that_fails_or_panics_harms_nobody,
    on_error_may_send_tasks,
);

async fn a_failed_attempt_is_retried_while_retries_are_left(store: &TestStore) {
    let task = Task::new("third", TaskConfig::new().max_retries(5), |()| async {
        let number = get_hyrex_context().expect("inside a task").attempt_number();
        if number < 2 { Err(Error::new("not yet")) } else { Ok(number) }
    });
    let never = Task::new("never", TaskConfig::new().max_retries(1), |()| async { Err::<(), _>(Error::new("never")) });
    let worker = start(store, registry![task, never]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let failing = never.on(&worker.client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), 2);
    let failed = failing.wait(PATIENCE).await.unwrap_err();
    assert!(failed.to_string().contains("never"), "{failed}");
    let report = worker.stop().await;
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Failed, TaskStatus::Failed, TaskStatus::Success]);
    assert_eq!(statuses(store, failing.id()).await, [TaskStatus::Failed, TaskStatus::Failed]);
    assert_eq!((report.succeeded, report.failed, report.retried), (1, 4, 3));
}

async fn an_error_is_kept_with_its_chain(store: &TestStore) {
    let task = Task::new("parse", TaskConfig::new(), |()| async {
        let number: i32 = "twelve".parse()?;
        Ok(number)
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let error = until(store, run.id(), TaskStatus::Failed).await.error.expect("an error");
    assert_eq!(error.kind, "core::num::error::ParseIntError");
    assert_eq!(error.message, "invalid digit found in string");
    assert!(error.place.expect("a place").contains("failing.rs"));
    worker.stop().await;
}

async fn a_fatal_error_is_not_retried(store: &TestStore) {
    let task =
        Task::new("fatal", TaskConfig::new().max_retries(5), |()| async { Err::<(), _>(Error::fatal("no use")) });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let failed = until(store, run.id(), TaskStatus::Failed).await.row;
    assert_eq!((failed.attempt_number, failed.max_retries), (0, 0), "everyone can tell that it is over");
    worker.stop().await;
}

async fn a_retry_waits_for_its_backoff(store: &TestStore) {
    let backoff = Backoff::exponential(Duration::from_millis(300), Duration::from_secs(60));
    let config = TaskConfig::new().max_retries(2).retry_backoff(backoff);
    let task = Task::new("flaky", config, |()| async { Err::<(), _>(Error::new("again")) });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    run.wait(PATIENCE).await.unwrap_err();
    let attempts = run.attempts().await.unwrap();
    let waits: Vec<i64> = attempts
        .windows(2)
        .map(|pair| (pair[1].started.unwrap() - pair[0].finished.unwrap()).num_milliseconds())
        .collect();
    assert!((300..600).contains(&waits[0]) && (600..1000).contains(&waits[1]), "{waits:?}");
    worker.stop().await;
}

async fn wrong_arguments_fail_and_name_the_field(store: &TestStore) {
    let task = Task::new("n", TaskConfig::new().max_retries(3), |N { n }| async move { Ok(n) });
    let worker = start(store, registry![task]);
    let run = hyrex::model::NewRun::new("n", "{\"n\": \"many\"}");
    let run = store.store.enqueue(vec![run], None).await.unwrap()[0].run();
    let error = until(store, run, TaskStatus::Failed).await.error.expect("an error");
    assert!(error.message.contains('n') && error.message.contains("many"), "{error:?}");
    assert_eq!(statuses(store, run).await.len(), 1, "another attempt would fail alike");
    worker.stop().await;
}

async fn a_panic_is_a_failure_with_message_and_place(store: &TestStore) {
    let task = Task::new("panics", TaskConfig::new(), |N { n }| async move {
        assert!(n > 5, "{n} is not enough");
        Ok(())
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(N { n: 1 }).await.unwrap();
    let error = until(store, run.id(), TaskStatus::Failed).await.error.expect("an error");
    assert_eq!((error.kind.as_str(), error.message.as_str()), ("panic", "1 is not enough"));
    assert!(error.place.expect("a place").contains("failing.rs"));
    worker.stop().await;
}

async fn a_panic_of_a_blocking_task_is_a_failure_too(store: &TestStore) {
    let task = Task::blocking("panics", TaskConfig::new(), |()| -> Result<()> { panic!("on its own thread") });
    let fine = Task::blocking("fine", TaskConfig::new(), |()| Ok("fine".to_owned()));
    let worker = start(store, registry![task, fine]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    let error = until(store, run.id(), TaskStatus::Failed).await.error.expect("an error");
    assert_eq!((error.kind.as_str(), error.message.as_str()), ("panic", "on its own thread"));
    assert_eq!(fine.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap(), "fine");
    worker.stop().await;
}

async fn a_panic_while_a_task_is_dropped_does_not_take_its_slot(store: &TestStore) {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("while it was dropped");
        }
    }
    let task = Task::new("bomb", TaskConfig::new().timeout_seconds(1), |()| async {
        let _bomb = Bomb;
        std::future::pending::<Result<()>>().await
    });
    let fine = Task::new("fine", TaskConfig::new(), |()| async { Ok("fine".to_owned()) });
    let worker = super::start_with(store, registry![task, fine], super::quick().concurrency(1));
    let run = task.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Failed).await;
    assert_eq!(fine.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap(), "fine");
    worker.stop().await;
}

async fn a_timeout_ends_the_attempt_and_says_its_seconds(store: &TestStore) {
    let config = TaskConfig::new().timeout_seconds(1).max_retries(1);
    let task = Task::new("slow", config, |()| async { std::future::pending::<Result<()>>().await });
    let worker = start(store, registry![task]);
    let sent = Instant::now();
    let run = task.on(&worker.client).send(()).await.unwrap();
    let error = run.wait(PATIENCE).await.unwrap_err().to_string();
    assert!(error.contains("longer than its timeout of 1 s"), "{error}");
    assert!((2.0..6.0).contains(&sent.elapsed().as_secs_f64()), "two attempts of a second each: {:?}", sent.elapsed());
    worker.stop().await;
}

async fn a_blocking_task_past_its_timeout_keeps_its_slot_and_shows_as_stuck(store: &TestStore) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let stuck = Task::blocking("stuck", TaskConfig::new().timeout_seconds(1), move |()| {
        wait.lock().unwrap().recv_timeout(PATIENCE * 2)?;
        Ok(())
    });
    let fine = Task::blocking("fine", TaskConfig::new(), |()| Ok("fine".to_owned()));
    let worker = super::start_with(store, registry![stuck, fine], super::quick().blocking_threads(1));
    let run = stuck.on(&worker.client).send(()).await.unwrap();
    until(store, run.id(), TaskStatus::Failed).await;
    let waiting = fine.on(&worker.client).send(()).await.unwrap();
    let shows = async |count: u32| {
        let rows = store.executors(1, None).await.unwrap();
        (rows[0].stuck == Some(count)).then_some(())
    };
    wait_for("the executor to show it as stuck", PATIENCE, async || shows(1).await).await;
    assert_eq!(waiting.status().await.unwrap(), TaskStatus::Queued, "its slot is taken");
    release.send(()).unwrap();
    assert_eq!(waiting.wait(PATIENCE).await.unwrap(), "fine");
    wait_for("the executor to show that none is stuck", PATIENCE, async || shows(0).await).await;
    worker.stop().await;
}

async fn on_error_is_called_once_a_failed_attempt_after_the_failure_is_committed(store: &TestStore) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let (called, database) = (calls.clone(), store.store.clone());
    let task =
        Task::new("fails", TaskConfig::new().max_retries(2), |N { .. }| async { Err::<(), _>(Error::new("no")) })
            .on_error(move |failure: Failure| {
                let (called, database) = (called.clone(), database.clone());
                async move {
                    let row = database.attempt(failure.attempt).await?.expect("the attempt stands").row;
                    called.lock().unwrap().push((failure.attempt_number, failure.will_retry, row.status, failure.args));
                    Ok::<(), hyrex::store::StoreError>(())
                }
            });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(N { n: 7 }).await.unwrap();
    run.wait(PATIENCE).await.unwrap_err();
    until_true("three calls", || calls.lock().unwrap().len() == 3).await;
    worker.stop().await;
    let expected = [(0, true), (1, true), (2, false)];
    let expected = expected.map(|(number, retried)| (number, retried, TaskStatus::Failed, "{\"n\":7}".to_owned()));
    assert_eq!(*calls.lock().unwrap(), expected);
}

async fn on_error_that_fails_or_panics_harms_nobody(store: &TestStore) {
    let calls = Arc::new(AtomicU32::new(0));
    let called = calls.clone();
    let task = Task::new("fails", TaskConfig::new(), |()| async { Err::<(), _>(Error::new("no")) }).on_error(
        move |_: Failure| {
            let called = called.fetch_add(1, Ordering::Relaxed);
            async move {
                assert_eq!(called, 0, "the second call panics");
                Err::<(), _>(std::io::Error::other("the first call fails"))
            }
        },
    );
    let worker = start(store, registry![task]);
    for _ in 0..2 {
        task.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap_err();
    }
    until_true("two calls", || calls.load(Ordering::Relaxed) == 2).await;
    assert_eq!(worker.stop().await.failed, 2);
}

async fn on_error_may_send_tasks(store: &TestStore) {
    let repairs = Arc::new(AtomicU32::new(0));
    let repaired = repairs.clone();
    let repair = Task::new("repair", TaskConfig::new(), move |()| {
        repaired.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    let sent = repair.clone();
    let task = Task::new("fails", TaskConfig::new(), |()| async { Err::<(), _>(Error::new("no")) }).on_error(
        move |_: Failure| {
            let sent = sent.clone();
            async move { sent.send(()).await.map(drop) }
        },
    );
    let worker = start(store, registry![task, repair]);
    task.on(&worker.client).send(()).await.unwrap();
    until_true("the repair to run", || repairs.load(Ordering::Relaxed) == 1).await;
    worker.stop().await;
}
