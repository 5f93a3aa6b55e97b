//! The stand-alone binary as a test runs it: nothing of the tester's environment, an empty directory, output captured.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

/// An invocation in the making.
pub struct Hyrex {
    command: Command,
    stdin: Vec<u8>,
    dir: Option<tempfile::TempDir>,
}

/// What a process said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// `hyrex ARGS` on the database `url`.
pub fn hyrex<A: AsRef<OsStr>>(url: &str, args: impl IntoIterator<Item = A>) -> Said {
    Hyrex::new().args(args).args(["--url", url]).run()
}

impl Hyrex {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory for the process");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hyrex"));
        command.env_clear().current_dir(dir.path());
        Self { command, stdin: Vec::new(), dir: Some(dir) }
    }

    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// A file in the directory that it runs in.
    pub fn file(self, name: &str, text: &str) -> Self {
        let dir = self.dir.as_ref().expect("the directory is there until it runs");
        std::fs::write(dir.path().join(name), text).expect("the file is written");
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Starts it, to be read while it runs; its directory goes when this is dropped.
    pub fn start(mut self) -> Running {
        let command = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Running { child, lines, _dir: self.dir.take() }
    }

    pub fn run(mut self) -> Said {
        let (input, output) = (Stdio::piped(), Stdio::piped());
        let command = self.command.stdin(input).stdout(output).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("its input");
        // A process that ends without reading breaks the pipe: no failure of the test's.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        let output = child.wait_with_output().expect("the process ends");
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            err: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }
}

/// A process under way.
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    _dir: Option<tempfile::TempDir>,
}

impl Running {
    /// The next line; `None` when it said all.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).expect("UTF-8 on standard output");
        (read > 0).then(|| line.trim_end_matches('\n').to_owned())
    }

    /// As Ctrl-C does.
    pub fn interrupt(&self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("the process is there");
    }

    /// Waits for its end; its code.
    pub fn code(mut self) -> Option<i32> {
        self.child.wait().expect("the process ends").code()
    }
}

/// Nobody is left behind when a test fails.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Said {
    /// Asserts that it went well; what it answered.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_clean(&self.out);
        self.out
    }

    /// The same of what no terminal reads: a script for a shell.
    #[track_caller]
    pub fn ok_raw(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// The same, as JSON.
    #[track_caller]
    pub fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Asserts that it failed with this code and said one line about it, which holds all of `parts`.
    #[track_caller]
    pub fn fails(self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "one line: {self:?}");
        assert!(self.err.starts_with("hyrex: "), "{self:?}");
        assert_clean(&self.err);
        for part in parts {
            assert!(self.err.contains(part), "'{part}' is missing: {}", self.err);
        }
        for never in ["panicked", "s3cret", "RUST_BACKTRACE"] {
            assert!(!self.err.contains(never) && !self.out.contains(never), "{self:?}");
        }
    }
}

/// Asserts that nothing in `text` could be obeyed by a terminal.
#[track_caller]
pub fn assert_clean(text: &str) {
    let bidi =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let bad = text.chars().find(|c| *c != '\n' && (c.is_control() || bidi(*c)));
    assert_eq!(bad, None, "{text:?}");
}
