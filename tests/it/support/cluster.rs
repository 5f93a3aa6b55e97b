//! A PostgreSQL of one test's own, which it can take away and bring back.

use super::postgres::{binaries, free_port, keeper};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};

/// A private cluster; it is removed when this is dropped.
pub struct Cluster {
    port: u16,
    keeper: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Panics
    /// When there is no PostgreSQL on the machine.
    pub fn start() -> Cluster {
        let bin = binaries().unwrap();
        let port = free_port();
        let mut keeper = keeper(&bin, port).unwrap().spawn().unwrap();
        let (orders, answers) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        let mut cluster = Cluster { port, keeper, orders, answers };
        assert_eq!(cluster.answer(), format!("ready {port}"));
        cluster
    }

    /// The URL of its only database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Takes the server away in the middle of whatever it does.
    pub fn away(&mut self) {
        self.order("away");
    }

    /// Brings it back, with what was committed.
    pub fn back(&mut self) {
        self.order("back");
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
        assert_eq!(self.answer(), format!("{order} 0"));
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.keeper.wait();
    }
}
