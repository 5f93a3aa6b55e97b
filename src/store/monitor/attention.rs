//! What needs an operator's attention, found in what an overview has read anyway.

use super::failures::{FailureGroup, Failures};
use super::reasons::PYTHON_QUIET;
use crate::model::text::human;
use crate::model::{
    AttemptId, ExecutorId, ExecutorStatus, QueueSet, TaskStatus, Timestamp, WorkflowRunId, WorkflowStatus,
};
use crate::store::{AttemptRow, ExecutorRow, QueueRow, WorkflowRunRow};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// How far back [`attention`] looks at what ended, and how far the failures that it is given should reach.
pub const ATTENTION_SPAN: Duration = Duration::from_secs(3_600);
/// So many runs that failed with the same error are told of.
pub const MANY_FAILURES: u32 = 10;

/// What [`attention`] looks at. Each list may be a page: what is not there is not told of.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'a> {
    /// The database's clock when it was read.
    pub now: Timestamp,
    /// The queues.
    pub queues: &'a [QueueRow],
    /// The executors at work.
    pub executors: &'a [ExecutorRow],
    /// The failures of the last [`ATTENTION_SPAN`].
    pub failures: &'a Failures,
    /// The newest runs that are LOST or STOPPED.
    pub broken: &'a [AttemptRow],
    /// The newest workflow runs that go on, or FAILED.
    pub workflow_runs: &'a [WorkflowRunRow],
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something does not work, or work was lost.
    Error,
    /// It may be meant, or pass by itself.
    Warning,
}

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// A queue.
    Queue(String),
    /// An executor.
    Executor(ExecutorId),
    /// An attempt.
    Attempt(AttemptId),
    /// The runs in this status.
    Runs(TaskStatus),
    /// A run of a workflow.
    WorkflowRun(WorkflowRunId),
}

/// A line of "needs attention". Names in the text are as the database holds them: whoever shows it cleans it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Attention {
    /// The rule that found it.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// One line.
    pub text: String,
    /// What to look at.
    pub open: Open,
}

/// Rules by which something needs attention, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// See [`Rule::when`], as all others.
    SilentExecutor,
    /// Nobody serves it.
    UnservedQueue,
    /// The same error again and again.
    RepeatedFailure,
    /// Lost or stopped without retries.
    BrokenRuns,
    /// It failed.
    FailedWorkflow,
    /// It should have ended.
    OverdueWorkflow,
    /// Functions that outlived their timeout.
    StuckSlots,
    /// Runs wait behind a limit.
    LimitReached,
    /// Runs wait behind a pause.
    PausedQueue,
    /// Runs wait though there is room.
    SlowQueue,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 10] = [
        Rule::SilentExecutor,
        Rule::UnservedQueue,
        Rule::RepeatedFailure,
        Rule::BrokenRuns,
        Rule::FailedWorkflow,
        Rule::OverdueWorkflow,
        Rule::StuckSlots,
        Rule::LimitReached,
        Rule::PausedQueue,
        Rule::SlowQueue,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::SilentExecutor => "silent-executor",
            Rule::UnservedQueue => "unserved-queue",
            Rule::RepeatedFailure => "repeated-failure",
            Rule::BrokenRuns => "broken-runs",
            Rule::FailedWorkflow => "failed-workflow",
            Rule::OverdueWorkflow => "overdue-workflow",
            Rule::StuckSlots => "stuck-slots",
            Rule::LimitReached => "limit-reached",
            Rule::PausedQueue => "paused-queue",
            Rule::SlowQueue => "slow-queue",
        }
    }

    /// When it tells of something: a sentence for its documentation.
    pub fn when(self) -> &'static str {
        match self {
            Rule::SilentExecutor => {
                "an executor at work gave no sign of life for longer than its lease (one of Python: for 60 s)"
            }
            Rule::UnservedQueue => "a run is queued for more than 30 s in a queue that no live executor serves",
            Rule::RepeatedFailure => "10 runs or more of a task failed with the same error within the hour",
            Rule::BrokenRuns => "runs ended lost or stopped within the hour, without a retry left",
            Rule::FailedWorkflow => "a workflow run failed within the hour",
            Rule::OverdueWorkflow => "a workflow run goes on after its deadline",
            Rule::StuckSlots => "slots of an executor are taken by functions that outlived their timeout",
            Rule::LimitReached => "a queue is at its limit, and its oldest run waits for more than a minute",
            Rule::PausedQueue => "a queue is paused, and runs wait in it",
            Rule::SlowQueue => "a queue's oldest run waits for more than 5 minutes while slots that serve it are free",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Rule::SilentExecutor
            | Rule::UnservedQueue
            | Rule::RepeatedFailure
            | Rule::BrokenRuns
            | Rule::FailedWorkflow
            | Rule::OverdueWorkflow => Severity::Error,
            Rule::StuckSlots | Rule::LimitReached | Rule::PausedQueue | Rule::SlowQueue => Severity::Warning,
        }
    }

    fn found(self, text: String, open: Open) -> Attention {
        Attention { rule: self, severity: self.severity(), text, open }
    }
}

/// What needs attention, the gravest first; reads nothing by itself.
pub fn attention(seen: &Overview<'_>) -> Vec<Attention> {
    let mut found: Vec<Attention> = Vec::new();
    found.extend(seen.executors.iter().flat_map(executor));
    found.extend(seen.queues.iter().filter_map(|queue| self::queue(queue, seen.executors)));
    found.extend(seen.failures.groups.iter().filter_map(repeated));
    found.extend([TaskStatus::Lost, TaskStatus::Stopped].into_iter().filter_map(|status| broken(seen, status)));
    found.extend(seen.workflow_runs.iter().filter_map(|run| workflow(run, seen.now)));
    // Stable: within a rule they stand as they were read.
    found.sort_by_key(|line| line.rule);
    found
}

