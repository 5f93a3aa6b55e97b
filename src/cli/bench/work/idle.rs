//! What a worker costs that has nothing to do.

use super::{Bench, Sample};
use crate::cli::bench::child::Working;
use crate::cli::bench::error::Result;
use crate::cli::bench::rows::Spread;
use std::time::Duration;

/// How long it is watched, in seconds; what the figures' units say.
const WATCHED: f64 = 20.0;
/// Until it has settled down.
const BEFORE: Duration = Duration::from_secs(3);

/// Its transactions, without those that others do here, and its processor time.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Sample>> {
    let tables = bench.fresh().await?;
    let others = tables.transactions(WATCHED / 2.0).await? * 2.0;
    let working = Working::start(&bench.spec(&*tables, Spread::ONE)).await?;
    tokio::time::sleep(BEFORE).await;
    let before = working.cpu_seconds();
    let transactions = tables.transactions(WATCHED).await?;
    let cpu = working.cpu_seconds() - before;
    working.stop().await?;
    let alone = |ours| Sample { ours, base: f64::NAN };
    Ok(vec![alone((transactions - others).max(0.0)), alone(cpu)])
}
