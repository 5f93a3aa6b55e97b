//! A store with some runs in every state, all by a clock that stands still.

use crate::model::{
    ClaimedRun, Completion, ExecutorId, LogLine, NewRun, Outcome, QueueSet, RunId, Start, TaskError, Timestamp,
};
use crate::store::{Actor, Claim, Logged, Options, Registration, SetPause, Share, SharedStore, Turn, open};
use std::time::Duration;
use uuid::Uuid;

/// When everything is looked at.
pub(super) fn now() -> Timestamp {
    "2026-11-23T02:36:30Z".parse().unwrap()
}

/// So many seconds before that.
pub(super) fn ago(seconds: u64) -> Option<Timestamp> {
    Some(now() - Duration::from_secs(seconds))
}

/// The id of run `number`: made so long before as it was sent.
pub(super) fn run_id(number: u16, seconds: u64) -> RunId {
    let millis = (now() - Duration::from_secs(seconds)).timestamp_millis() as u128;
    RunId(Uuid::from_u128((millis << 80) | 0x7000_8000_0000_0000_0000 | (u128::from(number) * 0x0101_0101)))
}

/// A store without anything in it.
pub(super) async fn empty() -> SharedStore {
    let store = open("sqlite::memory:", Options::default()).await.unwrap();
    store.prepare().await.unwrap();
    store
}

