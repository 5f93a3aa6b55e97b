//! Bare binary COPY into the table of runs.

use crate::cli::bench::error::Result;
use crate::cli::bench::rows::ARGS;
use crate::model::TaskStatus;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

/// Rows a COPY.
pub(super) const CHUNK: usize = 20_000;

const COPY: &str = "COPY hyrex_task_run (id, durable_id, root_id, task_name, args, queue, max_retries, priority, status, \
     attempt_number, scheduled_start, queued) FROM STDIN WITH (FORMAT binary)";

/// Inserts a queued run for each (queue, task), in one COPY.
pub(super) async fn insert(connection: &mut PgConnection, lanes: impl Iterator<Item = (String, String)>) -> Result<()> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    let now = micros_since_2000();
    for (queue, task) in lanes {
        row(&mut bytes, &queue, &task, now);
    }
    bytes.extend((-1i16).to_be_bytes());
    let mut copy = connection.copy_in_raw(COPY).await?;
    copy.send(bytes).await?;
    copy.finish().await?;
    Ok(())
}

fn row(bytes: &mut Vec<u8>, queue: &str, task: &str, now: i64) {
    bytes.extend(12i16.to_be_bytes());
    let id = Uuid::now_v7();
    (0..3).for_each(|_| field(bytes, id.as_bytes()));
    field(bytes, task.as_bytes());
    field(bytes, ARGS.as_bytes());
    field(bytes, queue.as_bytes());
    field(bytes, &0i16.to_be_bytes());
    field(bytes, &5i16.to_be_bytes());
    field(bytes, TaskStatus::Queued.as_str().as_bytes());
    field(bytes, &0i16.to_be_bytes());
    (0..2).for_each(|_| field(bytes, &now.to_be_bytes()));
}

fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend((value.len() as i32).to_be_bytes());
    bytes.extend(value);
}

/// As PostgreSQL keeps times.
fn micros_since_2000() -> i64 {
    chrono::Utc::now().timestamp_micros() - 946_684_800_000_000
}
