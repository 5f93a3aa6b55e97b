//! Who leads: row 1 of `hyrex_scheduler_lock`.

use super::super::cached::Cached;
use super::super::operation::Tx;
use super::super::rows;
use crate::store::sql::statements;
use crate::store::{Lead, LeaderFence, Result};
use rusqlite::Connection;
use std::time::Duration;

statements! {
    LEAD = "INSERT INTO hyrex_scheduler_lock
            (lockid, worker_name, acquired_at, heartbeat_at, release_at, is_active, fence)
        VALUES (1, ?1, ?2, ?2, ?3, 1, 1)
        ON CONFLICT (lockid) DO UPDATE SET worker_name = excluded.worker_name, acquired_at = excluded.acquired_at,
            heartbeat_at = excluded.heartbeat_at, release_at = excluded.release_at, is_active = 1,
            fence = coalesce(fence, 0) + 1
        WHERE NOT is_active OR release_at <= excluded.acquired_at OR worker_name = excluded.worker_name
        RETURNING fence";
    RENEW = "UPDATE hyrex_scheduler_lock SET heartbeat_at = ?3, release_at = ?4
        WHERE lockid = 1 AND worker_name = ?1 AND fence = ?2 AND is_active";
    RELEASE = "UPDATE hyrex_scheduler_lock SET is_active = 0, heartbeat_at = ?3, release_at = ?3
        WHERE lockid = 1 AND worker_name = ?1 AND fence = ?2 AND is_active";
    HELD = "SELECT 1 FROM hyrex_scheduler_lock WHERE lockid = 1 AND worker_name = ?1 AND fence = ?2 AND is_active";
}

/// Takes the place where it is free.
pub fn lead(tx: &mut Tx<'_>, lead: &Lead) -> Result<Option<LeaderFence>> {
    let now = rows::micros(lead.now);
    let values = (&lead.holder, now, rows::later(now, lead.lease));
    let taken = tx.conn.one(&LEAD, values, |row| row.get(0))?;
    Ok(taken.map(|fence| LeaderFence { holder: lead.holder.clone(), fence }))
}

/// Keeps it.
pub fn renew(tx: &mut Tx<'_>, leader: &LeaderFence, lease: Duration, now: i64) -> Result<bool> {
    Ok(tx.conn.run(&RENEW, (&leader.holder, leader.fence, now, rows::later(now, lease)))? > 0)
}

/// Lets it go.
pub fn release(tx: &mut Tx<'_>, leader: &LeaderFence, now: i64) -> Result<()> {
    tx.conn.run(&RELEASE, (&leader.holder, leader.fence, now)).map(drop)
}

/// Whether it is held.
pub fn holds(conn: &Connection, leader: &LeaderFence) -> Result<bool> {
    Ok(conn.one(&HELD, (&leader.holder, leader.fence), |_| Ok(()))?.is_some())
}
