//! Deleting runs that ended long ago. What is looked at is not locked; what is to go is locked as it stands, nothing
//! is waited for, and nothing that a claim or a completion needs is held.

use super::PostgresStore;
use super::connect::call;
use super::inspect_run::LATEST;
use super::link::{Link, Query, query};
use super::rows::get;
use crate::model::Timestamp;
use crate::store::sql::statements;
use crate::store::{PruneBatch, Pruned, Result};
use uuid::Uuid;

/// Whether attempt `t`, the latest of its run, may go: `$1` statuses, `$2` the cutoff, `$3` whether of workflows too.
/// A scalar subquery: an EXISTS may be planned as a hash of the whole table.
const DUE: &str = "t.status in {finished} and t.status::text = any($1) and t.superseded is not true
    and coalesce(t.finished, t.started, t.queued, t.scheduled_start) < $2
    and (t.status not in ({FAILED}, {LOST}) or t.attempt_number >= t.max_retries)
    and (t.workflow_run_id is null or $3 and (
        select w.status in ({SUCCESS}, {FAILED}, {CANCELED}) and coalesce(w.finished < $2, false)
        from hyrex_workflow_run w where w.id = t.workflow_run_id) is not false)";

statements! {
    NOW = "select coalesce($1::timestamptz, now()) as now";
    LOOK = &format!("select u.id, t.id as latest from (
            select r.id, r.durable_id = r.id as first from hyrex_task_run r where r.id > $4 and r.id < $5
            order by r.id limit $6
        ) u left join {LATEST} on u.first left join hyrex_task_run t on t.id = a.id and {DUE} order by u.id");
    /// A repair of a workflow run comes before or after, as a whole.
    HOLD_WORKFLOWS = "select w.id from hyrex_workflow_run w where w.id in (
            select t.workflow_run_id from hyrex_task_run t where t.id = any($1) and t.workflow_run_id is not null)
            and w.status in ({SUCCESS}, {FAILED}, {CANCELED})
        order by w.id for update";
    LOCK = &format!("select t.durable_id from hyrex_task_run t where t.id = any($4) and {DUE}
        order by t.id for update of t skip locked");
    ATTEMPTS = "select r.id from hyrex_task_run r where r.id = any($1) and r.durable_id = r.id
        union all select r.id from hyrex_task_run r where r.durable_id = any($1) and r.durable_id <> r.id";
    DELETE = "with result as (delete from hyrex_task_result s where s.task_id = any($1)),
            error as (delete from hyrex_task_error e where e.attempt_id = any($1)),
            log as (delete from hyrex_task_log l where l.attempt_id = any($1)),
            progress as (delete from hyrex_task_progress p where p.attempt_id = any($1))
        delete from hyrex_task_run r where r.id = any($1)";
    DELETE_WORKFLOWS = "with gone as (
            delete from hyrex_workflow_run w where w.id = any($1)
                and not exists (select from hyrex_task_run t where t.workflow_run_id = w.id)
            returning w.id, w.workflow_name, w.idempotency_key
        ), edge as (
            delete from hyrex_workflow_edge e where e.workflow_run_id in (select g.id from gone g)
        ) delete from hyrex_workflow_key k using gone g
        where k.workflow_name = g.workflow_name and k.idempotency_key = g.idempotency_key and k.workflow_run_id = g.id";
    /// One entry a prune: each batch adds what it deleted.
    EVENT = "insert into hyrex_system_logs as l (id, timestamp, event_name, event_body)
        values ($1, coalesce($2::timestamptz, now()), 'prune', $3::text::json)
        on conflict (id) do update set timestamp = excluded.timestamp, event_body = jsonb_set(excluded.event_body::jsonb,
            '{runs}', to_jsonb((l.event_body ->> 'runs')::bigint + (excluded.event_body ->> 'runs')::bigint))::json";
}

impl PostgresStore {
    /// One batch.
    pub(super) async fn prune_batch(&self, batch: &PruneBatch) -> Result<Pruned> {
        let (found, next) = call!(self.db.rest, link => look(link, batch))?;
        if batch.dry_run || found.is_empty() {
            return Ok(Pruned { runs: count(found.len()), next });
        }
        let runs = call!(self.db.rest, link => self.delete(link, batch, &found))?;
        self.options.failpoints.answer("prune.answered")?;
        Ok(Pruned { runs, next })
    }

    /// Deletes what still may go of what was found; how many runs.
    async fn delete(&self, link: &mut Link<'_>, batch: &PruneBatch, found: &[Uuid]) -> Result<u32> {
        link.begin().await?;
        let cutoff = batch.cutoff(now(link, batch).await?);
        let workflows = ids(link, query(HOLD_WORKFLOWS.as_str()).bind(found.to_vec()), "id").await?;
        let lock = due(query(LOCK.as_str()), batch, cutoff).bind(found.to_vec());
        let runs = ids(link, lock, "durable_id").await?;
        if runs.is_empty() {
            link.rollback().await?;
            return Ok(0);
        }
        let attempts = ids(link, query(ATTEMPTS.as_str()).bind(runs.clone()), "id").await?;
        self.options.failpoints.pass("prune.locked")?;
        link.run(query(DELETE.as_str()).bind(attempts)).await?;
        if !workflows.is_empty() {
            link.run(query(DELETE_WORKFLOWS.as_str()).bind(workflows)).await?;
        }
        self.options.failpoints.pass("prune.deleted")?;
        let body = batch.event(count(runs.len())).to_string();
        link.run(query(EVENT.as_str()).bind(batch.id).bind(batch.now).bind(body)).await?;
        link.commit().await?;
        Ok(count(runs.len()))
    }
}

/// The latest attempts of the runs that may go, and where the next batch starts.
async fn look(link: &mut Link<'_>, batch: &PruneBatch) -> Result<(Vec<Uuid>, Option<Uuid>)> {
    let now = now(link, batch).await?;
    let (window, limit) = (batch.window(now), batch.rows());
    let look = due(query(LOOK.as_str()), batch, batch.cutoff(now));
    let rows = link.all(look.bind(window.from).bind(window.to).bind(i64::from(limit))).await?;
    let last = rows.last().map(|row| get(row, "id")).transpose()?;
    let mut found = Vec::new();
    for row in &rows {
        found.extend(get::<Option<Uuid>>(row, "latest")?);
    }
    Ok((found, window.next(rows.len(), limit, last)))
}

async fn now(link: &mut Link<'_>, batch: &PruneBatch) -> Result<Timestamp> {
    let row = link.optional(query(NOW.as_str()).bind(batch.now)).await?;
    // It has one row.
    row.map_or_else(|| Ok(Timestamp::default()), |row| get(&row, "now"))
}

/// Binds what [`DUE`] asks for.
fn due<'q>(query: Query<'q>, batch: &PruneBatch, cutoff: Timestamp) -> Query<'q> {
    let all = &crate::model::TaskStatus::FINISHED[..];
    let statuses = if batch.statuses.is_empty() { all } else { &batch.statuses };
    let names: Vec<String> = statuses.iter().map(ToString::to_string).collect();
    query.bind(names).bind(cutoff).bind(batch.statuses.is_empty())
}

async fn ids(link: &mut Link<'_>, query: Query<'_>, column: &str) -> Result<Vec<Uuid>> {
    link.all(query).await?.iter().map(|row| get(row, column)).collect()
}

fn count(runs: usize) -> u32 {
    u32::try_from(runs).unwrap_or(u32::MAX)
}
