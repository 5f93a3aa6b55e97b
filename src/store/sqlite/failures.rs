//! Why attempts failed.

use super::cached::Cached;
use crate::model::{AttemptId, TaskError, bounds};
use crate::store::Result;
use crate::store::sql::statements;
use rusqlite::Connection;

statements! {
    ERROR = "INSERT INTO hyrex_task_error (attempt_id, kind, message, chain, place, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (attempt_id) DO NOTHING";
}

/// Keeps why an attempt failed.
pub(super) fn keep(conn: &Connection, attempt: AttemptId, error: &TaskError, now: i64) -> Result<()> {
    let clean = bounds::without_nul;
    let chain: Vec<_> = error.chain.iter().map(|cause| clean(cause)).collect();
    let chain = serde_json::Value::from(chain).to_string();
    let place = error.place.as_deref().map(clean);
    conn.run(&ERROR, (attempt, clean(&error.kind), clean(&error.message), chain, place, now)).map(drop)
}

/// An error of a kind of ours.
pub(super) fn of_ours(kind: &str, message: String) -> TaskError {
    TaskError { kind: kind.into(), message, ..TaskError::default() }
}
