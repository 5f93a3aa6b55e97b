//! What ran in the last minutes, from the counters where there are any.

use super::inspect_back::activity_back;
use super::link::{Link, query};
use super::rows::{get, time};
use crate::model::Timestamp;
use crate::store::monitor::{Summed, activity, first_minute};
use crate::store::sql::statements;
use crate::store::{Activity, ActivityQuery, ActivitySource, HIST_BUCKETS, Histogram, QueueMinute, Result};
use sqlx::postgres::PgRow;
use std::sync::LazyLock;

/// A histogram of many rows: PostgreSQL adds no arrays.
fn summed(column: &str) -> String {
    let buckets: Vec<_> = (1..=HIST_BUCKETS).map(|bucket| format!("sum(c.{column}[{bucket}])::bigint")).collect();
    format!("array[{}]", buckets.join(", "))
}

static HISTOGRAMS: LazyLock<String> =
    LazyLock::new(|| format!("{} as wait_hist, {} as run_hist", summed("wait_hist"), summed("run_hist")));

statements! {
    NOW = "select coalesce($1::timestamptz, now()) as now";
    MINUTES = &format!("select c.queue::text as queue, c.minute, sum(c.succeeded)::bigint as succeeded,
            sum(c.failed)::bigint as failed, sum(c.retried)::bigint as retried, sum(c.canceled)::bigint as canceled,
            sum(c.stopped)::bigint as stopped, sum(c.lost)::bigint as lost, {}
        from hyrex_counter c where c.minute >= $1 and c.minute <= $2 group by c.queue, c.minute", *HISTOGRAMS);
}

/// The database's clock, or what is taken for it.
pub(super) async fn clock(link: &mut Link<'_>, now: Option<Timestamp>) -> Result<Timestamp> {
    time(&link.one(query(NOW.as_str()).bind(now)).await?, "now")
}

/// What ran in the last minutes.
pub(super) async fn activity_of(link: &mut Link<'_>, wanted: ActivityQuery) -> Result<Activity> {
    let now = clock(link, wanted.now).await?;
    if link.is_foreign() {
        return activity_back(link, wanted.minutes, now).await;
    }
    let statement = query(MINUTES.as_str()).bind(first_minute(now, wanted.minutes)).bind(now);
    let rows = link.all(statement).await?.iter().map(minute).collect::<Result<_>>()?;
    Ok(activity(now, rows, ActivitySource::Counters))
}

fn minute(row: &PgRow) -> Result<Summed> {
    let count = |column| -> Result<u64> { Ok(get::<i64>(row, column)?.max(0) as u64) };
    let histogram = |column| -> Result<Histogram> {
        let buckets: Vec<Option<i64>> = get(row, column)?;
        Ok(Histogram::read(&buckets.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>()))
    };
    let minute = QueueMinute {
        succeeded: count("succeeded")?,
        failed: count("failed")?,
        retried: count("retried")?,
        canceled: count("canceled")?,
        stopped: count("stopped")?,
        lost: count("lost")?,
        ..QueueMinute::new(get(row, "queue")?, time(row, "minute")?)
    };
    Ok(Summed { minute, wait: histogram("wait_hist")?, run: histogram("run_hist")? })
}
