//! Why a run does not run: sentences made of the facts around it, each of which can be looked up.

use super::ask::WhyAnswer;
use super::json::{DocLine, Tone};
use super::screens::queues::serves;
use crate::model::text::human;
use crate::model::{ExecutorStatus, TaskStatus, Timestamp};
use crate::store::{ExecutorRow, QueueRow, WorkflowRunDetail};

/// Nodes and runs that are named.
const NAMED: usize = 8;

/// The sentences about a run; the first is the answer.
pub(crate) fn sentences(facts: Option<&WhyAnswer>, now: Timestamp) -> Vec<DocLine> {
    let Some(facts) = facts else { return vec![said("there is no such run any more")] };
    let row = &facts.row;
    let mut doc = vec![DocLine::new(Tone::Strong, row.task_name.as_str()), DocLine::default()];
    doc.extend(match row.status {
        TaskStatus::Queued => queued(facts, now),
        TaskStatus::AwaitStartTime => scheduled(facts, now),
        TaskStatus::AwaitDeps => waiting(facts),
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

/// Everything that keeps a queued run; where nothing does, who could take it.
fn queued(facts: &WhyAnswer, now: Timestamp) -> Vec<DocLine> {
    let (row, mut doc) = (&facts.row, Vec::new());
    if let Some(queue) = &facts.queue {
        doc.extend(paused(queue, now));
        doc.extend(full(queue, facts));
    }
    doc.extend(unserved(&facts.executors, &row.queue, &row.task_name));
    let kept = !doc.is_empty();
    if let Some(queue) = &facts.queue {
        let count = human::capped(queue.queued.count, queue.queued.more);
        doc.push(said(format!("{count} wait in queue {}, this one included", row.queue)));
    }
    if !kept {
        let free = |e: &&ExecutorRow| can_run(e, &row.queue, &row.task_name) && e.slots.is_none_or(|s| e.held < s);
        let free = facts.executors.iter().filter(free).count();
        doc.push(match free {
            0 => bad("every executor that could take it has all its slots taken"),
            free => said(format!("{} could take it now", human::counted(free as u64, "executor", "executors"))),
        });
    }
    doc
}

fn paused(queue: &QueueRow, now: Timestamp) -> Option<DocLine> {
    let since = human::ago(queue.settings.paused_at?, now);
    let by = queue.settings.paused_by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
    Some(bad(format!("queue {} is paused{by}, {since}", queue.settings.name)))
}

fn full(queue: &QueueRow, facts: &WhyAnswer) -> Vec<DocLine> {
    let limit = queue.settings.concurrency_limit.filter(|limit| queue.held.count >= *limit);
    let Some(limit) = limit else { return Vec::new() };
    let by = queue.settings.limit_by.as_deref().map_or_else(String::new, |by| format!(", set by {by}"));
    let mut doc = vec![bad(format!("queue {} is at its limit of {limit}{by}; it is held by", queue.settings.name))];
    doc.extend(facts.holders.iter().map(|row| {
        let text = format!("  {}  {}", row.run, row.task_name);
        DocLine::new(Tone::Faint, text)
    }));
    doc
}

fn at_work(executor: &&ExecutorRow) -> bool {
    executor.status == ExecutorStatus::Running
}

fn can_run(executor: &ExecutorRow, queue: &str, task: &str) -> bool {
    let handles = executor.task_names.as_ref().is_none_or(|names| names.iter().any(|name| name == task));
    at_work(&executor) && serves(executor, queue) && handles
}

/// What is wrong with who works, if anything is.
fn unserved(executors: &[ExecutorRow], queue: &str, task: &str) -> Option<DocLine> {
    let at_work: Vec<&ExecutorRow> = executors.iter().filter(at_work).collect();
    if at_work.is_empty() {
        return Some(bad("no executor is at work: start one with `run-worker`"));
    }
    let serving: Vec<&&ExecutorRow> = at_work.iter().filter(|executor| serves(executor, queue)).collect();
    let count = human::counted(at_work.len() as u64, "executor", "executors");
    if serving.is_empty() {
        return Some(bad(format!("none of the {count} at work serves queue {queue}")));
    }
    let handled = serving.iter().any(|executor| can_run(executor, queue, task));
    (!handled).then(|| bad(format!("none of the executors that serve queue {queue} has a handler for {task}")))
}

fn scheduled(facts: &WhyAnswer, now: Timestamp) -> Vec<DocLine> {
    let row = &facts.row;
    let why = if row.attempt_number > 0 { "it waits before its next attempt" } else { "it was sent for later" };
    let when =
        row.scheduled_start.map_or_else(String::new, |at| format!(": {}, {}", human::ago(at, now), human::time(at)));
    let mut doc = vec![said(format!("{why}{when}"))];
    doc.extend(facts.queue.as_ref().and_then(|queue| paused(queue, now)));
    doc.extend(unserved(&facts.executors, &row.queue, &row.task_name));
    doc
}

fn waiting(facts: &WhyAnswer) -> Vec<DocLine> {
    let Some(workflow) = &facts.workflow else { return vec![said("it waits for other nodes of its workflow run")] };
    let open = predecessors(workflow, facts);
    if open.is_empty() {
        return vec![said("it runs when all other nodes of its workflow run have ended")];
    }
    let mut doc =
        vec![said(format!("it waits for {} of its workflow run:", human::counted(open.len() as u64, "node", "nodes")))];
    doc.extend(open.iter().take(NAMED).map(|(name, status)| {
        let pieces =
            vec![(Tone::Name, format!("  {name}")), (Tone::Faint, format!("  {}", status.as_str().to_lowercase()))];
        DocLine { pieces, fold: None }
    }));
    doc
}

/// The nodes before this one that have not succeeded.
fn predecessors<'a>(workflow: &'a WorkflowRunDetail, facts: &WhyAnswer) -> Vec<(&'a str, TaskStatus)> {
    let Some(this) = workflow.nodes.iter().position(|node| node.row.run == facts.row.run) else { return Vec::new() };
    let before = workflow.edges.iter().filter(|(_, to)| *to == this).filter_map(|(from, _)| workflow.nodes.get(*from));
    let open = before.filter(|node| node.row.status != TaskStatus::Success);
    open.map(|node| (node.name.as_str(), node.row.status)).collect()
}
