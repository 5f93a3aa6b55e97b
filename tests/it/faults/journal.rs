//! What handlers did, written down as they do it: one file, appended to by all processes, so that the order of its
//! lines is an order in time. `B` when a handler begins, `E` when it ends or is dropped.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file, for the one who reads it.
pub struct Journal {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Entry {
    pub begins: bool,
    pub run: String,
    pub process: u32,
}

impl Journal {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        File::create(&path).unwrap();
        Self { _directory: directory, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All lines so far.
    pub fn entries(&self) -> Vec<Entry> {
        let text = fs::read_to_string(&self.path).unwrap();
        // A line that is being written has no end yet.
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(entry).collect()
    }

    /// How many handlers have begun.
    pub fn begun(&self) -> usize {
        self.entries().iter().filter(|entry| entry.begins).count()
    }

    /// How often each run has begun.
    pub fn begun_by_run(&self) -> HashMap<String, usize> {
        let mut times = HashMap::new();
        for entry in self.entries().into_iter().filter(|entry| entry.begins) {
            *times.entry(entry.run).or_default() += 1;
        }
        times
    }

    /// The most handlers that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        let (mut now, mut most) = (0usize, 0);
        for entry in self.entries() {
            if entry.begins {
                now += 1;
            } else {
                now -= 1;
            }
            most = most.max(now);
        }
        most
    }
}

fn entry(line: &str) -> Entry {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [kind, run, _attempt, process] = words[..] else { panic!("not a line of a journal: {line:?}") };
    Entry { begins: kind == "B", run: run.into(), process: process.parse().unwrap() }
}

/// Writes that the handler began, and when it is dropped that it ended.
pub struct Under {
    path: PathBuf,
    what: String,
}

impl Under {
    pub fn begin(path: &Path) -> Self {
        let context = hyrex::get_hyrex_context().expect("a handler has a context");
        let what = format!("{} {} {}", context.durable_id(), context.task_id(), std::process::id());
        let under = Self { path: path.into(), what };
        under.write("B");
        under
    }

    fn write(&self, kind: &str) {
        // One write a line: O_APPEND keeps lines of several processes whole.
        let line = format!("{kind} {}\n", self.what);
        let mut file = OpenOptions::new().append(true).open(&self.path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.write("E");
    }
}
