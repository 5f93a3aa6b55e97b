//! A turn: what succeeded is settled and what is next is claimed, in one statement and one round trip.
//!
//! That statement settles plain successes whose claim stands, most of them at their first claim. Everything else
//! (failures, cancellations, what was given back, refusals, nodes of workflows) goes through [`super::complete`]
//! first, in a transaction of its own; and so does, afterwards, what the statement did not find as it expected.

use super::claim::{self, Catch, Lanes, QUEUE_LOCK, Wanted};
use super::connect::call;
use super::link::{Link, Query, query};
use super::rows::get;
use super::{PostgresStore, complete};
use crate::model::{AttemptId, Completed, Completion, LogLine, Outcome, RunId, TaskStatus, bounds};
use crate::store::sql::{sql, statements};
use crate::store::{Result, Turn, TurnAnswer, Wakeup};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use uuid::Uuid;

const DONE: &str = "done as (
    update hyrex_task_run t set status = {SUCCESS}, finished = coalesce(@now::timestamptz, now())
    where t.id = any(@done::uuid[]) and t.executor_id is not distinct from @executor
        and (t.status = {RUNNING}) is true and t.claim_number is not distinct from @claim::int
        and t.workflow_run_id is null
    returning t.id, t.durable_id)";
const STORED: &str = "stored as (
    insert into hyrex_task_result (task_id, result, created_at)
    select u.id, u.result::json, coalesce(@now::timestamptz, now())
    from unnest(@done::uuid[], @results::text[]) u(id, result) join done using (id) where u.result is not null)";
const LOGGED: &str = "logged as (
    insert into hyrex_task_log (attempt_id, claim_number, seq, at, level, target, message)
    select u.id, @claim::int, u.seq, u.at, u.level, u.target, u.message
    from unnest(@log_ids::uuid[], @log_seqs::int[], @log_ats::timestamptz[], @log_levels::text[], @log_targets::text[],
        @log_messages::text[]) u(id, seq, at, level, target, message) join done using (id)
    on conflict do nothing)";
const SETTLED: &str = "select (select array_agg(d.id) from done d) as done_ids,
    (select array_agg(d.durable_id) from done d) as done_runs";
/// What is claimed, as columns beside those of [`SETTLED`].
const COLUMNS: &str = "id, claim_number, durable_id, root_id, parent_id, workflow_run_id, node_name, task_name, queue,
    priority, max_retries, attempt_number, timeout_seconds, scheduled_start, queued, started, args, args_size, cut";
const NO_COLUMNS: &str =
    "null::uuid, null::int, null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::text,
    null::text, null::smallint, null::smallint, null::smallint, null::int, null::timestamptz, null::timestamptz,
    null::timestamptz, null::text, null::int, null::text[]";

/// All parameters, in the order in which a statement numbers those that it has.
const PARAMETERS: [&str; 19] = [
    "executor",
    "now",
    "done",
    "results",
    "claim",
    "log_ids",
    "log_seqs",
    "log_ats",
    "log_levels",
    "log_targets",
    "log_messages",
    "class",
    "names",
    "takes",
    "tasks",
    "lane_queues",
    "lane_tasks",
    "factor",
    "small",
];

/// What a turn's statement consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    done: bool,
    logs: bool,
    claim: Option<Lanes>,
}

static TURNS: LazyLock<HashMap<Shape, (String, Vec<&'static str>)>> = LazyLock::new(|| {
    let mut turns = HashMap::new();
    for (done, logs) in [(false, false), (true, false), (true, true)] {
        for claim in [None, Some(Lanes::One), Some(Lanes::Many)] {
            let shape = Shape { done, logs, claim };
            turns.insert(shape, numbered(&sql(&named(shape))));
        }
    }
    turns
});

/// The statement with named parameters.
fn named(shape: Shape) -> String {
    let mut ctes = Vec::new();
    if shape.done {
        ctes.extend([DONE.to_owned(), STORED.to_owned()]);
    }
    if shape.logs {
        ctes.push(LOGGED.to_owned());
    }
    let main = match shape.claim.map(claim::parts) {
        None => SETTLED.to_owned(),
        Some((before, update)) if !shape.done => {
            ctes.push(before);
            update
        }
        Some((before, update)) => {
            ctes.extend([before, format!("claimed as ({update})")]);
            format!("{SETTLED}, {NO_COLUMNS} union all select null, null, {COLUMNS} from claimed")
        }
    };
    // Columns get their names from the first branch of a union.
    let main = if shape.done && shape.claim.is_some() { name_columns(&main) } else { main };
    format!("with {} {main}", ctes.join(", "))
}

