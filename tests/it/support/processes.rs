//! Processes of their own: the test binary executes itself, with a role to play.
//!
//! A role reads its orders from its first line of input, answers in lines that start with [`MARK`], and ends when its
//! input does, if it does not end before.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Says which role the process plays.
const ROLE: &str = "HYREX_TEST_ROLE";
/// What a role's lines begin with, among those of the test harness.
const MARK: &str = "@ ";

/// A process in a role.
pub struct Helper {
    child: Child,
    input: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts a process in `role`, and hands it its orders.
    pub fn start(role: &str, orders: &serde_json::Value) -> Helper {
        Self::start_with(role, orders, &[])
    }

    /// The same, with variables in its environment.
    pub fn start_with(role: &str, orders: &serde_json::Value, variables: &[(&str, &str)]) -> Helper {
        let binary = std::env::current_exe().expect("the test binary's path");
        let mut child = Command::new(binary)
            .args(["support::processes::role", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts once more");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut helper = Helper { input: child.stdin.take(), child, lines };
        helper.tell(&orders.to_string());
        helper
    }

    /// Hands the process a line.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("input that is still open");
        writeln!(input, "{line}").expect("the process reads");
    }

    /// The next line that the role says; `None` when it ended.
    pub fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("the process writes text") > 0 {
            if let Some(at) = line.find(MARK) {
                return Some(line[at + MARK.len()..].trim_end().to_owned());
            }
            line.clear();
        }
        None
    }

    /// Closes the input, reads what the role still says, and asserts that it ended well.
    pub fn finish(mut self) -> Vec<String> {
        drop(self.input.take());
        let mut said = vec![];
        while let Some(line) = self.hear() {
            said.push(line);
        }
        let status = self.child.wait().expect("the process ends");
        assert!(status.success(), "a process in a role ended with {status}; it said {said:?}");
        said
    }

    /// The process' id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once, as a machine does that loses its power.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }
}

/// Nobody is left behind when a test fails.
impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a role is given: its orders, what follows, and a way to answer.
pub struct Stage {
    /// The orders.
    pub orders: serde_json::Value,
    next: std::sync::mpsc::Receiver<String>,
}

impl Stage {
    fn new() -> Stage {
        let (to, next) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        let first = next.recv().expect("the orders");
        Stage { orders: serde_json::from_str(&first).expect("orders in JSON"), next }
    }

    /// The text in the orders under `name`.
    pub fn text(&self, name: &str) -> &str {
        self.orders[name].as_str().expect(name)
    }

    /// The number in the orders under `name`.
    pub fn number(&self, name: &str) -> u64 {
        self.orders[name].as_u64().expect(name)
    }

    /// Says a line.
    pub fn say(&self, line: impl std::fmt::Display) {
        println!("\n{MARK}{line}");
    }

    /// Waits for the next line of input; `false` when it was closed.
    pub fn await_line(&self) -> bool {
        self.next.recv().is_ok()
    }

    /// Whether the one who started us closed our input, or is gone.
    pub fn is_over(&self) -> bool {
        matches!(self.next.recv_timeout(Duration::ZERO), Err(std::sync::mpsc::RecvTimeoutError::Disconnected))
    }
}

/// Not a test: where a process in a role begins.
#[test]
#[ignore = "started by other tests, as a process of its own"]
fn role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let stage = Stage::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(crate::roles::play(&role, stage));
}
