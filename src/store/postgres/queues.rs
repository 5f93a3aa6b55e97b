//! Queues: their rows, pauses and limits.
//!
//! Whoever pauses or limits first takes the queue's advisory lock, for which claims only try: so he gets the row
//! however many claims hold it by turns, and after his commit no claim reads it as it was.

use super::PostgresStore;
use super::claim::QUEUE_LOCK;
use super::connect::call;
use super::enqueue::notify;
use super::events;
use super::link::{Link, query};
use super::rows::queue_settings;
use super::signals::Signs;
use crate::model::bounds;
use crate::store::sql::statements;
use crate::store::{Claim, Limit, QueueSettings, Result, SetLimit, SetPause};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long the names of queues that have a row are believed.
const BELIEVED: Duration = Duration::from_secs(60);

/// The columns that [`queue_settings`] reads, from `hyrex_queue` as `q`.
pub(super) const SETTINGS: &str = "q.name::text as name, q.app_limit, q.operator_limit, q.operator_set,
    q.limit_by::text as limit_by, q.paused_at, q.paused_by::text as paused_by";

statements! {
    /// Rows that claims share a lock on; lists pass them over.
    MAKE = "insert into hyrex_queue (name, declared) select u.name, false from unnest($1::text[]) u(name)
        where not exists (select from hyrex_queue q where q.name = u.name) order by u.name on conflict do nothing";
    LOCK = "select pg_advisory_xact_lock($1, hashtext($2))::text";
    IS_DECLARED = "select from hyrex_queue q where q.name = $1 and q.declared and q.app_limit is not distinct from $2::int";
    DECLARE = "insert into hyrex_queue as q (name, app_limit) values ($1, $2::int)
        on conflict (name) do update set app_limit = excluded.app_limit, declared = true";
    PAUSE = &format!("insert into hyrex_queue as q (name, paused_at, paused_by)
        values ($1, coalesce($3::timestamptz, now()), $2)
        on conflict (name) do update set declared = true, paused_at = coalesce(q.paused_at, excluded.paused_at),
            paused_by = case when q.paused_at is null then excluded.paused_by else q.paused_by end
        returning {SETTINGS}");
    RESUME = &format!("insert into hyrex_queue as q (name) values ($1)
        on conflict (name) do update set declared = true, paused_at = null, paused_by = null returning {SETTINGS}");
    LIMIT = &format!("insert into hyrex_queue as q (name, operator_set, operator_limit, limit_by, limit_at)
        values ($1, $2, $3::int, $4, case when $2 then coalesce($5::timestamptz, now()) end)
        on conflict (name) do update set declared = true, operator_set = excluded.operator_set,
            operator_limit = excluded.operator_limit, limit_by = excluded.limit_by, limit_at = excluded.limit_at
        returning {SETTINGS}");
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
        notify(link, &Signs::other().payload(None)).await?;
    }
    link.commit().await
}

async fn pause_on(link: &mut Link<'_>, pause: &SetPause) -> Result<QueueSettings> {
    lock(link, &pause.queue).await?;
    let statement = if pause.paused {
        let by = bounds::without_nul(&pause.actor.user);
        query(PAUSE.as_str()).bind(pause.queue.clone()).bind(by).bind(pause.now)
    } else {
        query(RESUME.as_str()).bind(pause.queue.clone())
    };
    let settings = queue_settings(&link.one(statement).await?)?;
    let name = if pause.paused { "queue_pause" } else { "queue_resume" };
    let what = serde_json::json!({"queue": pause.queue, "outcome": settings});
    events::write(link, name, &pause.actor, what, pause.now).await?;
    told(link).await?;
    Ok(settings)
}

async fn limit_on(link: &mut Link<'_>, set: &SetLimit) -> Result<QueueSettings> {
    lock(link, &set.queue).await?;
    let (by_operator, limit) = match set.limit {
        Limit::At(limit) => (true, Some(as_int(limit))),
        Limit::Unlimited => (true, None),
        Limit::Application => (false, None),
    };
    let statement = query(LIMIT.as_str())
        .bind(set.queue.clone())
        .bind(by_operator)
        .bind(limit)
        .bind(by_operator.then(|| bounds::without_nul(&set.actor.user)))
        .bind(set.now);
    let settings = queue_settings(&link.one(statement).await?)?;
    let what = serde_json::json!({"queue": set.queue, "limit": limit, "outcome": settings});
    events::write(link, "queue_limit", &set.actor, what, set.now).await?;
    told(link).await?;
    Ok(settings)
}

/// Tells the workers, and commits.
async fn told(link: &mut Link<'_>) -> Result<()> {
    notify(link, &Signs::other().payload(None)).await?;
    link.commit().await
}
