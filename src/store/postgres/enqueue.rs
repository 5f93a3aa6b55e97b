//! Sending: rows of runs go in by one statement, and what stood already is found by a second.

use super::bulk;
use super::link::{Link, Query, query};
use super::rows::get;
use super::signals::Signs;
use crate::model::{Enqueued, NewRun, RunId, Start, TaskStatus, Timestamp};
use crate::store::failpoint::Failpoints;
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use std::time::Duration;
use uuid::Uuid;

/// Rows that one statement takes.
pub(super) const MAX_ROWS: usize = 2_000;
/// From so many rows on, without keys, COPY is faster than `unnest`.
const COPY_FROM: usize = 10_000;
/// How often a twin may come and go between our two looks.
const ROUNDS: u32 = 20;

/// The columns of a new run, from `u` (one row a run) and `u.now`.
const INSERT: &str = "insert into hyrex_task_run (id, durable_id, root_id, parent_id, task_name, args, queue,
        max_retries, priority, timeout_seconds, idempotency_key, attempt_number, status, scheduled_start, queued)
    select s.id, s.id, coalesce(s.root, s.id), s.parent, s.task, s.args::json, s.queue, s.retries, s.priority,
        s.timeout, s.key, 0,
        case when s.at > s.now then {AWAIT_START_TIME} else {QUEUED} end::task_run_status,
        s.at, case when s.at > s.now then null else s.now end
    from (select u.*, n.now, coalesce(u.fixed, n.now + u.delay * interval '1 microsecond') as at
        from @rows u, (select coalesce($13::timestamptz, now()) as now) n) s
    on conflict do nothing returning 1";

/// As `signals` says: a setting of the connection, else the one that everybody knows.
macro_rules! channel {
    () => {
        "coalesce(current_setting('hyrex.channel', true), 'hyrex')"
    };
}

const NOTIFIED: &str = concat!(
    "(select count(x.sent) from (select pg_notify(",
    channel!(),
    ", $14::text)::text as sent where $14 is not null) x) as notified"
);

fn insert(rows: &str) -> String {
    format!("with made as ({}) select (select count(*) from made) as made, {NOTIFIED}", INSERT.replace("@rows", rows))
}

statements! {
    INSERT_ONE = &insert("(select $1::uuid as id, $2::text as task, $3::text as args, $4::text as queue,
        $5::smallint as retries, $6::smallint as priority, $7::int as timeout, $8::text as key, $9::uuid as parent,
        $10::uuid as root, $11::timestamptz as fixed, $12::bigint as delay)");
    INSERT_MANY = &insert("unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::smallint[],
        $7::int[], $8::text[], $9::uuid[], $10::uuid[], $11::timestamptz[], $12::bigint[])
        u(id, task, args, queue, retries, priority, timeout, key, parent, root, fixed, delay)")
        .replace(") u, (select coalesce", "), (select coalesce");
    /// Scalar subqueries: an EXISTS may be planned as a hash of the whole table.
    STANDING = "select (select r.id from hyrex_task_run r where r.id = u.id) is not null as stands,
            (select r.durable_id from hyrex_task_run r where r.task_name = u.task and r.idempotency_key = u.key) as twin
        from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality u(id, task, key, ord) order by u.ord";
    NOTIFY = concat!("select pg_notify(", channel!(), ", $1::text)::text");
}

/// When a run starts: a time, or microseconds from now.
pub(super) fn start(run: &NewRun) -> (Option<Timestamp>, i64) {
    match run.start {
        Start::Now => (None, 0),
        Start::After(delay) => (None, micros(delay)),
        // PostgreSQL's calendar does not go back as far as ours.
        Start::At(time) => (Some(time.max(Timestamp::UNIX_EPOCH)), 0),
    }
}

/// Microseconds, at most a thousand years: what a timestamp can be added to.
pub(super) fn micros(duration: Duration) -> i64 {
    const MOST: u128 = 1_000 * 366 * 86_400 * 1_000_000;
    duration.as_micros().min(MOST) as i64
}

