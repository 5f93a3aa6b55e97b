//! What is compared on SQLite.

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
    let heading = Heading { case: "sqlite-insert", metrics: RATE, note: "one run at a time, synchronous=FULL" };
    let variants = vec![Variant::new("bare INSERT", move || {
        Box::pin(async move { bare::insert(&world.lite().file().await?, seconds) })
    })];
    world.compare(heading, variants).await
}

/// Many at once.
pub async fn bulk(world: &World) -> Result<()> {
    let heading = Heading { case: "sqlite-bulk", metrics: RATE, note: "20,000 in a call, synchronous=FULL" };
    let variants = vec![Variant::new("bare INSERTs, 1,000 a transaction", move || {
        Box::pin(async move { bare::bulk(&world.lite().file().await?, 20_000) })
    })];
    world.compare(heading, variants).await
}

/// Claim, complete, keep the result.
pub async fn drain(world: &World) -> Result<()> {
    let count = world.options.count(40_000);
    let bare = move |batch| async move {
        let file = world.lite().file().await?;
        file.fill(count, Spread::ONE)?;
        bare::drain(&file, batch, count)
    };
    let heading =
        Heading { case: "sqlite-drain", metrics: RATE, note: "claim, complete, keep the result, synchronous=FULL" };
    let variants = vec![
        Variant::new("bare, batch 500", move || Box::pin(bare(500))),
        Variant::new("bare, batch 250", move || Box::pin(bare(250))),
    ];
    world.compare(heading, variants).await
}