fn name_columns(main: &str) -> String {
    let names: Vec<&str> = COLUMNS.split(',').map(str::trim).collect();
    let named: Vec<String> =
        NO_COLUMNS.split(',').zip(&names).map(|(null, name)| format!("{} as {name}", null.trim())).collect();
    main.replacen(NO_COLUMNS, &named.join(", "), 1)
}

/// Numbers the parameters that `text` has; which they are, in order.
fn numbered(text: &str) -> (String, Vec<&'static str>) {
    let (mut text, mut used) = (text.to_owned(), Vec::new());
    // The longer name first where one begins like another.
    for name in PARAMETERS {
        let token = format!("@{name}");
        let follows = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let (mut rest, mut out, mut seen) = (text.as_str(), String::with_capacity(text.len()), false);
        while let Some(at) = rest.find(&token) {
            let after = &rest[at + token.len()..];
            out.push_str(&rest[..at]);
            if follows(after) {
                out.push_str(&token);
            } else {
                out.push_str(&format!("${}", used.len() + 1));
                seen = true;
            }
            rest = after;
        }
        out.push_str(rest);
        text = out;
        if seen {
            used.push(name);
        }
    }
    (text, used)
}

statements! {
    ARGS = "select r.id, r.args::text as args from hyrex_task_run r where r.id = any($1::uuid[])";
    GIVE_BACK = "update hyrex_task_run r set status = {QUEUED}, executor_id = null, started = null
        where r.id = any($1::uuid[]) and r.executor_id is not distinct from $2 and (r.status = {RUNNING}) is true";
}

/// What a turn's statement is given.
#[derive(Default)]
struct Parts<'t> {
    done: Vec<&'t Completion>,
    wanted: Wanted,
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

/// The statement of a turn with its parameters.
fn bound<'t>(turn: &'t Turn, parts: &Parts<'t>) -> Query<'t> {
    let logs: Vec<(Uuid, &LogLine)> = parts
        .done
        .iter()
        .flat_map(|completion| completion.logs.iter().map(|line| (completion.fence.attempt.0, line)))
        .collect();
    let claim = (!parts.wanted.is_empty()).then(|| parts.wanted.lanes());
    let shape = Shape { done: !parts.done.is_empty(), logs: !logs.is_empty(), claim };
    // Every shape that can come up is in the table.
    let (text, names) = &TURNS[&shape];
    let mut statement = query(text.as_str());
    for name in names {
        statement = bind(statement, name, turn, parts, &logs);
    }
    statement
}

fn bind<'t>(
    statement: Query<'t>,
    name: &str,
    turn: &'t Turn,
    parts: &Parts<'t>,
    logs: &[(Uuid, &'t LogLine)],
) -> Query<'t> {
    fn lines<'t, T>(logs: &[(Uuid, &'t LogLine)], of: impl Fn(&'t LogLine) -> T) -> Vec<T> {
        logs.iter().map(|(_, line)| of(line)).collect()
    }
    let wanted = &parts.wanted;
    match name {
        "executor" => statement.bind(turn.executor.0),
        "now" => statement.bind(turn.now),
        "done" => statement.bind(parts.done.iter().map(|c| c.fence.attempt.0).collect::<Vec<_>>()),
        "results" => statement.bind(parts.done.iter().map(|c| complete::result(c)).collect::<Vec<_>>()),
        "claim" => statement.bind(parts.done.first().map(|c| c.fence.claim)),
        "log_ids" => statement.bind(logs.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
        "log_seqs" => statement.bind(lines(logs, |line| line.seq)),
        "log_ats" => statement.bind(lines(logs, |line| line.at)),
        "log_levels" => statement.bind(lines(logs, |line| bounds::without_nul(&line.level))),
        "log_targets" => statement.bind(lines(logs, |line| bounds::without_nul(&line.target))),
        "log_messages" => statement.bind(lines(logs, |line| bounds::without_nul(&line.message))),
        "class" => statement.bind(QUEUE_LOCK),
        "names" => statement.bind(wanted.names.clone()),
        "takes" => statement.bind(wanted.takes.clone()),
        "tasks" | "lane_tasks" => statement.bind(wanted.lane_tasks.clone()),
        "lane_queues" => statement.bind(wanted.lane_queues.clone()),
        "factor" => statement.bind(wanted.factor),
        _ => statement.bind(wanted.small()),
    }
}
