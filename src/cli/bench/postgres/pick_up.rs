//! Bare pick-up: a row that notifies as it is inserted, a listener that claims.

use super::Schema;
use crate::cli::bench::clock::nanos;
use crate::cli::bench::error::Result;
use crate::cli::bench::pace::{Pace, Times, waits};
use crate::cli::bench::place::Tables;
use crate::cli::bench::rows::{ARGS, QUEUE, TASK};
use crate::store::sql::statements;
use sqlx::postgres::{PgConnection, PgListener};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Connections that send: one alone is too slow for the highest pace where the disk is.
const SENDERS: u64 = 4;

statements! {
    INSERT = "with made as (insert into hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries,
                priority, status, attempt_number, scheduled_start, queued)
            values ($1, $1, $1, $2, $3::text::json, $4, 0, 5, {QUEUED}, 0, now(), now()) returning id)
        select pg_notify($5, '') from made";
    CLAIM = "update hyrex_task_run set status = {RUNNING}, executor_id = $1, started = now()
        where id = any (array (select id from hyrex_task_run where status = {QUEUED} and queue = $2 and task_name = $3
            order by priority desc, queued, id limit 100 for update skip locked))
        returning id, args::text";
}

/// When rows were claimed, by their id.
type Claimed = Arc<Mutex<HashMap<Uuid, i64>>>;

/// The milliseconds between the answer to each insert and its claim.
pub(super) async fn measure(schema: &Schema, pace: Pace) -> Result<Vec<f64>> {
    // The schema's name with a word behind it: our own workers do not hear it.
    let channel = format!("{}_bare", schema.opening().name);
    let claimed = Claimed::default();
    let mut listener = PgListener::connect(&schema.opening().url).await?;
    listener.listen(&channel).await?;
    let mut claimer = JoinSet::new();
    claimer.spawn(claim(listener, schema.connect().await?, claimed.clone()));
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        senders.push(Arc::new(tokio::sync::Mutex::new(schema.connect().await?)));
    }
    let ids: Vec<Uuid> = (0..pace.total()).map(|_| Uuid::now_v7()).collect();
    let send = |number: u64| {
        let (sender, id) = (senders[(number % SENDERS) as usize].clone(), ids[number as usize]);
        let channel = channel.clone();
        async move {
            let insert = sqlx::query(INSERT.as_str()).bind(id).bind(TASK).bind(ARGS).bind(QUEUE).bind(channel);
            insert.execute(&mut *sender.lock().await).await?;
            Ok(())
        }
    };
    let answered = pace.send(send).await?;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let claimed = claimed.lock().unwrap_or_else(PoisonError::into_inner);
    let started: Times = (0..).zip(&ids).filter_map(|(number, id)| Some((number, *claimed.get(id)?))).collect();
    Ok(waits(&answered, &started))
}

/// Claims whatever waits each time that it is told of something.
async fn claim(mut listener: PgListener, mut connection: PgConnection, claimed: Claimed) -> Result<()> {
    let executor = Uuid::now_v7();
    loop {
        listener.recv().await?;
        let claim = sqlx::query_as(CLAIM.as_str()).bind(executor).bind(QUEUE).bind(TASK);
        let rows: Vec<(Uuid, String)> = claim.fetch_all(&mut connection).await?;
        let now = nanos();
        claimed.lock().unwrap_or_else(PoisonError::into_inner).extend(rows.into_iter().map(|(id, _args)| (id, now)));
    }
}
