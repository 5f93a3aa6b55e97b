//! Bare loops on SQLite: prepared statements on one connection.

use super::File;
use crate::cli::bench::error::Result;
use crate::cli::bench::place::Until;
use crate::cli::bench::rows::{ARGS, QUEUE, RESULT, TASK};
use crate::store::sql::statements;
use rusqlite::{Connection, TransactionBehavior, params};
use std::time::Instant;
use uuid::Uuid;

statements! {
    INSERT = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority,
            status, attempt_number, scheduled_start, queued)
        VALUES (?1, ?1, ?1, ?2, ?3, ?4, 0, 5, {QUEUED}, 0, ?5, ?5)";
    CLAIM = "UPDATE hyrex_task_run SET status = {RUNNING}, executor_id = ?1, started = ?2
        WHERE rowid IN (SELECT rowid FROM hyrex_task_run WHERE status = {QUEUED} AND queue = ?3 AND task_name = ?4
            ORDER BY priority DESC, queued, id LIMIT ?5)
        RETURNING id, task_name, args";
    COMPLETE = "UPDATE hyrex_task_run SET status = {SUCCESS}, finished = ?3
        WHERE id = ?1 AND executor_id = ?2 AND +status IN {held}";
    KEEP = "INSERT INTO hyrex_task_result (task_id, result, created_at) VALUES (?1, ?2, ?3)";
}

/// One row a transaction; rows a second.
pub(super) fn insert(file: &File, until: Until) -> Result<f64> {
    let connection = file.connect()?;
    insert_one(&connection, Uuid::now_v7())?;
    let (start, until, mut count) = (Instant::now(), until.each_of(1), 0);
    while until.goes_on(count) {
        insert_one(&connection, Uuid::now_v7())?;
        count += 1;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

pub(super) fn insert_one(connection: &Connection, id: Uuid) -> Result<()> {
    let now = chrono::Utc::now().timestamp_micros();
    let mut insert = connection.prepare_cached(INSERT.as_str())?;
    insert.execute(params![id.as_bytes(), TASK, ARGS, QUEUE, now])?;
    Ok(())
}

/// `count` rows, 1,000 a transaction; rows a second.
pub(super) fn bulk(file: &File, count: usize) -> Result<f64> {
    let mut connection = file.connect()?;
    let start = Instant::now();
    for from in (0..count).step_by(1_000) {
        let transaction = connection.transaction()?;
        for _ in from..count.min(from + 1_000) {
            insert_one(&transaction, Uuid::now_v7())?;
        }
        transaction.commit()?;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Drains the queue: each transaction settles the last batch and claims the next; runs, and runs a second.
pub(super) fn drain(file: &File, batch: usize) -> Result<(usize, f64)> {
    let mut connection = file.connect()?;
    let (executor, start) = (Uuid::now_v7(), Instant::now());
    let (mut held, mut settled) = (Vec::new(), 0);
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        settled += settle(&transaction, executor, &held)?;
        held = claim(&transaction, executor, batch)?;
        transaction.commit()?;
        if held.is_empty() {
            return Ok((settled, settled as f64 / start.elapsed().as_secs_f64()));
        }
    }
}

fn settle(connection: &Connection, executor: Uuid, held: &[[u8; 16]]) -> Result<usize> {
    let now = chrono::Utc::now().timestamp_micros();
    let mut complete = connection.prepare_cached(COMPLETE.as_str())?;
    let mut keep = connection.prepare_cached(KEEP.as_str())?;
    let mut settled = 0;
    for id in held {
        if complete.execute(params![id, executor.as_bytes(), now])? == 1 {
            settled += keep.execute(params![id, RESULT, now])?;
        }
    }
    Ok(settled)
}

/// Claims at most `most` runs; their ids.
pub(super) fn claim(connection: &Connection, executor: Uuid, most: usize) -> Result<Vec<[u8; 16]>> {
    let now = chrono::Utc::now().timestamp_micros();
    let mut claim = connection.prepare_cached(CLAIM.as_str())?;
    let rows = claim.query_map(params![executor.as_bytes(), now, QUEUE, TASK, most as i64], |row| {
        let (_task, _args): (String, String) = (row.get(1)?, row.get(2)?);
        row.get(0)
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
