//! Every program in `examples/`, run on both stores: what it prints is what it shows.

use crate::support::TestStore;
use crate::support::stores::on_both;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, and the lines that it prints; `*` stands for what differs each time.
const EXAMPLES: [(&str, &[&str]); 12] = [
    (
        "send_tasks",
        &[
            "Sending email to user@example.com: Welcome!",
            "sent: true",
            "Sending email to ada@example.com: Now",
            "queue high-priority, 3 retries, Some(30) seconds",
        ],
    ),
    (
        "task_settings",
        &[
            "processing orders.csv of the last 30 days",
            "queue processing, priority 5",
            "processing orders.csv of the last 7 days",
            "queue processing, priority 5",
        ],
    ),
    (
        "task_context",
        &[
            "Task ID: *",
            "Task Name: contextual_task",
            "Attempt: 0/2",
            "Queue: default",
            "Parent Task: None",
            "Root Task: *",
            "Run: *",
        ],
    ),
    ("key_value_store", &["while it ran: Some(\"processing\")", "afterwards: None"]),
    (
        "dynamic_configuration",
        &[
            "IMPORTANT DATA: queue default, retries 1, priority 5",
            "IMPORTANT DATA: queue high-priority, retries 5, priority 10",
        ],
    ),
    (
        "error_handling",
        &[
            "Task failed: the printer is on fire (attempt 0)",
            "Task failed: the printer is on fire (attempt 1)",
            "succeeded in attempt 2",
        ],
    ),
    (
        "registry_inheritance",
        &["[\"own_task\", \"shared_task\"]", "shared: queue common, retries 2", "own: queue default, retries 0"],
    ),
    ("task_composition", &["sum: 14"]),
    (
        "etl_workflow",
        &[
            "8 edges as written, 4 of them different",
            "extracting from s3://input",
            "transforming in queue cpu-intensive",
            "validating in queue etl",
            "loading into s3://output",
            "the run is SUCCESS",
        ],
    ),
    (
        "workflow_context",
        &[
            "workflow etl_workflow, node workflow_task, source s3://input",
            "extract_data is SUCCESS: 3 rows",
            "3 rows were valid",
            "tidying up after load_data, which is SKIPPED",
            "failed: node 'break_down' is FAILED: error: no space left",
        ],
    ),
    (
        "cron_scheduling",
        &[
            "daily_cleanup: at 02:00 every day, UTC",
            "weekly_backup: at 00:00 on Sundays, Europe/Berlin",
            "weekly_report: at 00:00 on Sundays, UTC",
            "each_second ran, and nobody had sent it",
        ],
    ),
    ("idempotency", &["the same run: true", "duplicate: false true", "processing user *"]),
];

/// Where cargo builds the examples that go with these tests.
fn built(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_hyrex")).parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not built: `cargo test` does, and `cargo build --examples`", path.display());
    path
}

/// What a program prints on this database.
async fn printed(name: &'static str, url: String) -> Vec<String> {
    let run = move || Command::new(built(name)).env("HYREX_DATABASE_URL", url).stdin(Stdio::null()).output().unwrap();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {complaint}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn fits(line: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(line == pattern, |start| line.starts_with(start) && line.len() > start.len())
}

/// Attempts run beside the program that sent them: their lines may come in another order than its own.
fn assert_prints(name: &str, mut lines: Vec<String>, expected: &[&str]) {
    let all = lines.join("\n");
    for pattern in expected {
        let at = lines.iter().position(|line| fits(line, pattern));
        lines.remove(at.unwrap_or_else(|| panic!("{name} does not print `{pattern}`:\n{all}")));
    }
    assert!(lines.is_empty(), "{name} prints more: {lines:?}");
}

async fn each_prints_what_it_shows(store: &TestStore) {
    for (name, expected) in EXAMPLES {
        assert_prints(name, printed(name, store.url.clone()).await, expected);
    }
}

on_both!(each_prints_what_it_shows);

#[test]
fn none_is_forgotten() {
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap();
    let names = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let there: BTreeSet<String> = names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    // The README's own, with a command line: played in `readme`.
    let mut known: BTreeSet<String> = EXAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.insert("quickstart".into());
    assert_eq!(there, known);
}
