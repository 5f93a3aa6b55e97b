//! Our paths through the store's traits, the same for both stores.

use crate::clock::Watch;
use crate::measure::Figures;
use crate::rows::{self, RESULT, Spread};
use anyhow::{Result, ensure};
use hyrex::model::{ClaimedRun, Completed, Completion, ExecutorId, Outcome, QueueSet};
use hyrex::store::{Claim, Options, Registration, Share, SharedStore, Turn};
use std::time::{Duration, Instant};

/// Opens a store.
pub async fn open(url: &str) -> Result<SharedStore> {
    Ok(hyrex::store::open(url, Options::default()).await?)
}

/// `clients` send one run after the other, for so long.
pub async fn send(store: &SharedStore, clients: usize, seconds: f64) -> Result<Figures> {
    store.enqueue(vec![rows::run()], None).await?;
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    together(clients, |_| {
        let store = store.clone();
        async move {
            let mut count = 0;
            while Instant::now() < end {
                store.enqueue(vec![rows::run()], None).await?;
                count += 1;
            }
            Ok(count)
        }
    })
    .await
}

/// Sends `count` runs in one call.
pub async fn send_many(store: &SharedStore, count: usize) -> Result<Figures> {
    store.enqueue(vec![rows::run()], None).await?;
    let runs: Vec<_> = (0..count).map(|_| rows::run()).collect();
    let watch = Watch::start();
    let sent = store.enqueue(runs, None).await?;
    ensure!(sent.len() == count, "{} answers to {count} runs", sent.len());
    Ok(watch.figures(count))
}

/// An executor, so that claims are allowed.
pub async fn register(store: &SharedStore, tasks: Vec<String>) -> Result<ExecutorId> {
    let id = ExecutorId::new();
    let registration = Registration {
        id,
        name: "E1".into(),
        worker_name: "bench".into(),
        queues: QueueSet::all(),
        task_names: tasks,
        slots: 1000,
        lease: Duration::from_secs(3600),
        beat_interval: Duration::from_secs(600),
        host: "bench".into(),
        pid: std::process::id(),
        boot_id: "bench".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        app: "bench".into(),
    };
    store.executor_register(registration, None).await?;
    Ok(id)
}

/// Drains the queues by turns: `at_once` of them under way, each settling what its last one claimed.
pub async fn drain(store: &SharedStore, spread: Spread, batch: u32, at_once: usize) -> Result<Figures> {
    let executor = register(store, spread.tasks()).await?;
    let figures = together(at_once, |_| {
        let store = store.clone();
        async move { turns(&store, executor, spread, batch).await }
    })
    .await?;
    store.executor_stop(executor, Vec::new(), None).await?;
    Ok(figures)
}

async fn turns(store: &SharedStore, executor: ExecutorId, spread: Spread, batch: u32) -> Result<usize> {
    let claim = shares(spread, batch);
    let (mut held, mut count) = (Vec::new(), 0);
    loop {
        let completions: Vec<_> = held.iter().map(succeeded).collect();
        let turn = Turn { executor, completions, claim: claim.clone(), now: None };
        let answer = store.turn(turn).await?;
        let applied = answer.completed.iter().filter(|done| matches!(done, Completed::Applied { .. })).count();
        ensure!(applied == held.len(), "{applied} of {} completions were applied", held.len());
        count += applied;
        held = answer.claimed;
        if held.is_empty() {
            return Ok(count);
        }
    }
}

fn shares(spread: Spread, batch: u32) -> Claim {
    let take = batch.div_ceil(spread.queues as u32);
    let share = |queue| Share { queue, tasks: spread.tasks(), take, limited: false };
    Claim { shares: spread.queues().into_iter().map(share).collect() }
}

fn succeeded(run: &ClaimedRun) -> Completion {
    let outcome = Outcome::Success(Some(RESULT.to_owned()));
    Completion { fence: run.fence, workflow_run: run.workflow_run, outcome, logs: Vec::new() }
}

/// Runs `count` copies of `work` at once and gives the sum of what they answer, a second.
pub async fn together<F>(count: usize, work: impl Fn(usize) -> F) -> Result<Figures>
where
    F: Future<Output = Result<usize>> + Send + 'static,
{
    let watch = Watch::start();
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(work(number))).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await??;
    }
    Ok(watch.figures(sum))
}
