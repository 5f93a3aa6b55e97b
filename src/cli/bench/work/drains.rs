//! Backlogs that one worker in a process of its own gets through.

use super::{Bench, Kept, Sample};
use crate::cli::bench::child::Working;
use crate::cli::bench::clock::{Figures, nanos};
use crate::cli::bench::error::{Result, said};
use crate::cli::bench::pace::{Pace, Times, quantiles, waits};
use crate::cli::bench::place::{Tables, Which};
use crate::cli::bench::rows::{self, Spread, Stage};
use crate::cli::bench::working::{Spec, Worked};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the targets name.
const FULL: [(Stage, usize); 2] = [(Stage::Finished, 5_000_000), (Stage::Scheduled, 1_000_000)];
/// What comes in the other queues, a second.
const OTHERS: u64 = 200;

/// The drain, beside the bare loop.
pub(super) async fn drain(bench: &Bench) -> Result<Vec<Sample>> {
    let count = bench.settings.jobs;
    let tables = filled(bench).await?;
    let (done, base) = tables.drain().await?;
    if done != count {
        return said(format!("the bare loop got through {done} of {count} runs"));
    }
    drop(tables);
    let tables = filled(bench).await?;
    let worked = work(bench, &*tables, Spread::ONE).await?;
    tables.expect_done(count).await?;
    let figures = worked.through(count)?;
    let memory = worked.peak_memory.map_or(f64::NAN, |bytes| bytes as f64 / f64::from(1 << 20));
    let alone = |ours| Sample { ours, base: f64::NAN };
    Ok(vec![Sample { ours: figures[0], base }, alone(figures[1]), alone(memory)])
}

/// The drain beside runs at another stage, and without them.
pub(super) async fn beside(bench: &Bench, stage: Stage, kept: &mut Kept) -> Result<Vec<Sample>> {
    let base = without(bench).await?[0];
    if kept.is_none() {
        let tables = bench.place.tables(Which::Second).await?;
        tables.fill(others(bench, stage), stage, Spread::ONE).await?;
        tables.settle().await?;
        *kept = Some(tables);
    }
    // It was filled just now.
    let Some(tables) = kept else { return said("the tables are gone") };
    tables.fill(bench.settings.jobs, Stage::Waiting, Spread::ONE).await?;
    let worked = work(bench, &**tables, Spread::ONE).await?;
    Ok(vec![Sample { ours: worked.through(bench.settings.jobs)?[0], base }])
}

fn others(bench: &Bench, stage: Stage) -> usize {
    let full = FULL.iter().find(|(of, _)| *of == stage).map_or(0, |(_, count)| *count);
    // In the same proportion to one another: five to one, of the backlog.
    if bench.settings.full { full } else { full / 1_000_000 * bench.settings.jobs }
}

/// The drain of one queue, with runs coming in nine others meanwhile.
pub(super) async fn queues(bench: &Bench) -> Result<Vec<Sample>> {
    let base = without(bench).await?[0];
    let tables = filled(bench).await?;
    let spread = Spread { queues: 10, tasks: 1 };
    let spec = Spec { backlog: Some(bench.settings.jobs), ..bench.spec(&*tables, spread) };
    let working = Working::start(&spec).await?;
    let store = tables.opening().open().await?;
    let answered = Arc::new(Mutex::new(Times::new()));
    let probes = Pace::per_second(OTHERS, usize::MAX / 2).send(|number| {
        let queue = &spec.queues[1 + number as usize % (spec.queues.len() - 1)];
        let (store, run, answered) = (store.clone(), rows::probe(number, queue), answered.clone());
        async move {
            store.enqueue(vec![run], None).await?;
            answered.lock().unwrap_or_else(PoisonError::into_inner).push((number, nanos()));
            Ok(())
        }
    });
    let worked = tokio::select! {
        worked = working.done(patience(bench.settings.jobs)) => worked?,
        sent = probes => return sent.and_then(|_| said("the other queues' runs came to an end")),
    };
    store.close().await;
    let ours = worked.through(bench.settings.jobs)?[0];
    let answered = std::mem::take(&mut *answered.lock().unwrap_or_else(PoisonError::into_inner));
    let waits = quantiles(waits(&answered, &worked.started));
    let others = waits.map(|ours| Sample { ours, base: f64::NAN });
    Ok([Sample { ours, base }].into_iter().chain(others).collect())
}

/// Our drain, with nothing beside it.
async fn without(bench: &Bench) -> Result<Figures> {
    let tables = filled(bench).await?;
    work(bench, &*tables, Spread::ONE).await?.through(bench.settings.jobs)
}

async fn filled(bench: &Bench) -> Result<Box<dyn Tables>> {
    let tables = bench.fresh().await?;
    tables.fill(bench.settings.jobs, Stage::Waiting, Spread::ONE).await?;
    Ok(tables)
}

async fn work(bench: &Bench, tables: &dyn Tables, spread: Spread) -> Result<Worked> {
    let count = bench.settings.jobs;
    let spec = Spec { backlog: Some(count), ..bench.spec(tables, spread) };
    Working::start(&spec).await?.done(patience(count)).await
}

/// More than the worker gives itself.
fn patience(count: usize) -> Duration {
    Duration::from_secs(120 + count as u64 / 1_000)
}
