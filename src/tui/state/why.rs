//! Why a run does not run: sentences made of the facts around it, each of which can be looked up.

use super::ask::WhyAnswer;
use super::json::{DocLine, Tone};
use crate::model::TaskStatus;
use crate::model::text::human;
use crate::store::{Candidate, Waiting};

/// Runs that are named.
const NAMED: usize = 8;

/// The sentences about a run; the first is the answer.
pub(crate) fn sentences(facts: Option<&WhyAnswer>) -> Vec<DocLine> {
    let Some(facts) = facts else { return vec![said("there is no such run any more")] };
    let row = &facts.row;
    let mut doc = vec![DocLine::new(Tone::Strong, row.task_name.as_str()), DocLine::default()];
    doc.extend(match row.status {
        TaskStatus::Queued | TaskStatus::AwaitStartTime | TaskStatus::AwaitDeps => {
            facts.waiting.as_ref().map_or_else(|| vec![said("it waits")], reasons)
        }
        TaskStatus::Running => vec![said("it runs")],
        TaskStatus::UpForCancel => vec![said("it runs, and its worker is asked to end it")],
        TaskStatus::Success => vec![said("it ran, and succeeded")],
        TaskStatus::Failed | TaskStatus::Lost if row.attempt_number < row.max_retries => {
            vec![said("its attempt failed, and the next one is about to be made")]
        }
        TaskStatus::Failed | TaskStatus::Lost => vec![said("it failed, and its retries are used up")],
        TaskStatus::Canceled => vec![said("it was cancelled; the log tells by whom, where an operator did it")],
        TaskStatus::Stopped => vec![said("its worker stopped while it ran, and it has no retries: it ended there")],
        TaskStatus::Skipped => vec![said("a node before it in its workflow ended without success")],
    });
    doc
}

fn said(text: impl Into<String>) -> DocLine {
    DocLine::new(Tone::Plain, text)
}

fn bad(text: impl Into<String>) -> DocLine {
    DocLine::new(Tone::Bad, text)
}

/// What keeps a run that waits.
fn reasons(facts: &Waiting) -> Vec<DocLine> {
    let mut doc = match facts.row.status {
        TaskStatus::AwaitDeps => nodes(facts),
        TaskStatus::AwaitStartTime => vec![due(facts)],
        _ => Vec::new(),
    };
    if facts.row.status == TaskStatus::AwaitDeps {
        return doc;
    }
    doc.extend(paused(facts));
    doc.extend(full(facts));
    doc.extend(unserved(facts));
    if facts.row.status == TaskStatus::Queued {
        doc.extend(in_front(facts, doc.is_empty()));
    }
    doc
}

fn paused(facts: &Waiting) -> Option<DocLine> {
    let since = human::ago(facts.queue.paused_at?, facts.now);
    let by = facts.queue.paused_by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
    Some(bad(format!("queue {} is paused{by}, {since}", facts.row.queue)))
}

fn full(facts: &Waiting) -> Vec<DocLine> {
    let limit = facts.queue.concurrency_limit.filter(|limit| facts.held.count >= *limit);
    let Some(limit) = limit else { return Vec::new() };
    let by = facts.queue.limit_by.as_deref().map_or_else(String::new, |by| format!(", set by {by}"));
    let mut doc = vec![bad(format!("queue {} is at its limit of {limit}{by}; it is held by", facts.row.queue))];
    let holders = facts.holders.iter().take(NAMED);
    doc.extend(holders.map(|row| DocLine::new(Tone::Faint, format!("  {}  {}", row.run, row.task_name))));
    doc
}

fn can_run(executor: &Candidate) -> bool {
    executor.serves_queue && executor.handles_task != Some(false)
}

/// What is wrong with who works, if anything is.
fn unserved(facts: &Waiting) -> Option<DocLine> {
    let (queue, task) = (&facts.row.queue, &facts.row.task_name);
    if facts.executors.is_empty() {
        return Some(bad("no executor is at work: start one with `run-worker`"));
    }
    if !facts.executors.iter().any(|executor| executor.serves_queue) {
        let count = human::counted(facts.executors.len() as u64, "executor is", "executors are");
        return Some(bad(format!("{count} at work, and none serves queue {queue}")));
    }
    let handled = facts.executors.iter().any(can_run);
    (!handled).then(|| bad(format!("none of the executors that serve queue {queue} has a handler for {task}")))
}

/// How many are claimed before it; where nothing else keeps it, who could take it.
fn in_front(facts: &Waiting, alone: bool) -> Vec<DocLine> {
    let mut doc = Vec::new();
    if facts.ahead.count > 0 {
        let count = human::capped(facts.ahead.count, facts.ahead.more);
        doc.push(said(format!("{count} in queue {} stand in front of it", facts.row.queue)));
    }
    if alone {
        let free = |e: &&Candidate| can_run(e) && e.slots.is_none_or(|slots| e.held < slots);
        doc.push(match facts.executors.iter().filter(free).count() {
            0 => bad("every executor that could take it has all its slots taken"),
            free => said(format!("{} could take it now", human::counted(free as u64, "executor", "executors"))),
        });
    }
    doc
}

fn due(facts: &Waiting) -> DocLine {
    let why = if facts.row.attempt_number > 0 { "it waits before its next attempt" } else { "it was sent for later" };
    let when = facts
        .row
        .scheduled_start
        .map_or_else(String::new, |at| format!(": {}, {}", human::ago(at, facts.now), human::time(at)));
    said(format!("{why}{when}"))
}

fn nodes(facts: &Waiting) -> Vec<DocLine> {
    if facts.predecessors.is_empty() {
        return vec![said("it runs when all other nodes of its workflow run have ended")];
    }
    let count = human::counted(facts.predecessors.len() as u64, "node", "nodes");
    let mut doc = vec![said(format!("it waits for {count} of its workflow run:"))];
    doc.extend(facts.predecessors.iter().map(|(name, status)| {
        let status = status.as_str().to_lowercase();
        DocLine { pieces: vec![(Tone::Name, format!("  {name}")), (Tone::Faint, format!("  {status}"))], fold: None }
    }));
    doc
}