/// A store with some runs.
pub(super) async fn shop() -> SharedStore {
    let store = empty().await;
    let worker = register(&store).await;
    let sent: [(&str, &str, &str, u64); 9] = [
        (
            "place_order",
            "orders",
            r#"{"order":{"number":7041,"lines":[{"sku":"A-17","count":2}],"express":true}}"#,
            300,
        ),
        ("charge_card", "payments", r#"{"order":7041,"cents":12990}"#, 290),
        ("charge_card", "payments", r#"{"order":7042,"cents":500}"#, 200),
        ("send_mail", "mail", r#"{"to":"ada@example.com","template":"welcome"}"#, 120),
        ("send_mail", "mail", r#"{"to":"grace@example.com","template":"invoice"}"#, 60),
        ("build_report", "reports", r#"{"month":"2026-10"}"#, 45),
        ("build_report", "reports", r#"{"month":"2026-11"}"#, 20),
        ("resize_image", "images", "{}", 10),
        ("remind_customer", "mail", "{}", 5),
    ];
    for (number, (task, queue, args, seconds)) in sent.into_iter().enumerate() {
        let mut run = NewRun::new(task, args);
        run.queue = queue.into();
        run.id = run_id(number as u16, seconds);
        if task == "remind_customer" {
            run.start = Start::At(now() + Duration::from_secs(600));
        }
        store.enqueue(vec![run], ago(seconds)).await.unwrap();
    }
    ends(&store, worker, "place_order", "orders", 299, Outcome::Success(Some(r#"{"invoice":"R-7041"}"#.into()))).await;
    ends(&store, worker, "charge_card", "payments", 280, Outcome::Success(Some("true".into()))).await;
    ends(&store, worker, "charge_card", "payments", 190, Outcome::FailedForGood(declined())).await;
    ends(&store, worker, "send_mail", "mail", 118, Outcome::Success(None)).await;
    let held = claim(&store, worker, "build_report", "reports", 40).await;
    log(&store, &held).await;
    let progress = store.progress_set(held.fence, 0.4, "12 of 30 days".into(), ago(15));
    assert!(progress.await.unwrap());
    let actor = Actor { user: "ada".into(), host: "ops-1".into(), operator: true };
    let pause = SetPause { queue: "images".into(), paused: true, actor, now: ago(100) };
    store.queue_pause(pause).await.unwrap();
    store
}

/// A run whose every text is hostile.
pub(super) async fn hostile() -> (SharedStore, RunId) {
    let store = empty().await;
    let worker = register(&store).await;
    let evil = "\x1b[31mred\x1b]0;owned\x07 \u{9b}2J\u{202e}gnp.exe\u{200b} 発注書 e\u{301}\u{301} 👩‍👩‍👧 ❤️ \r\n\tend";
    let args = serde_json::json!({ "evil": evil, "big": "x".repeat(1 << 20), evil: [evil, 1, null] }).to_string();
    let mut run = NewRun::new(format!("task {evil}"), args);
    run.queue = format!("queue {evil}");
    run.id = run_id(1, 60);
    let (id, task, queue) = (run.id, run.task_name.clone(), run.queue.clone());
    store.enqueue(vec![run], ago(60)).await.unwrap();
    let error = TaskError {
        kind: evil.into(),
        message: format!("{evil}\n{}", "long ".repeat(10_000)),
        chain: vec![evil.into()],
        place: Some(evil.into()),
    };
    ends(&store, worker, &task, &queue, 50, Outcome::FailedForGood(error)).await;
    store
        .system_log("evil", &serde_json::json!({ "actor": { "user": evil, "host": evil } }).to_string())
        .await
        .unwrap();
    (store, id)
}

pub(super) fn declined() -> TaskError {
    TaskError {
        kind: "shop::Declined".into(),
        message: "the card of order 7042 was declined".into(),
        chain: vec!["the bank said: insufficient funds".into()],
        place: Some("src/payments.rs:88:13".into()),
    }
}

/// An executor at work.
pub(super) async fn register(store: &SharedStore) -> ExecutorId {
    let id = ExecutorId(Uuid::from_u128(0x01a2_0000_0000_7000_8000_0000_5eed_cafe));
    let registration = Registration {
        id,
        name: "shop-1".into(),
        worker_name: "shop".into(),
        queues: QueueSet::new(["orders", "payments", "mail", "reports", "queue *"]).unwrap(),
        task_names: ["place_order", "charge_card", "send_mail", "build_report"].map(String::from).into(),
        slots: 8,
        lease: Duration::from_secs(20),
        beat_interval: Duration::from_secs(5),
        host: "web-1".into(),
        pid: 4711,
        boot_id: "boot".into(),
        version: "0.1.0".into(),
        app: "shop".into(),
    };
    store.executor_register(registration, ago(400)).await.unwrap();
    id
}

/// Claims the next run of a task.
pub(super) async fn claim(
    store: &SharedStore,
    executor: ExecutorId,
    task: &str,
    queue: &str,
    seconds: u64,
) -> ClaimedRun {
    let share = Share { queue: queue.into(), tasks: vec![task.into()], take: 1, limited: false };
    let claim = Claim { shares: vec![share] };
    let turn = Turn { executor, completions: Vec::new(), claim, now: ago(seconds) };
    store.turn(turn).await.unwrap().claimed.remove(0)
}

/// Claims the next run of a task and ends it.
pub(super) async fn ends(
    store: &SharedStore,
    executor: ExecutorId,
    task: &str,
    queue: &str,
    seconds: u64,
    outcome: Outcome,
) {
    let claimed = claim(store, executor, task, queue, seconds).await;
    let (fence, workflow_run) = (claimed.fence, claimed.workflow_run);
    let completion = Completion { fence, workflow_run, outcome, logs: Vec::new() };
    let now = now() - Duration::from_secs(seconds) + Duration::from_millis(1_250);
    let turn = Turn { executor, completions: vec![completion], claim: Claim::default(), now: Some(now) };
    store.turn(turn).await.unwrap();
}

async fn log(store: &SharedStore, held: &ClaimedRun) {
    let line = |(seq, (level, message)): (usize, (&str, &str))| LogLine {
        claim: held.fence.claim,
        seq: seq as i32,
        at: now() - Duration::from_secs(40 - seq as u64),
        level: level.into(),
        target: "shop::reports".into(),
        message: message.into(),
    };
    let said = [("INFO", "reading 30 days"), ("WARN", "day 3 has no sales"), ("INFO", "12 of 30 days")];
    let lines = said.into_iter().enumerate().map(line).collect();
    store.log_append(vec![Logged { fence: held.fence, lines }]).await.unwrap();
}
