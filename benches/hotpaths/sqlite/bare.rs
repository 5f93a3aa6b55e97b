//! Bare loops on SQLite: prepared statements on one connection.

use super::{File, INSERT};
use crate::clock::Watch;
use crate::measure::Figures;
use crate::rows::{ARGS, QUEUE, RESULT, TASK};
use anyhow::Result;
use rusqlite::{Connection, params};
use std::time::{Duration, Instant};
use uuid::Uuid;

const CLAIM: &str = "UPDATE hyrex_task_run SET status = 'RUNNING', executor_id = ?1, started = ?2 \
     WHERE rowid IN (SELECT rowid FROM hyrex_task_run WHERE status = 'QUEUED' AND queue = ?3 AND task_name = ?4 \
         ORDER BY priority DESC, queued, id LIMIT ?5) \
     RETURNING id, task_name, args";
const COMPLETE: &str = "UPDATE hyrex_task_run SET status = 'SUCCESS', finished = ?3 \
     WHERE id = ?1 AND executor_id = ?2 AND +status IN ('RUNNING', 'UP_FOR_CANCEL')";
const KEEP: &str = "INSERT INTO hyrex_task_result (task_id, result, created_at) VALUES (?1, ?2, ?3)";

/// One row a transaction, for so long.
pub fn insert(file: &File, seconds: f64) -> Result<Figures> {
    let connection = file.connect()?;
    let (watch, end) = (Watch::start(), Instant::now() + Duration::from_secs_f64(seconds));
    let mut count = 0;
    while Instant::now() < end {
        insert_one(&connection)?;
        count += 1;
    }
    Ok(watch.figures(count))
}

fn insert_one(connection: &Connection) -> Result<()> {
    let now = chrono::Utc::now().timestamp_micros();
    let mut insert = connection.prepare_cached(INSERT)?;
    insert.execute(params![Uuid::now_v7().as_bytes(), TASK, ARGS, QUEUE, 5, now])?;
    Ok(())
}

/// `count` rows, 1,000 a transaction.
pub fn bulk(file: &File, count: usize) -> Result<Figures> {
    let mut connection = file.connect()?;
    let watch = Watch::start();
    for from in (0..count).step_by(1000) {
        let transaction = connection.transaction()?;
        for _ in from..count.min(from + 1000) {
            insert_one(&transaction)?;
        }
        transaction.commit()?;
    }
    Ok(watch.figures(count))
}

/// Drains the queue: each transaction settles the last batch and claims the next.
pub fn drain(file: &File, batch: usize) -> Result<Figures> {
    let mut connection = file.connect()?;
    let executor = Uuid::now_v7();
    let watch = Watch::start();
    let mut held = Vec::new();
    let mut settled = 0;
    loop {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        settled += settle(&transaction, executor, &held)?;
        held = claim(&transaction, executor, batch)?;
        transaction.commit()?;
        if held.is_empty() {
            break;
        }
    }
    Ok(watch.figures(settled))
}

fn settle(connection: &Connection, executor: Uuid, held: &[[u8; 16]]) -> Result<usize> {
    let now = chrono::Utc::now().timestamp_micros();
    let (mut complete, mut keep) = (connection.prepare_cached(COMPLETE)?, connection.prepare_cached(KEEP)?);
    let mut settled = 0;
    for id in held {
        if complete.execute(params![id, executor.as_bytes(), now])? == 1 {
            settled += keep.execute(params![id, RESULT, now])?;
        }
    }
    Ok(settled)
}

fn claim(connection: &Connection, executor: Uuid, batch: usize) -> Result<Vec<[u8; 16]>> {
    let now = chrono::Utc::now().timestamp_micros();
    let mut claim = connection.prepare_cached(CLAIM)?;
    let rows = claim.query_map(params![executor.as_bytes(), now, QUEUE, TASK, batch as i64], |row| {
        let (_task, _args): (String, String) = (row.get(1)?, row.get(2)?);
        row.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
