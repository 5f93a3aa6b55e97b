//! Where it is measured: a schema or files of the benchmark's own, and what a backend must be able to do there.

use super::error::Result;
use super::pace::Pace;
use super::rows::{Spread, Stage};
use crate::store::{Options, SharedStore};
use std::collections::BTreeMap;

/// How a store over some tables is opened, in whatever process.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Opening {
    /// Where they are.
    pub url: String,
    /// What connections call themselves, and the channel on which they send signs.
    pub name: String,
}

impl Opening {
    /// Opens it, durable, with the settings that every application has.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn open(&self) -> Result<SharedStore> {
        let (application_name, channel) = (self.name.clone(), Some(self.name.clone()));
        Ok(crate::store::open(&self.url, Options { application_name, channel, ..Options::default() }).await?)
    }
}

/// Which of two sets of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What most measurements take, emptied for each sample.
    First,
    /// What is filled once and kept for several rounds.
    Second,
}

/// The database, as a report tells of it.
#[derive(Debug, serde::Serialize)]
pub struct Database {
    /// Which one, with its version.
    pub name: String,
    /// Where it is, without a password.
    pub location: String,
    /// Settings that decide about speed.
    pub settings: BTreeMap<String, String>,
}

/// How long inserts go on: until one of both is reached.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// So long.
    pub seconds: f64,
    /// So many, over all senders.
    pub count: usize,
}

/// A database that the benchmark may make tables in.
#[async_trait::async_trait]
pub trait Place: Send + Sync {
    /// Empty tables.
    async fn tables(&self, which: Which) -> Result<Box<dyn Tables>>;

    /// What it is.
    async fn database(&self) -> Result<Database>;

    /// Removes all tables that were made, whoever still works on them.
    async fn remove(&self) -> Result<()>;
}

/// Tables, and the bare loops on them: the least that does the same, in the forms that were found fastest.
#[async_trait::async_trait]
pub trait Tables: Send + Sync {
    /// How to open a store over them.
    fn opening(&self) -> &Opening;

    /// Puts `count` runs into them.
    async fn fill(&self, count: usize, stage: Stage, spread: Spread) -> Result<()>;

    /// Has the database tidy up after much was put in: what it would do by itself in time.
    async fn settle(&self) -> Result<()>;

    /// Inserts single rows, `clients` at once where the database has an advantage of that; rows a second.
    async fn insert(&self, clients: usize, until: Until) -> Result<f64>;

    /// Inserts `count` rows in the fastest way; rows a second.
    async fn insert_many(&self, count: usize) -> Result<f64>;

    /// Claims and settles everything that waits, with a result each; runs, and runs a second.
    async fn drain(&self) -> Result<(usize, f64)>;

    /// Inserts, and claims on another connection that is told of it; the milliseconds between both, each.
    async fn pick_up(&self, pace: Pace) -> Result<Vec<f64>>;

    /// Fails unless `count` runs succeeded and have a result.
    async fn expect_done(&self, count: usize) -> Result<()>;

    /// How many transactions others do here within so many seconds.
    async fn transactions(&self, seconds: f64) -> Result<f64>;
}
