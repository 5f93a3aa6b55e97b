//! Each rule at its bound: just not, and just so.

use super::attention::*;
use super::failures::{FailureGroup, Failures};
use crate::model::{
    AttemptId, ExecutorId, ExecutorStatus, RunId, TaskStatus, Timestamp, WorkflowRunId, WorkflowStatus,
};
use crate::store::{AttemptRow, Capped, ExecutorRow, QueueRow, QueueSettings, WorkflowRunRow};
use std::time::Duration;

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_000_000, 0).unwrap()
}

fn ago(seconds: u64) -> Option<Timestamp> {
    Some(now() - Duration::from_secs(seconds))
}

fn exactly(count: u32) -> Capped {
    Capped { count, more: false }
}

/// A queue whose oldest run waits for so long.
fn queue(oldest: u64) -> QueueRow {
    QueueRow {
        settings: QueueSettings {
            name: "q".into(),
            concurrency_limit: None,
            app_limit: None,
            limit_by_operator: false,
            limit_by: None,
            paused_at: None,
            paused_by: None,
        },
        queued: exactly(3),
        held: exactly(2),
        scheduled: exactly(0),
        oldest: Some(Duration::from_secs(oldest)),
    }
}

/// An executor with two slots that is silent for so long.
fn executor(silent: u64) -> ExecutorRow {
    ExecutorRow {
        id: ExecutorId::new(),
        name: "E1".into(),
        worker_name: "w".into(),
        status: ExecutorStatus::Running,
        queue_pattern: "*".into(),
        held: 2,
        slots: Some(2),
        stuck: Some(0),
        host: None,
        pid: None,
        version: None,
        task_names: None,
        started: None,
        stopped: None,
        silent_for: Some(Duration::from_secs(silent)),
        lease: Some(Duration::from_secs(15)),
    }
}

fn broken(status: TaskStatus, seconds: u64) -> AttemptRow {
    let run = RunId::new();
    AttemptRow {
        id: AttemptId(run.0),
        run,
        root: run,
        parent: None,
        workflow_run: None,
        node_name: None,
        task_name: "t".into(),
        queue: "q".into(),
        status,
        priority: 5,
        attempt_number: 1,
        max_retries: 1,
        timeout_seconds: None,
        executor: None,
        scheduled_start: None,
        queued: None,
        started: None,
        finished: ago(seconds),
        idempotency_key: None,
        error: None,
    }
}

fn workflow_run(status: WorkflowStatus) -> WorkflowRunRow {
    WorkflowRunRow {
        id: WorkflowRunId::new(),
        workflow_name: "etl".into(),
        status,
        reason: None,
        parent: None,
        root: None,
        queue: "q".into(),
        timeout_seconds: None,
        deadline: None,
        queued: None,
        started: None,
        finished: None,
        idempotency_key: None,
        nodes_left: None,
    }
}

struct Seen {
    queues: Vec<QueueRow>,
    executors: Vec<ExecutorRow>,
    failures: Failures,
    broken: Vec<AttemptRow>,
    workflow_runs: Vec<WorkflowRunRow>,
}

/// A quiet house: one executor, fully at work.
fn quiet() -> Seen {
    Seen {
        queues: vec![],
        executors: vec![executor(1)],
        failures: Failures::default(),
        broken: vec![],
        workflow_runs: vec![],
    }
}

impl Seen {
    fn lines(&self) -> Vec<Attention> {
        attention(&Overview {
            now: now(),
            queues: &self.queues,
            executors: &self.executors,
            failures: &self.failures,
            broken: &self.broken,
            workflow_runs: &self.workflow_runs,
        })
    }

    fn rules(&self) -> Vec<Rule> {
        self.lines().iter().map(|line| line.rule).collect()
    }
}

#[test]
fn a_quiet_house_needs_nothing() {
    assert_eq!(quiet().lines(), []);
    let waits = Seen { queues: vec![queue(10_000)], ..quiet() };
    assert_eq!(waits.lines(), [], "all slots are at work: it is slow, and nothing is wrong");
}

#[test]
fn an_executor_is_silent_after_its_lease() {
    assert_eq!(Seen { executors: vec![executor(15)], ..quiet() }.rules(), []);
    let seen = Seen { executors: vec![executor(16)], ..quiet() };
    assert_eq!(seen.lines()[0].text, "executor E1 is silent for 16s and holds 2 runs");
    assert_eq!(seen.lines()[0].open, Open::Executor(seen.executors[0].id));
    let python = |silent| Seen { executors: vec![ExecutorRow { lease: None, ..executor(silent) }], ..quiet() };
    assert_eq!((python(60).rules(), python(61).rules()), (vec![], vec![Rule::SilentExecutor]));
    let ended = ExecutorRow { status: ExecutorStatus::Shutdown, ..executor(900) };
    assert_eq!(Seen { executors: vec![ended], ..quiet() }.rules(), []);
}

#[test]
fn a_queue_that_nobody_serves_is_told_of_after_half_a_minute() {
    let seen = |oldest, executors| Seen { queues: vec![queue(oldest)], executors, ..quiet() };
    assert_eq!(seen(30, vec![]).rules(), []);
    assert_eq!(seen(31, vec![]).rules(), [Rule::UnservedQueue]);
    let others = ExecutorRow { queue_pattern: "mail,web-*".into(), ..executor(1) };
    assert_eq!(seen(31, vec![others]).rules(), [Rule::UnservedQueue]);
    assert_eq!(seen(31, vec![executor(1)]).rules(), []);
    let text = &seen(31, vec![]).lines()[0].text;
    assert_eq!(text, "no live executor serves queue q, where 3 wait, the oldest for 31s");
}

