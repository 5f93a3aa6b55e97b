//! An idle worker on SQLite: how soon it picks a run up, and what it writes while nothing happens.

use crate::cases::World;
use crate::clock::cpu_seconds;
use crate::measure::{Figures, Variant};
use crate::ours::open;
use crate::report::Heading;
use crate::sqlite::File;
use crate::working::{self, Idle};
use anyhow::{Context, Result};
use std::io::BufRead;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// From an answered send to the start of the handler.
pub async fn pick_up(world: &World) -> Result<()> {
    let (lite, samples) = (world.lite(), world.options.samples);
    let heading =
        Heading { case: "sqlite-pickup", metrics: &["ms p50", "ms p99"], note: "one idle worker; less is better" };
    let here = move || async move { working::pick_up(&lite.file().await?.url(), true, samples).await };
    let elsewhere = move || async move { across(&lite.file().await?.url(), samples).await };
    let variants = vec![
        Variant::new("sender in its process", move || Box::pin(here())),
        Variant::new("sender in another process", move || Box::pin(elsewhere())),
    ];
    world.compare(heading, variants).await
}

/// The sender is this program again, as another process.
async fn across(url: &str, samples: usize) -> Result<Figures> {
    let mut idle = Idle::start(url).await?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--sender", url, "--samples", &samples.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start the sender")?;
    let output = child.stdout.take().context("the sender has no output")?;
    let (said, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let reader = std::thread::spawn(move || {
        let lines = std::io::BufReader::new(output).lines();
        lines.map_while(Result::ok).all(|line| said.send(line).is_ok())
    });
    let mut waits = Vec::with_capacity(samples);
    while let Some(line) = lines.recv().await {
        let (number, answered) = line.split_once(' ').context("the sender says something else")?;
        waits.push(idle.wait_of(number.parse()?, answered.parse()?).await?);
    }
    anyhow::ensure!(reader.join().is_ok() && child.wait()?.success(), "the sender failed");
    idle.stop().await?;
    Ok(working::quantiles(waits))
}

/// The other process: sends, and tells when each send was answered.
pub async fn send_for_parent(url: &str, samples: usize) -> Result<()> {
    let store = open(url).await?;
    working::send_now_and_then(&store, samples, async |number, answered| {
        println!("{number} {answered}");
        Ok(())
    })
    .await?;
    store.close().await;
    Ok(())
}

/// What an idle worker writes and costs.
pub async fn idle(world: &World) -> Result<()> {
    let metrics = &["commits/s", "% of a core"];
    let heading =
        Heading { case: "sqlite-idle", metrics, note: "one worker, nothing to do, 20 s (a beat is every 5 s)" };
    let watch = move || async move {
        let file = world.lite().file().await?;
        let idle = Idle::start(&file.url()).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let figures = watched(&file).await?;
        idle.stop().await?;
        Ok(figures)
    };
    world.compare_once(heading, vec![Variant::new("worker", move || Box::pin(watch()))]).await
}

async fn watched(file: &File) -> Result<Figures> {
    const QUIET: f64 = 10.0;
    let before = cpu_seconds([std::process::id()]);
    tokio::time::sleep(Duration::from_secs_f64(QUIET)).await;
    let used = match (before, cpu_seconds([std::process::id()])) {
        (Some(before), Some(after)) => (after - before) / QUIET * 100.0,
        _ => f64::NAN,
    };
    Ok(vec![commits_a_second(file).await?, used])
}

/// Counts others' commits by looking every few milliseconds whether there was one.
async fn commits_a_second(file: &File) -> Result<f64> {
    const WATCHED: Duration = Duration::from_secs(20);
    let connection = file.connect()?;
    let version = || connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
    let (start, mut last, mut commits) = (Instant::now(), version()?, 0);
    while start.elapsed() < WATCHED {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = version()?;
        commits += u32::from(now != last);
        last = now;
    }
    Ok(f64::from(commits) / WATCHED.as_secs_f64())
}
