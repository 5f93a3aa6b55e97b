//! How soon a worker starts what was sent: from the send's answer to the handler's first line.

use super::{Bench, Sample};
use crate::cli::bench::child::Working;
use crate::cli::bench::error::Result;
use crate::cli::bench::pace::{Pace, quantiles, waits};
use crate::cli::bench::place::Tables;
use crate::cli::bench::rows::Spread;
use crate::cli::bench::working::Spec;
use std::time::Duration;

/// Seconds for which runs come at a rate.
const SECONDS: u64 = 2;
/// Pick-ups of an idle worker.
const IDLE: usize = 200;

/// p50, p95 and p99, beside those of a bare claim.
pub(super) async fn measure(bench: &Bench, rate: Option<u64>, inside: bool) -> Result<Vec<Sample>> {
    let most = bench.settings.jobs;
    let pace = match rate {
        None => Pace::idle(IDLE.min(most)),
        Some(rate) => Pace::per_second(rate, ((rate * SECONDS) as usize).min(most)),
    };
    let tables = bench.fresh().await?;
    let base = quantiles(tables.pick_up(pace).await?);
    drop(tables);
    let tables = bench.fresh().await?;
    let ours =
        quantiles(if inside { here(bench, &*tables, pace).await? } else { across(bench, &*tables, pace).await? });
    Ok(ours.into_iter().zip(base).map(|(ours, base)| Sample { ours, base }).collect())
}

/// The sender is this process, the worker another.
async fn across(bench: &Bench, tables: &dyn Tables, pace: Pace) -> Result<Vec<f64>> {
    let spec = bench.spec(tables, Spread::ONE);
    let working = Working::start(&spec).await?;
    let store = tables.opening().open().await?;
    let answered = pace.probe(&store, &spec.queues).await?;
    // What was picked up late counts as well.
    tokio::time::sleep(Duration::from_millis(500)).await;
    store.close().await;
    Ok(waits(&answered, &working.stop().await?.started))
}

/// The worker's process is the sender.
async fn here(bench: &Bench, tables: &dyn Tables, pace: Pace) -> Result<Vec<f64>> {
    let spec = Spec { inside: Some(pace), ..bench.spec(tables, Spread::ONE) };
    let within = Duration::from_micros(pace.micros * pace.total()) + Duration::from_secs(60);
    let worked = Working::start(&spec).await?.done(within).await?;
    Ok(waits(&worked.answered, &worked.started))
}
