//! The process that the tests do harm to: a worker with one task.

use super::journal::Under;
use crate::support::processes::Stage;
use hyrex::prelude::*;
use hyrex::runtime::{Shutdown, Worker};
use hyrex::store::{Options, open};
use std::path::PathBuf;
use std::time::Duration;

/// What `step` takes.
#[derive(Serialize, Deserialize)]
pub struct Step {
    ms: u64,
}

/// The application: `step` sleeps, and keeps a journal about it; its result is the process that ran it.
pub fn app(journal: PathBuf, settings: WorkerSettings) -> HyrexApp {
    let step = Task::new("step", TaskConfig::new(), move |step: Step| {
        let journal = journal.clone();
        async move {
            let _under = Under::begin(&journal);
            tokio::time::sleep(Duration::from_millis(step.ms)).await;
            Ok(std::process::id())
        }
    });
    let mut registry = HyrexRegistry::new().register(&step);
    if let Ok(cron) = std::env::var("HYREX_TEST_CRON") {
        let config = TaskConfig::new().queue("schedules").cron(cron);
        registry = registry.register(&Task::new("each_second", config, |()| async { Ok(()) }));
    }
    HyrexApp::new("faults").registry(registry).worker(settings)
}

/// Works until SIGTERM, or until the test closes its input.
pub async fn work(stage: Stage) {
    let shutdown = Shutdown::on_signals().unwrap();
    let ms = |name| Duration::from_millis(stage.number(name));
    let settings = WorkerSettings::new()
        .concurrency(u32::try_from(stage.number("slots")).unwrap())
        .lease(ms("lease_ms"))
        .beat_interval(ms("beat_ms"))
        .grace(ms("grace_ms"));
    let options = Options { durable: false, ..Options::default() };
    let store = open(stage.text("url"), options).await.unwrap();
    let worker = Worker::new(app(stage.text("journal").into(), settings), store.clone());
    stage.say("at work");
    stage.say(chrono::Utc::now().timestamp());
    let asked = shutdown.clone();
    std::thread::spawn(move || {
        while stage.await_line() {}
        asked.request();
    });
    let report = worker.run(shutdown).await.unwrap();
    store.close().await;
    println!("{report:?}");
}
