//! The statement of a turn: which parts it has for what is settled, logged and claimed, and its parameters.

use super::claim::{self, Lanes, QUEUE_LOCK, Wanted};
use super::complete;
use super::link::{Query, query};
use crate::model::{Completion, LogLine, bounds};
use crate::store::Turn;
use crate::store::sql::sql;
use std::collections::HashMap;
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

/// What a turn's statement is given.
#[derive(Default)]
pub(super) struct Parts<'t> {
    pub done: Vec<&'t Completion>,
    pub wanted: Wanted,
}

/// The statement of a turn with its parameters.
pub(super) fn bound<'t>(turn: &'t Turn, parts: &Parts<'t>) -> Query<'t> {
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