/// What to tell others about these runs.
pub(super) fn signs<'r>(runs: impl IntoIterator<Item = &'r NewRun>) -> Signs {
    let mut signs = Signs::default();
    for run in runs {
        match run.start {
            Start::After(delay) if !delay.is_zero() => signs.due = true,
            Start::At(_) => {
                // Only the database knows whether that time has passed.
                signs.due = true;
                signs.work.insert((run.queue.clone(), run.task_name.clone()));
            }
            _ => {
                signs.work.insert((run.queue.clone(), run.task_name.clone()));
            }
        }
    }
    signs
}

/// Writes runs and sends `payload` to whoever listens, in one transaction; what became of each, in order.
pub(super) async fn enqueue(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
    payload: Option<String>,
    failpoints: &Failpoints,
) -> Result<Vec<Enqueued>> {
    let answer = if runs.len() <= MAX_ROWS {
        enqueue_few(link, runs, now, payload).await?
    } else {
        enqueue_many(link, runs, now, payload, failpoints).await?
    };
    failpoints.answer("enqueue.answered")?;
    Ok(answer)
}

/// One statement, and nothing else where nothing stood already.
async fn enqueue_few(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
    payload: Option<String>,
) -> Result<Vec<Enqueued>> {
    let row = link.one(bound(runs, now, payload)).await?;
    if get::<i64>(&row, "made")? == runs.len() as i64 {
        return Ok(runs.iter().map(|run| Enqueued::New(run.id)).collect());
    }
    settle_standing(link, runs, now).await
}

async fn enqueue_many(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
    payload: Option<String>,
    failpoints: &Failpoints,
) -> Result<Vec<Enqueued>> {
    let copies = runs.len() >= COPY_FROM && runs.iter().all(|run| run.idempotency_key.is_none());
    if copies && let Some(answer) = bulk::copy(link, runs, now, payload.as_deref(), failpoints).await? {
        return Ok(answer);
    }
    link.begin().await?;
    let mut answer = Vec::with_capacity(runs.len());
    for part in runs.chunks(MAX_ROWS) {
        answer.extend(insert_part(link, part, now).await?);
        failpoints.pass("enqueue.inserted")?;
    }
    if let Some(payload) = payload {
        notify(link, &payload).await?;
    }
    link.commit().await?;
    Ok(answer)
}

/// A part of a transaction that is open.
pub(super) async fn insert_part(
    link: &mut Link<'_>,
    runs: &[&NewRun],
    now: Option<Timestamp>,
) -> Result<Vec<Enqueued>> {
    let row = link.one(bound(runs, now, None)).await?;
    if get::<i64>(&row, "made")? == runs.len() as i64 {
        return Ok(runs.iter().map(|run| Enqueued::New(run.id)).collect());
    }
    settle_standing(link, runs, now).await
}

/// Finds what stood already. Where neither the run nor its twin is to be seen (a twin went away meanwhile), the run
/// goes in once more.
async fn settle_standing(link: &mut Link<'_>, runs: &[&NewRun], now: Option<Timestamp>) -> Result<Vec<Enqueued>> {
    let mut answers: Vec<Option<Enqueued>> = vec![None; runs.len()];
    for _ in 0..ROUNDS {
        let open: Vec<usize> = (0..runs.len()).filter(|at| answers[*at].is_none()).collect();
        let asked: Vec<&NewRun> = open.iter().map(|at| runs[*at]).collect();
        for (at, standing) in open.iter().zip(standing(link, &asked).await?) {
            answers[*at] = standing;
        }
        let missing: Vec<&NewRun> = open.iter().filter(|at| answers[**at].is_none()).map(|at| runs[*at]).collect();
        if missing.is_empty() {
            return Ok(answers.into_iter().flatten().collect());
        }
        link.one(bound(&missing, now, None)).await?;
    }
    Err(StoreError::Unavailable("runs with the same key come and go: try again".into()))
}

