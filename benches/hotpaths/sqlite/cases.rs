//! What is compared on SQLite: throughput.

use super::bare;
use crate::cases::World;
use crate::clock::METRICS;
use crate::measure::{Figures, Variant};
use crate::report::Heading;
use crate::rows::{QUEUE, Spread};
use crate::{ours, working};
use anyhow::Result;

/// Runs a drain gets through in a second, about.
const PER_SECOND: usize = 40_000;

/// One run at a time.
pub async fn insert(world: &World) -> Result<()> {
    let (lite, seconds) = (world.lite(), world.options.seconds);
    let ours = move |clients| async move {
        let store = ours::open(&lite.file().await?.url()).await?;
        let figures = ours::send(&store, clients, seconds).await?;
        store.close().await;
        Ok(figures)
    };
    let heading =
        Heading { case: "sqlite-insert", metrics: METRICS, note: "each sender waits for its answer, synchronous=FULL" };
    let variants = vec![
        Variant::new("bare INSERT", move || Box::pin(async move { bare::insert(&lite.file().await?, seconds) })),
        Variant::new("ours, 1 sender", move || Box::pin(ours(1))).target(0.7),
        Variant::new("ours, 10 senders", move || Box::pin(ours(10))),
        Variant::new("ours, 100 senders", move || Box::pin(ours(100))),
    ];
    world.compare(heading, variants).await
}

/// Many at once.
pub async fn bulk(world: &World) -> Result<()> {
    const COUNT: usize = 20_000;
    let lite = world.lite();
    let ours = move || async move {
        let store = ours::open(&lite.file().await?.url()).await?;
        let figures = ours::send_many(&store, COUNT).await?;
        store.close().await;
        Ok(figures)
    };
    let heading = Heading { case: "sqlite-bulk", metrics: METRICS, note: "20,000 in a call, synchronous=FULL" };
    let bare = move || async move { bare::bulk(&lite.file().await?, COUNT) };
    let variants = vec![
        Variant::new("bare INSERTs, 1,000 a transaction", move || Box::pin(bare())),
        Variant::new("ours", move || Box::pin(ours())).target(0.7),
    ];
    world.compare(heading, variants).await
}

/// How a drain is done.
#[derive(Clone, Copy)]
enum Way {
    Bare { batch: usize },
    Turns { batch: u32, at_once: usize },
    Worker { slots: u32 },
}

async fn drained(world: &World, way: Way, spread: Spread, unhandled: usize) -> Result<Figures> {
    let count = world.options.count(PER_SECOND);
    let file = world.lite().file().await?;
    file.fill(count, spread)?;
    if unhandled > 0 {
        file.fill_unhandled(unhandled, QUEUE)?;
    }
    let figures = match way {
        Way::Bare { batch } => bare::drain(&file, batch)?,
        Way::Worker { slots } => working::drain(&file.url(), spread, count, slots).await?,
        Way::Turns { batch, at_once } => {
            let store = ours::open(&file.url()).await?;
            let figures = ours::drain(&store, spread, batch, at_once).await?;
            store.close().await;
            figures
        }
    };
    file.expect_done(count)?;
    Ok(figures)
}

/// Claim, complete, keep the result.
pub async fn drain(world: &World) -> Result<()> {
    let note = "claim, complete, keep the result, synchronous=FULL";
    let heading = Heading { case: "sqlite-drain", metrics: METRICS, note };
    let queues = Spread { queues: 10, tasks: 1 };
    let one = move |way| drained(world, way, Spread::ONE, 0);
    let variants = vec![
        Variant::new("bare, batch 500", move || Box::pin(one(Way::Bare { batch: 500 }))),
        Variant::new("turns, batch 250, 1 at once", move || Box::pin(one(Way::Turns { batch: 250, at_once: 1 }))),
        Variant::new("turns, batch 500, 1 at once", move || Box::pin(one(Way::Turns { batch: 500, at_once: 1 }))),
        Variant::new("turns, batch 250, 2 at once", move || Box::pin(one(Way::Turns { batch: 250, at_once: 2 }))),
        Variant::new("worker, 100 slots", move || Box::pin(one(Way::Worker { slots: 100 }))).target(0.6),
        Variant::new("worker, 500 slots", move || Box::pin(one(Way::Worker { slots: 500 }))),
        Variant::new("worker, 100 slots, 10 queues", move || {
            Box::pin(drained(world, Way::Worker { slots: 100 }, queues, 0))
        }),
    ];
    world.compare(heading, variants).await
}

/// The drain behind runs that nobody has a handler for.
pub async fn unhandled(world: &World) -> Result<()> {
    const FRONT: usize = 200_000;
    let note = "behind 200,000 runs without a handler, same queue";
    let heading = Heading { case: "sqlite-unhandled", metrics: METRICS, note };
    let behind = move |way, front| drained(world, way, Spread::ONE, front);
    let variants = vec![
        Variant::new("worker, nothing in front", move || Box::pin(behind(Way::Worker { slots: 100 }, 0))),
        Variant::new("worker, behind them", move || Box::pin(behind(Way::Worker { slots: 100 }, FRONT))).target(0.8),
        Variant::new("bare, behind them", move || Box::pin(behind(Way::Bare { batch: 500 }, FRONT))),
    ];
    world.compare(heading, variants).await
}
