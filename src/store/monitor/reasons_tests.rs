//! Each reason from the smallest facts that make it, and in its words.

use super::reasons::Reason;
use super::waiting::{Candidate, Waiting};
use crate::model::dag::Cause;
use crate::model::{AttemptId, ExecutorId, RunId, TaskStatus, Timestamp, WorkflowStatus};
use crate::store::{AttemptRow, Capped, QueueSettings, WorkflowState};
use std::time::Duration;

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_000_000 + second, 0).unwrap()
}

fn row(status: TaskStatus) -> AttemptRow {
    let run = RunId::new();
    AttemptRow {
        id: AttemptId(run.0),
        run,
        root: run,
        parent: None,
        workflow_run: None,
        node_name: None,
        task_name: "pay".into(),
        queue: "money".into(),
        status,
        priority: 5,
        attempt_number: 0,
        max_retries: 0,
        timeout_seconds: None,
        executor: None,
        scheduled_start: None,
        queued: Some(at(0)),
        started: None,
        finished: None,
        idempotency_key: None,
        error: None,
    }
}

fn executor() -> Candidate {
    Candidate {
        id: ExecutorId::new(),
        name: "e".into(),
        serves_queue: true,
        handles_task: Some(true),
        slots: Some(2),
        held: 0,
        silent_for: Some(Duration::from_secs(3)),
        lease: Some(Duration::from_secs(15)),
    }
}

const NONE: Capped = Capped { count: 0, more: false };

/// A run that nothing keeps.
fn free(status: TaskStatus) -> Waiting {
    Waiting {
        now: at(60),
        row: row(status),
        queue: QueueSettings {
            name: "money".into(),
            concurrency_limit: None,
            app_limit: None,
            limit_by_operator: false,
            limit_by: None,
            paused_at: None,
            paused_by: None,
        },
        held: NONE,
        holders: Vec::new(),
        ahead: NONE,
        predecessors: Vec::new(),
        executors: vec![executor()],
        workflow: None,
    }
}

fn words(waiting: &Waiting) -> Vec<String> {
    waiting.reasons().iter().map(Reason::to_string).collect()
}

#[test]
fn what_nothing_keeps_should_start() {
    assert_eq!(free(TaskStatus::Queued).reasons(), [Reason::Soon]);
    assert_eq!(words(&free(TaskStatus::Queued)), ["nothing keeps it: it should start any moment"]);
}

#[test]
fn a_pause_says_since_when_and_by_whom() {
    let mut waiting = free(TaskStatus::Queued);
    (waiting.queue.paused_at, waiting.queue.paused_by) = (Some(at(0)), Some("ada".into()));
    let said = words(&waiting);
    assert_eq!(said, ["queue money is paused since 1970-01-12 13:46:40.000 UTC (1m00s) by ada"]);
}

#[test]
fn a_limit_names_who_holds_the_queue() {
    let mut waiting = free(TaskStatus::Queued);
    waiting.queue.concurrency_limit = Some(2);
    waiting.held = Capped { count: 1, more: false };
    assert_eq!(waiting.reasons(), [Reason::Soon], "one slot of the limit is free");
    waiting.held.count = 2;
    waiting.holders = vec![row(TaskStatus::Running), row(TaskStatus::Running)];
    let [one, two] = [waiting.holders[0].run, waiting.holders[1].run];
    assert_eq!(words(&waiting), [format!("the limit of queue money (2) is reached, by pay {one}, pay {two}")]);
}

#[test]
fn a_time_to_come_says_when_and_what_would_keep_it_then() {
    let mut waiting = free(TaskStatus::AwaitStartTime);
    waiting.row.scheduled_start = Some(at(150));
    assert_eq!(words(&waiting), ["it is scheduled for 1970-01-12 13:49:10.000 UTC (in 1m30s)"]);
    waiting.queue.paused_at = Some(at(0));
    let reasons = waiting.reasons();
    assert!(matches!(reasons[..], [Reason::Scheduled { .. }, Reason::Paused { .. }]), "{reasons:?}");
    waiting.now = at(151);
    assert!(matches!(waiting.reasons()[0], Reason::Due { overdue } if overdue == Duration::from_secs(1)));
}

#[test]
fn a_node_names_what_it_waits_for() {
    let mut waiting = free(TaskStatus::AwaitDeps);
    waiting.predecessors = (0..7).map(|n| (format!("n{n}"), TaskStatus::Running)).collect();
    let said = words(&waiting);
    assert_eq!(said, ["it waits for n0 (RUNNING), n1 (RUNNING), n2 (RUNNING), n3 (RUNNING), n4 (RUNNING) and 2 more"]);
    waiting.workflow = Some(WorkflowState { status: WorkflowStatus::UpForCancel, cause: Some(Cause::Canceled) });
    assert_eq!(words(&waiting)[0], "its workflow run is being cancelled");
}

#[test]
fn without_an_executor_it_says_so_and_silent_ones_do_not_count() {
    let mut waiting = free(TaskStatus::Queued);
    waiting.executors[0].serves_queue = false;
    assert_eq!(words(&waiting), ["no live executor serves queue money (1 live executor of other queues)"]);
    waiting.executors[0].silent_for = Some(Duration::from_secs(16));
    assert_eq!(words(&waiting), ["no executor is alive, so none serves queue money"]);
}

#[test]
fn without_a_handler_it_says_so_and_pythons_are_unknown() {
    let mut waiting = free(TaskStatus::Queued);
    waiting.executors[0].handles_task = Some(false);
    assert_eq!(words(&waiting), ["the one live executor of its queue has no handler for task pay"]);
    let python = Candidate { handles_task: None, slots: None, lease: None, ..executor() };
    waiting.executors.push(python);
    let reasons = waiting.reasons();
    assert!(matches!(reasons[..], [Reason::HandlerUnknown { executors: 2, .. }, Reason::Soon]), "{reasons:?}");
    waiting.executors[1].held = 1;
    assert!(matches!(waiting.reasons()[1], Reason::SlotsTaken { slots: 1, executors: 1 }));
}

#[test]
fn taken_slots_come_before_those_in_front() {
    let mut waiting = free(TaskStatus::Queued);
    waiting.executors[0].held = 2;
    waiting.ahead = Capped { count: 10_000, more: true };
    let said = words(&waiting);
    assert_eq!(
        said,
        [
            "all slots that could run it are taken (2 slots of 1 live executor)",
            "10,000 runs or more of queue money come before it"
        ]
    );
}

#[test]
fn every_reason_is_one_line_and_is_json() {
    let mut waiting = free(TaskStatus::Queued);
    (waiting.queue.paused_at, waiting.queue.concurrency_limit) = (Some(at(0)), Some(0));
    waiting.executors.clear();
    for reason in waiting.reasons() {
        assert_eq!(reason.to_string().lines().count(), 1);
        assert!(serde_json::to_value(&reason).unwrap()["reason"].is_string());
    }
    assert_eq!(waiting.reasons().len(), 3);
}
