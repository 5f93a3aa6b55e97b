//! A store with workflows, keys and schedules, all by a clock that stands still.

use super::data::{ago, claim, declined, empty, ends, now, register, run_id};
use crate::model::dag::{Dag, Draft, Node};
use crate::model::schedule::{Missed, Schedule, Target};
use crate::model::{ExecutorId, NewRun, NewWorkflow, Outcome, TaskSettings, WorkflowRunId};
use crate::store::{NewSchedule, SharedStore, WorkflowDef};

/// The queue of all nodes.
const QUEUE: &str = "reports";

/// A workflow's graph with two beginnings, a fan, a join, and a node that runs at last.
fn daily() -> Dag {
    let node = |name: &str| Draft::from(Node::new(name, name));
    let begin = node("orders").then(node("validate")).beside(node("users").then(node("dedupe")));
    let work = begin.then(node("geo").beside(node("fraud"))).then(node("join")).then(node("load"));
    work.then(node("notify")).finally(node("cleanup")).build().unwrap()
}

/// One node, many of one task, one node.
fn train(shards: usize) -> Dag {
    let node = |name: &str| Draft::from(Node::new(name, name));
    let fan = (0..shards).map(|n| Draft::from(Node::new(format!("shard_{n}"), "train_shard")));
    let fan = fan.reduce(Draft::beside).unwrap();
    node("split").then(fan).then(node("merge")).build().unwrap()
}

/// Sends a run of a workflow whose ids tell its number.
async fn send(store: &SharedStore, name: &str, dag: &Dag, number: u16, seconds: u64) {
    let settings =
        |_: &str| TaskSettings { queue: Some(QUEUE.into()), max_retries: 0, priority: None, timeout_seconds: None };
    let mut flow = NewWorkflow::of(name, r#"{"day":"2026-11-22"}"#, dag, &Default::default(), settings);
    flow.id = WorkflowRunId(run_id(number, seconds).0);
    for (at, node) in flow.nodes.iter_mut().enumerate() {
        node.run = run_id(number + 1 + at as u16, seconds);
    }
    store.workflow_send(flow, ago(seconds)).await.unwrap();
}

async fn define(store: &SharedStore, name: &str, dag: &Dag) {
    let def = WorkflowDef { workflow_name: name.into(), dag_structure: Some(dag.to_structure()) };
    store.workflow_defs_put(vec![def]).await.unwrap();
}

async fn succeeds(store: &SharedStore, worker: ExecutorId, tasks: &[&str], from: u64) {
    for (seconds, task) in (0..from).rev().step_by(3).zip(tasks) {
        ends(store, worker, task, QUEUE, seconds, Outcome::Success(Some("{}".into()))).await;
    }
}

/// A store with runs of workflows in several states, keys in folders, and schedules.
pub(super) async fn plant() -> SharedStore {
    let store = empty().await;
    let worker = register(&store).await;
    define(&store, "daily_orders", &daily()).await;
    define(&store, "train_model", &train(40)).await;
    send(&store, "daily_orders", &daily(), 100, 300).await;
    succeeds(&store, worker, &["orders", "users", "validate", "dedupe", "geo"], 290).await;
    ends(&store, worker, "fraud", QUEUE, 260, Outcome::FailedForGood(declined())).await;
    succeeds(&store, worker, &["cleanup"], 250).await;
    send(&store, "train_model", &train(40), 200, 120).await;
    succeeds(&store, worker, &["split"], 110).await;
    send(&store, "daily_orders", &daily(), 300, 60).await;
    succeeds(&store, worker, &["orders", "users", "validate"], 50).await;
    claim(&store, worker, "dedupe", QUEUE, 30).await;
    keys(&store).await;
    schedules(&store).await;
    store
}

async fn keys(store: &SharedStore) {
    let order = r#"{"number":7041,"lines":[{"sku":"A-17","count":2}],"express":true,"note":null}"#;
    for (key, value) in [
        ("orders/2026/7041", order),
        ("orders/2026/7042", "[1,2,3]"),
        ("orders/latest", "7042"),
        ("config.json", r#"{"theme":"dark"}"#),
        ("users:ada", "\"ada@example.com\""),
        ("users:grace", "\"grace@example.com\""),
        ("flag", "true"),
    ] {
        store.kv_set(key, value, ago(90)).await.unwrap();
    }
}

async fn schedules(store: &SharedStore) {
    let job = |expression: &str, task: &str| NewSchedule {
        schedule: Schedule::parse(expression, "UTC").unwrap(),
        missed: Missed::Last,
        target: Target::Task(Box::new(NewRun::new(task, "{}"))),
    };
    let jobs = vec![job("*/5 * * * *", "count_till"), job("0 2 * * 1", "weekly_report")];
    store.schedules_put("shop".into(), jobs, ago(400)).await.unwrap();
}

/// A store in which names, keys and values are hostile, and one value is large.
pub(super) async fn hostile() -> SharedStore {
    let store = empty().await;
    let evil = "\u{1b}[31mred\u{1b}]0;owned\u{7} \u{9b}2J\u{202e}gnp.exe\u{200b} 発注書 e\u{301}\u{301} 👩‍👩‍👧";
    let node = |name: &str| Draft::from(Node::new(format!("{name} {evil}"), evil));
    let dag = node("a").then(node("b").beside(node("c"))).build().unwrap();
    define(&store, evil, &dag).await;
    send(&store, evil, &dag, 100, 60).await;
    store.kv_set(&format!("a {evil}"), evil, ago(9)).await.unwrap();
    let member =
        format!(r#"{{"{}":[{}1]}}"#, evil.escape_default().to_string().replace('\\', ""), "1,".repeat(400_000));
    store.kv_set("big", &member, ago(9)).await.unwrap();
    let now = Some(now());
    let target = Target::Task(Box::new(NewRun::new(evil, "{}")));
    let schedule = Schedule::parse("* * * * *", "UTC").unwrap();
    store.schedules_put(evil.into(), vec![NewSchedule { schedule, missed: Missed::Last, target }], now).await.unwrap();
    store
}
