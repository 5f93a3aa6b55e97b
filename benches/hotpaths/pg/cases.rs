//! What is compared on PostgreSQL: throughput.

use super::bare;
use crate::cases::World;
use crate::clock::METRICS;
use crate::measure::{Figures, Variant};
use crate::report::Heading;
use crate::rows::Spread;
use crate::{ours, working};
use anyhow::Result;

/// Runs a drain gets through in a second, about.
const PER_SECOND: usize = 40_000;

/// One run at a time.
pub async fn insert(world: &World) -> Result<()> {
    let (pg, seconds) = (world.pg(), world.options.seconds);
    let bare = move |clients| async move {
        pg.reset().await?;
        bare::insert(pg, clients, seconds).await
    };
    let ours = move |clients| async move {
        pg.reset().await?;
        let store = ours::open(&pg.url).await?;
        let figures = ours::send(&store, clients, seconds).await?;
        store.close().await;
        Ok(figures)
    };
    let heading = Heading { case: "pg-insert", metrics: METRICS, note: "each sender waits for its answer" };
    let variants = vec![
        Variant::new("bare INSERT, 1 client", move || Box::pin(bare(1))),
        Variant::new("ours, 1 sender", move || Box::pin(ours(1))).target(0.7),
        Variant::new("bare INSERT, 16 clients", move || Box::pin(bare(16))),
        Variant::new("ours, 10 senders", move || Box::pin(ours(10))),
        Variant::new("ours, 100 senders", move || Box::pin(ours(100))),
    ];
    world.compare(heading, variants).await
}

/// Many at once.
pub async fn bulk(world: &World) -> Result<()> {
    const COUNT: usize = 20_000;
    let pg = world.pg();
    let bare = move || async move {
        pg.reset().await?;
        bare::bulk(pg, COUNT).await
    };
    let ours = move || async move {
        pg.reset().await?;
        let store = ours::open(&pg.url).await?;
        let figures = ours::send_many(&store, COUNT).await?;
        store.close().await;
        Ok(figures)
    };
    let heading = Heading { case: "pg-bulk", metrics: METRICS, note: "20,000 in a call" };
    let variants = vec![
        Variant::new("bare binary COPY", move || Box::pin(bare())),
        Variant::new("ours", move || Box::pin(ours())).target(0.7),
    ];
    world.compare(heading, variants).await
}

async fn filled(world: &World, spread: Spread, count: usize) -> Result<()> {
    world.pg().reset().await?;
    world.pg().fill(count, spread).await
}

async fn bare_drain(world: &World, batch: i64, count: usize) -> Result<Figures> {
    filled(world, Spread::ONE, count).await?;
    bare::drain(world.pg(), 2, batch, count).await
}

async fn our_drain(world: &World, spread: Spread, batch: u32, count: usize) -> Result<Figures> {
    filled(world, spread, count).await?;
    let store = ours::open(&world.pg().url).await?;
    let figures = ours::drain(&store, spread, batch, 2).await?;
    store.close().await;
    world.pg().expect_done(count).await?;
    Ok(figures)
}

async fn worker_drain(world: &World, spread: Spread, slots: u32, count: usize) -> Result<Figures> {
    filled(world, spread, count).await?;
    let figures = working::drain(&world.pg().url, spread, count, slots).await?;
    world.pg().expect_done(count).await?;
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
    world.pg().reset().await?;
    world.pg().fill_unhandled(1_000_000, crate::rows::QUEUE).await?;
    let ours = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        let store = ours::open(&world.pg().url).await?;
        let figures = ours::drain(&store, Spread::ONE, 250, 2).await?;
        store.close().await;
        Ok(figures)
    };
    let bare = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        bare::drain_any(world.pg(), 2, 250).await
    };
    let worker = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        working::drain(&world.pg().url, Spread::ONE, count, 100).await
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
    world.pg().reset().await?;
    world.pg().analyze().await?;
    let again = move || async move {
        world.pg().fill(count, Spread::ONE).await?;
        let store = ours::open(&world.pg().url).await?;
        let figures = ours::drain(&store, Spread::ONE, 250, 2).await?;
        store.close().await;
        Ok(figures)
    };
    let note = "six drains after ANALYZE on the empty table, beside what is finished";
    let heading = Heading { case: "pg-stale", metrics: METRICS, note };
    let names = ["first", "second", "third", "fourth", "fifth", "sixth"];
    let variants = names.map(|name| Variant::new(name, move || Box::pin(again())));
    world.compare_once(heading, variants.into()).await
}