/// Whether an executor at work gave a sign of life of late.
fn is_live(executor: &ExecutorRow) -> bool {
    executor.status == ExecutorStatus::Running
        && executor.silent_for.is_none_or(|silent| silent <= executor.lease.unwrap_or(PYTHON_QUIET))
}

fn executor(executor: &ExecutorRow) -> Vec<Attention> {
    let (mut found, open) = (Vec::new(), Open::Executor(executor.id));
    let name = &executor.name;
    if executor.status == ExecutorStatus::Running && !is_live(executor) {
        let silent = human::duration(executor.silent_for.unwrap_or_default());
        let held = human::counted(executor.held.into(), "run", "runs");
        let text = format!("executor {name} is silent for {silent} and holds {held}");
        found.push(Rule::SilentExecutor.found(text, open.clone()));
    }
    let stuck = executor.stuck.unwrap_or_default();
    if executor.status == ExecutorStatus::Running && stuck > 0 {
        let slots = human::counted(stuck.into(), "slot", "slots");
        let text = format!("{slots} of executor {name} taken by functions that outlived their timeout");
        found.push(Rule::StuckSlots.found(text, open));
    }
    found
}

/// The gravest about a queue: what follows from it is not told besides.
fn queue(queue: &QueueRow, executors: &[ExecutorRow]) -> Option<Attention> {
    let (settings, oldest) = (&queue.settings, queue.oldest?);
    let (name, waits) = (&settings.name, human::capped(queue.queued.count, queue.queued.more));
    let found = |rule: Rule, text: String| Some(rule.found(text, Open::Queue(name.clone())));
    let for_long = human::duration(oldest);
    if settings.paused_at.is_some() {
        let by = settings.paused_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        return found(Rule::PausedQueue, format!("queue {name} is paused{by}, and {waits} wait in it"));
    }
    let serving = |executor: &&ExecutorRow| is_live(executor) && QueueSet::shown_serves(&executor.queue_pattern, name);
    let serving: Vec<_> = executors.iter().filter(serving).collect();
    if serving.is_empty() {
        let late = oldest > MINUTE / 2;
        let text = format!("no live executor serves queue {name}, where {waits} wait, the oldest for {for_long}");
        return late.then(|| found(Rule::UnservedQueue, text)).flatten();
    }
    if let Some(limit) = settings.concurrency_limit.filter(|limit| queue.held.count >= *limit) {
        let text = format!("queue {name} is at its limit of {limit}, and {waits} wait, the oldest for {for_long}");
        return (oldest > MINUTE).then(|| found(Rule::LimitReached, text)).flatten();
    }
    let free: u32 = serving.iter().map(|one| one.slots.unwrap_or(1).saturating_sub(one.held)).sum();
    let text = format!("{waits} wait in queue {name}, the oldest for {for_long}, while {free} slots are free");
    (oldest > 5 * MINUTE && free > 0).then(|| found(Rule::SlowQueue, text)).flatten()
}

fn repeated(group: &FailureGroup) -> Option<Attention> {
    if group.count.count < MANY_FAILURES {
        return None;
    }
    let error = match &group.error_type {
        Some(kind) if !group.message.is_empty() => format!("{kind}: {}", group.message),
        Some(kind) => kind.clone(),
        None => group.message.clone(),
    };
    let count = human::capped(group.count.count, group.count.more);
    let text = format!("{count} runs of {} failed within the hour: {error}", group.task_name);
    Some(Rule::RepeatedFailure.found(text, Open::Attempt(group.newest)))
}

/// Whether it was within [`ATTENTION_SPAN`].
fn is_recent(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| human::between(at, now) <= ATTENTION_SPAN)
}

/// Runs that ended in `status` for good.
fn broken(seen: &Overview<'_>, status: TaskStatus) -> Option<Attention> {
    let for_good = |row: &AttemptRow| match row.status {
        TaskStatus::Lost => row.attempt_number >= row.max_retries,
        _ => true,
    };
    let of = |row: &&AttemptRow| row.status == status && for_good(row) && is_recent(row.finished, seen.now);
    let rows: Vec<_> = seen.broken.iter().filter(of).collect();
    let open = match rows[..] {
        [] => return None,
        [one] => Open::Attempt(one.id),
        _ => Open::Runs(status),
    };
    let runs = human::counted(rows.len() as u64, "run", "runs");
    Some(Rule::BrokenRuns.found(format!("{runs} ended {status} within the hour, without a retry left"), open))
}

fn workflow(run: &WorkflowRunRow, now: Timestamp) -> Option<Attention> {
    let (name, open) = (&run.workflow_name, Open::WorkflowRun(run.id));
    if run.status == WorkflowStatus::Failed && is_recent(run.finished, now) {
        let ago = run.finished.map(|at| human::ago(at, now)).unwrap_or_default();
        return Some(Rule::FailedWorkflow.found(format!("a run of workflow {name} failed {ago}"), open));
    }
    let deadline = run.deadline.filter(|deadline| run.status.is_live() && *deadline < now)?;
    let late = human::duration(human::between(deadline, now));
    Some(Rule::OverdueWorkflow.found(format!("a run of workflow {name} goes on {late} after its deadline"), open))
}
