//! Sends, while an idle worker listens.

use super::{Bench, Sample};
use crate::cli::bench::error::Result;
use crate::cli::bench::sends;

/// As many as the bulk targets name.
const MANY: usize = 20_000;

/// `senders` of one process, each after its answer.
pub(super) async fn one_by_one(bench: &Bench, senders: usize) -> Result<Vec<Sample>> {
    let clients = if senders == 1 { 1 } else { 16 };
    let tables = bench.fresh().await?;
    let idle = bench.listening(&*tables).await?;
    let base = tables.insert(clients, bench.until()).await?;
    idle.stop().await?;
    drop(tables);
    let tables = bench.fresh().await?;
    let idle = bench.listening(&*tables).await?;
    let store = tables.opening().open().await?;
    let ours = sends::one_by_one(&store, senders, bench.until()).await?;
    store.close().await;
    idle.stop().await?;
    Ok(vec![Sample { ours, base }])
}

/// Many in one call.
pub(super) async fn many(bench: &Bench) -> Result<Vec<Sample>> {
    let count = MANY.min(bench.settings.jobs);
    let tables = bench.fresh().await?;
    let idle = bench.listening(&*tables).await?;
    let base = tables.insert_many(count).await?;
    idle.stop().await?;
    drop(tables);
    let tables = bench.fresh().await?;
    let idle = bench.listening(&*tables).await?;
    let store = tables.opening().open().await?;
    let ours = sends::many(&store, count).await?;
    store.close().await;
    idle.stop().await?;
    Ok(vec![Sample { ours, base }])
}
