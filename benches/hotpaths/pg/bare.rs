//! Bare loops: the least that does the same, in the forms that were found fastest, on our tables.

use super::{Pg, copy};
use crate::clock::Watch;
use crate::measure::Figures;
use crate::ours::together;
use crate::rows::{ARGS, QUEUE, RESULT, TASK};
use anyhow::Result;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::time::{Duration, Instant};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, \
     priority, status, attempt_number, scheduled_start, queued) \
     VALUES ($1, $1, $1, $2, $3::text::json, $4, 0, 5, 'QUEUED', 0, now(), now())";

/// Settles the last batch, keeps its results and claims the next, in one statement. The odd filters keep the planner
/// from indexes that are full of dead entries during a drain.
const TURN: &str = "WITH done AS ( \
         UPDATE hyrex_task_run SET status = 'SUCCESS', finished = now() \
         WHERE id = ANY ($1) AND executor_id IS NOT DISTINCT FROM $3 \
           AND (status IN ('RUNNING', 'UP_FOR_CANCEL')) IS TRUE RETURNING id), \
     kept AS (INSERT INTO hyrex_task_result (task_id, result) \
         SELECT id, result::json FROM unnest($1::uuid[], $2::text[]) u (id, result) JOIN done USING (id)) \
     UPDATE hyrex_task_run t SET status = 'RUNNING', executor_id = $3, started = now() \
     WHERE id = ANY (ARRAY ( \
         SELECT id FROM hyrex_task_run WHERE status = 'QUEUED' AND queue = $4 AND task_name = $5 \
         ORDER BY priority DESC, queued, id LIMIT $6 FOR UPDATE SKIP LOCKED)) \
     RETURNING t.id, t.task_name, t.args::text";

/// Inserts one row a statement on `clients` connections.
pub async fn insert(pg: &Pg, clients: usize, seconds: f64) -> Result<Figures> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        let mut connection = pg.connect().await?;
        insert_one(&mut connection).await?;
        connections.push(std::sync::Mutex::new(Some(connection)));
    }
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    together(clients, |number| {
        let connection = connections[number].lock().ok().and_then(|mut slot| slot.take());
        async move {
            let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a connection was taken twice"))?;
            let mut count = 0;
            while Instant::now() < end {
                insert_one(&mut connection).await?;
                count += 1;
            }
            Ok(count)
        }
    })
    .await
}

async fn insert_one(connection: &mut PgConnection) -> Result<()> {
    sqlx::query(INSERT).bind(Uuid::now_v7()).bind(TASK).bind(ARGS).bind(QUEUE).execute(connection).await?;
    Ok(())
}

/// Inserts `count` rows by binary COPY, [`copy::CHUNK`] a call.
pub async fn bulk(pg: &Pg, count: usize) -> Result<Figures> {
    let mut connection = pg.connect().await?;
    let watch = Watch::start();
    for from in (0..count).step_by(copy::CHUNK) {
        let lanes = (from..count.min(from + copy::CHUNK)).map(|_| (QUEUE.to_owned(), TASK.to_owned()));
        copy::insert(&mut connection, lanes).await?;
    }
    Ok(watch.figures(count))
}

/// Drains the queue with `clients` connections, each settling its last batch with its next claim.
pub async fn drain(pg: &Pg, clients: usize, batch: i64, count: usize) -> Result<Figures> {
    let figures = drain_any(pg, clients, batch).await?;
    pg.expect_done(count).await?;
    Ok(figures)
}

/// The same, whatever was done before.
pub async fn drain_any(pg: &Pg, clients: usize, batch: i64) -> Result<Figures> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(std::sync::Mutex::new(Some(pg.connect().await?)));
    }
    together(clients, |number| {
        let connection = connections[number].lock().ok().and_then(|mut slot| slot.take());
        async move {
            let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a connection was taken twice"))?;
            drain_one(&mut connection, batch).await
        }
    })
    .await
}

async fn drain_one(connection: &mut PgConnection, batch: i64) -> Result<usize> {
    let executor = Uuid::now_v7();
    let (mut held, mut count) = (Vec::<Uuid>::new(), 0);
    loop {
        let results = vec![RESULT; held.len()];
        let query = sqlx::query(TURN).bind(&held).bind(results).bind(executor).bind(QUEUE).bind(TASK).bind(batch);
        let rows = query.fetch_all(&mut *connection).await?;
        count += held.len();
        held.clear();
        for row in &rows {
            let (_task, _args): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            held.push(row.try_get(0)?);
        }
        if held.is_empty() {
            return Ok(count);
        }
    }
}