#[test]
fn a_pause_is_told_of_while_runs_wait_and_hides_what_follows_from_it() {
    let mut paused = queue(400);
    (paused.settings.paused_at, paused.settings.paused_by) = (ago(500), Some("ada".into()));
    let seen = Seen { queues: vec![paused.clone()], executors: vec![], ..quiet() };
    assert_eq!(seen.lines()[0].text, "queue q is paused by ada, and 3 wait in it");
    assert_eq!(seen.rules(), [Rule::PausedQueue]);
    (paused.oldest, paused.queued) = (None, exactly(0));
    assert_eq!(Seen { queues: vec![paused], ..quiet() }.rules(), []);
}

#[test]
fn a_limit_is_told_of_when_runs_wait_for_it() {
    let limited = |limit, oldest| {
        let mut queue = queue(oldest);
        queue.settings.concurrency_limit = Some(limit);
        Seen { queues: vec![queue], ..quiet() }
    };
    assert_eq!((limited(2, 60).rules(), limited(3, 61).rules()), (vec![], vec![]));
    assert_eq!(limited(2, 61).rules(), [Rule::LimitReached]);
}

#[test]
fn a_queue_is_slow_only_while_slots_are_free() {
    let seen = |oldest, held| Seen {
        queues: vec![queue(oldest)],
        executors: vec![ExecutorRow { held, ..executor(1) }],
        ..quiet()
    };
    assert_eq!((seen(300, 0).rules(), seen(301, 2).rules()), (vec![], vec![]));
    assert_eq!(seen(301, 1).rules(), [Rule::SlowQueue]);
}

#[test]
fn stuck_slots_are_told_of() {
    let seen = Seen { executors: vec![ExecutorRow { stuck: Some(1), ..executor(1) }], ..quiet() };
    assert_eq!(seen.lines()[0].text, "1 slot of executor E1 taken by functions that outlived their timeout");
}

#[test]
fn one_error_of_ten_runs_is_told_of() {
    let seen = |count| {
        let group = FailureGroup {
            task_name: "pay".into(),
            error_type: Some("Refused".into()),
            message: "no".into(),
            count: Capped { count, more: true },
            first: now(),
            last: now(),
            newest: AttemptId::new(),
        };
        Seen { failures: Failures { groups: vec![group], looked_at: None }, ..quiet() }
    };
    assert_eq!(seen(9).rules(), []);
    assert_eq!(seen(10).lines()[0].text, "10+ runs of pay failed within the hour: Refused: no");
}

#[test]
fn runs_that_are_lost_or_stopped_for_good_are_told_of_for_an_hour() {
    let seen = |broken| Seen { broken, ..quiet() };
    assert_eq!(seen(vec![broken(TaskStatus::Stopped, 3601)]).rules(), []);
    let retried = AttemptRow { attempt_number: 0, ..broken(TaskStatus::Lost, 5) };
    assert_eq!(seen(vec![retried]).rules(), [], "it has a retry left");
    let both = seen(vec![broken(TaskStatus::Lost, 3600), broken(TaskStatus::Stopped, 1), broken(TaskStatus::Lost, 1)]);
    let lines = both.lines();
    assert_eq!(lines[0].text, "2 runs ended LOST within the hour, without a retry left");
    assert_eq!((&lines[0].open, &lines[1].open), (&Open::Runs(TaskStatus::Lost), &Open::Attempt(both.broken[1].id)));
}

#[test]
fn workflow_runs_are_told_of_when_late_or_failed() {
    let run = |status, deadline, finished| WorkflowRunRow { deadline, finished, ..workflow_run(status) };
    let rules = |run| Seen { workflow_runs: vec![run], ..quiet() }.rules();
    assert_eq!(rules(run(WorkflowStatus::Running, ago(0), None)), []);
    assert_eq!(rules(run(WorkflowStatus::Running, ago(1), None)), [Rule::OverdueWorkflow]);
    assert_eq!(rules(run(WorkflowStatus::Success, ago(9), ago(1))), []);
    assert_eq!(rules(run(WorkflowStatus::Failed, ago(9), ago(3600))), [Rule::FailedWorkflow]);
    assert_eq!(rules(run(WorkflowStatus::Failed, None, ago(3601))), []);
}

#[test]
fn the_gravest_stands_first_and_each_rule_has_its_own_words() {
    let seen = Seen {
        queues: vec![queue(400)],
        executors: vec![ExecutorRow { stuck: Some(1), held: 0, ..executor(1) }, executor(99)],
        broken: vec![broken(TaskStatus::Lost, 1)],
        ..quiet()
    };
    let severities: Vec<_> = seen.lines().iter().map(|line| line.severity).collect();
    assert!(severities.is_sorted());
    assert_eq!(seen.rules(), [Rule::SilentExecutor, Rule::BrokenRuns, Rule::StuckSlots, Rule::SlowQueue]);
    let mut words: Vec<_> = Rule::ALL.iter().flat_map(|rule| [rule.name(), rule.when()]).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 2 * Rule::ALL.len());
    assert!(Rule::ALL.is_sorted());
}

#[test]
fn the_documentation_has_every_rule_in_its_own_words() {
    let docs = include_str!("../../../docs/attention.md");
    for rule in Rule::ALL {
        let severity = if rule.severity() == Severity::Error { "error" } else { "warning" };
        let line = format!("| `{}` | {severity} | {} |", rule.name(), rule.when());
        assert!(docs.contains(&line), "docs/attention.md lacks: {line}");
    }
}
