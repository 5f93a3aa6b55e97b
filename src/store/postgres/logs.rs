//! What an attempt leaves to read: log lines, its error, how far it says it is. U+0000 is replaced, never refused.

use super::PostgresStore;
use super::connect::call;
use super::link::{Link, query};
use crate::model::{AttemptId, Fence, LogLine, TaskError, Timestamp, bounds};
use crate::store::sql::statements;
use crate::store::{Logged, Result};
use uuid::Uuid;

statements! {
    INSERT = "insert into hyrex_task_log (attempt_id, claim_number, seq, at, level, target, message)
        select * from unnest($1::uuid[], $2::int[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
        on conflict do nothing";
    /// The rows are locked, so that no line comes after the completion of its attempt.
    APPEND = "with held as (
            select r.id, r.claim_number from unnest($8::uuid[], $9::uuid[], $10::int[]) f(id, executor, claim)
            join hyrex_task_run r on r.id = f.id
            where (r.status in {held}) is true and r.executor_id = f.executor and r.claim_number = f.claim
            order by r.id for share of r)
        insert into hyrex_task_log (attempt_id, claim_number, seq, at, level, target, message)
        select u.id, u.claim, u.seq, u.at, u.level, u.target, u.message
        from unnest($1::uuid[], $2::int[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
            u(id, claim, seq, at, level, target, message) join held h on h.id = u.id and h.claim_number = u.claim
        on conflict do nothing";
    PROGRESS = "with held as (
            select r.id from hyrex_task_run r where r.id = $1 and (r.status in {held}) is true
                and r.executor_id = $2 and r.claim_number = $3 for share of r)
        insert into hyrex_task_progress (attempt_id, claim_number, fraction, message, at)
        select h.id, $3, $4, $5, coalesce($6::timestamptz, now()) from held h
        on conflict (attempt_id) do update set claim_number = excluded.claim_number, fraction = excluded.fraction,
            message = excluded.message, at = excluded.at";
    /// A cause is an element of a JSON array: arrays of arrays must be rectangles.
    ERRORS = "insert into hyrex_task_error (attempt_id, kind, message, chain, place, created_at)
        select u.id, u.kind, u.message, array(select json_array_elements_text(u.chain::json)), u.place,
            coalesce($6::timestamptz, now())
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) u(id, kind, message, chain, place)
        on conflict do nothing";
}

/// Lines as columns.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    claims: Vec<i32>,
    seqs: Vec<i32>,
    ats: Vec<Timestamp>,
    levels: Vec<String>,
    targets: Vec<String>,
    messages: Vec<String>,
}

impl Columns {
    fn of<'l>(lines: impl Iterator<Item = (Fence, &'l LogLine)>) -> Self {
        let mut columns = Self::default();
        for (fence, line) in lines {
            columns.ids.push(fence.attempt.0);
            columns.claims.push(fence.claim);
            columns.seqs.push(line.seq);
            columns.ats.push(line.at);
            columns.levels.push(bounds::without_nul(&line.level));
            columns.targets.push(bounds::without_nul(&line.target));
            columns.messages.push(bounds::without_nul(&line.message));
        }
        columns
    }

    fn bind(self, text: &'static str) -> super::link::Query<'static> {
        query(text)
            .bind(self.ids)
            .bind(self.claims)
            .bind(self.seqs)
            .bind(self.ats)
            .bind(self.levels)
            .bind(self.targets)
            .bind(self.messages)
    }
}

/// Writes lines within a transaction that holds their attempts.
pub(super) async fn insert(link: &mut Link<'_>, lines: &[(Fence, &LogLine)]) -> Result<()> {
    if !lines.is_empty() {
        link.run(Columns::of(lines.iter().copied()).bind(INSERT.as_str())).await?;
    }
    Ok(())
}

/// Writes errors within the transaction that makes their attempts fail.
pub(super) async fn insert_errors(
    link: &mut Link<'_>,
    errors: &[(AttemptId, &TaskError)],
    now: Option<Timestamp>,
) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&TaskError) -> &str| -> Vec<String> {
        errors.iter().map(|(_, error)| bounds::without_nul(of(error))).collect()
    };
    let chains: Vec<String> = errors.iter().map(|(_, error)| chain(error)).collect();
    let places: Vec<Option<String>> =
        errors.iter().map(|(_, error)| error.place.as_deref().map(bounds::without_nul)).collect();
    let statement = query(ERRORS.as_str())
        .bind(errors.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
        .bind(text(|error| &error.kind))
        .bind(text(|error| &error.message))
        .bind(chains)
        .bind(places)
        .bind(now);
    link.run(statement).await?;
    Ok(())
}

fn chain(error: &TaskError) -> String {
    let causes: Vec<String> = error.chain.iter().map(|cause| bounds::without_nul(cause)).collect();
    serde_json::to_string(&causes).unwrap_or_else(|_| "[]".into())
}

impl PostgresStore {
    /// Keeps lines of attempts that run on; those of a claim that no longer holds are dropped.
    pub(super) async fn append_logs(&self, logged: &[Logged]) -> Result<()> {
        if logged.iter().all(|one| one.lines.is_empty()) {
            return Ok(());
        }
        call!(self.db.rest, link => async {
            let lines = logged.iter().flat_map(|one| one.lines.iter().map(|line| (one.fence, line)));
            let statement = Columns::of(lines)
                .bind(APPEND.as_str())
                .bind(logged.iter().map(|one| one.fence.attempt.0).collect::<Vec<_>>())
                .bind(logged.iter().map(|one| one.fence.executor.0).collect::<Vec<_>>())
                .bind(logged.iter().map(|one| one.fence.claim).collect::<Vec<_>>());
            link.run(statement).await
        })?;
        Ok(())
    }

    /// Keeps how far an attempt says it is; whether its claim still holds.
    pub(super) async fn set_progress(
        &self,
        fence: Fence,
        fraction: f32,
        message: &str,
        now: Option<Timestamp>,
    ) -> Result<bool> {
        let message = bounds::without_nul(message);
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        let written = call!(self.db.rest, link => async {
            let statement = query(PROGRESS.as_str())
                .bind(fence.attempt.0)
                .bind(fence.executor.0)
                .bind(fence.claim)
                .bind(fraction)
                .bind(message.as_str())
                .bind(now);
            link.run(statement).await
        })?;
        Ok(written > 0)
    }
}
