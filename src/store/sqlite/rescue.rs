//! Rescue: what an executor that is gone held goes on elsewhere.

use super::cached::Cached;
use super::complete::{self, Ending, Held};
use super::follow::follow;
use super::operation::Tx;
use super::tick::histogram;
use super::{failures, next, rows};
use crate::model::time::to_micros;
use crate::model::{AttemptId, ExecutorStatus, TaskStatus};
use crate::store::sql::statements;
use crate::store::{HIST_BUCKETS, PYTHON_SILENCE, Rescue, Rescued, Result};
use rusqlite::Connection;
use std::time::Duration;

statements! {
    FIND = "SELECT status, beat_number, last_heartbeat FROM hyrex_executor WHERE id = ?1";
    DECLARE = "UPDATE hyrex_executor SET status = {executor:LOST}, stopped = ?2 WHERE id = ?1";
    COUNT = "INSERT INTO hyrex_counter (minute, executor_id, queue, task_name, succeeded, failed, retried, canceled,
            stopped, lost, wait_us, run_us, wait_hist, run_hist)
        SELECT ?2, ?3, queue, task_name, 0, 0, 0, 0, 0, 1, 0, 0, ?4, ?4 FROM hyrex_task_run WHERE rowid = ?1
        ON CONFLICT (minute, executor_id, queue, task_name) DO UPDATE SET lost = lost + 1";
}

/// Declares an executor lost, unless it gave a sign of life, and settles what it held.
pub(super) fn rescue(tx: &mut Tx<'_>, rescue: &Rescue) -> Result<Rescued> {
    let now = rows::micros(rescue.now);
    if !declare(tx.conn, rescue, now)? {
        return Ok(Rescued::default());
    }
    tx.pass("rescue.declared")?;
    let mut rescued = Rescued { declared: true, ..Rescued::default() };
    for row in Held::all_of(tx.conn, rescue.lost)? {
        tx.signs.room = true;
        settle(tx, &row, rescue, &mut rescued, now)?;
    }
    follow(tx, now)?;
    Ok(rescued)
}

/// Whether it is lost, or not RUNNING, or unknown.
fn declare(conn: &Connection, rescue: &Rescue, now: i64) -> Result<bool> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(ExecutorStatus, Option<i64>, Option<i64>)> = conn.one(&FIND, [rescue.lost], read)?;
    match found {
        None | Some((ExecutorStatus::Lost | ExecutorStatus::Shutdown, ..)) => Ok(true),
        Some((_, beat, _)) if beat != rescue.beat_number => Ok(false),
        Some((_, None, heartbeat)) if !is_silent(heartbeat, rescue, now) => Ok(false),
        Some(_) => conn.run(&DECLARE, (rescue.lost, now)).map(|_| true),
    }
}

/// Whether an executor without a lease has been silent for as long as its own rule says.
fn is_silent(heartbeat: Option<i64>, rescue: &Rescue, now: i64) -> bool {
    let same = heartbeat == rescue.last_heartbeat.map(to_micros);
    same && heartbeat.is_none_or(|heartbeat| rows::since(heartbeat, now) >= PYTHON_SILENCE)
}

fn settle(tx: &mut Tx<'_>, row: &Held, rescue: &Rescue, rescued: &mut Rescued, now: i64) -> Result<()> {
    if row.status == TaskStatus::UpForCancel {
        complete::end(tx, row, TaskStatus::Canceled, Ending::Plain, now)?;
        rescued.canceled += 1;
        return Ok(());
    }
    let again = row.has_retries_left();
    complete::end(tx, row, TaskStatus::Lost, if again { Ending::Superseded } else { Ending::Plain }, now)?;
    let error = failures::of_ours("lost", format!("executor {} stopped giving signs of life", rescue.lost));
    failures::keep(tx.conn, row.id, &error, now)?;
    let minute = now - now.rem_euclid(60_000_000);
    tx.conn.run(&COUNT, (row.rowid, minute, rescue.observer, histogram(&[0; HIST_BUCKETS])))?;
    tx.pass("rescue.lost")?;
    rescued.lost += 1;
    if again {
        next::insert(tx, row, AttemptId::new(), Duration::ZERO, None, now)?;
        tx.pass("rescue.requeued")?;
        rescued.requeued += 1;
    }
    Ok(())
}
