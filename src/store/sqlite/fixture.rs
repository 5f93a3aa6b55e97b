//! Rows of a data set, written into tables in memory as their columns say.

use super::SqliteStore;
use super::operation::Tx;
use crate::model::time::to_micros;
use crate::store::fixture::DataSet;
use crate::store::{Options, Result, Store, StoreError};
use rusqlite::params_from_iter;
use rusqlite::types::Value as Cell;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Text columns that hold JSON: a text in them is a JSON string.
const JSON: [&str; 14] = [
    "app_info",
    "arg_schema",
    "args",
    "chain",
    "dag_structure",
    "event_body",
    "queues",
    "result",
    "run_hist",
    "stats",
    "target_args",
    "task_names",
    "wait_hist",
    "workflow_dependencies",
];

/// The columns of a table: name and type.
type Columns = HashMap<String, String>;

impl SqliteStore {
    /// A store in memory with these rows.
    pub(in crate::store) async fn of_data_set(set: DataSet) -> Result<Self> {
        // Results and keys of somebody else's making may be larger than ours.
        let store = Self::open(None, Options::default()).await?;
        store.init_db().await?;
        // A part of making the tables, as far as failing goes.
        store.write("init.answered", move |tx| write(tx, set)).await?;
        Ok(store)
    }
}

fn write(tx: &Tx<'_>, set: DataSet) -> Result<()> {
    for (table, rows) in set.tables {
        let columns = columns(tx, &table)?;
        for (number, row) in (1..).zip(rows) {
            let at = |what: String| StoreError::Database(format!("row {number} of {table}: {what}"));
            insert(tx, &table, &columns, row).map_err(at)?;
        }
    }
    Ok(())
}

fn columns(tx: &Tx<'_>, table: &str) -> Result<Columns> {
    let mut statement = tx.conn.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
    let found: Columns =
        statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    match found.is_empty() {
        true => Err(StoreError::Database(format!("the data set cannot be loaded: there is no table named {table}"))),
        false => Ok(found),
    }
}

/// One row; what is wrong with it. Names of columns come from the table itself, so that none is more than a name.
fn insert(tx: &Tx<'_>, table: &str, columns: &Columns, row: Map<String, Value>) -> Result<(), String> {
    let mut names = Vec::new();
    let mut cells = Vec::new();
    for (name, value) in row {
        let Some((name, kind)) = columns.get_key_value(&name) else {
            return Err(format!("there is no column named {name}"));
        };
        cells.push(cell(name, kind, value).map_err(|wants| format!("{name} must be {wants}"))?);
        names.push(name.as_str());
    }
    let marks = vec!["?"; names.len()].join(", ");
    let text = format!("INSERT OR REPLACE INTO {table} ({}) VALUES ({marks})", names.join(", "));
    tx.conn.execute(&text, params_from_iter(cells)).map(drop).map_err(|error| error.to_string())
}

/// A value as a column of this name and type holds it; what it must be, where it is something else.
fn cell(name: &str, kind: &str, value: Value) -> Result<Cell, &'static str> {
    match (kind, value) {
        (_, Value::Null) => Ok(Cell::Null),
        ("TEXT", value) if JSON.contains(&name) => Ok(Cell::Text(value.to_string())),
        ("TEXT", Value::String(text)) => Ok(Cell::Text(text)),
        ("TEXT", _) => Err("a text"),
        ("BLOB", Value::String(text)) => {
            text.parse::<uuid::Uuid>().map(|id| Cell::Blob(id.as_bytes().to_vec())).map_err(|_| "a UUID")
        }
        ("BLOB", _) => Err("a UUID"),
        ("REAL", Value::Number(number)) => number.as_f64().map(Cell::Real).ok_or("a number"),
        ("REAL", _) => Err("a number"),
        (_, Value::Bool(is)) => Ok(Cell::Integer(is.into())),
        (_, Value::Number(number)) => number.as_i64().map(Cell::Integer).ok_or("a whole number"),
        (_, Value::String(time)) => {
            let time =
                chrono::DateTime::parse_from_rfc3339(&time).map_err(|_| "a whole number, or a time of RFC 3339")?;
            Ok(Cell::Integer(to_micros(time.to_utc())))
        }
        _ => Err("a whole number, or a time of RFC 3339"),
    }
}
