//! The rows of all runs, past the store, held against the model: after each operation.

use super::flows::Flow;
use crate::model::book::{Attempt, Book, Key};
use crate::model::player::{Verdict, same};
use crate::support::{Kind, TestStore};
use hyrex::model::{TaskStatus, Timestamp, time};
use std::fmt::Debug;
use std::str::FromStr;

/// How this store writes an id, and a time, as text.
fn id(kind: Kind, column: &str) -> String {
    match kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => format!("coalesce(nullif(lower(hex({column})), ''), '-')"),
        #[cfg(feature = "postgres")]
        Kind::Postgres => format!("coalesce(replace({column}::text, '-', ''), '-')"),
    }
}

fn micros(kind: Kind, column: &str) -> String {
    match kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => format!("coalesce({column}, 0)"),
        #[cfg(feature = "postgres")]
        Kind::Postgres => format!("coalesce((extract(epoch from {column}) * 1000000)::bigint, 0)"),
    }
}

/// The words of a row.
struct Row<'t> {
    what: &'t str,
    words: std::str::SplitAsciiWhitespace<'t>,
}

impl<'t> Row<'t> {
    fn new(what: &'t str, text: &'t str) -> Self {
        Self { what, words: text.split_ascii_whitespace() }
    }

    fn is(&mut self, name: &str, expected: impl AsRef<str>) -> Verdict {
        let seen = self.words.next().unwrap_or_default();
        same_of(self.what, name, seen, expected.as_ref())
    }

    fn number<N: FromStr>(&mut self) -> Verdict<N> {
        let word = self.words.next().unwrap_or_default();
        word.parse().map_err(|_| format!("{}: no number: {word:?}", self.what))
    }

    /// A number, where the row says one: -1 is none.
    fn counts(&mut self, name: &str, expected: usize) -> Verdict<bool> {
        let seen: i64 = self.number()?;
        if seen >= 0 {
            same_of(self.what, name, seen, expected as i64)?;
        }
        Ok(seen >= 0)
    }
}

fn same_of<T: PartialEq + Debug>(what: &str, name: &str, store: T, model: T) -> Verdict {
    if store == model { Ok(()) } else { same(&format!("{what}: {name}"), store, model) }
}

/// All rows of runs and of workflows' runs.
pub async fn all(s: &TestStore, book: &mut Book) -> Verdict {
    flows(s, book).await?;
    attempts(s, book).await
}

async fn attempts(s: &TestStore, book: &Book) -> Verdict {
    let sql = format!(
        "SELECT {} || ' ' || CAST(status AS text) || ' ' || max_retries || ' ' || {} || ' ' || {} || ' '
            || coalesce(claim_number, 0) || ' ' || CASE WHEN cancel_subtree THEN 1 ELSE 0 END || ' ' || coalesce(deps_left, -1)
        FROM hyrex_task_run ORDER BY durable_id, attempt_number",
        id(s.kind, "durable_id"),
        id(s.kind, "id"),
        id(s.kind, "executor_id"),
    );
    let rows = s.raw.texts(&sql).await;
    let keys = book.all();
    same("rows: how many attempts", rows.len(), keys.len())?;
    for (row, key) in rows.iter().zip(keys) {
        attempt(book, key, row.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

fn attempt(book: &Book, key: Key, text: &str) -> Verdict {
    let stands: &Attempt = book.attempt(key);
    let what = match book.node(key.0) {
        Some(node) => format!("attempt {} of node {} of run {}", key.1, node.name, node.flow),
        None => format!("attempt {} of task {}", key.1, key.0),
    };
    let mut row = Row::new(&what, text);
    row.is("run", key.0.0.simple().to_string())?;
    row.is("status", stands.status.as_str())?;
    let retries: i16 = row.number()?;
    same_of(&what, "retries", retries, stands.max_retries)?;
    row.is("id", stands.id.expect("an attempt that was learned").0.simple().to_string())?;
    if !stands.status.is_held() {
        return waits(book, key, &mut row);
    }
    row.is("executor", stands.executor.expect("it is held").0.simple().to_string())?;
    let (claim, subtree): (i32, u8) = (row.number()?, row.number()?);
    same_of(
        &what,
        "claim, and whether its cancel takes in the subtree",
        (claim, subtree != 0),
        (stands.claim, stands.takes_subtree),
    )
}

/// For how many others a node waits.
fn waits(book: &Book, key: Key, row: &mut Row<'_>) -> Verdict {
    let Some(node) = book.node(key.0) else { return Ok(()) };
    if book.attempt(key).status != TaskStatus::AwaitDeps {
        return Ok(());
    }
    let mut row = Row { what: row.what, words: row.words.clone() };
    row.words.nth(2);
    let is_told = row.counts("waits for", book.missing(key.0))?;
    if book.flows[node.flow].counted { same_of(row.what, "says for how many it waits", is_told, true) } else { Ok(()) }
}

async fn flows(s: &TestStore, book: &mut Book) -> Verdict {
    let sql = format!(
        "SELECT {} || ' ' || CAST(status AS text) || ' ' || coalesce(reason, '-') || ' ' || coalesce(nodes_left, -1)
            || ' ' || coalesce(ordinary_left, -1) || ' ' || coalesce(unsuccessful, -1) || ' ' || {} || ' ' || {}
        FROM hyrex_workflow_run ORDER BY id",
        id(s.kind, "id"),
        micros(s.kind, "deadline"),
        micros(s.kind, "finished"),
    );
    let rows = s.raw.texts(&sql).await;
    same("rows: how many runs of workflows", rows.len(), book.flows.len())?;
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| book.flows[*place].new.id);
    for (row, place) in rows.iter().zip(places) {
        let counted = flow(book, place, row.as_deref().unwrap_or_default())?;
        if book.flows[place].counted && !counted {
            return Err(format!("run {place}: it was counted, and its row says nothing"));
        }
        book.flows[place].counted = counted;
    }
    Ok(())
}

/// Whether the row says how many nodes are left.
fn flow(book: &Book, place: usize, text: &str) -> Verdict<bool> {
    let stands: &Flow = &book.flows[place];
    let what = format!("run {place} of a workflow");
    let mut row = Row::new(&what, text);
    row.is("id", stands.new.id.0.simple().to_string())?;
    row.is("status", stands.status.as_str())?;
    row.is("reason", stands.reason.unwrap_or("-"))?;
    let counts = book.counts(place);
    let counted = row.counts("nodes left", counts.left)?;
    row.counts("ordinary nodes left", counts.ordinary)?;
    row.counts("nodes without success", counts.unsuccessful)?;
    let micros = |time: Option<Timestamp>| time.map_or(0, time::to_micros);
    same_of(
        &what,
        "deadline, finished",
        (row.number()?, row.number()?),
        (micros(stands.deadline), micros(stands.finished)),
    )?;
    Ok(counted)
}
