//! A turn: what succeeded is settled and what is next is claimed, in one statement and one round trip.
//!
//! That statement settles plain successes whose claim stands, most of them at their first claim. Everything else
//! (failures, cancellations, what was given back, refusals, nodes of workflows) goes through [`super::complete`]
//! first, in a transaction of its own; and so does, afterwards, what the statement did not find as it expected.

use super::PostgresStore;
use super::claim::{Catch, Wanted};
use super::connect::call;
use super::link::{Link, query};
use super::rows::get;
use super::turn_statement::{Parts, bound};
use crate::model::{AttemptId, Completed, Completion, Outcome, RunId, TaskStatus};
use crate::store::sql::statements;
use crate::store::{Result, Turn, TurnAnswer, Wakeup};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

statements! {
    ARGS = "select r.id, r.args::text as args from hyrex_task_run r where r.id = any($1::uuid[])";
    GIVE_BACK = "update hyrex_task_run r set status = {QUEUED}, executor_id = null, started = null
        where r.id = any($1::uuid[]) and r.executor_id is not distinct from $2 and (r.status = {RUNNING}) is true";
}

/// What it gave.
#[derive(Default)]
struct Got {
    done: HashSet<AttemptId>,
    runs: Vec<RunId>,
    catch: Catch,
}

impl PostgresStore {
    /// Settles what ended and claims what is next.
    pub(super) async fn take_turn(&self, turn: Turn) -> Result<TurnAnswer> {
        self.know_queues(&turn.claim).await?;
        let mut answers: Vec<Option<Completed>> = vec![None; turn.completions.len()];
        let (first, repeated) = without_repeats(&turn.completions);
        let (fast, slow) = self.divide(&turn, first, repeated.is_empty());
        self.settle(&turn, &slow, &mut answers).await?;
        for at in repeated {
            // Before the claim, which may hold the attempt anew.
            self.settle(&turn, &[at], &mut answers).await?;
        }
        let mut got = match self.statement(&turn, &fast).await {
            Err(error) if super::errors::is_data(&error) => {
                // One result that the server cannot take: those go one by one, and the claim is made by itself.
                self.settle(&turn, &fast, &mut answers).await?;
                self.statement(&turn, &[]).await?
            }
            got => got?,
        };
        for at in &fast {
            if got.done.contains(&turn.completions[*at].fence.attempt) {
                answers[*at] = Some(Completed::Applied { status: TaskStatus::Success, next: None });
            }
        }
        // What the claim of this very statement took was QUEUED when its settlement looked for it.
        let taken: HashSet<AttemptId> = got.catch.runs.iter().map(|run| run.fence.attempt).collect();
        for at in fast.iter().filter(|at| taken.contains(&turn.completions[**at].fence.attempt)) {
            answers[*at] = Some(Completed::Refused { stands: TaskStatus::Queued });
        }
        let left: Vec<usize> = fast.into_iter().filter(|at| answers[*at].is_none()).collect();
        self.settle(&turn, &left, &mut answers).await?;
        self.claim_limited(&turn, &mut got.catch).await?;
        self.tell_ended(std::mem::take(&mut got.runs));
        let claimed = self.finish_catch(&turn, got.catch).await?;
        let stands = Completed::Gone;
        Ok(TurnAnswer { completed: answers.into_iter().map(|a| a.unwrap_or(stands)).collect(), claimed })
    }

    /// Which completions the one statement can settle, where it `may` settle any: plain successes of the commonest
    /// claim number, held by the turn's own executor.
    fn divide(&self, turn: &Turn, which: Vec<usize>, may: bool) -> (Vec<usize>, Vec<usize>) {
        let completions = &turn.completions;
        let plain = |completion: &Completion| {
            let fits = match &completion.outcome {
                Outcome::Success(result) => result.as_ref().is_none_or(|text| text.len() <= self.options.max_json),
                _ => false,
            };
            may && fits && completion.workflow_run.is_none() && completion.fence.executor == turn.executor
        };
        let mut counts: HashMap<i32, usize> = HashMap::new();
        for at in which.iter().filter(|at| plain(&completions[**at])) {
            *counts.entry(completions[*at].fence.claim).or_default() += 1;
        }
        let commonest = counts.into_iter().max_by_key(|(claim, count)| (*count, -claim)).map(|(claim, _)| claim);
        which.into_iter().partition(|at| {
            let completion = &completions[*at];
            plain(completion) && Some(completion.fence.claim) == commonest
        })
    }

