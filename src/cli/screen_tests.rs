//! What a command shows where somebody looks: on a terminal of some width, with colours or without.

#![cfg(feature = "sqlite")]

use super::run_from;
use super::world::{Screen, World};
use crate::model::{NewRun, TaskStatus};
use crate::store::{Options, open};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use unicode_width::UnicodeWidthStr;

/// An output that is read afterwards.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// An output whose reader went away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A database file, and commands on it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.on(None, false, &["init-db"]);
        desk
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.dir.path().join("hyrex.db").display())
    }

    /// Sends runs of tasks with these names.
    fn send(&self, tasks: &[&str]) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = open(&self.url(), Options::default()).await.unwrap();
            let runs = tasks.iter().map(|task| NewRun::new(*task, "{}")).collect();
            store.enqueue(runs, None).await.unwrap();
            store.close().await;
        });
    }

    /// What a command writes on a terminal of that width (`None`: into a pipe).
    fn on(&self, width: Option<usize>, colours: bool, args: &[&str]) -> String {
        let out = Paper::default();
        let screen = Screen { terminal: width.is_some(), width, colours };
        let code = self.run(Box::new(out.clone()), screen, args);
        assert_eq!(code, (0, String::new()), "{args:?}");
        out.text()
    }

    fn run(&self, out: Box<dyn Write + Send>, screen: Screen, args: &[&str]) -> (u8, String) {
        let err = Paper::default();
        let env = HashMap::from([("HYREX_DATABASE_URL".to_owned(), self.url())]);
        let dir = self.dir.path().to_owned();
        let world = World { env, dir, stdin: Box::new(io::empty()), out, err: Box::new(err.clone()), screen };
        let code = run_from(None, ["hyrex"].iter().chain(args).map(OsString::from), world);
        (code, err.text())
    }
}

#[test]
fn a_value_is_shown_safely_on_a_terminal_and_exactly_into_a_pipe() {
    let desk = Desk::new();
    desk.on(None, false, &["kv", "set", "k", "a\x1b[2J\nb"]);
    assert_eq!(desk.on(Some(80), true, &["kv", "get", "k"]), "a\\x1b[2J\nb\n");
    assert_eq!(desk.on(Some(80), true, &["kv", "get", "k", "--raw"]), "a\x1b[2J\nb");
    assert_eq!(desk.on(None, false, &["kv", "get", "k"]), "a\x1b[2J\nb");
}

#[test]
fn a_table_fits_the_terminal_and_is_whole_in_a_pipe() {
    let desk = Desk::new();
    let long = "a_task_with_a_name_that_is_longer_than_most_terminals_would_like_to_have_it_in_one_column";
    desk.send(&[long, "発注書を送る", "mail"]);
    for width in [20, 40, 80, 132] {
        let table = desk.on(Some(width), false, &["tasks", "list"]);
        assert_eq!(table.lines().count(), 4, "{table}");
        assert!(table.lines().all(|line| line.width() <= width), "{width}: {table}");
        assert!(table.contains(TaskStatus::Queued.as_str()) || width < 40, "{width}: {table}");
    }
    assert!(desk.on(None, false, &["tasks", "list"]).contains(long));
}

#[test]
fn colours_are_for_those_who_want_them() {
    let desk = Desk::new();
    desk.send(&["mail"]);
    assert!(desk.on(Some(80), true, &["tasks", "list"]).contains("\x1b[1mTASK"));
    assert!(!desk.on(Some(80), false, &["tasks", "list"]).contains('\x1b'));
    assert!(!desk.on(Some(80), true, &["tasks", "list", "--json"]).contains('\x1b'));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let desk = Desk::new();
    desk.send(&["mail"]);
    let pipe = Screen { terminal: false, width: None, colours: false };
    for args in [["tasks", "list"], ["kv", "list"], ["queues", "list"], ["tasks", "--help"]] {
        assert_eq!(desk.run(Box::new(Gone), pipe, &args), (0, String::new()), "{args:?}");
    }
}
