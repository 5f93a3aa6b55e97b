//! On PostgreSQL: schemas of the benchmark's own in the database that was named, reached by the search path alone, with
//! a channel of their own, so that nobody who works in the same database is woken.

mod bare;
mod copy;
mod fill;
mod pick_up;
mod schema;

pub use schema::Schema;

use super::clock::postgres_parent;
use super::error::{BenchError, Result, said};
use super::place::{Database, Opening, Place, Tables, Which};
use crate::store::{StoreUrl, masked};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Settings of the server that decide about speed.
const SETTINGS: [&str; 9] = [
    "synchronous_commit",
    "fsync",
    "full_page_writes",
    "autovacuum",
    "shared_buffers",
    "max_wal_size",
    "wal_level",
    "max_connections",
    "jit",
];

/// A database in which the benchmark may make schemas.
pub struct Pg {
    url: url::Url,
    name: String,
    made: AtomicBool,
}

impl Pg {
    /// In the database that `url` names. Nothing is made yet.
    ///
    /// # Errors
    /// When the URL is none of PostgreSQL's, or leads through a pooler.
    pub fn new(url: &str) -> Result<Self> {
        let StoreUrl::Postgres { url, pgbouncer } = StoreUrl::parse(url)? else {
            return said("the URL names no PostgreSQL database");
        };
        if pgbouncer {
            return said("a schema of its own cannot be reached through PgBouncer: give the URL of the server itself");
        }
        let url = url::Url::parse(&url)
            .map_err(|error| BenchError::Said(format!("the URL {} cannot be read: {error}", masked(&url))))?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self { url, name: format!("hyrex_bench_{}", &id[..8]), made: AtomicBool::new(false) })
    }

    fn schemas(&self) -> [String; 2] {
        [self.name.clone(), format!("{}_b", self.name)]
    }

    fn opening(&self, schema: &str) -> Opening {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("options[search_path]", schema);
        Opening { url: url.to_string(), name: self.name.clone() }
    }

    async fn admin(&self) -> Result<PgConnection> {
        // Not the name of the others: those are told to go at the end.
        connect(self.url.as_str(), "hyrex bench").await
    }

    /// An empty schema.
    pub async fn schema(&self, which: Which) -> Result<Schema> {
        let [first, second] = self.schemas();
        let name = if which == Which::First { first } else { second };
        let mut admin = self.admin().await?;
        self.made.store(true, Ordering::Relaxed);
        admin.execute(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {name}"))).await?;
        Schema::prepare(self.opening(&name)).await
    }

    /// The server's main process, where it runs on this machine.
    pub async fn server_process(&self) -> Result<Option<u32>> {
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut self.admin().await?).await?;
        Ok(u32::try_from(pid).ok().and_then(postgres_parent))
    }
}

/// A connection of its own.
async fn connect(url: &str, name: &str) -> Result<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.application_name(name).disable_statement_logging().connect().await?)
}

#[async_trait::async_trait]
impl Place for Pg {
    async fn tables(&self, which: Which) -> Result<Box<dyn Tables>> {
        Ok(Box::new(self.schema(which).await?))
    }

    async fn database(&self) -> Result<Database> {
        let mut admin = self.admin().await?;
        let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut admin).await?;
        let mut settings = BTreeMap::new();
        for name in SETTINGS {
            let value = sqlx::query_scalar("SELECT current_setting($1, true)").bind(name);
            let value: Option<String> = value.fetch_one(&mut admin).await?;
            settings.extend(value.map(|value| (name.to_owned(), value)));
        }
        let number = version.split(' ').next().unwrap_or_default();
        Ok(Database { name: format!("PostgreSQL {number}"), location: masked(self.url.as_str()), settings })
    }

    async fn remove(&self) -> Result<()> {
        if !self.made.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let mut admin = self.admin().await?;
        // What was broken off may still be at work, and holds locks.
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        sqlx::query(others).bind(&self.name).execute(&mut admin).await?;
        for schema in self.schemas() {
            let dropped = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
            if let Err(error) = admin.execute(dropped).await {
                return said(format!("the schema {schema} could not be dropped ({error}): drop it by hand"));
            }
        }
        Ok(())
    }
}
