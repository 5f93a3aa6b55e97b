//! What is compared on PostgreSQL: throughput.

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

async fn filled(world: &World, spread: Spread, count: usize) -> Result<()> {
    world.pg().schema.reset().await?;
    world.pg().fill(count, spread).await
}

async fn bare_drain(world: &World, batch: i64, count: usize) -> Result<Figures> {
    filled(world, Spread::ONE, count).await?;
    bare_turns(world, batch, count).await
}

async fn bare_turns(world: &World, batch: i64, count: usize) -> Result<Figures> {
    let watch = Watch::start();
    let (done, _) = world.pg().schema.drain_by(2, batch).await?;
    ensure!(done == count, "{done} of {count} runs are done");
    Ok(watch.figures(done))
}

async fn our_turns(world: &World, spread: Spread, batch: u32) -> Result<Figures> {
    ours::drain(world.pg().schema.opening(), spread, batch, 2).await
}

async fn our_drain(world: &World, spread: Spread, batch: u32, count: usize) -> Result<Figures> {
    filled(world, spread, count).await?;
    let figures = our_turns(world, spread, batch).await?;
    world.pg().schema.expect_done(count).await?;
    Ok(figures)
}

async fn worker(world: &World, spread: Spread, slots: u32, count: usize) -> Result<Figures> {
    Ok(working::drain(world.pg().schema.opening(), spread, count, slots).await?)
}

async fn worker_drain(world: &World, spread: Spread, slots: u32, count: usize) -> Result<Figures> {
    filled(world, spread, count).await?;
    let figures = worker(world, spread, slots, count).await?;
    world.pg().schema.expect_done(count).await?;
    Ok(figures)
}

/// Claim, complete, keep the result.
pub async fn drain(world: &World) -> Result<()> {
    let count = world.options.count(PER_SECOND);
    let heading = Heading { case: "pg-drain", metrics: METRICS, note: "claim, complete, keep the result" };
    let variants = vec![
        Variant::new("bare, 2 connections, batch 250", move || Box::pin(bare_drain(world, 250, count))),
        Variant::new("bare, 2 connections, batch 500", move || Box::pin(bare_drain(world, 500, count))),
        Variant::new("turns, 2 at once, batch 250", move || Box::pin(our_drain(world, Spread::ONE, 250, count))),
        Variant::new("turns, 2 at once, batch 500", move || Box::pin(our_drain(world, Spread::ONE, 500, count))),
        Variant::new("worker, 100 slots", move || Box::pin(worker_drain(world, Spread::ONE, 100, count))).target(0.8),
        Variant::new("worker, 500 slots", move || Box::pin(worker_drain(world, Spread::ONE, 500, count))),
    ];
    world.compare(heading, variants).await
}

/// The same spread over queues, and over tasks.
pub async fn lanes(world: &World) -> Result<()> {
    let count = world.options.count(PER_SECOND);
    let (queues, tasks) = (Spread { queues: 10, tasks: 1 }, Spread { queues: 1, tasks: 5 });
    let heading =
        Heading { case: "pg-lanes", metrics: METRICS, note: "the drain from ten queues, from five tasks of one" };
    let variants = vec![
        Variant::new("bare, one queue, one task", move || Box::pin(bare_drain(world, 250, count))),
        Variant::new("turns, 10 queues", move || Box::pin(our_drain(world, queues, 250, count))),
        Variant::new("turns, 5 tasks in one queue", move || Box::pin(our_drain(world, tasks, 250, count))),
        Variant::new("worker, 10 queues", move || Box::pin(worker_drain(world, queues, 100, count))),
        Variant::new("worker, 5 tasks in one queue", move || Box::pin(worker_drain(world, tasks, 100, count))),
    ];
    world.compare(heading, variants).await
}

/// The drain behind a million runs that nobody has a handler for, in the same queue and with a higher priority.
pub async fn unhandled(world: &World) -> Result<()> {
    let count = world.options.count(PER_SECOND);
    world.pg().schema.reset().await?;
    world.pg().fill_unhandled(1_000_000).await?;
    let ours = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        our_turns(world, Spread::ONE, 250).await
    };
    let bare = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        bare_turns(world, 250, count).await
    };
    let worker = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        worker(world, Spread::ONE, 100, count).await
    };
    let note = "behind 1,000,000 runs without a handler, same queue";
    let heading = Heading { case: "pg-unhandled", metrics: METRICS, note };
    let variants = vec![
        Variant::new("bare, 2 connections, batch 250", move || Box::pin(bare())),
        Variant::new("turns, 2 at once, batch 250", move || Box::pin(ours())),
        Variant::new("worker, 100 slots", move || Box::pin(worker())),
    ];
    world.compare(heading, variants).await
}

/// Drains after the table was analysed while it was empty: plans must not follow statistics that say so.
pub async fn stale(world: &World) -> Result<()> {
    let count = world.options.count(PER_SECOND);
    world.pg().schema.reset().await?;
    world.pg().schema.analyze().await?;
    let again = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        our_turns(world, Spread::ONE, 250).await
    };
    let note = "six drains after ANALYZE on the empty table, beside what is finished";
    let heading = Heading { case: "pg-stale", metrics: METRICS, note };
    let names = ["first", "second", "third", "fourth", "fifth", "sixth"];
    let variants = names.map(|name| Variant::new(name, move || Box::pin(again())));
    world.compare_once(heading, variants.into()).await
}
