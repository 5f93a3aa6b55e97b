//! Bare loops: the least that does the same, in the forms that were found fastest, on our tables.

use super::copy;
use super::schema::Schema;
use crate::cli::bench::error::Result;
use crate::cli::bench::place::Until;
use crate::cli::bench::rows::{ARGS, QUEUE, RESULT, TASK};
use crate::cli::bench::sends::together;
use crate::store::sql::statements;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use uuid::Uuid;

statements! {
    INSERT = "insert into hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries,
            priority, status, attempt_number, scheduled_start, queued)
        values ($1, $1, $1, $2, $3::text::json, $4, 0, 5, {QUEUED}, 0, now(), now())";
    /// Settles the last batch, keeps its results and claims the next, in one statement. The odd filters keep the
    /// planner from indexes that are full of dead entries during a drain.
    TURN = "with done as (
            update hyrex_task_run set status = {SUCCESS}, finished = now()
            where id = any ($1) and executor_id is not distinct from $3 and (status in {held}) is true returning id),
        kept as (insert into hyrex_task_result (task_id, result)
            select id, result::json from unnest($1::uuid[], $2::text[]) u (id, result) join done using (id))
        update hyrex_task_run t set status = {RUNNING}, executor_id = $3, started = now()
        where id = any (array (
            select id from hyrex_task_run where status = {QUEUED} and queue = $4 and task_name = $5
            order by priority desc, queued, id limit $6 for update skip locked))
        returning t.id, t.task_name, t.args::text";
}

/// Connections, each to be taken once.
struct Clients(Mutex<Vec<PgConnection>>);

async fn connect(schema: &Schema, count: usize) -> Result<Vec<PgConnection>> {
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(schema.connect().await?);
    }
    Ok(connections)
}

impl Clients {
    fn take(&self) -> Result<PgConnection> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        connection.map_or_else(|| crate::cli::bench::error::said("a connection was taken twice"), Ok)
    }
}

/// Inserts one row a statement on `clients` connections; rows a second.
pub(super) async fn insert(schema: &Schema, clients: usize, until: Until) -> Result<f64> {
    let mut connections = connect(schema, clients).await?;
    for connection in &mut connections {
        insert_one(connection).await?;
    }
    let connections = Clients(Mutex::new(connections));
    let until = until.each_of(clients);
    let (_, rate) = together(clients, |_| {
        let connection = connections.take();
        async move {
            let (mut connection, mut count) = (connection?, 0);
            while until.goes_on(count) {
                insert_one(&mut connection).await?;
                count += 1;
            }
            Ok(count)
        }
    })
    .await?;
    Ok(rate)
}

async fn insert_one(connection: &mut PgConnection) -> Result<()> {
    sqlx::query(INSERT.as_str()).bind(Uuid::now_v7()).bind(TASK).bind(ARGS).bind(QUEUE).execute(connection).await?;
    Ok(())
}

/// Inserts `count` rows by binary COPY, [`copy::CHUNK`] a call; rows a second.
pub(super) async fn bulk(schema: &Schema, count: usize) -> Result<f64> {
    let mut connection = schema.connect().await?;
    let start = Instant::now();
    for from in (0..count).step_by(copy::CHUNK) {
        let lanes = (from..count.min(from + copy::CHUNK)).map(|_| (QUEUE.to_owned(), TASK.to_owned()));
        copy::insert(&mut connection, lanes).await?;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Drains the queue with `clients` connections, each settling its last batch with its next claim.
pub(super) async fn drain(schema: &Schema, clients: usize, batch: i64) -> Result<(usize, f64)> {
    let connections = Clients(Mutex::new(connect(schema, clients).await?));
    together(clients, |_| {
        let connection = connections.take();
        async move { drain_one(&mut connection?, batch).await }
    })
    .await
}

async fn drain_one(connection: &mut PgConnection, batch: i64) -> Result<usize> {
    let executor = Uuid::now_v7();
    let (mut held, mut count) = (Vec::<Uuid>::new(), 0);
    loop {
        let results = vec![RESULT; held.len()];
        let query =
            sqlx::query(TURN.as_str()).bind(&held).bind(results).bind(executor).bind(QUEUE).bind(TASK).bind(batch);
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
