//! Adding our columns, tables and indexes to a database that the Python SDK made, while its workers go on.

use super::link::{Link, query};
use super::migrate::{INDEXES, LOCK, TABLES, VERSION, divide, done, functions};
use super::rows::get;
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use std::time::Duration;

/// How often a step that could not get its lock is tried again.
const TRIES: u32 = 60;
/// The index that runs with two rows for one attempt make impossible.
const UNIQUE_ATTEMPT: &str = "hyrex_task_run_attempt";

statements! {
    TRY_LOCK = "select pg_try_advisory_lock($1) as got";
    UNLOCK = "select pg_advisory_unlock($1)";
    INDEX_VALID = "select i.indisvalid as valid from pg_index i where i.indexrelid = to_regclass($1)";
}

/// Adds what is missing; what was done, in words.
pub(super) async fn adopt(link: &mut Link<'_>) -> Result<Vec<String>> {
    lock(link).await?;
    // What is waited for is a lock, and that has a limit of its own; building an index may take as long as it takes.
    link.raw("SET client_min_messages = warning; SET lock_timeout = '2s'; SET statement_timeout = 0".into()).await?;
    let mut said = vec![add_tables(link).await?];
    said.extend(add_indexes(link).await?);
    let made = functions(link).await?;
    if !made.is_empty() {
        said.push(format!("made the functions {}", made.join(", ")));
    }
    done(link, false).await?;
    said.push(format!("the tables are complete (version {VERSION})"));
    link.run(query(UNLOCK.as_str()).bind(LOCK)).await?;
    Ok(said)
}

/// Asks for the lock again and again rather than waiting in it: a statement that waits holds a snapshot, for which
/// a concurrent index build of the other process would wait in turn.
async fn lock(link: &mut Link<'_>) -> Result<()> {
    for _ in 0..TRIES * 5 {
        let row = link.one(query(TRY_LOCK.as_str()).bind(LOCK)).await?;
        if get::<bool>(&row, "got")? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(StoreError::Unavailable("another process is changing the tables: try again when it has finished".into()))
}

async fn add_tables(link: &mut Link<'_>) -> Result<String> {
    for statement in divide(TABLES) {
        step(link, statement).await?;
    }
    Ok("added Hyrex's columns and tables".into())
}

/// One statement under the short lock limit, again while others hold what it needs.
async fn step(link: &mut Link<'_>, statement: String) -> Result<()> {
    let mut last = None;
    for tried in 0..TRIES {
        match link.raw(statement.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) if link.lock_was_held() => last = Some(error),
            Err(error) => return Err(error),
        }
        // Whoever queued behind us meanwhile gets his turn.
        tokio::time::sleep(Duration::from_millis(100 + 50 * u64::from(tried.min(20)))).await;
    }
    let what = statement.lines().next().unwrap_or_default();
    let why = last.map(|error| error.to_string()).unwrap_or_default();
    Err(StoreError::Unavailable(format!("'{what}' found its table locked each time: try again ({why})")))
}

async fn add_indexes(link: &mut Link<'_>) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for (name, statement) in adopted_indexes() {
        if index_is_valid(link, &name).await? == Some(true) {
            continue;
        }
        link.raw("SET lock_timeout = 0".into()).await?;
        said.push(build(link, &name, &statement).await?);
        link.raw("SET lock_timeout = '2s'".into()).await?;
    }
    Ok(said)
}

/// Builds one index concurrently, in place of an invalid one that a build cut short left behind.
async fn build(link: &mut Link<'_>, name: &str, statement: &str) -> Result<String> {
    drop_invalid(link, name).await?;
    match link.raw(statement.to_owned()).await {
        Ok(()) => Ok(format!("built the index {name}")),
        Err(_) if name == UNIQUE_ATTEMPT && link.met_duplicates() => {
            drop_invalid(link, name).await?;
            link.raw(statement.replace("CREATE UNIQUE INDEX", "CREATE INDEX")).await?;
            Ok(format!(
                "built the index {name}, but not unique: some runs have two rows for one attempt, made before now; \
                 Hyrex itself makes none"
            ))
        }
        Err(error) => Err(error),
    }
}

async fn drop_invalid(link: &mut Link<'_>, name: &str) -> Result<()> {
    if index_is_valid(link, name).await? == Some(false) {
        link.raw(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
    }
    Ok(())
}

async fn index_is_valid(link: &mut Link<'_>, name: &str) -> Result<Option<bool>> {
    let row = link.optional(query(INDEX_VALID.as_str()).bind(name.to_owned())).await?;
    row.map(|row| get(&row, "valid")).transpose()
}

/// The index set under the names that it has beside the SDK's, as concurrent builds.
fn adopted_indexes() -> Vec<(String, String)> {
    let mut indexes = Vec::new();
    let mut other_name = None;
    for line in INDEXES.lines().map(|line| format!("{line}\n")) {
        if let Some(name) = line.strip_prefix("-- adopted: ") {
            other_name = Some(name.trim().to_owned());
        } else if line.starts_with("CREATE ") {
            indexes.push((other_name.take(), line));
        } else if let Some((_, statement)) = indexes.last_mut().filter(|_| line.starts_with(' ')) {
            statement.push_str(&line);
        }
    }
    indexes.into_iter().filter_map(|(name, statement)| concurrent(name, &statement)).collect()
}

/// A statement of the migration file as a concurrent build, under `name` or its own.
fn concurrent(name: Option<String>, statement: &str) -> Option<(String, String)> {
    let (head, tail) = statement.split_once("IF NOT EXISTS ")?;
    let (own, tail) = tail.split_once(char::is_whitespace)?;
    let name = name.unwrap_or_else(|| own.to_owned());
    Some((name.clone(), format!("{head}CONCURRENTLY {name} {}", tail.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adopted_indexes_are_built_concurrently_under_their_own_names() {
        let indexes = adopted_indexes();
        assert_eq!(indexes.len(), INDEXES.lines().filter(|line| line.starts_with("CREATE ")).count());
        assert_eq!(indexes.len(), divide(INDEXES).len());
        for (name, statement) in indexes {
            assert!(statement.contains(&format!("INDEX CONCURRENTLY {name} ON hyrex_")), "{statement}");
            assert!(statement.ends_with(';') && statement.matches(';').count() == 1, "{statement}");
            assert!(!name.starts_with("ix_") && !name.starts_with("idx_") || name.ends_with("_key"), "{name}");
        }
    }
}
