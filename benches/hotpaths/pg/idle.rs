//! An idle worker on PostgreSQL: how soon it picks a run up, and what it costs while nothing happens.

use super::Pg;
use crate::cases::World;
use crate::clock::{cpu_seconds, nanos};
use crate::measure::{Figures, Variant};
use crate::report::Heading;
use crate::rows::{ARGS, QUEUE, TASK};
use crate::working::{self, Idle};
use anyhow::Result;
use sqlx::postgres::PgListener;
use std::time::Duration;
use uuid::Uuid;

/// How long an idle worker is watched.
const WATCHED: Duration = Duration::from_secs(20);

const INSERT: &str = "WITH made AS (INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, \
         max_retries, priority, status, attempt_number, scheduled_start, queued) \
         VALUES ($1, $1, $1, $2, $3::text::json, $4, 0, 5, 'QUEUED', 0, now(), now()) RETURNING id) \
     SELECT pg_notify('hyrex_bench', id::text) FROM made";
const CLAIM: &str = "UPDATE hyrex_task_run SET status = 'RUNNING', executor_id = $1, started = now() \
     WHERE id = ANY (ARRAY (SELECT id FROM hyrex_task_run WHERE status = 'QUEUED' AND queue = $2 AND task_name = $3 \
         ORDER BY priority DESC, queued, id LIMIT 1 FOR UPDATE SKIP LOCKED)) \
     RETURNING id, args::text";

/// From an answered send to the start of the handler.
pub async fn pick_up(world: &World) -> Result<()> {
    let (pg, samples) = (world.pg(), world.options.samples);
    let heading =
        Heading { case: "pg-pickup", metrics: &["ms p50", "ms p99"], note: "one idle worker; less is better" };
    let ours = move |same| async move {
        pg.reset().await?;
        working::pick_up(&pg.url, same, samples).await
    };
    let variants = vec![
        Variant::new("bare LISTEN, then claim", move || Box::pin(bare(pg, samples))),
        Variant::new("worker, sender elsewhere", move || Box::pin(ours(false))),
        Variant::new("worker, sender in its process", move || Box::pin(ours(true))),
    ];
    world.compare(heading, variants).await
}

async fn bare(pg: &Pg, samples: usize) -> Result<Figures> {
    pg.reset().await?;
    let (mut sender, mut claimer) = (pg.connect().await?, pg.connect().await?);
    let mut listener = PgListener::connect(&pg.url).await?;
    listener.listen("hyrex_bench").await?;
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let worker = tokio::spawn(async move {
        while listener.recv().await.is_ok() {
            let claim = sqlx::query(CLAIM).bind(Uuid::now_v7()).bind(QUEUE).bind(TASK);
            if claim.fetch_optional(&mut claimer).await.is_ok_and(|row| row.is_some()) && started.send(nanos()).is_err()
            {
                break;
            }
        }
    });
    let mut waits = Vec::new();
    for number in 0..samples + working::WARM_UP {
        tokio::time::sleep(Duration::from_micros(10_000 + (number as u64 * 7919) % 10_000)).await;
        sqlx::query(INSERT).bind(Uuid::now_v7()).bind(TASK).bind(ARGS).bind(QUEUE).execute(&mut sender).await?;
        let answered = nanos();
        let start = tokio::time::timeout(Duration::from_secs(10), starts.recv()).await?;
        waits.push((start.unwrap_or(answered) - answered).max(0) as f64 / 1e6);
    }
    worker.abort();
    Ok(working::quantiles(waits))
}

/// What an idle worker costs.
pub async fn idle(world: &World) -> Result<()> {
    let metrics = &["transactions/s", "% of a core here", "% of a core in its server processes"];
    let heading = Heading { case: "pg-idle", metrics, note: "nothing to do, 20 s" };
    let watch = move || async move {
        world.pg().reset().await?;
        let idle = Idle::start(&world.pg().url).await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let figures = watched(world.pg()).await?;
        idle.stop().await?;
        Ok(figures)
    };
    // The server's own work (vacuum, this count) is what the figure of no worker says.
    let quiet = move || async move {
        world.pg().reset().await?;
        watched(world.pg()).await
    };
    let variants =
        vec![Variant::new("no worker", move || Box::pin(quiet())), Variant::new("worker", move || Box::pin(watch()))];
    world.compare_once(heading, variants).await
}

async fn watched(pg: &Pg) -> Result<Figures> {
    let server = pg.backends().await?;
    let before = (pg.transactions().await?, cpu_seconds([std::process::id()]), cpu_seconds(server.clone()));
    tokio::time::sleep(WATCHED).await;
    let after = (pg.transactions().await?, cpu_seconds([std::process::id()]), cpu_seconds(server));
    let percent = |before: Option<f64>, after: Option<f64>| match (before, after) {
        (Some(before), Some(after)) => (after - before) / WATCHED.as_secs_f64() * 100.0,
        _ => f64::NAN,
    };
    let transactions = (after.0 - before.0) as f64 / WATCHED.as_secs_f64();
    Ok(vec![transactions, percent(before.1, after.1), percent(before.2, after.2)])
}
