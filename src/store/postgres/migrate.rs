//! The tables: made in an empty database at once, added to one that the Python SDK made step by step.
//!
//! The row of `hyrex_schema` is written last: until it stands, the work is unfinished and is taken up again. Every
//! step can be repeated. Beside live workers no lock is waited for longer than two seconds at a time, and indexes
//! are built concurrently.

use super::adopt;
use super::connect::within;
use super::link::{Link, query};
use super::{PostgresStore, rows::get};
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use std::time::Duration;

/// The version of the tables that this program makes.
pub(super) const VERSION: i32 = 1;
/// The oldest program version that can use these tables.
const COMPATIBLE_FROM: i32 = 1;
/// Whoever changes the tables holds this advisory lock.
pub(super) const LOCK: i64 = 0x6879_7265_785f_6462;

pub(super) const TABLES: &str = include_str!("../../../migrations/postgres/0001_tables.sql");
pub(super) const INDEXES: &str = include_str!("../../../migrations/postgres/0001_indexes.sql");
/// Those that the SDK's clients call, and those that anybody may.
const FUNCTIONS: [&str; 2] = [
    include_str!("../../../migrations/postgres/0001_functions.sql"),
    include_str!("../../../migrations/postgres/0001_send.sql"),
];

statements! {
    FOUND = "select to_regclass('hyrex_task_run') is not null as runs, to_regclass('hyrex_schema') is not null as schema";
    SCHEMA = "select version, compatible_from from hyrex_schema where id = 1";
    DONE = "insert into hyrex_schema (id, version, compatible_from, own) values (1, $1, $2, $3)
        on conflict (id) do update set version = excluded.version, compatible_from = excluded.compatible_from,
            migrated_at = now() where hyrex_schema.version < excluded.version";
    HAS_FUNCTION = "select exists (select from pg_proc
        where proname = $1 and pronamespace = current_schema()::regnamespace) as found";
    LOCK_TRANSACTION = "select pg_advisory_xact_lock($1)";
}

/// What a database holds of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No table of runs.
    Nothing,
    /// The SDK's tables, without ours or with a part of them.
    Foreign,
    /// Tables of this version and the oldest program that may use them.
    Ours { version: i32, compatible_from: i32 },
}

/// Looks without changing anything.
pub(super) async fn found(link: &mut Link<'_>) -> Result<Found> {
    let row = link.one(query(FOUND.as_str())).await?;
    if !get::<bool>(&row, "runs")? {
        return Ok(Found::Nothing);
    }
    if !get::<bool>(&row, "schema")? {
        return Ok(Found::Foreign);
    }
    match link.optional(query(SCHEMA.as_str())).await? {
        None => Ok(Found::Foreign),
        Some(row) => Ok(Found::Ours { version: get(&row, "version")?, compatible_from: get(&row, "compatible_from")? }),
    }
}

/// Whether this program can use what was found.
pub(super) fn usable(found: Found) -> Result<()> {
    match found {
        Found::Nothing => Err(StoreError::NotInitialized),
        Found::Foreign => Err(StoreError::Schema(
            "the tables here lack what Hyrex adds to the Python SDK's: run `hyrex init-db`".into(),
        )),
        Found::Ours { version, .. } if version < VERSION => Err(StoreError::Schema(format!(
            "the tables are of version {version}, older than this program needs ({VERSION}): run `hyrex init-db`"
        ))),
        Found::Ours { compatible_from, .. } if compatible_from > VERSION => Err(StoreError::Schema(format!(
            "the tables need a program of schema version {compatible_from} or newer, and this one has {VERSION}: update it"
        ))),
        Found::Ours { .. } => Ok(()),
    }
}

impl PostgresStore {
    /// Makes or completes the tables; what was done, in words.
    pub(super) async fn make_tables(&self) -> Result<Vec<String>> {
        let mut link = self.db.rest.connector.connect().await?;
        let done = self.make_tables_on(&mut link).await;
        link.close().await;
        done
    }

