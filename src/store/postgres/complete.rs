//! Settling attempts whatever became of them: lock the rows, decide by the model's rules, write set by set.
//!
//! One transaction takes all; when the server refuses a value of one, each goes by itself, and the one at fault ends
//! as a failure that says so. The status, the result or error, the lines logged, the next attempt and the cancelling
//! of descendants stand together or not at all.

use super::connect::call;
use super::link::{Link, query};
use super::next::Next;
use super::rows::{get, task_status};
use super::signals::Signs;
use super::workflow::advance::{Followed, Locked, NodeEnd};
use super::{PostgresStore, errors};
use crate::model::{
    AttemptId, Completed, Completion, ExecutorId, Outcome, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId,
    bounds, meets_settled,
};
use crate::store::sql::statements;
use crate::store::{Result, StoreError};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

statements! {
    LOCK = "select r.id, r.durable_id, r.status::text as status, r.executor_id, r.claim_number, r.attempt_number,
            r.max_retries, coalesce((select f.max_retries from hyrex_task_run f where f.id = r.durable_id), r.max_retries)
                as run_retries, r.cancel_subtree, r.workflow_run_id, r.node_kind is not distinct from 'finally' as finally, r.queue::text as queue, r.task_name::text as task_name
        from hyrex_task_run r where r.id = any($1::uuid[]) order by r.id for update";
    UPDATE = "update hyrex_task_run t set status = u.status::task_run_status,
            finished = case when u.back then null else coalesce($6::timestamptz, now()) end,
            executor_id = case when u.back then null else t.executor_id end,
            started = case when u.back then null else t.started end,
            max_retries = case when u.final then t.attempt_number else t.max_retries end,
            superseded = case when u.next then true else t.superseded end
        from unnest($1::uuid[], $2::text[], $3::bool[], $4::bool[], $5::bool[]) u(id, status, back, final, next)
        where t.id = u.id";
    RESULTS = "insert into hyrex_task_result (task_id, result, created_at)
        select u.id, u.result::json, coalesce($3::timestamptz, now())
        from unnest($1::uuid[], $2::text[]) u(id, result)";
}

/// An attempt as it stands under the lock.
pub(super) struct Standing {
    pub(super) id: AttemptId,
    pub(super) run: RunId,
    pub(super) status: TaskStatus,
    holder: Option<ExecutorId>,
    claim: Option<i32>,
    attempt_number: i16,
    max_retries: i16,
    /// What the run's first row says: the latest one's are higher after an operator's retry.
    run_retries: i16,
    cancel_subtree: bool,
    workflow: Option<WorkflowRunId>,
    finally: bool,
    lane: (String, String),
}

/// What is to be written about one attempt.
pub(super) struct Verdict<'c> {
    standing: Standing,
    completion: &'c Completion,
    status: TaskStatus,
    /// It will not be retried, and the row says so.
    last: bool,
    next: Option<Next>,
    error: Option<TaskError>,
}

impl Verdict<'_> {
    fn back(&self) -> bool {
        self.status == TaskStatus::Queued
    }

    /// What the run of its workflow is told.
    fn node_end(&self) -> Option<NodeEnd> {
        let Standing { workflow, run, finally, .. } = self.standing;
        let over = !self.back() && self.next.is_none();
        let succeeded = self.status == TaskStatus::Success;
        workflow.filter(|_| over).map(|workflow| NodeEnd { workflow, run, finally, succeeded })
    }
}

/// A success's result; `None`: it has none.
pub(super) fn result(completion: &Completion) -> Option<&str> {
    match &completion.outcome {
        Outcome::Success(result) => result.as_deref(),
        _ => None,
    }
}

impl PostgresStore {
    /// Settles attempts; what became of each, in order.
    pub(super) async fn complete(&self, which: &[&Completion], now: Option<Timestamp>) -> Result<Vec<Completed>> {
        let checked: Vec<Completion> = which.iter().map(|c| self.fitting(c)).collect();
        let checked: Vec<&Completion> = checked.iter().collect();
        match self.complete_together(&checked, now).await {
            Err(error) if errors::is_data(&error) => {
                let mut answers = Vec::with_capacity(checked.len());
                for completion in checked {
                    answers.push(self.complete_alone(completion, now).await?);
                }
                Ok(answers)
            }
            answers => answers,
        }
    }

    /// A result that breaks a bound makes a failure of its attempt.
    fn fitting(&self, completion: &Completion) -> Completion {
        let max = self.options.max_json;
        match result(completion) {
            Some(text) if text.len() > max => {
                let message = format!("the result has {} bytes, and at most {max} are allowed", text.len());
                failed_instead(completion, "result_too_large", message)
            }
            _ => completion.clone(),
        }
    }

