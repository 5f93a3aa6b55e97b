//! The store over PostgreSQL.
//!
//! Each verb stands in the file of its subject, beside its SQL. Few connections do the work: two for turns, one for
//! ticks, one (two in a crowd) for senders, one to listen, a few for everything else; none is opened before it is
//! needed. Behind a transaction-mode PgBouncer (`?pgbouncer=true`) every statement stands inside a transaction and
//! nothing is kept on a connection; there, work is found by looking, since notifications do not come through.

mod adopt;
mod bulk;
mod cancel;
mod claim;
mod complete;
mod complete_in;
mod connect;
mod defs;
mod enqueue;
mod errors;
mod events;
mod executor;
mod flush;
mod foreign;
mod inspect;
mod inspect_activity;
mod inspect_back;
mod inspect_counts;
mod inspect_executors;
mod inspect_failures;
mod inspect_names;
mod inspect_queues;
mod inspect_run;
mod inspect_runs;
mod inspect_tables;
mod inspect_tree;
mod inspect_waiting;
mod kv;
mod latest;
mod limited;
mod link;
mod logs;
mod migrate;
mod next;
mod operate;
mod promote;
mod prune;
mod queues;
mod rescue;
mod retry;
mod rows;
mod schedule;
mod signals;
mod subtree;
mod tick;
mod turn;
mod turn_statement;
mod wakeup;
mod work;
mod workflow;

pub use complete_in::complete_in;
pub use workflow::workflow_send_in;

use crate::model::{Enqueued, NewRun};
use crate::store::{Options, Result, Store, StoreError};
use connect::Pool;
use flush::Flusher;
use link::Link;
use std::sync::{Arc, Mutex};
use wakeup::Hub;

/// Turns under way at once with profit: more only wait for one another.
const TURNS: usize = 2;
/// Attempts that a turn should settle and claim when there is much to do.
const BATCH: u32 = 500;

/// A PostgreSQL database that holds Hyrex's tables.
pub struct PostgresStore {
    options: Options,
    db: Pools,
    flusher: Arc<Flusher>,
    hub: Arc<Hub>,
    known: Mutex<queues::Known>,
    whose: Mutex<inspect_tables::Whose>,
}

/// Connections by what they are for, so that nothing waits behind what is slower.
struct Pools {
    turns: Pool,
    ticks: Pool,
    rest: Pool,
}

impl PostgresStore {
    /// Opens a store. Nothing is created; one connection is made, to see that it can be, and whether it leads through
    /// a pooler (then as with `pgbouncer`).
    ///
    /// # Errors
    /// [`StoreError::Url`] for a URL that cannot be read; [`StoreError::Unavailable`] when the server cannot be
    /// reached; [`StoreError::Database`] when it refuses (user, password, database). None holds the password.
    pub async fn open(url: &str, pgbouncer: bool, options: Options) -> Result<Self> {
        let (connector, link) = connect::find(url, pgbouncer, &options).await?;
        let pool = |size| Pool::new(connector.clone(), size);
        let rest = pool(4).with(link);
        let hub = Hub::new(connector.clone());
        Ok(Self {
            db: Pools { turns: pool(TURNS), ticks: pool(1), rest },
            flusher: Flusher::start(pool(2), hub.clone(), options.failpoints.clone()),
            hub,
            known: Mutex::default(),
            whose: Mutex::default(),
            options,
        })
    }

    /// A writing verb of a store that was opened to read.
    fn writable(&self) -> Result<()> {
        match self.options.read_only {
            false => Ok(()),
            true => Err(StoreError::ReadOnly("it was opened to look only".into())),
        }
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.flusher.abandon();
        self.hub.close();
    }
}

/// Sends runs within an application's own transaction, on its own connection: they are there when it commits, and
/// not when it rolls back. Workers are told at the commit. `max_json` is the largest size of arguments in bytes.
///
/// # Errors
/// [`StoreError::Bounds`] when a run breaks a bound: then none is sent. What the database refuses leaves the
/// transaction aborted, as any error does.
pub async fn enqueue_in(conn: &mut sqlx::PgConnection, runs: &[NewRun], max_json: usize) -> Result<Vec<Enqueued>> {
    for run in runs {
        run.check(max_json)?;
    }
    let mut link = Link::lent(conn);
    let runs: Vec<&NewRun> = runs.iter().collect();
    let mut answers = Vec::with_capacity(runs.len());
    for part in runs.chunks(enqueue::MAX_ROWS) {
        answers.extend(enqueue::insert_part(&mut link, part, None).await?);
    }
    if !runs.is_empty() {
        enqueue::notify(&mut link, &enqueue::signs(runs.iter().copied()).payload(None)).await?;
    }
    Ok(answers)
}

#[async_trait::async_trait]
impl Store for PostgresStore {
    async fn init_db(&self) -> Result<Vec<String>> {
        self.writable()?;
        self.make_tables().await
    }

    async fn check_schema(&self) -> Result<()> {
        let found = connect::call!(self.db.rest, link => migrate::found(link))?;
        migrate::usable(found)
    }

    async fn prepare(&self) -> Result<()> {
        match self.check_schema().await {
            Err(StoreError::NotInitialized) if !self.options.read_only => self.make_tables().await.map(drop),
            checked => checked,
        }
    }

    async fn close(&self) {
        self.flusher.close().await;
        self.hub.close();
        for pool in [&self.db.turns, &self.db.ticks, &self.db.rest] {
            pool.close().await;
        }
    }

    fn location(&self) -> String {
        self.db.rest.connector.location()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