    async fn make_tables_on(&self, link: &mut Link<'_>) -> Result<Vec<String>> {
        let limit = self.options.call_timeout;
        match within(limit, found(link)).await? {
            Found::Nothing => within(limit.max(Duration::from_secs(60)), create(link)).await,
            Found::Foreign if self.db.rest.connector.pgbouncer => Err(StoreError::Schema(
                "these tables are the Python SDK's, and cannot be added to through PgBouncer: run `hyrex init-db` once \
                 with the URL of the PostgreSQL server itself"
                    .into(),
            )),
            Found::Foreign => adopt::adopt(link).await,
            found => usable(found).map(|()| vec![format!("the tables are up to date (version {VERSION})")]),
        }
    }
}

/// All tables in one transaction; whoever comes second finds them made.
async fn create(link: &mut Link<'_>) -> Result<Vec<String>> {
    link.begin().await?;
    link.run(query(LOCK_TRANSACTION.as_str()).bind(LOCK)).await?;
    if found(link).await? != Found::Nothing {
        link.rollback().await?;
        return Ok(vec!["the tables are there: another process made them just now".into()]);
    }
    // "relation exists, skipping" is of no use to anyone.
    link.raw("SET LOCAL client_min_messages = warning".into()).await?;
    link.raw(TABLES.into()).await?;
    link.raw(INDEXES.into()).await?;
    functions(link).await?;
    done(link, true).await?;
    link.commit().await?;
    Ok(vec![format!("made the tables (version {VERSION})")])
}

/// Makes the functions that are missing; their names.
pub(super) async fn functions(link: &mut Link<'_>) -> Result<Vec<String>> {
    let mut made = Vec::new();
    for statement in FUNCTIONS.into_iter().flat_map(divide) {
        let Some(name) = function_name(&statement) else { continue };
        let row = link.one(query(HAS_FUNCTION.as_str()).bind(name.to_owned())).await?;
        if !get::<bool>(&row, "found")? {
            made.push(name.to_owned());
            link.raw(statement).await?;
        }
    }
    Ok(made)
}

fn function_name(statement: &str) -> Option<&str> {
    let rest = statement.split_once("CREATE FUNCTION ")?.1;
    rest.split_once('(').map(|(name, _)| name.trim())
}

/// Writes down that the tables are complete.
pub(super) async fn done(link: &mut Link<'_>, own: bool) -> Result<()> {
    link.run(query(DONE.as_str()).bind(VERSION).bind(COMPATIBLE_FROM).bind(own)).await?;
    Ok(())
}

/// The statements of one of our migration files: each ends in `;` at the end of a line, outside `$$`.
pub(super) fn divide(text: &str) -> Vec<String> {
    let (mut statements, mut current, mut quoted) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        if !quoted && (line.trim().is_empty() || line.starts_with("--")) && current.is_empty() {
            continue;
        }
        quoted ^= line.matches("$$").count() % 2 == 1;
        current.push_str(line);
        current.push('\n');
        let ends = line.trim_end().ends_with(';') || line.trim_end() == "$$";
        if ends && !quoted {
            statements.push(std::mem::take(&mut current));
        }
    }
    statements.retain(|statement| statement.trim() != ";");
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migration_files_divide_into_whole_statements() {
        assert!(
            divide(TABLES).iter().all(|s| ["DO $$", "CREATE TABLE", "ALTER TABLE"].iter().any(|p| s.starts_with(p)))
        );
        assert!(divide(INDEXES).iter().all(|s| s.starts_with("CREATE ") && s.contains(" INDEX IF NOT EXISTS ")));
        let functions: Vec<_> = FUNCTIONS.into_iter().flat_map(divide).collect();
        let names: Vec<_> = functions.iter().filter_map(|s| function_name(s)).collect();
        assert_eq!((names.len(), names.last()), (11, Some(&"hyrex_send")), "{names:?}");
    }
}
