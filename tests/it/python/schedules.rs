//! The SDK's scheduler beside ours: each job of both is sent once a minute, and the SDK's upkeep is never run by us.

use super::Shared;
use crate::support::wait_for;
use crate::worker::schedules::{history, job};
use hyrex::prelude::*;
use hyrex::registry;
use hyrex::store::{ScheduleRunRow, ScheduleSource};
use hyrex::{Shutdown, Worker};
use std::time::Duration;

/// How many minutes both schedulers are watched: `HYREX_TEST_SCHEDULER_MINUTES=3 scripts/test python::schedules`.
const MINUTES: &str = "HYREX_TEST_SCHEDULER_MINUTES";
const PATIENCE: Duration = Duration::from_secs(90);

/// A job with its task: of ours one that the SDK's scheduler runs too, and one that it does not see, and its own.
const JOBS: [(&str, &str); 3] = [
    ("task:rust_each_minute", "rust_each_minute"),
    ("task:rust_zone", "rust_zone"),
    ("ScheduledTask-python_each_minute", "python_each_minute"),
];

fn each_minute() -> HyrexRegistry {
    let task =
        |name: &str, cron: Cron| Task::new(name, TaskConfig::new().queue("rust").cron(cron), |()| async { Ok(()) });
    registry![task("rust_each_minute", "* * * * *".into()), task("rust_zone", Cron::new("* * * * *").tz("Asia/Tokyo"))]
}

/// How often the SDK's upkeep was run.
async fn upkeep(shared: &Shared) -> i64 {
    let sql = "SELECT count(*) FROM hyrex_cron_job_run_details d JOIN hyrex_cron_job j ON j.jobid = d.jobid \
        WHERE j.job_source = 'SYSTEM' AND d.status = 'SUCCESS'";
    shared.raw.count(sql).await
}

/// Who leads, while that holds.
async fn leader(shared: &Shared) -> Option<String> {
    let sql = "SELECT worker_name FROM hyrex_scheduler_lock WHERE is_active AND release_at > now()";
    shared.raw.texts(sql).await.pop().flatten()
}

/// Waits until each job was sent `minutes` more times.
async fn watch(shared: &Shared, minutes: usize) {
    let mut sent = Vec::new();
    for (name, _) in JOBS {
        sent.push(history(&*shared.store, name).await.len());
    }
    for more in 1..=minutes {
        for ((name, _), sent) in JOBS.iter().zip(&sent) {
            let what = format!("{name} to be sent {more} more times");
            wait_for(&what, PATIENCE, async || (sent_times(shared, name).await >= sent + more).then_some(())).await;
        }
    }
}

async fn sent_times(shared: &Shared, name: &str) -> usize {
    let rows = history(&*shared.store, name).await;
    rows.iter().filter(|row| row.status.as_deref() == Some("SUCCESS")).count()
}

/// Asserts that each minute from the first to the last one was sent once.
#[track_caller]
fn assert_each_minute(name: &str, rows: &[ScheduleRunRow]) {
    let minutes: Vec<i64> = rows.iter().map(|row| row.time.timestamp() / 60).collect();
    let (first, last) = (minutes.first().copied().unwrap_or(0), minutes.last().copied().unwrap_or(0));
    assert_eq!(minutes, (first..=last).collect::<Vec<_>>(), "{name}: {rows:?}");
    assert!(rows.iter().all(|row| row.status.as_deref() == Some("SUCCESS")), "{name}: {rows:?}");
}

#[tokio::test]
async fn each_job_of_both_is_sent_once_a_minute_and_upkeep_is_left_to_python() {
    let minutes = std::env::var(MINUTES).ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(1);
    let shared = Shared::ours().await;
    shared.python.init_db().await;
    let mut python = shared.python.worker_of("scheduled:app", "python");
    let pythons = wait_for("Python's scheduler to lead", PATIENCE, async || leader(&shared).await).await;
    wait_for("Python to register its task", PATIENCE, async || job(&*shared.store, JOBS[2].0).await).await;

    let (shutdown, app) = (Shutdown::new(), HyrexApp::new("ours").registry(each_minute()));
    let settings = WorkerSettings::new().queues(["rust"]).unwrap();
    let ours = tokio::spawn(Worker::new(app, shared.store.clone()).settings(settings).run(shutdown.clone()));
    wait_for("ours to register", PATIENCE, async || job(&*shared.store, JOBS[0].0).await).await;
    tokio::time::sleep(Duration::from_secs(3)).await; // three ticks, in each of which ours may try
    assert_eq!(leader(&shared).await, Some(pythons.clone()), "Python's two minutes are its own");

    // As if they were over: the SDK goes on as if it led, for it never looks again.
    shared.raw.execute("UPDATE hyrex_scheduler_lock SET release_at = now()").await;
    let taken = async || leader(&shared).await.filter(|leader| *leader != pythons);
    wait_for("ours to lead", PATIENCE, taken).await;
    let before = upkeep(&shared).await;
    watch(&shared, minutes).await;
    wait_for("Python's scheduler to go on", PATIENCE, async || (upkeep(&shared).await > before).then_some(())).await;
    assert!(python.is_running(), "Python's worker ended");

    // Alone, ours sends Python's task and leaves its upkeep alone.
    drop(python);
    let before = upkeep(&shared).await;
    watch(&shared, 1).await;
    assert_eq!(upkeep(&shared).await, before, "ours ran Python's upkeep");
    shutdown.request();
    ours.await.unwrap().unwrap();
    for (name, task) in JOBS {
        let rows = history(&*shared.store, name).await;
        assert_each_minute(name, &rows);
        let runs = format!("SELECT count(*) FROM hyrex_task_run WHERE task_name = '{task}' AND id = durable_id");
        assert_eq!(shared.raw.count(&runs).await as usize, rows.len(), "{task}: {rows:?}");
        println!("{name}: {} minutes, each once", rows.len());
    }
    let row = job(&*shared.store, JOBS[2].0).await.unwrap();
    assert_eq!(row.source, ScheduleSource::PythonTask);
    shared.finish().await;
}
