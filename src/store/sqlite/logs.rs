//! Log lines and progress of attempts, under the fence of the claim that writes them.

use super::cached::Cached;
use super::complete;
use super::operation::Tx;
use crate::model::bounds::without_nul;
use crate::model::time::to_micros;
use crate::model::{Fence, LogLine};
use crate::store::sql::statements;
use crate::store::{Logged, Result};
use rusqlite::Connection;

statements! {
    LINE = "INSERT INTO hyrex_task_log (attempt_id, claim_number, seq, at, level, target, message)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (attempt_id, claim_number, seq) DO NOTHING";
    PROGRESS = "INSERT INTO hyrex_task_progress (attempt_id, claim_number, fraction, message, at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (attempt_id) DO UPDATE
        SET claim_number = excluded.claim_number, fraction = excluded.fraction, message = excluded.message, at = excluded.at";
}

/// Keeps lines logged under a claim; those that stand already are left as they are.
pub(super) fn keep(conn: &Connection, fence: Fence, lines: &[LogLine]) -> Result<()> {
    for line in lines {
        let (level, target, message) =
            (without_nul(&line.level), without_nul(&line.target), without_nul(&line.message));
        let at = to_micros(line.at);
        conn.run(&LINE, (fence.attempt, fence.claim, line.seq, at, level, target, message))?;
    }
    Ok(())
}

/// Keeps lines of attempts that run on; those of a claim that no longer holds are dropped.
pub(super) fn append(tx: &mut Tx<'_>, logged: &[Logged]) -> Result<()> {
    for Logged { fence, lines } in logged {
        if is_held(tx.conn, *fence)? {
            keep(tx.conn, *fence, lines)?;
        }
    }
    Ok(())
}

/// Keeps how far an attempt is; `false`: the claim does not hold it any more.
pub(super) fn set_progress(tx: &mut Tx<'_>, fence: Fence, fraction: f32, message: &str, now: i64) -> Result<bool> {
    if !is_held(tx.conn, fence)? {
        return Ok(false);
    }
    let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
    tx.conn.run(&PROGRESS, (fence.attempt, fence.claim, f64::from(fraction), without_nul(message), now))?;
    Ok(true)
}

fn is_held(conn: &Connection, fence: Fence) -> Result<bool> {
    Ok(complete::find(conn, fence.attempt)?.is_some_and(|row| row.is_held_by(fence)))
}
