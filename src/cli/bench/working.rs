//! A worker at work, in this process: no-op tasks with a JSON result, counted, and probes whose start is noted.

use super::clock::{Figures, Watch, nanos, peak_memory};
use super::error::{BenchError, Result};
use super::pace::{Pace, Times};
use super::place::Opening;
use super::rows::{PROBES, Spread};
use crate::runtime::{Report, Shutdown, Worker, WorkerError};
use crate::sdk::{HyrexApp, HyrexRegistry, Plain, Task, TaskConfig, WorkerSettings};
use crate::store::SharedStore;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Where.
    pub opening: Opening,
    /// Attempts at once.
    pub concurrency: u32,
    /// The queues that it serves, and how many tasks it knows.
    pub queues: Vec<String>,
    /// Tasks that it knows.
    pub tasks: Vec<String>,
    /// It ends after so many runs that are no probes; `None`: when it is told to.
    pub backlog: Option<usize>,
    /// It sends probes to itself meanwhile.
    pub inside: Option<Pace>,
}

/// What it did.
#[derive(Debug, Serialize, Deserialize)]
pub struct Worked {
    /// Runs that succeeded.
    pub succeeded: u64,
    /// As [`METRICS`](super::clock::METRICS) say, from the first of the backlog to the end of the worker; `None`:
    /// there was no backlog.
    pub figures: Option<Vec<Option<f64>>>,
    /// The most memory that its process had, in bytes.
    pub peak_memory: Option<u64>,
    /// When probes started.
    pub started: Times,
    /// When those that it sent itself were answered.
    pub answered: Times,
}

impl Spec {
    /// One that serves what a backlog is spread over.
    pub fn new(opening: &Opening, concurrency: u32, spread: Spread) -> Self {
        let opening = opening.clone();
        Self { opening, concurrency, queues: spread.queues(), tasks: spread.tasks(), backlog: None, inside: None }
    }
}

/// What the benchmark's task is given.
#[derive(Serialize, Deserialize)]
struct Args {
    order: u64,
    to: String,
}

/// What it gives.
#[derive(Serialize, Deserialize)]
struct Sent {
    sent: bool,
    id: u64,
}

/// What handlers note.
struct Notes {
    backlog: usize,
    seen: AtomicUsize,
    first: OnceLock<Watch>,
    all: Notify,
    started: Mutex<Times>,
}

impl Notes {
    fn new(backlog: usize) -> Arc<Self> {
        let (seen, first, all, started) = Default::default();
        Arc::new(Self { backlog, seen, first, all, started })
    }

    fn see(&self, order: u64) {
        if let Some(number) = order.checked_sub(PROBES) {
            self.started.lock().unwrap_or_else(PoisonError::into_inner).push((number, nanos()));
            return;
        }
        self.first.get_or_init(Watch::start);
        if self.seen.fetch_add(1, Ordering::Relaxed) + 1 == self.backlog {
            self.all.notify_one();
        }
    }

    fn task(self: &Arc<Self>, name: &str) -> Task<Plain<Args, Sent>> {
        let notes = self.clone();
        Task::new(name, TaskConfig::new(), move |args: Args| {
            notes.see(args.order);
            async move { Ok(Sent { sent: true, id: args.order }) }
        })
    }
}

/// Works as `spec` says, until its backlog is done or `told` to stop; `ready` is called once it is at work.
///
/// # Errors
/// When it cannot begin, or does not get through its backlog in time.
pub async fn work(spec: &Spec, ready: impl FnOnce(), told: impl Future<Output = ()>) -> Result<Worked> {
    let store = spec.opening.open().await?;
    let notes = Notes::new(spec.backlog.unwrap_or(usize::MAX));
    let shutdown = Shutdown::new();
    let worker = tokio::spawn(worker(spec, &notes, store.clone())?.run(shutdown.clone()));
    at_work(&store).await?;
    ready();
    let answered = tokio::select! {
        answered = meanwhile(spec, &store, &notes) => answered?,
        () = told => Times::new(),
    };
    shutdown.request();
    let report = ended(worker.await?)?;
    let figures = notes.first.get().filter(|_| spec.backlog.is_some()).map(|first| figures(*first, &report));
    store.close().await;
    let started = std::mem::take(&mut *notes.started.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Worked { succeeded: report.succeeded, figures, peak_memory: peak_memory(), started, answered })
}

fn worker(spec: &Spec, notes: &Arc<Notes>, store: SharedStore) -> Result<Worker> {
    let tasks = spec.tasks.iter().map(|name| notes.task(name));
    let registry = tasks.fold(HyrexRegistry::new(), |registry, task| registry.register(&task));
    let settings = WorkerSettings::new().concurrency(spec.concurrency).queues(&spec.queues);
    let settings = settings.map_err(|error| BenchError::Said(error.to_string()))?;
    Ok(Worker::new(HyrexApp::new("bench").registry(registry), store).settings(settings))
}

/// Waits until the worker has registered: from then on it hears of what is sent.
async fn at_work(store: &SharedStore) -> Result<()> {
    for _ in 0..2_000 {
        if store.executors(1, None).await?.iter().any(|executor| executor.pid == Some(std::process::id())) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    super::error::said("a worker of the benchmark did not begin within 10 s")
}

/// Until the backlog is done, or the probes of its own are.
async fn meanwhile(spec: &Spec, store: &SharedStore, notes: &Notes) -> Result<Times> {
    if let Some(pace) = spec.inside {
        let answered = pace.probe(store, &spec.queues).await?;
        notes.all_started(answered.len()).await;
        return Ok(answered);
    }
    let Some(count) = spec.backlog else { return std::future::pending().await };
    let within = Duration::from_secs(60 + count as u64 / 1_000);
    match tokio::time::timeout(within, notes.all.notified()).await {
        Ok(()) => Ok(Times::new()),
        Err(_) => super::error::said(format!("a worker did not get through {count} runs within {within:?}")),
    }
}

impl Notes {
    /// Waits until so many probes started, or for a second: what is missing then is not measured.
    async fn all_started(&self, count: usize) {
        for _ in 0..200 {
            if self.started.lock().unwrap_or_else(PoisonError::into_inner).len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn ended(worked: std::result::Result<Report, WorkerError>) -> Result<Report> {
    worked.map_err(|error| match error {
        WorkerError::Store(error) => error.into(),
        error => BenchError::Said(error.to_string()),
    })
}

fn figures(first: Watch, report: &Report) -> Vec<Option<f64>> {
    // JSON has no NaN.
    first.figures(report.succeeded as usize).into_iter().map(|figure| figure.is_finite().then_some(figure)).collect()
}

impl Worked {
    /// Its figures, where all of the backlog succeeded.
    ///
    /// # Errors
    /// Where some did not: then nothing was measured.
    pub fn through(&self, count: usize) -> Result<Figures> {
        let probes = self.started.len() as u64;
        match &self.figures {
            Some(figures) if self.succeeded >= count as u64 && self.succeeded <= count as u64 + probes => {
                Ok(figures.iter().map(|figure| figure.unwrap_or(f64::NAN)).collect())
            }
            _ => super::error::said(format!("{} of {count} runs succeeded", self.succeeded)),
        }
    }
}

/// Drains `count` runs in this process; as [`METRICS`](super::clock::METRICS) say.
///
/// # Errors
/// As [`work`].
pub async fn drain(opening: &Opening, spread: Spread, count: usize, concurrency: u32) -> Result<Figures> {
    let spec = Spec { backlog: Some(count), ..Spec::new(opening, concurrency, spread) };
    work(&spec, || (), std::future::pending()).await?.through(count)
}
