//! The whole worker: a drain with no-op tasks, the latency of an idle one, and what it costs while nothing happens.

use crate::clock::{Watch, nanos};
use crate::measure::{Figures, quantile};
use crate::ours::open;
use crate::rows::{self, Spread};
use anyhow::{Context, Result, ensure};
use hyrex::model::NewRun;
use hyrex::prelude::*;
use hyrex::runtime::{Report, Shutdown, Worker, WorkerError};
use hyrex::store::SharedStore;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the benchmark's task is given.
#[derive(Serialize, Deserialize)]
pub struct Args {
    order: u64,
    to: String,
}

/// What it gives.
#[derive(Serialize, Deserialize)]
pub struct Sent {
    sent: bool,
    id: u64,
}

/// A worker at work.
pub struct Working {
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<Result<Report, WorkerError>>,
}

impl Working {
    /// Starts one with `concurrency` slots and these tasks.
    pub fn start(store: SharedStore, tasks: &[Task<Plain<Args, Sent>>], concurrency: u32) -> Self {
        let registry = tasks.iter().fold(HyrexRegistry::new(), HyrexRegistry::register);
        let app = HyrexApp::new("bench").registry(registry);
        let shutdown = Shutdown::new();
        let worker = Worker::new(app, store).settings(WorkerSettings::new().concurrency(concurrency));
        Self { task: tokio::spawn(worker.run(shutdown.clone())), shutdown }
    }

    /// Stops it cleanly.
    pub async fn stop(self) -> Result<Report> {
        self.shutdown.request();
        Ok(self.task.await??)
    }
}

/// Drains `count` runs with a worker of `concurrency` slots; counted from its first handler to the end of its stop.
pub async fn drain(url: &str, spread: Spread, count: usize, concurrency: u32) -> Result<Figures> {
    let store = open(url).await?;
    let (seen, first, all) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(OnceLock::new()), Arc::new(tokio::sync::Notify::new()));
    let tasks: Vec<_> = spread
        .tasks()
        .into_iter()
        .map(|name| {
            let (seen, first, all) = (seen.clone(), first.clone(), all.clone());
            Task::new(name, TaskConfig::new(), move |args: Args| {
                first.get_or_init(Watch::start);
                if seen.fetch_add(1, Ordering::Relaxed) + 1 == count {
                    all.notify_one();
                }
                async move { Ok(Sent { sent: true, id: args.order }) }
            })
        })
        .collect();
    let worker = Working::start(store.clone(), &tasks, concurrency);
    let within = Duration::from_secs(60 + count as u64 / 1000);
    tokio::time::timeout(within, all.notified()).await.context("the worker did not drain its queues in time")?;
    let report = worker.stop().await?;
    let watch = *first.get().context("no handler ran")?;
    let figures = watch.figures(count);
    store.close().await;
    ensure!(report.succeeded == count as u64, "{} of {count} runs succeeded", report.succeeded);
    Ok(figures)
}

/// A task that says which order it handles, and when it starts.
fn starting(started: UnboundedSender<(u64, i64)>) -> Task<Plain<Args, Sent>> {
    Task::new(rows::TASK, TaskConfig::new(), move |args: Args| {
        // Nobody listens any more when the measurement is over.
        let _ = started.send((args.order, nanos()));
        async move { Ok(Sent { sent: true, id: args.order }) }
    })
}

/// Sends `samples` runs (and a few before) in which the order tells the number, to a worker that is idle each time;
/// `told` is called with each number and the time of the answer.
pub async fn send_now_and_then(
    sender: &SharedStore,
    samples: usize,
    mut told: impl AsyncFnMut(u64, i64) -> Result<()>,
) -> Result<()> {
    for number in 0..(samples + WARM_UP) as u64 {
        // 10 to 20 ms, so that no sample is in step with anything.
        tokio::time::sleep(Duration::from_micros(10_000 + (number * 7919) % 10_000)).await;
        let args = format!(r#"{{"order": {number}, "to": "ada@example.com"}}"#);
        sender.enqueue(vec![NewRun { args, ..rows::run() }], None).await?;
        told(number, nanos()).await?;
    }
    Ok(())
}

/// A worker with nothing to do, and the starts of its handlers.
pub struct Idle {
    /// Its store.
    pub store: SharedStore,
    working: Working,
    starts: UnboundedReceiver<(u64, i64)>,
    /// Starts of runs that nobody asked for yet: two that wait together may start in either order.
    early: HashMap<u64, i64>,
}

impl Idle {
    /// Starts one.
    pub async fn start(url: &str) -> Result<Self> {
        let store = open(url).await?;
        let (started, starts) = unbounded_channel();
        let working = Working::start(store.clone(), &[starting(started)], 100);
        Ok(Self { store, working, starts, early: HashMap::new() })
    }

    /// The wait of the run with this number, whose send was answered at `answered`: milliseconds.
    pub async fn wait_of(&mut self, number: u64, answered: i64) -> Result<f64> {
        let start = loop {
            if let Some(start) = self.early.remove(&number) {
                break start;
            }
            let start = tokio::time::timeout(Duration::from_secs(10), self.starts.recv()).await;
            let (order, start) =
                start.context("an idle worker did not pick a run up within 10 s")?.context("the worker ended")?;
            self.early.insert(order, start);
        };
        Ok((start - answered).max(0) as f64 / 1e6)
    }

    /// Stops it.
    pub async fn stop(self) -> Result<()> {
        self.working.stop().await?;
        self.store.close().await;
        Ok(())
    }
}

/// p50 and p99 of waits, without the first few.
pub fn quantiles(mut waits: Vec<f64>) -> Figures {
    waits.drain(..WARM_UP.min(waits.len()));
    vec![quantile(&mut waits, 0.5), quantile(&mut waits, 0.99)]
}

/// Pick-up by an idle worker: from the answer of a send to the start of the handler. The sender uses the worker's own
/// store, or another one.
pub async fn pick_up(url: &str, same_store: bool, samples: usize) -> Result<Figures> {
    let mut idle = Idle::start(url).await?;
    let sender = if same_store { idle.store.clone() } else { open(url).await? };
    let mut waits = Vec::with_capacity(samples);
    send_now_and_then(&sender, samples, async |number, answered| {
        waits.push(idle.wait_of(number, answered).await?);
        Ok(())
    })
    .await?;
    idle.stop().await?;
    sender.close().await;
    Ok(quantiles(waits))
}

/// Sends before the first that counts: connections are made, statements prepared.
pub const WARM_UP: usize = 5;
