//! What is compared on PostgreSQL.

use super::bare;
use crate::cases::World;
use crate::measure::Variant;
use crate::report::Heading;
use crate::rows::Spread;
use anyhow::Result;

const RATE: &[&str] = &["runs/s"];

/// One run at a time.
pub async fn insert(world: &World) -> Result<()> {
    let seconds = world.options.seconds;
    let bare = |clients| async move {
        world.pg().reset().await?;
        bare::insert(world.pg(), clients, seconds).await
    };
    let heading = Heading { case: "pg-insert", metrics: RATE, note: "one run at a time" };
    let variants = vec![
        Variant::new("bare INSERT, 1 client", move || Box::pin(bare(1))),
        Variant::new("bare INSERT, 16 clients", move || Box::pin(bare(16))),
    ];
    world.compare(heading, variants).await
}

/// Many at once.
pub async fn bulk(world: &World) -> Result<()> {
    let heading = Heading { case: "pg-bulk", metrics: RATE, note: "20,000 in a call" };
    let variants = vec![Variant::new("bare binary COPY", move || {
        Box::pin(async move {
            world.pg().reset().await?;
            bare::bulk(world.pg(), 20_000).await
        })
    })];
    world.compare(heading, variants).await
}

/// Claim, complete, keep the result.
pub async fn drain(world: &World) -> Result<()> {
    let count = world.options.count(40_000);
    let bare = move |clients, batch| async move {
        world.pg().reset().await?;
        world.pg().fill(count, Spread::ONE).await?;
        bare::drain(world.pg(), clients, batch, count).await
    };
    let heading = Heading { case: "pg-drain", metrics: RATE, note: "claim, complete, keep the result" };
    let variants = vec![
        Variant::new("bare, 2 connections, batch 250", move || Box::pin(bare(2, 250))),
        Variant::new("bare, 2 connections, batch 500", move || Box::pin(bare(2, 500))),
    ];
    world.compare(heading, variants).await
}