    async fn settle(&self, turn: &Turn, which: &[usize], answers: &mut [Option<Completed>]) -> Result<()> {
        if which.is_empty() {
            return Ok(());
        }
        let completions: Vec<&Completion> = which.iter().map(|at| &turn.completions[*at]).collect();
        let settled = self.complete(&completions, turn.now).await?;
        for (at, completed) in which.iter().zip(settled) {
            answers[*at] = Some(completed);
        }
        Ok(())
    }

    async fn statement(&self, turn: &Turn, fast: &[usize]) -> Result<Got> {
        let done: Vec<&Completion> = fast.iter().map(|at| &turn.completions[*at]).collect();
        let parts = Parts { done, wanted: Wanted::of(&turn.claim) };
        if parts.done.is_empty() && parts.wanted.is_empty() {
            return Ok(Got::default());
        }
        let mut got = call!(self.db.turns, link => self.run_statement(link, turn, &parts))?;
        self.options.failpoints.answer("turn.answered")?;
        if let Some(rest) = parts.wanted.rest(&got.catch.cut, &got.catch.counts()) {
            // Others had locked what stood in front, and there was more behind.
            let rest = Parts { done: Vec::new(), wanted: rest };
            got.catch.merge(call!(self.db.turns, link => self.run_statement(link, turn, &rest))?.catch);
        }
        Ok(got)
    }

    /// One statement; with failpoints, inside a transaction that they can break.
    async fn run_statement(&self, link: &mut Link<'_>, turn: &Turn, parts: &Parts<'_>) -> Result<Got> {
        let fallible = self.options.failpoints.are_enabled();
        if fallible {
            link.begin().await?;
        }
        let statement = bound(turn, parts);
        let rows = link.all(statement).await?;
        if fallible {
            self.options.failpoints.pass("turn.completed")?;
            self.options.failpoints.pass("turn.claimed")?;
            link.commit().await?;
        }
        let mut got = Got::default();
        let mut settles = !parts.done.is_empty();
        for row in &rows {
            // One row tells of what was settled: the only one without an attempt, as a rule the first.
            if settles && (parts.wanted.is_empty() || get::<Option<Uuid>>(row, "id")?.is_none()) {
                let ids: Option<Vec<Uuid>> = get(row, "done_ids")?;
                let runs: Option<Vec<Uuid>> = get(row, "done_runs")?;
                got.done = ids.unwrap_or_default().into_iter().map(AttemptId).collect();
                got.runs = runs.unwrap_or_default().into_iter().map(RunId).collect();
                settles = false;
            } else {
                got.catch.add(row, turn.executor)?;
            }
        }
        Ok(got)
    }

    /// Orders what was claimed, gives back what is too much of it, and fetches large arguments.
    async fn finish_catch(&self, turn: &Turn, mut catch: Catch) -> Result<Vec<crate::model::ClaimedRun>> {
        catch.sort(&turn.claim);
        let too_much: Vec<Uuid> = catch.too_much().into_iter().map(|run| run.fence.attempt.0).collect();
        if !too_much.is_empty() {
            call!(self.db.turns, link => async {
                link.run(query(GIVE_BACK.as_str()).bind(too_much.clone()).bind(turn.executor.0)).await
            })?;
        }
        let missing: Vec<Uuid> = catch
            .runs
            .iter()
            .map(|run| run.fence.attempt)
            .filter(|id| catch.large.contains_key(id))
            .map(|id| id.0)
            .collect();
        if !missing.is_empty() {
            let rows = call!(self.db.turns, link => async {
                link.all(query(ARGS.as_str()).bind(missing.clone())).await
            })?;
            let mut args = HashMap::new();
            for row in &rows {
                args.insert(AttemptId(get(row, "id")?), get::<String>(row, "args")?);
            }
            for run in &mut catch.runs {
                if let Some(text) = args.remove(&run.fence.attempt) {
                    run.args = text;
                }
            }
        }
        Ok(catch.runs)
    }

    /// Tells whoever waits in this process that runs ended.
    pub(super) fn tell_ended(&self, runs: Vec<RunId>) {
        if !runs.is_empty() && self.hub.has_subscribers() {
            self.hub.tell(Wakeup::Ended(runs));
        }
    }
}

/// The completions that are the first of their attempt, and those that come again.
fn without_repeats(completions: &[Completion]) -> (Vec<usize>, Vec<usize>) {
    let mut seen = HashSet::with_capacity(completions.len());
    (0..completions.len()).partition(|at| seen.insert(completions[*at].fence.attempt))
}
