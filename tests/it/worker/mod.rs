//! The worker on real stores, in the test's own process. What needs processes of its own stands in `faults`.

mod children;
mod completing;
mod ending;
mod failing;
mod logs;
mod queues;
mod recovering;
mod running;
pub mod schedules;
mod stopping;
mod testing;
mod workflows;

pub use logs::capture;

use crate::support::{TestStore, wait_for};
use hyrex::model::{RunId, TaskStatus};
use hyrex::runtime::{Report, Shutdown, Worker};
use hyrex::store::AttemptDetail;
use hyrex::{Client, HyrexApp, HyrexRegistry, WorkerSettings};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long the tests wait for what must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of most tasks here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct N {
    pub n: u32,
}

/// A worker that runs in this process.
pub struct Running {
    pub shutdown: Shutdown,
    pub client: Client,
    worker: JoinHandle<Report>,
}

/// Quick to notice what others do, so that tests need not wait for the defaults.
pub fn quick() -> WorkerSettings {
    let beat = Duration::from_millis(200);
    WorkerSettings::new().concurrency(10).beat_interval(beat).lease(beat * 5).grace(PATIENCE)
}

/// An application with these tasks.
pub fn app(registry: HyrexRegistry) -> HyrexApp {
    HyrexApp::new("test").registry(registry)
}

/// Starts a worker with these tasks.
pub fn start(store: &TestStore, registry: HyrexRegistry) -> Running {
    start_with(store, registry, quick())
}

/// The same, with settings.
pub fn start_with(store: &TestStore, registry: HyrexRegistry, settings: WorkerSettings) -> Running {
    let (shutdown, app) = (Shutdown::new(), app(registry));
    let client = app.client(store.store.clone());
    let worker = Worker::new(app, store.store.clone()).settings(settings).run(shutdown.clone());
    let worker = tokio::spawn(async { worker.await.expect("the worker begins") });
    Running { shutdown, client, worker }
}

impl Running {
    /// Stops it cleanly, and waits for its end.
    pub async fn stop(self) -> Report {
        self.shutdown.request();
        self.ended().await
    }

    /// Waits for its end.
    pub async fn ended(self) -> Report {
        let report = tokio::time::timeout(PATIENCE * 2, self.worker).await;
        report.expect("the worker ends").expect("the worker does not panic")
    }
}

/// Waits until the run's latest attempt stands so.
pub async fn until(store: &TestStore, run: RunId, status: TaskStatus) -> AttemptDetail {
    let what = format!("run {run} to be {status}");
    wait_for(&what, PATIENCE, async || latest(store, run).await.filter(|latest| latest.row.status == status)).await
}

/// The run's latest attempt.
pub async fn latest(store: &TestStore, run: RunId) -> Option<AttemptDetail> {
    store.run(run).await.expect("the run is read").map(|detail| detail.latest)
}

/// The statuses of the run's attempts, the first one first.
pub async fn statuses(store: &TestStore, run: RunId) -> Vec<TaskStatus> {
    let detail = store.run(run).await.expect("the run is read").expect("the run is there");
    detail.attempts.iter().map(|attempt| attempt.status).collect()
}

/// Waits until `condition` holds.
pub async fn until_true(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, PATIENCE, async || condition().then_some(())).await;
}
