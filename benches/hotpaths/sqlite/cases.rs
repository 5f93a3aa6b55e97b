//! What is compared on SQLite: throughput.

use crate::cases::World;
use crate::measure::{Figures, Variant};
use crate::ours;
use crate::report::Heading;
use anyhow::{Result, ensure};
use hyrex::cli::bench::clock::{METRICS, Watch};
use hyrex::cli::bench::place::Tables;
use hyrex::cli::bench::rows::Spread;
use hyrex::cli::bench::working;

/// Runs a drain gets through in a second, about.
const PER_SECOND: usize = 40_000;

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
    file.queue(count, |number| spread.lane(number))?;
    if unhandled > 0 {
        super::fill_unhandled(&file, unhandled)?;
    }
    let figures = match way {
        Way::Bare { batch } => {
            let watch = Watch::start();
            let (done, _) = file.drain_by(batch)?;
            ensure!(done == count, "{done} of {count} runs are done");
            watch.figures(done)
        }
        Way::Worker { slots } => working::drain(file.opening(), spread, count, slots).await?,
        Way::Turns { batch, at_once } => ours::drain(file.opening(), spread, batch, at_once).await?,
    };
    file.expect_done(count).await?;
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
