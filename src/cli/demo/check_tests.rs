//! Each check sees its own fault, in books and findings made by hand, and none where there is none.

use super::books::{Entries, Keyed, Sent, Till};
use super::check::{self, Check};
use super::kind::{Kind, Must};
use super::look::Found;
use crate::model::{AttemptId, RunId, TaskError, TaskStatus, Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::{
    AttemptDetail, AttemptRow, Capped, QueueRow, QueueSettings, RunDetail, WorkflowNodeRow, WorkflowRunDetail,
    WorkflowRunRow,
};
use std::collections::HashSet;
use std::time::Duration;

/// A day in the shop: a report asked for twice, a charge that failed once, a campaign that was called off.
struct Day {
    books: Entries,
    found: Found,
    report: RunId,
    charge: RunId,
    campaign: RunId,
}

fn row(run: RunId, kind: Kind, number: i16, status: TaskStatus) -> AttemptRow {
    let time = |seconds: i64| Some(Timestamp::from_timestamp_nanos(seconds * 1_000_000_000));
    AttemptRow {
        id: if number == 0 { run.first_attempt() } else { AttemptId::new() },
        run,
        root: run,
        parent: None,
        workflow_run: None,
        node_name: None,
        task_name: kind.task().into(),
        queue: kind.queue().into(),
        status,
        priority: 5,
        attempt_number: number,
        max_retries: kind.max_retries() as i16,
        timeout_seconds: None,
        executor: None,
        scheduled_start: time(9),
        queued: time(9),
        started: time(10),
        finished: time(11),
        idempotency_key: None,
        error: (status == TaskStatus::Failed).then(|| "it failed".into()),
    }
}

fn run(rows: Vec<AttemptRow>, result: Option<&str>) -> RunDetail {
    let row = rows.last().expect("an attempt").clone();
    let error = row.error.clone().map(|message| TaskError { message, ..TaskError::default() });
    let (result, args) = (result.map(str::to_owned), "{}".to_owned());
    let latest = AttemptDetail { row, args, result, error, progress: None };
    RunDetail { id: latest.row.run, attempts: rows, latest }
}

fn day() -> Day {
    let (report, charge, campaign) = (RunId::new(), RunId::new(), RunId::new());
    let (mut books, mut found) = (Entries::default(), Found::default());
    let runs = [
        (report, Kind::Report, Must::Succeed),
        (charge, Kind::Charge, Must::Succeed),
        (campaign, Kind::Campaign, Must::BeCanceled),
    ];
    for (run, kind, must) in runs {
        books.acknowledged += 1;
        books.sent.insert(run, Sent { kind, must });
    }
    books.keys.insert("sales_report hour-1".into(), Keyed { sends: 2, runs: HashSet::from([report]) });
    books.returned.insert(report, vec![r#""sales""#.into()]);
    books.returned.insert(charge, vec![r#"{"order":1,"cents":5}"#.into()]);
    books.failed.insert(charge, 1);
    books.till = Till { charges: 1, cents: 5 };
    books.mails_peak = 4;
    books.called_off.insert(campaign);
    let mut first = row(report, Kind::Report, 0, TaskStatus::Success);
    first.idempotency_key = Some("hour-1".into());
    let charges = [(0, TaskStatus::Failed), (1, TaskStatus::Success)];
    let charges = charges.map(|(number, status)| row(charge, Kind::Charge, number, status));
    found.runs.insert(report, run(vec![first], Some(r#""sales""#)));
    found.runs.insert(charge, run(charges.into(), Some(r#"{"cents": 5, "order": 1}"#)));
    found.runs.insert(campaign, run(vec![row(campaign, Kind::Campaign, 0, TaskStatus::Canceled)], None));
    found.till = Some(r#"{"charges":1,"cents":5}"#.into());
    Day { books, found, report, charge, campaign }
}

/// What fails when one thing is put wrong.
fn failing(put_wrong: impl FnOnce(&mut Day)) -> Vec<&'static str> {
    let mut day = day();
    put_wrong(&mut day);
    let checks: Vec<Check> = check::all(&day.books, &day.found);
    assert!(checks.iter().all(|check| check.ok == (check.wrong == 0) && check.examples.len() <= 3));
    checks.into_iter().filter(|check| !check.ok).map(|check| check.what).collect()
}

impl Day {
    fn run(&mut self, id: RunId) -> &mut RunDetail {
        self.found.runs.get_mut(&id).expect("a run of the day")
    }
}

#[test]
fn a_day_without_faults_adds_up() {
    assert_eq!(failing(|_| {}), [""; 0]);
}

#[test]
fn a_run_that_is_missing_or_that_nobody_sent_is_seen() {
    let what = "every acknowledged send is one run";
    assert!(failing(|day| drop(day.found.runs.remove(&day.report))).contains(&what));
    assert!(failing(|day| day.books.sent.retain(|run, _| *run != day.charge)).contains(&what));
    let unseen = |day: &mut Day| {
        let id = RunId::new();
        day.found.runs.insert(id, run(vec![row(id, Kind::CampaignMail, 0, TaskStatus::Canceled)], None));
    };
    assert_eq!(failing(unseen), [""; 0], "a mail of a campaign that did not live to see its acknowledgement");
}

#[test]
fn an_end_that_had_to_be_another_is_seen() {
    let what = "every run ended, and as it had to";
    for status in TaskStatus::ALL.into_iter().filter(|status| *status != TaskStatus::Canceled) {
        let failing = failing(|day| day.run(day.campaign).latest.row.status = status);
        assert!(failing.contains(&what), "{status}: {failing:?}");
    }
    let expected = |day: &mut Day| {
        day.books.sent.insert(day.charge, Sent { kind: Kind::Charge, must: Must::Fail("Declined") });
    };
    assert_eq!(failing(expected), [what]);
}

#[test]
fn a_second_success_is_seen_in_the_rows_and_in_the_handlers() {
    let what = "no run succeeded twice";
    assert!(failing(|day| day.run(day.charge).attempts[0].status = TaskStatus::Success).contains(&what));
    assert_eq!(failing(|day| day.books.returned.entry(day.report).or_default().push(r#""sales""#.into())), [what]);
    assert!(failing(|day| drop(day.books.returned.remove(&day.report))).contains(&what));
}

#[test]
fn a_result_that_no_handler_returned_is_seen() {
    let what = ["each result is what its handler returned"];
    assert_eq!(failing(|day| day.run(day.report).latest.result = Some(r#""tales""#.into())), what);
    assert_eq!(failing(|day| day.run(day.report).latest.result = None), what);
    assert_eq!(failing(|day| day.run(day.report).latest.result = Some("{".into())), what);
}

#[test]
fn attempts_that_are_missing_too_many_or_without_an_error_are_seen() {
    let what = ["each failure is an attempt with its error"];
    assert_eq!(failing(|day| drop(day.run(day.charge).attempts.remove(0))), what);
    assert_eq!(failing(|day| day.run(day.charge).attempts[0].error = None), what);
    assert_eq!(failing(|day| *day.books.failed.entry(day.charge).or_default() += 1), what);
    let too_many = |day: &mut Day| {
        let charge = day.charge;
        let rows = (0..9).map(|n| row(charge, Kind::Charge, n, TaskStatus::Failed));
        let last = row(charge, Kind::Charge, 9, TaskStatus::Success);
        day.run(charge).attempts = rows.chain([last]).collect();
        day.books.failed.insert(charge, 9);
    };
    assert_eq!(failing(too_many), what);
}

#[test]
fn a_start_before_its_time_is_seen() {
    let early = |day: &mut Day| {
        let row = &mut day.run(day.charge).attempts[1];
        row.scheduled_start = row.started.map(|started| started + Duration::from_millis(1));
    };
    assert_eq!(failing(early), ["nothing began before its time"]);
}

/// A night whose extraction and load succeeded, one after the other, and what ran last.
fn night() -> WorkflowRunDetail {
    let node = |kind: Kind, began: i64, finally: bool| {
        let time = |seconds: i64| Some(Timestamp::from_timestamp_nanos(seconds * 1_000_000_000));
        let row = row(RunId::new(), kind, 0, TaskStatus::Success);
        let row = AttemptRow { started: time(began), finished: time(began + 1), ..row };
        WorkflowNodeRow { name: kind.task().into(), finally, row }
    };
    let row = WorkflowRunRow {
        id: WorkflowRunId::new(),
        workflow_name: "shop_etl".into(),
        status: WorkflowStatus::Success,
        reason: None,
        parent: None,
        root: None,
        queue: "etl".into(),
        timeout_seconds: None,
        deadline: None,
        queued: None,
        started: None,
        finished: None,
        idempotency_key: None,
        nodes_left: Some(0),
    };
    let nodes = vec![node(Kind::Extract, 10, false), node(Kind::Load, 11, false), node(Kind::Tidy, 12, true)];
    WorkflowRunDetail { row, args: "{}".into(), nodes, edges: vec![(0, 1)] }
}

/// What fails when one thing is put wrong with the night.
fn failing_at_night(put_wrong: impl FnOnce(&mut WorkflowRunDetail)) -> Vec<&'static str> {
    failing(|day| {
        let mut night = night();
        day.books.workflows.insert(night.row.id, WorkflowStatus::Success);
        put_wrong(&mut night);
        day.found.workflows.insert(night.row.id, night);
    })
}

#[test]
fn a_workflow_that_ended_otherwise_or_whose_nodes_did_not_wait_is_seen() {
    let what = ["each node began after those before it"];
    assert_eq!(failing_at_night(|_| {}), [""; 0]);
    assert_eq!(failing_at_night(|night| night.row.status = WorkflowStatus::Failed), what);
    assert_eq!(failing_at_night(|night| night.row.nodes_left = Some(1)), what);
    assert_eq!(failing_at_night(|night| night.row.id = WorkflowRunId::new()), what);
    assert_eq!(failing_at_night(|night| night.nodes[1].row.started = night.nodes[0].row.started), what);
    assert_eq!(failing_at_night(|night| night.nodes[2].row.started = night.nodes[1].row.started), what);
    assert_eq!(failing_at_night(|night| night.nodes[0].row.status = TaskStatus::Failed), what);
    let never = |night: &mut WorkflowRunDetail| {
        night.nodes[0].row.status = TaskStatus::Failed;
        (night.nodes[1].row.status, night.nodes[1].row.started) = (TaskStatus::Skipped, None);
    };
    assert_eq!(failing_at_night(never), [""; 0]);
}

#[test]
fn a_key_of_two_runs_or_of_none_is_seen() {
    let what = ["each idempotency key is one run"];
    let twice = |day: &mut Day| {
        let charge = day.charge;
        day.books.keys.values_mut().for_each(|keyed| keyed.runs.extend([charge]));
    };
    assert_eq!(failing(twice), what);
    assert_eq!(failing(|day| day.run(day.report).attempts[0].idempotency_key = None), what);
}

#[test]
fn a_till_that_is_wrong_or_gone_is_seen() {
    let what = ["the till in the key-value store is exact"];
    assert_eq!(failing(|day| day.found.till = Some(r#"{"charges":2,"cents":5}"#.into())), what);
    assert_eq!(failing(|day| day.found.till = None), what);
    assert_eq!(failing(|day| day.found.till = Some("five".into())), what);
}

#[test]
fn a_line_that_is_missing_from_a_log_is_seen() {
    let what = ["each line that a task logged is kept"];
    assert_eq!(failing(|day| day.found.logged.extend([(day.report, 11)])), what);
    assert_eq!(failing(|day| day.found.logged.extend([(day.report, 12)])), [""; 0]);
}

#[test]
fn a_limit_that_was_exceeded_is_seen() {
    assert_eq!(failing(|day| day.books.mails_peak = 5), ["the limited queue kept its limit"]);
}

#[test]
fn work_below_a_cancelled_run_is_seen() {
    let what = "cancelled trees stayed cancelled";
    let went_out = |day: &mut Day| {
        let (id, campaign) = (RunId::new(), day.campaign);
        let mut mail = row(id, Kind::CampaignMail, 0, TaskStatus::Success);
        mail.root = campaign;
        day.found.runs.insert(id, run(vec![mail], None));
    };
    assert!(failing(went_out).contains(&what));
}

#[test]
fn what_is_left_in_a_queue_is_seen() {
    let left = |day: &mut Day| {
        let none = Capped { count: 0, more: false };
        let settings = QueueSettings {
            name: "orders".into(),
            concurrency_limit: None,
            app_limit: None,
            limit_by_operator: false,
            limit_by: None,
            paused_at: None,
            paused_by: None,
        };
        let queued = Capped { count: 1, more: false };
        day.found.queues.push(QueueRow { settings, queued, held: none, scheduled: none, oldest: None });
    };
    assert_eq!(failing(left), ["the queues are empty"]);
}