    async fn complete_alone(&self, completion: &Completion, now: Option<Timestamp>) -> Result<Completed> {
        match self.complete_together(&[completion], now).await {
            Err(StoreError::Database(why)) if result(completion).is_some() => {
                let failed =
                    failed_instead(completion, "result_invalid", format!("the result cannot be stored: {why}"));
                self.complete_together(&[&failed], now).await
            }
            answers => answers,
        }
        .map(|mut answers| answers.pop().unwrap_or(Completed::Gone))
    }

    async fn complete_together(&self, which: &[&Completion], now: Option<Timestamp>) -> Result<Vec<Completed>> {
        let (answers, followed, ended) = call!(self.db.turns, link => self.complete_on(link, which, now))?;
        self.options.failpoints.answer("turn.answered")?;
        self.tell_followed(followed);
        self.tell_ended(ended);
        Ok(answers)
    }

    async fn complete_on(
        &self,
        link: &mut Link<'_>,
        which: &[&Completion],
        now: Option<Timestamp>,
    ) -> Result<(Vec<Completed>, Followed, Vec<RunId>)> {
        link.begin().await?;
        let mut workflows = Locked::default();
        workflows.lock(link, which.iter().filter_map(|completion| completion.workflow_run)).await?;
        let ids: Vec<AttemptId> = which.iter().map(|c| c.fence.attempt).collect();
        let mut standing = lock(link, &ids).await?;
        let mut answers = Vec::with_capacity(which.len());
        let mut verdicts = Vec::new();
        for completion in which {
            match standing.remove(&completion.fence.attempt) {
                None => answers.push(Completed::Gone),
                Some(row) => match decide(completion, row) {
                    Err(answer) => answers.push(answer),
                    Ok(verdict) => {
                        let next = verdict.next.as_ref().map(|next| next.id);
                        answers.push(Completed::Applied { status: verdict.status, next });
                        verdicts.push(verdict);
                    }
                },
            }
        }
        let mut followed = Followed::default();
        if !verdicts.is_empty() {
            followed = self.write(link, &verdicts, workflows, now).await?;
        }
        self.options.failpoints.pass("turn.completed")?;
        link.commit().await?;
        let ended = verdicts.iter().filter(|v| !v.back() && v.next.is_none()).map(|v| v.standing.run).collect();
        Ok((answers, followed, ended))
    }

