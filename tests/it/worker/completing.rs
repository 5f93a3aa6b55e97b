//! `complete_in` under a worker: effects exactly once, whatever the function does after its commit.

use super::{PATIENCE, start, statuses, until};
use crate::support::TestStore;
use crate::support::effects::{self, End};
use crate::support::stores::on_both;
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use hyrex::{Plain, registry};

on_both!(
    a_success_in_the_tasks_own_transaction_is_the_runs_success,
    what_goes_wrong_after_the_commit_changes_nothing,
    a_rollback_is_a_failure_and_the_next_attempt_has_the_effect,
    progress_is_told_around_it_without_a_standstill
);

/// What the function does after its transaction.
#[derive(Clone, Copy)]
enum Then {
    Return,
    Fail,
    Panic,
}

/// A task that has its effect and completes in one transaction: rolled back (and failing) in so many first attempts.
fn pay(store: &TestStore, rolled_back: i16, then: Then) -> Task<Plain<(), String>> {
    let url = store.url.clone();
    Task::new("pay", TaskConfig::new().max_retries(3), move |()| {
        let url = url.clone();
        async move {
            let context = get_hyrex_context().expect("inside a task");
            context.progress(0.5, "before");
            let end = if context.attempt_number() < rolled_back { End::RollBack } else { End::Commit };
            effects::complete(&url, &context, end).await?;
            context.progress(1.0, "after");
            match (end, then) {
                (End::RollBack, _) => Err(Error::new("rolled back")),
                (_, Then::Fail) => Err(Error::new("too late to fail")),
                (_, Then::Panic) => panic!("too late to panic"),
                (_, Then::Return) => Ok("not kept".into()),
            }
        }
    })
}

async fn a_success_in_the_tasks_own_transaction_is_the_runs_success(store: &TestStore) {
    effects::table(store).await;
    let task = pay(store, 0, Then::Return);
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), "in the transaction");
    let report = worker.stop().await;
    assert_eq!((report.succeeded, report.failed, report.unsettled), (1, 0, 0));
    assert_eq!(effects::count(store).await, 1);
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Success]);
}

async fn what_goes_wrong_after_the_commit_changes_nothing(store: &TestStore) {
    effects::table(store).await;
    for (effects, then) in [(1, Then::Fail), (2, Then::Panic)] {
        let task = pay(store, 0, then);
        let worker = start(store, registry![task]);
        let run = task.on(&worker.client).send(()).await.unwrap();
        until(store, run.id(), TaskStatus::Success).await;
        let report = worker.stop().await;
        assert_eq!((report.failed, report.retried), (0, 0));
        assert_eq!(statuses(store, run.id()).await, [TaskStatus::Success]);
        assert_eq!(effects::count(store).await, effects);
    }
}

async fn a_rollback_is_a_failure_and_the_next_attempt_has_the_effect(store: &TestStore) {
    effects::table(store).await;
    let task = pay(store, 2, Then::Return);
    let worker = start(store, registry![task]);
    let run = task.on(&worker.client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), "in the transaction");
    let report = worker.stop().await;
    assert_eq!((report.succeeded, report.failed, report.retried), (1, 2, 2));
    assert_eq!(statuses(store, run.id()).await, [TaskStatus::Failed, TaskStatus::Failed, TaskStatus::Success]);
    assert_eq!(effects::count(store).await, 1);
}

async fn progress_is_told_around_it_without_a_standstill(store: &TestStore) {
    effects::table(store).await;
    let task = pay(store, 0, Then::Return);
    let worker = start(store, registry![task]);
    let task = task.on(&worker.client);
    let mut runs = Vec::new();
    for _ in 0..20 {
        runs.push(task.send(()).await.unwrap());
    }
    for run in runs {
        run.wait(PATIENCE).await.unwrap();
    }
    assert_eq!((worker.stop().await.succeeded, effects::count(store).await), (20, 20));
}
