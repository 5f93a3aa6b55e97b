//! Our turns through the store's traits, without a worker around them, the same for both stores.

use crate::measure::Figures;
use anyhow::{Result, ensure};
use hyrex::cli::bench::clock::Watch;
use hyrex::cli::bench::place::Opening;
use hyrex::cli::bench::rows::{RESULT, Spread};
use hyrex::model::{ClaimedRun, Completed, Completion, ExecutorId, Outcome, QueueSet};
use hyrex::store::{Claim, Registration, Share, SharedStore, Turn};
use std::time::Duration;
use tokio::task::JoinSet;

/// An executor, so that claims are allowed.
async fn register(store: &SharedStore, tasks: Vec<String>) -> Result<ExecutorId> {
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
pub async fn drain(opening: &Opening, spread: Spread, batch: u32, at_once: usize) -> Result<Figures> {
    let store = opening.open().await?;
    let executor = register(&store, spread.tasks()).await?;
    let (watch, mut count) = (Watch::start(), 0);
    let mut drains: JoinSet<_> = (0..at_once).map(|_| turns(store.clone(), executor, spread, batch)).collect();
    while let Some(drained) = drains.join_next().await {
        count += drained??;
    }
    let figures = watch.figures(count);
    store.executor_stop(executor, Vec::new(), None).await?;
    store.close().await;
    Ok(figures)
}

async fn turns(store: SharedStore, executor: ExecutorId, spread: Spread, batch: u32) -> Result<usize> {
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