    /// All that follows from the verdicts; what to tell others.
    async fn write(
        &self,
        link: &mut Link<'_>,
        verdicts: &[Verdict<'_>],
        mut workflows: Locked,
        now: Option<Timestamp>,
    ) -> Result<Followed> {
        let failpoints = &self.options.failpoints;
        update(link, verdicts, now).await?;
        failpoints.pass("complete.updated")?;
        write_results(link, verdicts, now).await?;
        write_errors(link, verdicts, now).await?;
        write_logs(link, verdicts).await?;
        failpoints.pass("complete.result")?;
        let next: Vec<&Next> = verdicts.iter().filter_map(|verdict| verdict.next.as_ref()).collect();
        super::next::insert(link, &next, now).await?;
        failpoints.pass("complete.next")?;
        let roots: Vec<RunId> = verdicts
            .iter()
            .filter(|verdict| verdict.standing.cancel_subtree && verdict.status.is_finished())
            .map(|verdict| verdict.standing.run)
            .collect();
        let ends: Vec<NodeEnd> = verdicts.iter().filter_map(Verdict::node_end).collect();
        // Those that a completion did not name: none of a worker's.
        workflows.lock(link, ends.iter().map(|end| end.workflow)).await?;
        let mut followed = workflows.follow(link, &ends, now).await?;
        failpoints.pass("complete.followed")?;
        followed.signs.merge(signs(verdicts));
        if !roots.is_empty() {
            super::subtree::cancel(link, &roots, now, &mut followed).await?;
        }
        Ok(followed)
    }
}

fn signs(verdicts: &[Verdict<'_>]) -> Signs {
    let mut signs = Signs::default();
    for verdict in verdicts {
        let at_once = verdict.next.as_ref().is_some_and(|next| next.delay.is_zero());
        if verdict.back() || at_once {
            signs.work.insert(verdict.standing.lane.clone());
        }
        signs.due |= verdict.next.is_some() && !at_once;
    }
    signs
}

fn failed_instead(completion: &Completion, kind: &str, message: String) -> Completion {
    let error = TaskError { kind: kind.into(), message, chain: Vec::new(), place: None };
    Completion { outcome: Outcome::FailedForGood(error), ..completion.clone() }
}

/// Locks rows in the order of their ids.
pub(super) async fn lock(link: &mut Link<'_>, ids: &[AttemptId]) -> Result<HashMap<AttemptId, Standing>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut standing = HashMap::new();
    for row in link.all(query(LOCK.as_str()).bind(ids)).await? {
        let id = AttemptId(get(&row, "id")?);
        let one = Standing {
            id,
            run: RunId(get(&row, "durable_id")?),
            status: task_status(&row)?,
            holder: get::<Option<Uuid>>(&row, "executor_id")?.map(ExecutorId),
            claim: get(&row, "claim_number")?,
            attempt_number: get(&row, "attempt_number")?,
            max_retries: get(&row, "max_retries")?,
            run_retries: get(&row, "run_retries")?,
            cancel_subtree: get::<Option<bool>>(&row, "cancel_subtree")?.unwrap_or(false),
            workflow: get::<Option<Uuid>>(&row, "workflow_run_id")?.map(WorkflowRunId),
            finally: get(&row, "finally")?,
            lane: (get(&row, "queue")?, get(&row, "task_name")?),
        };
        standing.insert(id, one);
    }
    Ok(standing)
}

/// What the model says about this completion of this row.
fn decide(completion: &Completion, row: Standing) -> Result<Verdict<'_>, Completed> {
    use TaskStatus::*;
    let fence = completion.fence;
    let holds = row.status.is_held() && row.holder == Some(fence.executor) && row.claim == Some(fence.claim);
    if !holds {
        return Err(meets_settled(&completion.outcome, fence, row.status, row.holder, row.claim));
    }
    let asked = row.status == UpForCancel;
    let left = !asked && row.attempt_number < row.max_retries;
    let (status, next, error) = match &completion.outcome {
        Outcome::Success(_) => (Success, None, None),
        Outcome::Failed(error, delay) => (Failed, left.then_some(*delay), Some(error.clone())),
        Outcome::FailedForGood(error) => (Failed, None, Some(error.clone())),
        Outcome::Canceled => (Canceled, None, None),
        Outcome::Interrupted | Outcome::NeverBegun if asked => (Canceled, None, None),
        Outcome::Interrupted if row.run_retries <= 0 => (Stopped, None, None),
        Outcome::Interrupted | Outcome::NeverBegun => (Queued, None, None),
    };
    if !row.status.may_become(status) {
        return Err(Completed::Refused { stands: row.status });
    }
    let next =
        next.map(|delay: Duration| Next { id: AttemptId::new(), after: row.id, delay: delay.min(bounds::MAX_DELAY) });
    let last = status == Failed && next.is_none();
    Ok(Verdict { standing: row, completion, status, last, next, error })
}

async fn update(link: &mut Link<'_>, verdicts: &[Verdict<'_>], now: Option<Timestamp>) -> Result<()> {
    fn column<'v, 'c, T>(verdicts: &'v [Verdict<'c>], of: impl Fn(&'v Verdict<'c>) -> T) -> Vec<T> {
        verdicts.iter().map(of).collect()
    }
    let statement = query(UPDATE.as_str())
        .bind(column(verdicts, |v| v.standing.id.0))
        .bind(column(verdicts, |v| v.status.as_str()))
        .bind(column(verdicts, Verdict::back))
        .bind(column(verdicts, |v| v.last))
        .bind(column(verdicts, |v| v.next.is_some()))
        .bind(now);
    link.run(statement).await?;
    Ok(())
}

async fn write_results(link: &mut Link<'_>, verdicts: &[Verdict<'_>], now: Option<Timestamp>) -> Result<()> {
    let (ids, results): (Vec<Uuid>, Vec<&str>) =
        verdicts.iter().filter_map(|v| Some((v.standing.id.0, result(v.completion)?))).unzip();
    if !ids.is_empty() {
        link.run(query(RESULTS.as_str()).bind(ids).bind(results).bind(now)).await?;
    }
    Ok(())
}

async fn write_errors(link: &mut Link<'_>, verdicts: &[Verdict<'_>], now: Option<Timestamp>) -> Result<()> {
    let errors: Vec<_> = verdicts.iter().filter_map(|v| Some((v.standing.id, v.error.as_ref()?))).collect();
    super::logs::insert_errors(link, &errors, now).await
}

async fn write_logs(link: &mut Link<'_>, verdicts: &[Verdict<'_>]) -> Result<()> {
    let of = |verdict: &Verdict<'_>| verdict.completion.fence;
    let lines: Vec<_> = verdicts.iter().flat_map(|v| v.completion.logs.iter().map(move |line| (of(v), line))).collect();
    super::logs::insert(link, &lines).await
}
