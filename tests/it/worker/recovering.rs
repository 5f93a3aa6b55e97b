//! What is made good: answers that were lost, executors that vanished, a worker that finds itself lost.

use super::{N, PATIENCE, start, statuses, until, until_true};
use crate::support::stores::on_both;
use crate::support::worker::{registration, share};
use crate::support::{TestStore, make, wait_for};
use hyrex::model::{ExecutorId, ExecutorStatus, TaskStatus};
use hyrex::prelude::*;
use hyrex::store::failpoint::Failure as Fault;
use hyrex::store::{Claim, Registration, Turn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

on_both!(
    turns_that_fail_or_whose_answers_are_lost_lose_and_repeat_nothing,
    a_claim_whose_answer_was_lost_runs_again_soon,
    what_a_silent_executor_held_runs_again,
    an_executor_that_beats_is_left_alone,
    what_an_ended_executor_held_runs_again,
    a_worker_that_was_declared_lost_registers_anew,
);

async fn turns_that_fail_or_whose_answers_are_lost_lose_and_repeat_nothing(store: &TestStore) {
    const COUNT: u32 = 400;
    let seen: Arc<Vec<AtomicU32>> = Arc::new((0..COUNT).map(|_| AtomicU32::new(0)).collect());
    let ran = seen.clone();
    let task = Task::new("note", TaskConfig::new(), move |N { n }| {
        ran[n as usize].fetch_add(1, Ordering::Relaxed);
        async move { Ok(n) }
    });
    let worker = start(store, registry![task]);
    let faults = [
        ("turn.completed", Fault::Error),
        ("turn.answered", Fault::AnswerLost),
        ("turn.claimed", Fault::Error),
        ("turn.answered", Fault::AnswerLost),
    ];
    let mut runs = Vec::new();
    for (round, (place, fault)) in faults.into_iter().enumerate() {
        store.failpoints.arm(place, fault, round as u32);
        let quarter = COUNT / 4;
        let numbers = (0..quarter).map(|n| N { n: n + quarter * round as u32 });
        runs.extend(task.on(&worker.client).send_many(numbers).await.unwrap());
        for run in &runs {
            run.wait(PATIENCE).await.unwrap();
        }
    }
    let report = worker.stop().await;
    assert_eq!(report.unsettled, 0);
    for run in &runs {
        assert_eq!(statuses(store, run.id()).await, [TaskStatus::Success]);
    }
    let times = seen.iter().map(|times| times.load(Ordering::Relaxed)).enumerate();
    let others: Vec<(usize, u32)> = times.filter(|(_, times)| *times != 1).collect();
    assert!(others.is_empty(), "each ran once, none had begun without an answer; number and times: {others:?}");
}

async fn a_claim_whose_answer_was_lost_runs_again_soon(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |N { n }| async move { Ok(n) });
    let sent = store.enqueue(vec![hyrex::model::NewRun::new("t", "{\"n\":3}")], None).await.unwrap();
    store.failpoints.arm("turn.answered", Fault::AnswerLost, 0);
    store.failpoints.arm("parked.answered", Fault::AnswerLost, 0);
    let worker = start(store, registry![task]);
    until(store, sent[0].run(), TaskStatus::Success).await;
    worker.stop().await;
    assert_eq!(statuses(store, sent[0].run()).await, [TaskStatus::Success]);
}

/// An executor of another machine, of which nobody will hear again, and that holds a run of task `t`.
async fn vanished(store: &TestStore, retries: u16) -> (ExecutorId, hyrex::model::RunId) {
    let id = ExecutorId::new();
    let lease = Duration::from_millis(1200);
    let registration = Registration { lease, beat_interval: lease / 6, host: "elsewhere".into(), ..registration(id) };
    store.executor_register(registration, None).await.unwrap();
    let run = hyrex::model::NewRun { max_retries: retries, ..make::run("t") };
    let run = store.enqueue(vec![run], None).await.unwrap()[0].run();
    let claim = Claim { shares: vec![share("default", &["t"], 1)] };
    let turn = Turn { executor: id, completions: vec![], claim, now: None };
    assert_eq!(store.turn(turn).await.unwrap().claimed.len(), 1);
    (id, run)
}

async fn what_a_silent_executor_held_runs_again(store: &TestStore) {
    let (lost, run) = vanished(store, 1).await;
    let (_, last) = vanished(store, 0).await;
    let task = Task::new("t", TaskConfig::new(), |()| async { Ok(()) });
    let worker = start(store, registry![task]);
    until(store, run, TaskStatus::Success).await;
    until(store, last, TaskStatus::Lost).await;
    assert_eq!(statuses(store, run).await, [TaskStatus::Lost, TaskStatus::Success]);
    assert_eq!(statuses(store, last).await, [TaskStatus::Lost]);
    let rows = store.executors(10, None).await.unwrap();
    assert_eq!(rows.iter().find(|row| row.id == lost).unwrap().status, ExecutorStatus::Lost);
    worker.stop().await;
}

async fn an_executor_that_beats_is_left_alone(store: &TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let waits = gate.clone();
    let task = Task::new("long", TaskConfig::new().max_retries(1), move |()| {
        let waits = waits.clone();
        async move {
            let _: () = waits.acquire().await?.forget();
            Ok(())
        }
    });
    let (one, two) = (start(store, registry![task]), start(store, registry![task]));
    let run = task.on(&one.client).send(()).await.unwrap();
    let running = until(store, run.id(), TaskStatus::Running).await.row.started.unwrap();
    wait_for("three leases to pass", PATIENCE, async || {
        let passed = store.now().await.unwrap() - running;
        (passed.num_milliseconds() > 3000).then_some(())
    })
    .await;
    gate.add_permits(1);
    run.wait(PATIENCE).await.unwrap();
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Success]);
    one.stop().await;
    two.stop().await;
}

async fn what_an_ended_executor_held_runs_again(store: &TestStore) {
    let (ended, run) = vanished(store, 1).await;
    let id = ended.0.simple();
    store
        .raw
        .execute(&format!(
            "update hyrex_executor set status = 'SHUTDOWN' where {} = '{id}'",
            match store.kind {
                #[cfg(feature = "sqlite")]
                crate::support::Kind::Sqlite => "lower(hex(id))",
                #[cfg(feature = "postgres")]
                crate::support::Kind::Postgres => "replace(id::text, '-', '')",
            }
        ))
        .await;
    let task = Task::new("t", TaskConfig::new(), |()| async { Ok(()) });
    let worker = start(store, registry![task]);
    until(store, run, TaskStatus::Success).await;
    worker.stop().await;
}

async fn a_worker_that_was_declared_lost_registers_anew(store: &TestStore) {
    let calls = Arc::new(AtomicU32::new(0));
    let called = calls.clone();
    let task = Task::new("again", TaskConfig::new().max_retries(1), move |()| {
        let first = called.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    });
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    until_true("the first attempt", || calls.load(Ordering::Relaxed) == 1).await;
    let lost = store.executors(1, None).await.unwrap()[0].id;
    // A worker beats while it is looked at: the rescue is repeated until it meets the beat that it names.
    wait_for("it to be declared lost", PATIENCE, async || {
        let observer = crate::support::Worker::new(&*store.store).await;
        let done = observer.rescue(lost).await;
        store.executor_stop(observer.id, vec![], None).await.unwrap();
        done.declared.then_some(())
    })
    .await;
    run.wait(PATIENCE).await.unwrap();
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Lost, TaskStatus::Success]);
    let report = worker.stop().await;
    assert_eq!((report.succeeded, report.unsettled), (1, 0));
}
