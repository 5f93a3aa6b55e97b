//! Queues: their rows, pauses and limits.
//!
//! Whoever pauses or limits first takes the queue's advisory lock, for which claims only try: so he gets the row
//! however many claims hold it by turns, and after his commit no claim reads it as it was.

use super::PostgresStore;
use super::claim::QUEUE_LOCK;
use super::connect::call;
use super::enqueue::notify;
use super::link::{Link, query};
use super::rows::queue_settings;
use super::signals::Signs;
use super::events;
use crate::model::{Timestamp, bounds};
use crate::store::sql::statements;
use crate::store::{Claim, QueueSettings, Result, SetLimit, SetPause};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long the names of queues that have a row are believed.
const BELIEVED: Duration = Duration::from_secs(60);

const RETURNING: &str = "returning q.name::text as name, q.concurrency_limit, q.limit_by_operator, q.paused_at,
    q.paused_by::text as paused_by";

statements! {
    MAKE = "insert into hyrex_queue (name) select u.name from unnest($1::text[]) u(name)
        where not exists (select from hyrex_queue q where q.name = u.name) order by u.name on conflict do nothing";
    LOCK = "select pg_advisory_xact_lock($1, hashtext($2))::text";
    DECLARE = "insert into hyrex_queue as q (name, concurrency_limit) values ($1, $2::int)
        on conflict (name) do update set concurrency_limit = excluded.concurrency_limit
        where not q.limit_by_operator and q.concurrency_limit is distinct from excluded.concurrency_limit";
    IS_DECLARED = "select from hyrex_queue q
        where q.name = $1 and (q.limit_by_operator or q.concurrency_limit is not distinct from $2::int)";
    PAUSE = &format!("insert into hyrex_queue as q (name, paused_at, paused_by)
        values ($1, coalesce($3::timestamptz, now()), $2)
        on conflict (name) do update set paused_at = coalesce(q.paused_at, excluded.paused_at),
            paused_by = case when q.paused_at is null then excluded.paused_by else q.paused_by end {RETURNING}");
    RESUME = &format!("insert into hyrex_queue as q (name) values ($1)
        on conflict (name) do update set paused_at = null, paused_by = null {RETURNING}");
    LIMIT = &format!("insert into hyrex_queue as q (name, concurrency_limit, limit_by_operator) values ($1, $2::int, $3)
        on conflict (name) do update set
            concurrency_limit = case when q.limit_by_operator and not $3 then q.concurrency_limit
                else excluded.concurrency_limit end,
            limit_by_operator = q.limit_by_operator or $3 {RETURNING}");
}

/// Names of queues that have a row, as far as this process knows.
#[derive(Default)]
pub(super) struct Known {
    names: HashSet<String>,
    since: Option<Instant>,
}

impl PostgresStore {
    /// Makes the rows of queues that are claimed from for the first time.
    pub(super) async fn know_queues(&self, claim: &Claim) -> Result<()> {
        let unknown: Vec<String> = {
            let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if known.since.is_none_or(|since| since.elapsed() > BELIEVED) {
                *known = Known { names: HashSet::new(), since: Some(Instant::now()) };
            }
            let names = claim.shares.iter().map(|share| &share.queue).filter(|name| !known.names.contains(*name));
            names.cloned().collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        call!(self.db.turns, link => async { link.run(query(MAKE.as_str()).bind(unknown.as_slice())).await })?;
        self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).names.extend(unknown);
        Ok(())
    }

    /// Makes a queue's row, with the application's limit where no operator set one.
    pub(super) async fn declare_queue(&self, queue: &str, limit: Option<u32>) -> Result<()> {
        bounds::name("queue name", queue)?;
        call!(self.db.rest, link => declare(link, queue, limit.map(as_int)))
    }

    /// Pauses or resumes a queue.
    pub(super) async fn pause(&self, pause: &SetPause) -> Result<QueueSettings> {
        bounds::name("queue name", &pause.queue)?;
        let settings = call!(self.db.rest, link => pause_on(link, pause))?;
        self.options.failpoints.answer("pause.answered")?;
        Ok(settings)
    }

    /// Sets or lifts a queue's limit.
    pub(super) async fn limit(&self, limit: &SetLimit) -> Result<QueueSettings> {
        bounds::name("queue name", &limit.queue)?;
        let settings = call!(self.db.rest, link => limit_on(link, limit))?;
        self.options.failpoints.answer("limit.answered")?;
        Ok(settings)
    }
}

fn as_int(limit: u32) -> i32 {
    limit.min(i32::MAX as u32) as i32
}

async fn lock(link: &mut Link<'_>, queue: &str) -> Result<()> {
    link.begin().await?;
    link.run(query(LOCK.as_str()).bind(QUEUE_LOCK).bind(queue.to_owned())).await?;
    Ok(())
}

async fn declare(link: &mut Link<'_>, queue: &str, limit: Option<i32>) -> Result<()> {
    if link.optional(query(IS_DECLARED.as_str()).bind(queue.to_owned()).bind(limit)).await?.is_some() {
        return Ok(());
    }
    lock(link, queue).await?;
    if link.run(query(DECLARE.as_str()).bind(queue.to_owned()).bind(limit)).await? > 0 && limit.is_some() {
        notify(link, &Signs::other().payload()).await?;
    }
    link.commit().await
}

async fn pause_on(link: &mut Link<'_>, pause: &SetPause) -> Result<QueueSettings> {
    lock(link, &pause.queue).await?;
    let statement = if pause.paused {
        let by = format!("{}@{}", pause.actor.user, pause.actor.host);
        query(PAUSE.as_str()).bind(pause.queue.clone()).bind(bounds::without_nul(&by)).bind(pause.now)
    } else {
        query(RESUME.as_str()).bind(pause.queue.clone())
    };
    let settings = queue_settings(&link.one(statement).await?)?;
    let name = if pause.paused { "queue_pause" } else { "queue_resume" };
    let body = serde_json::json!({"actor": pause.actor, "queue": pause.queue});
    tell(link, name, body, pause.now).await?;
    Ok(settings)
}

async fn limit_on(link: &mut Link<'_>, limit: &SetLimit) -> Result<QueueSettings> {
    lock(link, &limit.queue).await?;
    let statement = query(LIMIT.as_str())
        .bind(limit.queue.clone())
        .bind(limit.limit.map(as_int))
        .bind(limit.actor.operator);
    let settings = queue_settings(&link.one(statement).await?)?;
    let body = serde_json::json!({"actor": limit.actor, "queue": limit.queue, "limit": limit.limit,
        "stands": settings.concurrency_limit});
    tell(link, "queue_limit", body, None).await?;
    Ok(settings)
}

/// Writes the event, tells the workers, and commits.
async fn tell(link: &mut Link<'_>, name: &str, body: serde_json::Value, now: Option<Timestamp>) -> Result<()> {
    events::write(link, name, &body, now).await?;
    notify(link, &Signs::other().payload()).await?;
    link.commit().await
}