async fn standing(link: &mut Link<'_>, runs: &[&NewRun]) -> Result<Vec<Option<Enqueued>>> {
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id.0).collect();
    let tasks: Vec<&str> = runs.iter().map(|run| run.task_name.as_str()).collect();
    let keys: Vec<Option<&str>> = runs.iter().map(|run| run.idempotency_key.as_deref()).collect();
    let rows = link.all(query(STANDING.as_str()).bind(ids).bind(tasks).bind(keys)).await?;
    let one = |(row, run): (&_, &&NewRun)| {
        if get(row, "stands")? {
            return Ok(Some(Enqueued::New(run.id)));
        }
        Ok(get::<Option<Uuid>>(row, "twin")?.map(|twin| Enqueued::Duplicate(RunId(twin))))
    };
    rows.iter().zip(runs).map(one).collect()
}

/// Tells `payload` when the transaction commits.
pub(super) async fn notify(link: &mut Link<'_>, payload: &str) -> Result<()> {
    link.run(query(NOTIFY.as_str()).bind(payload.to_owned())).await?;
    Ok(())
}

/// The insert of these runs, with its parameters. Rows with keys go in the order of their keys, so that two
/// statements never wait for one another.
fn bound<'q>(runs: &[&'q NewRun], now: Option<Timestamp>, payload: Option<String>) -> Query<'q> {
    let statement = match runs {
        [run] => bind_one(run),
        _ => {
            let mut sorted = runs.to_vec();
            if runs.iter().any(|run| run.idempotency_key.is_some()) {
                sorted.sort_by(|a, b| (&a.task_name, &a.idempotency_key).cmp(&(&b.task_name, &b.idempotency_key)));
            }
            bind_many(&sorted)
        }
    };
    statement.bind(now).bind(payload)
}

fn bind_one(run: &NewRun) -> Query<'_> {
    let (fixed, delay) = start(run);
    query(INSERT_ONE.as_str())
        .bind(run.id.0)
        .bind(run.task_name.as_str())
        .bind(run.args.as_str())
        .bind(run.queue.as_str())
        .bind(run.max_retries as i16)
        .bind(run.priority)
        .bind(run.timeout_seconds.map(|seconds| seconds as i32))
        .bind(run.idempotency_key.as_deref())
        .bind(run.parent.map(|id| id.0))
        .bind(run.root.map(|id| id.0))
        .bind(fixed)
        .bind(delay)
}

fn bind_many<'q>(runs: &[&'q NewRun]) -> Query<'q> {
    fn column<'q, T>(runs: &[&'q NewRun], of: impl Fn(&'q NewRun) -> T) -> Vec<T> {
        runs.iter().map(|run| of(run)).collect()
    }
    query(INSERT_MANY.as_str())
        .bind(column(runs, |run| run.id.0))
        .bind(column(runs, |run| run.task_name.as_str()))
        .bind(column(runs, |run| run.args.as_str()))
        .bind(column(runs, |run| run.queue.as_str()))
        .bind(column(runs, |run| run.max_retries as i16))
        .bind(column(runs, |run| run.priority))
        .bind(column(runs, |run| run.timeout_seconds.map(|seconds| seconds as i32)))
        .bind(column(runs, |run| run.idempotency_key.as_deref()))
        .bind(column(runs, |run| run.parent.map(|id| id.0)))
        .bind(column(runs, |run| run.root.map(|id| id.0)))
        .bind(column(runs, |run| start(run).0))
        .bind(column(runs, |run| start(run).1))
}

/// The status of a run that starts at `at`, as the inserts decide it.
pub(super) fn first_status(at: Timestamp, now: Timestamp) -> TaskStatus {
    if at > now { TaskStatus::AwaitStartTime } else { TaskStatus::Queued }
}
