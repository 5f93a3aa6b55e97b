//! `kv`: the key-value store.

use super::args::KvCommand;
use super::error::{CliError, Doing};
use super::session::{Access, Session};
use super::table::{Cell, Column, Table};
use super::{clean, human};
use crate::model::{Timestamp, bounds};
use crate::store::{KvQuery, KvRow, KvWrite, SharedStore};
use serde::Serialize;
use std::io::Read;

/// Most rows that a store gives at once.
const PAGE: u32 = 1_000;
/// Characters of a value that the table has room for.
const PREVIEW: u32 = 200;

const COLUMNS: [Column; 4] = [
    Column::new("KEY", 16),
    Column::new("VALUE", 12),
    Column::new("SIZE", 4).right().rank(2),
    Column::new("WRITTEN", 8).right().rank(1),
];

#[derive(Serialize)]
struct Value<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Written<'a> {
    key: &'a str,
    size: usize,
}

#[derive(Serialize)]
struct Deleted<'a> {
    key: &'a str,
    deleted: bool,
}

/// Runs `hyrex kv …`.
pub(crate) async fn run(command: KvCommand, session: &mut Session) -> Result<(), CliError> {
    match command {
        KvCommand::Get { key, raw } => get(session, &key, raw).await,
        KvCommand::Set { key, value } => set(session, &key, value).await,
        KvCommand::Delete { key } => delete(session, &key).await,
        KvCommand::List { prefix, limit, after } => list(session, prefix, limit, after).await,
    }
}

async fn get(session: &mut Session, key: &str, raw: bool) -> Result<(), CliError> {
    bounds::key("key", key)?;
    let store = session.open(Access::Read).await?;
    let value = store.kv_get(key).await.doing("read the key");
    store.close().await;
    let value = value?.ok_or_else(|| CliError::NoKey(key.to_owned()))?;
    session.answer(&Value { key, value: &value }, |screen| match raw || !screen.terminal {
        true => value.clone(),
        false => format!("{}\n", clean::block(&value)),
    })
}

async fn set(session: &mut Session, key: &str, value: String) -> Result<(), CliError> {
    bounds::key("key", key)?;
    let value = if value == "-" { from_stdin(session)? } else { value };
    bounds::text_within("value", &value, bounds::MAX_KV_VALUE)?;
    let store = session.open(Access::Act).await?;
    let size = value.len();
    let written = store.kv_write(write(session, key, Some(value))).await.doing("write the key");
    store.close().await;
    written?;
    session.answer(&Written { key, size }, |_| format!("{}: {} written\n", clean::line(key), human::size(size)))
}

/// All of standard input, read no further than a value may be long.
fn from_stdin(session: &mut Session) -> Result<String, CliError> {
    let failed = |why: String| CliError::Input { what: "the value from standard input".into(), why };
    let mut bytes = Vec::new();
    let mut bounded = (&mut session.world.stdin).take(bounds::MAX_KV_VALUE as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() > bounds::MAX_KV_VALUE {
        return Err(failed(format!("it is longer than the {} bytes that a value may have", bounds::MAX_KV_VALUE)));
    }
    String::from_utf8(bytes).map_err(|error| {
        failed(format!("it is not UTF-8 at byte {}; values are text", error.utf8_error().valid_up_to()))
    })
}

async fn delete(session: &mut Session, key: &str) -> Result<(), CliError> {
    bounds::key("key", key)?;
    let store = session.open(Access::Act).await?;
    let deleted = remove(session, &store, key).await;
    store.close().await;
    let deleted = deleted?;
    session.answer(&Deleted { key, deleted }, |_| match deleted {
        true => format!("{}: removed\n", clean::line(key)),
        false => format!("{}: was not there\n", clean::line(key)),
    })
}

/// Removes a key; whether it was there a moment before.
async fn remove(session: &Session, store: &SharedStore, key: &str) -> Result<bool, CliError> {
    let stood = store.kv_get(key).await.doing("read the key")?.is_some();
    if stood {
        store.kv_write(write(session, key, None)).await.doing("remove the key")?;
    }
    Ok(stood)
}

fn write(session: &Session, key: &str, value: Option<String>) -> KvWrite {
    KvWrite { key: key.to_owned(), value, expect: None, actor: session.actor(), now: None }
}

async fn list(session: &mut Session, prefix: String, limit: u32, after: Option<String>) -> Result<(), CliError> {
    bounds::text_within("prefix", &prefix, bounds::MAX_KEY)?;
    let store = session.open(Access::Read).await?;
    // Whole for scripts: no value is longer.
    let preview = if session.json() { bounds::MAX_KV_VALUE as u32 } else { PREVIEW };
    let found = rows(&store, prefix, limit, after, preview).await;
    store.close().await;
    let (rows, more, now) = found?;
    session.answer(&rows, |screen| match rows.as_slice() {
        [] => "no such keys\n".into(),
        rows => table(rows, now).render(screen.width, screen.colours),
    })?;
    if let (true, Some(last)) = (more, rows.last()) {
        session.note(&format!("there are more keys: go on with --after '{}'", last.key));
    }
    Ok(())
}

async fn rows(
    store: &SharedStore,
    prefix: String,
    limit: u32,
    mut after: Option<String>,
    preview: u32,
) -> Result<(Vec<KvRow>, bool, Timestamp), CliError> {
    let mut rows = Vec::new();
    loop {
        let wanted = (limit - rows.len() as u32).min(PAGE);
        let query = KvQuery { prefix: prefix.clone(), after, limit: wanted, preview };
        let page = store.kv_list(query).await.doing("list keys")?;
        rows.extend(page.items);
        after = page.next;
        if after.is_none() || rows.len() as u32 >= limit {
            let now = store.now().await.doing("list keys")?;
            return Ok((rows, after.is_some(), now));
        }
    }
}

fn table(rows: &[KvRow], now: Timestamp) -> Table {
    let mut table = Table::new(&COLUMNS);
    for row in rows {
        table.row(vec![
            Cell::new(&row.key),
            Cell::new(&row.value),
            Cell::new(human::size(row.size as usize)),
            Cell::new(human::ago(row.written, now)),
        ]);
    }
    table
}
