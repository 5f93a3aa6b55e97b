//! Data sets: a database's rows in a file, frozen in time, for the monitor (`hyrex tui --fixture`), its tests and its
//! pictures. They are loaded into a store of their own in memory; nothing else is touched.
//!
//! A data set is JSON: `{"about": TEXT, "now": TIME, "tables": {NAME: [ROW, …]}}`, a row an object with a column a key, as
//! the tables in `migrations/` call them; columns that are not given are null. Ids are written as UUIDs, times as in
//! RFC 3339, columns that hold JSON as that JSON. In place of a text, `{"$repeat": {"text": T, "times": N}}` is that text
//! N times.

use super::{Result, SharedStore, StoreError};
use crate::model::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The data sets that come with the program: name and text.
const OWN: &[(&str, &str)] = &[("webshop", include_str!("../../fixtures/webshop.json"))];

/// A data set that was loaded.
pub struct Fixture {
    /// Holds it.
    pub store: SharedStore,
    /// The time at which it stands still.
    pub now: Timestamp,
    /// What it is.
    pub about: String,
}

/// A data set as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataSet {
    #[serde(default)]
    about: String,
    now: Timestamp,
    pub(crate) tables: BTreeMap<String, Vec<Map<String, Value>>>,
}

/// The names of the data sets that come with the program.
pub fn names() -> Vec<&'static str> {
    OWN.iter().map(|(name, _)| *name).collect()
}

/// The data set of this name that comes with the program.
pub fn named(name: &str) -> Option<&'static str> {
    OWN.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

/// Loads a data set.
///
/// # Errors
/// [`StoreError::Database`] with what of it cannot be read, and where.
pub async fn open_fixture(text: &str) -> Result<Fixture> {
    let mut set: DataSet = serde_json::from_str(text)
        .map_err(|error| StoreError::Database(format!("the data set cannot be read: {error}")))?;
    set.tables.values_mut().flatten().flat_map(|row| row.values_mut()).for_each(repeat);
    let (now, about) = (set.now, std::mem::take(&mut set.about));
    let store = super::sqlite::SqliteStore::of_data_set(set).await?;
    Ok(Fixture { store: std::sync::Arc::new(store), now, about })
}

/// Puts texts that are written short in their place.
fn repeat(value: &mut Value) {
    let short = value.get("$repeat").and_then(|repeat| {
        let times = usize::try_from(repeat.get("times")?.as_u64()?).ok()?.min(16 << 20);
        Some(repeat.get("text")?.as_str()?.repeat(times))
    });
    match (short, &mut *value) {
        (Some(text), _) => *value = Value::String(text),
        (None, Value::Array(values)) => values.iter_mut().for_each(repeat),
        (None, Value::Object(values)) => values.values_mut().for_each(repeat),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn mistake(text: &str) -> String {
        open_fixture(text).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn the_webshop_is_as_python_left_it() {
        let shop = open_fixture(named("webshop").unwrap()).await.unwrap();
        assert_eq!(shop.now.to_rfc3339(), "2026-11-23T02:36:30+00:00");
        let executors = shop.store.executors(100, Some(shop.now)).await.unwrap();
        assert_eq!(executors.len(), 9);
        let workflows = shop.store.workflow_defs().await.unwrap();
        assert_eq!(workflows.len(), 2);
        let big = shop.store.kv_get("big").await.unwrap().unwrap();
        assert!(big.len() > 10_000 && big.bytes().all(|byte| byte == b'x'));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_named() {
        let set = |tables: &str| format!(r#"{{"now": "2026-01-01T00:00:00Z", "tables": {tables}}}"#);
        let missing = mistake(r#"{"tables": {}}"#).await;
        assert!(missing.contains("missing field `now`"), "{missing}");
        let table = mistake(&set(r#"{"nothing": []}"#)).await;
        assert!(table.contains("no table named nothing"), "{table}");
        let column = mistake(&set(r#"{"hyrex_kv": [{"key": "a", "worth": "b"}]}"#)).await;
        assert!(column.contains("row 1 of hyrex_kv") && column.contains("no column named worth"), "{column}");
        let id = mistake(&set(r#"{"hyrex_task_run": [{"id": "x"}]}"#)).await;
        assert!(id.contains("row 1 of hyrex_task_run: id") && id.contains("UUID"), "{id}");
        let kind = mistake(&set(r#"{"hyrex_kv": [{"key": 7}]}"#)).await;
        assert!(kind.contains("row 1 of hyrex_kv: key"), "{kind}");
        let null = mistake(&set(r#"{"hyrex_kv": [{"key": "a"}]}"#)).await;
        assert!(null.contains("row 1 of hyrex_kv") && null.contains("hyrex_kv.value"), "{null}");
    }

    #[test]
    fn a_text_may_be_written_short() {
        let mut value = serde_json::json!({"a": [{"$repeat": {"text": "ab", "times": 3}}]});
        repeat(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["ababab"]}));
    }
}
