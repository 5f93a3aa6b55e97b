//! `run-worker` of an application's own binary, as a process: it works, and stops as it is told.

use crate::support::make::RunWords;
use crate::support::processes::{Helper, Stage};
use crate::support::stores::on_both;
use crate::support::{TestStore, run, wait_for};
use hyrex::OnlyInsideTasks;
use hyrex::model::{ExecutorStatus, RunId, TaskStatus};
use hyrex::prelude::*;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long each condition may take to come about.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// The role: an application whose command line gets the arguments in the orders.
pub fn play(stage: &Stage) {
    if stage.orders["tells"] == json!(true) {
        tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(|| Marked).init();
    }
    let args: Vec<String> = serde_json::from_value(stage.orders["args"].clone()).expect("a list of arguments");
    let quick = Task::new("quick", TaskConfig::new(), |()| async { Ok("done") });
    let slow = Task::new("slow", TaskConfig::new().max_retries(1), |()| async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok(())
    });
    let deploy = Workflow::new("deploy", WorkflowConfig::new(), |_: OnlyInsideTasks<()>| slow.clone());
    let app = HyrexApp::new("application").registry(registry![quick, slow, deploy]);
    // A thread without a runtime, as a program's main is.
    let ended = std::thread::spawn(|| hyrex::cli::run_with(app, args.into_iter().map(Into::into))).join();
    stage.say(format!("{:?}", ended.expect("the command line does not panic")));
}

/// Says each event of the log to the one who started the role.
struct Marked;

impl std::io::Write for Marked {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        print!("\n@ {}", String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn start(store: &TestStore, options: &[&str]) -> Helper {
    let args = [&["application", "run-worker", "--url", &store.url], options].concat();
    Helper::start("application", &json!({ "args": args }))
}

/// The same with a subscriber of the application's own, whose lines are heard.
fn start_telling(store: &TestStore, options: &[&str]) -> Helper {
    let args = [&["application", "run-worker", "--url", &store.url], options].concat();
    Helper::start("application", &json!({ "args": args, "tells": true }))
}

/// Listens until a line of the log holds this; that line.
pub(super) fn hear(helper: &mut Helper, part: &str) -> String {
    let mut heard = Vec::new();
    while let Some(line) = helper.hear() {
        if line.contains(part) {
            return line;
        }
        heard.push(line);
    }
    panic!("the worker ended without saying '{part}'; it said {heard:#?}");
}

pub(super) fn signal(helper: &Helper, signal: Signal) {
    let pid = i32::try_from(helper.id()).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("the process can be signalled");
}

pub(super) fn code(helper: Helper) -> Vec<String> {
    helper.finish()
}

pub(super) const GOOD: [&str; 1] = ["ExitCode(unix_exit_status(0))"];

async fn until(store: &TestStore, run: RunId, status: TaskStatus) {
    wait_for("the run to get there", SOON, async || {
        let state = store.run_states(vec![run]).await.ok()?.remove(0)?;
        (state.status == status).then_some(())
    })
    .await;
}

async fn send(store: &TestStore, task: &str, queue: &str) -> RunId {
    let run = run(task).on(queue).retries(1);
    store.enqueue(vec![run.clone()], None).await.expect("the run is sent");
    run.id
}

on_both!(
    a_worker_runs_tasks_until_sigterm_and_gives_back_what_it_interrupts,
    a_second_signal_ends_a_worker_at_once,
    a_worker_serves_the_queues_that_it_is_told,
    a_worker_that_cannot_begin_says_why
);

async fn a_worker_runs_tasks_until_sigterm_and_gives_back_what_it_interrupts(store: &TestStore) {
    let (quick, slow) = (send(store, "quick", "default").await, send(store, "slow", "default").await);
    let helper = start(store, &["--grace", "0.2", "--name", "by-hand", "--concurrency", "3"]);
    until(store, quick, TaskStatus::Success).await;
    until(store, slow, TaskStatus::Running).await;
    let executors = store.executors(10, None).await.unwrap();
    assert_eq!((executors[0].worker_name.as_str(), executors[0].status), ("by-hand", ExecutorStatus::Running));
    signal(&helper, Signal::TERM);
    assert_eq!(code(helper), GOOD);
    until(store, slow, TaskStatus::Queued).await;
    assert_eq!(store.executors(10, None).await.unwrap()[0].status, ExecutorStatus::Shutdown);
}

async fn a_second_signal_ends_a_worker_at_once(store: &TestStore) {
    let slow = send(store, "slow", "default").await;
    let mut helper = start_telling(store, &["--grace", "600"]);
    until(store, slow, TaskStatus::Running).await;
    signal(&helper, Signal::INT);
    hear(&mut helper, "no new claims");
    until(store, slow, TaskStatus::Running).await;
    let since = Instant::now();
    signal(&helper, Signal::INT);
    hear(&mut helper, "at once");
    assert_eq!(code(helper).last().map(String::as_str), Some(GOOD[0]));
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    until(store, slow, TaskStatus::Queued).await;
}

async fn a_worker_serves_the_queues_that_it_is_told(store: &TestStore) {
    let other = send(store, "quick", "b-1").await;
    let (first, second) = (send(store, "quick", "a-1").await, send(store, "quick", "c").await);
    let helper = start(store, &["-q", "a-*,c"]);
    until(store, first, TaskStatus::Success).await;
    until(store, second, TaskStatus::Success).await;
    signal(&helper, Signal::TERM);
    assert_eq!(code(helper), GOOD);
    until(store, other, TaskStatus::Queued).await;
}

async fn a_worker_that_cannot_begin_says_why(store: &TestStore) {
    for (options, expected) in [
        (&["-q", "a["] as &[&str], "ExitCode(unix_exit_status(2))"),
        (&["--concurrency", "0"], "ExitCode(unix_exit_status(2))"),
        (&["--url", "sqlite:/no/such/dir/x.db"], "ExitCode(unix_exit_status(1))"),
    ] {
        let args = [&["application", "run-worker"], options].concat();
        let args = if options[0] == "--url" { args } else { [args, vec!["--url", &store.url]].concat() };
        let helper = Helper::start("application", &json!({ "args": args }));
        assert_eq!(code(helper), [expected], "{options:?}");
    }
}
