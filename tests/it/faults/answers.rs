//! Answers of the database that never arrive.

use super::{PATIENCE, none_succeeded_twice};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::{NewRun, RunId, TaskStatus};
use hyrex::prelude::*;
use hyrex::runtime::{Shutdown, Worker};
use hyrex::store::failpoint::{Failpoints, Failure};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

on_both!(
    a_claim_whose_answer_is_lost_is_given_back_and_runs_once,
    a_completion_whose_answer_is_lost_is_not_run_again,
    a_completion_that_is_rolled_back_is_written_again_and_not_run_again,
    a_failure_whose_answer_is_lost_makes_one_next_attempt,
);

/// Where a turn commits and is about to answer.
const ANSWER: &str = "turn.answered";
/// The same of a claim that waited in the store for work (SQLite's do).
const PARKED_ANSWER: &str = "parked.answered";
/// Where a turn has settled, and may still roll back.
const SETTLED: &str = "turn.completed";

/// Arms `place` when the task's handler runs, `skip` passages ahead; fails in its first `failures` attempts.
struct Plan {
    place: &'static str,
    failure: Failure,
    failures: u32,
}

struct Running {
    executed: Arc<AtomicU32>,
    shutdown: Shutdown,
    worker: tokio::task::JoinHandle<()>,
}

impl Running {
    /// A worker in this process; `plan` is carried out by the first execution of its task.
    async fn start(store: &TestStore, plan: Option<Plan>) -> Self {
        let executed = Arc::new(AtomicU32::new(0));
        let (count, failpoints) = (executed.clone(), store.failpoints.clone());
        let plan = Arc::new(plan);
        let task = Task::new("t", TaskConfig::new(), move |()| {
            let times = count.fetch_add(1, Ordering::SeqCst);
            let outcome = carry_out(&failpoints, plan.as_ref().as_ref(), times);
            async move { outcome }
        });
        let settings = WorkerSettings::new()
            .concurrency(4)
            .lease(Duration::from_secs(4))
            .beat_interval(Duration::from_millis(200));
        let app = HyrexApp::new("answers").registry(HyrexRegistry::new().register(&task)).worker(settings);
        let worker = Worker::new(app, store.store.clone());
        let shutdown = Shutdown::new();
        let asked = shutdown.clone();
        let worker = tokio::spawn(async move {
            let _ = worker.run(asked).await.unwrap();
        });
        Self { executed, shutdown, worker }
    }

    async fn finish(self) -> u32 {
        self.shutdown.request();
        self.worker.await.unwrap();
        self.executed.load(Ordering::SeqCst)
    }
}

fn carry_out(failpoints: &Failpoints, plan: Option<&Plan>, times: u32) -> Result<u32> {
    let Some(plan) = plan else { return Ok(times) };
    if times == 0 {
        failpoints.arm(plan.place, plan.failure.clone(), 0);
    }
    if times < plan.failures { Err(Error::new("as planned")) } else { Ok(times) }
}

async fn send(store: &TestStore, retries: u16) -> RunId {
    let mut run = NewRun::new("t", "{}");
    run.max_retries = retries;
    store.enqueue(vec![run], None).await.unwrap()[0].run()
}

async fn over(store: &TestStore, run: RunId) -> hyrex::store::RunState {
    wait_for("the run's end", PATIENCE, async || {
        store.run_states(vec![run]).await.unwrap().remove(0).filter(|state| state.is_over())
    })
    .await
}

async fn a_claim_whose_answer_is_lost_is_given_back_and_runs_once(store: &TestStore) {
    // Sent before there is a worker, so that its first claim finds it; armed so that this very answer is lost.
    let run = send(store, 0).await;
    for place in [ANSWER, PARKED_ANSWER] {
        store.failpoints.arm(place, Failure::AnswerLost, 0);
    }
    let running = Running::start(store, None).await;
    let state = over(store, run).await;
    assert_eq!((state.status, state.attempt_number), (TaskStatus::Success, 0));
    let claims = format!("SELECT CAST(claim_number AS bigint) FROM hyrex_task_run WHERE id = {}", store.raw.id(run.0));
    assert_eq!(store.raw.count(&claims).await, 2, "claimed, given back, claimed again");
    assert_eq!(running.finish().await, 1);
}

async fn a_completion_whose_answer_is_lost_is_not_run_again(store: &TestStore) {
    let plan = Plan { place: ANSWER, failure: Failure::AnswerLost, failures: 0 };
    let running = Running::start(store, Some(plan)).await;
    let run = send(store, 5).await;
    assert_eq!(over(store, run).await.attempt_number, 0);
    await_quiet(store).await;
    assert_eq!(running.finish().await, 1);
    none_succeeded_twice(store).await;
}

async fn a_completion_that_is_rolled_back_is_written_again_and_not_run_again(store: &TestStore) {
    let plan = Plan { place: SETTLED, failure: Failure::Error, failures: 0 };
    let running = Running::start(store, Some(plan)).await;
    let run = send(store, 5).await;
    let state = over(store, run).await;
    assert_eq!((state.status, state.attempt_number), (TaskStatus::Success, 0));
    assert_eq!(running.finish().await, 1);
}

async fn a_failure_whose_answer_is_lost_makes_one_next_attempt(store: &TestStore) {
    let plan = Plan { place: ANSWER, failure: Failure::AnswerLost, failures: 1 };
    let running = Running::start(store, Some(plan)).await;
    let run = send(store, 5).await;
    let state = over(store, run).await;
    assert_eq!((state.status, state.attempt_number), (TaskStatus::Success, 1));
    assert_eq!(running.finish().await, 2);
    let attempts = store.raw.count("SELECT count(*) FROM hyrex_task_run").await;
    assert_eq!(attempts, 2);
}

/// Waits until the worker has beaten twice more: by then it would have repeated whatever it wants to repeat.
async fn await_quiet(store: &TestStore) {
    let beats = "SELECT beat_number FROM hyrex_executor";
    let before = store.raw.count(beats).await;
    wait_for("two beats", PATIENCE, async || (store.raw.count(beats).await >= before + 2).then_some(())).await;
}
