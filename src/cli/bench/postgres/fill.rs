//! Tables that are full of what is over, or of what is not yet due.

use crate::cli::bench::error::Result;
use crate::cli::bench::rows::{ARGS, QUEUE, RESULT, TASK};
use crate::store::sql::statements;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

/// Rows that a statement makes: whoever stops the benchmark does not wait long.
const CHUNK: usize = 100_000;

statements! {
    FINISHED = "with made as (insert into hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries,
                priority, status, attempt_number, scheduled_start, queued, started, finished, executor_id)
            select id, id, id, $1, $2::text::json, $3, 0, 5, {SUCCESS}, 0, now(), now(), now(), now(), $5
            from (select uuid7() as id from generate_series(1, $4)) ids returning id)
        insert into hyrex_task_result (task_id, result) select id, $6::text::json from made";
    SCHEDULED = "insert into hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority,
            status, attempt_number, scheduled_start)
        select id, id, id, $1, $2::text::json, $3, 0, 5, {AWAIT_START_TIME}, 0, now() + interval '1 day'
        from (select uuid7() as id from generate_series(1, $4)) ids";
}

/// `count` runs that succeeded, with their results.
pub(super) async fn finished(connection: &mut PgConnection, count: usize) -> Result<()> {
    let executor = Uuid::now_v7();
    for rows in chunks(count) {
        let insert = sqlx::query(FINISHED.as_str()).bind(TASK).bind(ARGS).bind(QUEUE).bind(rows);
        insert.bind(executor).bind(RESULT).execute(&mut *connection).await?;
    }
    Ok(())
}

/// `count` runs for tomorrow.
pub(super) async fn scheduled(connection: &mut PgConnection, count: usize) -> Result<()> {
    for rows in chunks(count) {
        let insert = sqlx::query(SCHEDULED.as_str()).bind(TASK).bind(ARGS).bind(QUEUE).bind(rows);
        insert.execute(&mut *connection).await?;
    }
    Ok(())
}

fn chunks(count: usize) -> impl Iterator<Item = i64> {
    (0..count).step_by(CHUNK).map(move |from| (count - from).min(CHUNK) as i64)
}
