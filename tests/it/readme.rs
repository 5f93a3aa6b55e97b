//! The README's commands, and its first example as a newcomer's own crate.

use crate::support::crates::{self, root};
use crate::support::wait_for;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Building a crate aside, the slowest is a rescue by lease.
const PATIENCE: Duration = Duration::from_secs(90);

/// The lines of the README's `sh` blocks, without their comments.
fn commands() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(|block| block.lines().map(|line| line.split("  #").next().unwrap().trim().to_owned()));
    lines.filter(|line| !line.is_empty()).collect()
}

/// `line` without its first word, as a shell would divide it where nothing is quoted.
fn arguments(line: &str) -> Vec<&str> {
    assert!(!line.contains(['\'', '"', '|', '>']), "this test does not read quotes: {line}");
    line.split_whitespace().skip(1).collect()
}

fn hyrex(url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyrex"));
    command.args(arguments).env("HYREX_DATABASE_URL", url).stdin(Stdio::null()).output().unwrap()
}

#[cfg(feature = "sqlite")]
#[test]
fn the_commands_for_operators_work_as_the_readme_has_them() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/hyrex.db", directory.path().display());
    assert!(hyrex(&url, &["init-db"]).status.success());
    let lines: Vec<_> = commands().into_iter().filter(|line| line.starts_with("hyrex ")).collect();
    assert!(lines.len() >= 8, "only {lines:?}");
    let mut last = String::new();
    for line in &lines {
        let output = hyrex(&url, &arguments(line));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{line}` failed: {complaint}");
        last = String::from_utf8(output.stdout).unwrap();
    }
    assert_eq!(last.trim(), "hello", "the last command reads the key that was written before it");
}

#[cfg(feature = "sqlite")]
#[test]
fn the_demo_adds_up() {
    let line = commands().into_iter().find(|line| line.contains("demo")).unwrap();
    let words = line.strip_prefix("cargo run --release -- ").expect("the demo's command");
    let mut arguments: Vec<_> = words.split_whitespace().collect();
    // Nobody looks at a monitor here.
    arguments.extend(["--headless", "--seconds", "2"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyrex"));
    let output = command.args(arguments).env_remove("HYREX_DATABASE_URL").stdin(Stdio::null()).output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaint}");
    assert!(said.lines().count() > 10, "{said}");
}

#[test]
fn the_test_command_is_there_and_explains_itself() {
    assert!(commands().contains(&"scripts/test".to_owned()));
    let script = root().join("scripts/test");
    assert_ne!(fs::metadata(&script).unwrap().permissions().mode() & 0o111, 0, "not executable");
    let output = Command::new(script).arg("--help").output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("scripts/test"));
}

/// A crate of its own with a path dependency, as the README tells a newcomer to make one.
fn newcomer(directory: &Path) -> PathBuf {
    crates::write_manifest(directory, "newcomer", "2024");
    fs::copy(root().join("examples/quickstart.rs"), directory.join("src/main.rs")).unwrap();
    build(directory)
}

fn build(directory: &Path) -> PathBuf {
    let output = crates::build(directory).arg("--quiet").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = directory.join("newcomer");
    fs::copy(crates::target().join("debug/newcomer"), &built).unwrap();
    built
}

fn run(program: &Path, url: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("HYREX_DATABASE_URL", url).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What `tasks show` says of a run, in JSON.
fn show(program: &Path, url: &str, id: &str) -> Value {
    serde_json::from_str(&run(program, url, &["tasks", "show", id, "--json"])).unwrap()
}

/// A worker of the newcomer's program; killed when it is dropped.
struct Worker(std::process::Child);

impl Worker {
    fn start(program: &Path, url: &str) -> Self {
        let mut command = Command::new(program);
        command.arg("run-worker").env("HYREX_DATABASE_URL", url).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends, kills the worker in the middle, starts another, and sees the run succeed in its second attempt.
async fn kill_and_see_it_run_again(program: &Path, url: &str) {
    let said = run(program, url, &["greet", "Ada"]);
    let id = said.trim().strip_prefix("sent ").unwrap().to_owned();
    let worker = Worker::start(program, url);
    let reaches = async |status: &str| {
        wait_for("the status", PATIENCE, async || {
            let shown = show(program, url, &id);
            (shown["status"] == status).then_some(shown)
        })
        .await
    };
    reaches("RUNNING").await;
    drop(worker);
    let _second = Worker::start(program, url);
    let shown = reaches("SUCCESS").await;
    assert!(shown.to_string().contains("hello, Ada"), "{shown}");
    let statuses: Vec<_> = shown["attempts"].as_array().unwrap().iter().map(|a| a["status"].clone()).collect();
    assert_eq!(statuses, ["LOST", "SUCCESS"], "{shown}");
}

#[tokio::test]
async fn the_first_example_is_a_crate_that_survives_a_kill_on_both_stores() {
    let directory = tempfile::tempdir().unwrap();
    let program = newcomer(directory.path());
    #[cfg(feature = "sqlite")]
    kill_and_see_it_run_again(&program, &format!("sqlite:{}/quickstart.db", directory.path().display())).await;
    #[cfg(feature = "postgres")]
    {
        let database = crate::support::postgres::empty_database().await;
        kill_and_see_it_run_again(&program, &crate::support::postgres::url(&database)).await;
        crate::support::postgres::drop_database(&database).await;
    }
}
