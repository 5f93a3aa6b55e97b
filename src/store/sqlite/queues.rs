//! What is set for queues: limits and pauses; and the log of who set it.

use super::cached::Cached;
use super::operation::Tx;
use super::{lanes, rows};
use crate::model::bounds;
use crate::store::sql::statements;
use crate::store::{Actor, Limit, QueueSettings, Result, SetLimit, SetPause};
use rusqlite::{Connection, Row};
use serde_json::Value;
use std::borrow::Cow;

/// The limit that counts: the operator's word, where there is one.
pub(super) const LIMIT: &str = "CASE WHEN operator_set THEN operator_limit ELSE app_limit END";

/// `SELECT` with the columns that [`read`] reads.
fn select(rest: &str) -> String {
    format!("SELECT name, {LIMIT}, app_limit, operator_set, limit_by, paused_at, paused_by FROM hyrex_queue {rest}")
}

statements! {
    DECLARE = "INSERT INTO hyrex_queue (name, app_limit, created_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET app_limit = excluded.app_limit WHERE app_limit IS NOT excluded.app_limit";
    SET_LIMIT = "INSERT INTO hyrex_queue (name, operator_limit, operator_set, limit_by, limit_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5)
        ON CONFLICT (name) DO UPDATE SET operator_limit = excluded.operator_limit,
            operator_set = excluded.operator_set, limit_by = excluded.limit_by, limit_at = excluded.limit_at";
    PAUSE = "INSERT INTO hyrex_queue (name, paused_at, paused_by, created_at) VALUES (?1, ?2, ?3, ?2)
        ON CONFLICT (name) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by
        WHERE paused_at IS NULL";
    RESUME = "INSERT INTO hyrex_queue (name, created_at) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET paused_at = NULL, paused_by = NULL";
    ONE = &select("WHERE name = ?1");
    SET = &select(&format!("WHERE {LIMIT} IS NOT NULL OR paused_at IS NOT NULL ORDER BY name"));
    EVENT = "INSERT INTO hyrex_system_logs (id, timestamp, event_name, event_body) VALUES (?1, ?2, ?3, ?4)";
}

fn read(row: &Row<'_>) -> rusqlite::Result<QueueSettings> {
    Ok(QueueSettings {
        name: row.get(0)?,
        concurrency_limit: row.get(1)?,
        app_limit: row.get(2)?,
        limit_by_operator: row.get(3)?,
        limit_by: row.get(4)?,
        paused_at: rows::time(row, 5)?,
        paused_by: row.get(6)?,
    })
}

/// What stands for one queue.
pub(super) fn settings(conn: &Connection, queue: &str) -> Result<QueueSettings> {
    let none = || QueueSettings {
        name: queue.to_owned(),
        concurrency_limit: None,
        app_limit: None,
        limit_by_operator: false,
        limit_by: None,
        paused_at: None,
        paused_by: None,
    };
    Ok(conn.one(&ONE, [queue], read)?.unwrap_or_else(none))
}

/// All queues with a limit or a pause.
pub(super) fn with_settings(conn: &Connection) -> Result<Vec<QueueSettings>> {
    conn.all(&SET, [], read)
}

/// Makes a queue's row, with the application's limit where no operator set one.
pub(super) fn declare(tx: &mut Tx<'_>, queue: &str, limit: Option<u32>) -> Result<()> {
    bounds::name("queue name", queue)?;
    if tx.conn.run(&DECLARE, (queue, limit, rows::micros(None)))? > 0 {
        changed(tx, queue)?;
    }
    Ok(())
}

/// Sets or lifts a limit.
pub(super) fn set_limit(tx: &mut Tx<'_>, set: &SetLimit) -> Result<QueueSettings> {
    bounds::name("queue name", &set.queue)?;
    let now = rows::micros(set.now);
    let (limit, by_operator) = match set.limit {
        Limit::At(limit) => (Some(limit.min(i32::MAX as u32)), true),
        Limit::Unlimited => (None, true),
        Limit::Application => (None, false),
    };
    let by = by_operator.then_some(&set.actor.user);
    tx.conn.run(&SET_LIMIT, (&set.queue, limit, by_operator, by, now))?;
    let stands = settings(tx.conn, &set.queue)?;
    let what = serde_json::json!({ "queue": set.queue, "limit": shown(set.limit), "outcome": stands });
    log_event(tx.conn, "queue_limit", &set.actor, what, now)?;
    changed(tx, &set.queue)?;
    Ok(stands)
}

fn shown(limit: Limit) -> Value {
    match limit {
        Limit::At(limit) => limit.into(),
        Limit::Unlimited => "unlimited".into(),
        Limit::Application => "application".into(),
    }
}

/// Pauses or resumes.
pub(super) fn set_pause(tx: &mut Tx<'_>, set: &SetPause) -> Result<QueueSettings> {
    bounds::name("queue name", &set.queue)?;
    let now = rows::micros(set.now);
    if set.paused {
        tx.conn.run(&PAUSE, (&set.queue, now, &set.actor.user))?;
    } else {
        tx.conn.run(&RESUME, (&set.queue, now))?;
    }
    let stands = settings(tx.conn, &set.queue)?;
    let event = if set.paused { "queue_pause" } else { "queue_resume" };
    log_event(tx.conn, event, &set.actor, serde_json::json!({ "queue": set.queue, "outcome": stands }), now)?;
    changed(tx, &set.queue)?;
    Ok(stands)
}

/// What stands in the queue may be claimed now, or no more.
fn changed(tx: &mut Tx<'_>, queue: &str) -> Result<()> {
    tx.signs.something = true;
    tx.signs.lanes.extend(lanes::of_queue(tx.conn, queue)?);
    Ok(())
}

/// Writes who did what with what outcome.
pub(super) fn log_event(conn: &Connection, name: &str, actor: &Actor, mut what: Value, now: i64) -> Result<()> {
    what["actor"] = serde_json::json!({ "user": actor.user, "host": actor.host });
    system_log(conn, name, &what.to_string(), now)
}

/// Writes a system event; a body that is no JSON is kept as a JSON text.
pub(super) fn system_log(conn: &Connection, name: &str, body: &str, now: i64) -> Result<()> {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
    let body = if is_json { Cow::Borrowed(body) } else { Value::from(body).to_string().into() };
    conn.run(&EVENT, (uuid::Uuid::now_v7(), now, name, body)).map(drop)
}
