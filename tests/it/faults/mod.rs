//! What goes wrong in earnest: workers that are killed or frozen, a database that goes away, answers that are lost.
//! The workers are processes of their own; what they do, they write down in a journal that survives them.

mod answers;
#[cfg(feature = "postgres")]
mod away;
mod fairness;
mod freeze;
mod journal;
mod kill;
mod limit;
pub mod role;
mod schedules;

use crate::support::processes::Helper;
use crate::support::{TestStore, wait_for};
use hyrex::model::{NewRun, RunId};
use journal::Journal;
use serde_json::json;
use std::time::Duration;

/// How long the tests wait for what must come.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How the workers of a test work.
#[derive(Clone, Copy)]
pub struct Manner {
    pub slots: u32,
    pub lease_ms: u64,
    pub beat_ms: u64,
    pub grace_ms: u64,
}

/// Quick to notice, so that tests need not wait for the defaults.
pub const QUICK: Manner = Manner { slots: 8, lease_ms: 2000, beat_ms: 400, grace_ms: 100 };

/// A worker in a process of its own, for the tasks of [`role`].
pub struct WorkerProcess(Helper);

impl WorkerProcess {
    /// Starts one, and waits until its process is up.
    pub fn start(url: &str, journal: &Journal, manner: Manner) -> Self {
        Self::start_with(url, journal, manner, &[])
    }

    /// The same, with variables in its environment.
    pub fn start_with(url: &str, journal: &Journal, manner: Manner, variables: &[(&str, &str)]) -> Self {
        let orders = json!({
            "url": url, "journal": journal.path(), "slots": manner.slots, "lease_ms": manner.lease_ms,
            "beat_ms": manner.beat_ms, "grace_ms": manner.grace_ms,
        });
        let mut helper = Helper::start_with("faulty_worker", &orders, variables);
        assert_eq!(helper.hear().as_deref(), Some("at work"));
        Self(helper)
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The next thing that it says.
    pub fn hear(&mut self) -> Option<String> {
        self.0.hear()
    }

    /// SIGKILL.
    pub fn kill(self) {
        self.0.kill();
    }

    /// SIGTERM; waits for its end.
    pub fn terminate(self) {
        self.signal(rustix::process::Signal::TERM);
        self.0.finish();
    }

    /// Any other signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal).unwrap();
    }
}

/// A run of the task `step`, which takes so long.
pub fn step(queue: &str, ms: u64, retries: u16) -> NewRun {
    let mut run = NewRun::new("step", json!({ "ms": ms }).to_string());
    run.queue = queue.into();
    run.max_retries = retries;
    run
}

/// Sends runs in portions; their ids.
pub async fn send(store: &TestStore, runs: Vec<NewRun>) -> Vec<RunId> {
    let ids = runs.iter().map(|run| run.id).collect();
    for portion in runs.chunks(5000) {
        store.enqueue(portion.to_vec(), None).await.unwrap();
    }
    ids
}

/// Waits until all of them are over for good.
pub async fn all_over(store: &dyn hyrex::store::Store, ids: &[RunId]) {
    wait_for("every run to be over", PATIENCE, async || {
        let states = store.run_states(ids.to_vec()).await.ok()?;
        states.iter().all(|state| state.as_ref().is_some_and(|s| s.is_over())).then_some(())
    })
    .await;
}

/// Asserts that no run has two attempts that succeeded, and no attempt without success a result.
pub async fn none_succeeded_twice(store: &TestStore) {
    let twice = "SELECT count(*) FROM (SELECT durable_id FROM hyrex_task_run WHERE status = 'SUCCESS' \
        GROUP BY durable_id HAVING count(*) > 1) AS twice";
    assert_eq!(store.raw.count(twice).await, 0, "a run succeeded twice");
    let stray = "SELECT count(*) FROM hyrex_task_result JOIN hyrex_task_run ON id = task_id WHERE status <> 'SUCCESS'";
    assert_eq!(store.raw.count(stray).await, 0, "a result stands beside an attempt that did not succeed");
}
