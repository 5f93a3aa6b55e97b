//! `workflows`: sent by name, listed, shown, cancelled, tried again.

use super::command::Said;
use super::hyrex;
use crate::support::TestStore;
use crate::support::processes::Helper;
use crate::support::stores::on_both;
use hyrex::model::{TaskStatus, WorkflowRunId, WorkflowStatus};
use hyrex::prelude::*;
use hyrex::runtime::testing::TestApp;
use hyrex::store::WorkflowRunDetail;
use hyrex::{OnlyInsideTasks, registry};
use serde_json::{Value, json};

on_both!(
    a_workflow_is_sent_by_the_name_that_a_worker_defined,
    an_application_sends_a_workflow_of_its_own,
    waiting_for_a_workflow_ends_as_it_does,
    what_cannot_be_sent_is_told_in_one_line,
    runs_are_listed_the_newest_first,
    a_run_is_shown_with_its_nodes,
    a_definition_is_shown_by_its_name,
    runs_are_cancelled_and_those_that_ended_are_named,
    a_run_is_tried_again_with_other_arguments,
    a_run_that_cannot_be_tried_again_is_told_why,
    a_node_names_its_workflow,
    hostile_names_reach_no_terminal,
);

#[derive(Serialize, Deserialize)]
struct EtlArgs {
    rows: u32,
}

#[hyrex::task]
async fn extract() -> Result<u32> {
    Ok(workflow_context().args::<EtlArgs>()?.rows)
}

#[hyrex::task]
async fn load(#[default(10)] most: u32) -> Result<u32> {
    match workflow_context().result(extract).await? {
        rows if rows > most => Err(Error::new(format!("{rows} rows are too many\nfor anyone"))),
        rows => Ok(rows),
    }
}

#[hyrex::task]
async fn tidy() {}

#[hyrex::workflow(queue = "etl", timeout_seconds = 3600)]
fn nightly(_: EtlArgs) -> Dag {
    (extract >> load.node("store")).finally(tidy)
}

async fn warehouse(store: &TestStore) -> TestApp {
    let app = HyrexApp::new("warehouse").registry(registry![nightly]);
    TestApp::on(app, store.store.clone()).await.unwrap()
}

async fn sent(test: &TestApp, rows: u32) -> WorkflowRun<EtlArgs> {
    nightly.on(test.client()).send(EtlArgs { rows }).await.unwrap()
}

fn id(out: &str) -> WorkflowRunId {
    WorkflowRunId(out.trim().parse().expect("an id on a line of its own"))
}

async fn detail(store: &TestStore, run: WorkflowRunId) -> WorkflowRunDetail {
    store.workflow_run(run).await.unwrap().expect("the run is there")
}

fn workflows(store: &TestStore, args: &[&str]) -> Said {
    hyrex(&store.url, [&["workflows"], args].concat())
}

async fn a_workflow_is_sent_by_the_name_that_a_worker_defined(store: &TestStore) {
    let test = warehouse(store).await;
    let options = ["--queue", "mine", "--priority", "8", "--timeout", "30", "--idempotency-key", "july"];
    let send = [&["send", "nightly", "--args", r#"{"rows": 3}"#] as &[&str], &options].concat();
    let run = id(&workflows(store, &send).ok());
    let sent = detail(store, run).await;
    assert_eq!((sent.args.as_str(), sent.row.queue.as_str()), (r#"{"rows": 3}"#, "mine"));
    assert_eq!((sent.row.timeout_seconds, sent.nodes[0].row.priority), (Some(30), 8));
    let again = workflows(store, &send);
    assert!(again.err.contains("stood already; nothing was sent"), "{again:?}");
    assert_eq!(id(&again.ok()), run);
    let json = workflows(store, &[&send as &[&str], &["--json"]].concat()).json();
    assert_eq!(json, json!({"id": run.to_string(), "workflow": "nightly", "duplicate": true}));
    test.drain().await.unwrap();
    assert_eq!(detail(store, run).await.row.status, WorkflowStatus::Success);
}

async fn an_application_sends_a_workflow_of_its_own(store: &TestStore) {
    let args = ["application", "workflows", "send", "deploy", "--queue", "mine", "--url", &store.url];
    let helper = Helper::start("application", &json!({ "args": args }));
    assert_eq!(helper.finish(), ["ExitCode(unix_exit_status(0))"]);
    let runs = store.workflow_runs(hyrex::store::WorkflowRunsQuery { limit: 1, ..Default::default() }).await.unwrap();
    let sent = detail(store, runs.items[0].id).await;
    assert_eq!((sent.row.workflow_name.as_str(), sent.row.queue.as_str()), ("deploy", "mine"));
    // The settings are those of the application's task, which nobody has written to the database.
    assert_eq!((sent.nodes[0].name.as_str(), sent.nodes[0].row.max_retries), ("slow", 1));
    let wrong = ["application", "workflows", "send", "deploy", "--args", r#"{"to": 1}"#, "--url", &store.url];
    let helper = Helper::start("application", &json!({ "args": wrong }));
    assert_eq!(helper.finish(), ["ExitCode(unix_exit_status(2))"]);
}

async fn waiting_for_a_workflow_ends_as_it_does(store: &TestStore) {
    let test = warehouse(store).await;
    for (rows, code) in [(3, 0), (30, 1)] {
        let (url, args) = (store.url.clone(), format!(r#"{{"rows": {rows}}}"#));
        let waiting = tokio::task::spawn_blocking(move || {
            hyrex(&url, ["workflows", "send", "nightly", "--json", "--wait", "30", "--args", &args])
        });
        crate::support::wait_for("the run", std::time::Duration::from_secs(20), async || {
            (!test.drain().await.unwrap().is_empty()).then_some(())
        })
        .await;
        let said = waiting.await.unwrap();
        assert_eq!(said.code, Some(code), "{said:?}");
        let answer: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(answer["status"], if code == 0 { "SUCCESS" } else { "FAILED" });
        if code == 1 {
            said.fails(1, &["failed: node 'store' is FAILED: error: 30 rows are too many\\nfor anyone"]);
        }
    }
    let said = workflows(store, &["send", "nightly", "--args", r#"{"rows": 1}"#, "--wait", "1", "--json"]);
    said.fails(1, &["has not ended after 1s, and goes on", "workflows show"]);
}

async fn what_cannot_be_sent_is_told_in_one_line(store: &TestStore) {
    warehouse(store).await;
    workflows(store, &["send", "nightyl"]).fails(1, &["no workflow is named 'nightyl'", "workflows list"]);
    workflows(store, &["send", "nightly", "--args", "[1]"]).fails(2, &["--args is a list: give one JSON object"]);
    let long = "q".repeat(300);
    workflows(store, &["send", "nightly", "--queue", &long]).fails(2, &["queue name"]);
}

async fn runs_are_listed_the_newest_first(store: &TestStore) {
    let test = warehouse(store).await;
    let (first, second) = (sent(&test, 1).await, sent(&test, 30).await);
    test.drain().await.unwrap();
    let third = sent(&test, 2).await;
    let ids = |args: &[&str]| {
        let rows = workflows(store, &[&["runs", "--json"], args].concat()).json();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [a, b, c] = [first.id(), second.id(), third.id()].map(|id| id.to_string());
    assert_eq!(ids(&[]), [c.clone(), b.clone(), a.clone()]);
    assert_eq!(ids(&["--limit", "1", "--before", &c]), std::slice::from_ref(&b));
    assert_eq!(ids(&["--status", "failed,running"]), [c.clone(), b.clone()]);
    assert_eq!(ids(&["--workflow", "nightly", "--status", "success"]), [a]);
    assert!(ids(&["--workflow", "stranger"]).is_empty());
    let text = workflows(store, &["runs", "-n", "2"]);
    assert!(text.err.contains(&format!("go on with --before {b}")), "{text:?}");
    let text = text.ok();
    let third = text.lines().nth(1).unwrap();
    assert!(third.starts_with(&c.replace('-', "")[24..]) && third.contains("nightly   RUNNING"), "{text}");
    assert_eq!(workflows(store, &["runs", "--workflow", "stranger"]).ok(), "no such runs of workflows\n");
    workflows(store, &["list"]).ok();
}

async fn a_run_is_shown_with_its_nodes(store: &TestStore) {
    let test = warehouse(store).await;
    let run = sent(&test, 30).await;
    test.drain().await.unwrap();
    let digits = run.id().0.simple().to_string();
    let text = workflows(store, &["show", &digits[24..]]).ok();
    for part in [
        "nightly",
        "FAILED",
        "3600 s",
        "✓ 2 SUCCESS   ✗ 1 FAILED",
        "✓ extract",
        "✗ store",
        "store (load)",
        "30 rows are too many",
    ] {
        assert!(text.contains(part), "'{part}' is missing: {text}");
    }
    let json = workflows(store, &["show", &run.id().to_string(), "--json"]).json();
    assert_eq!(
        (&json["workflow"], &json["status"], &json["args"]),
        (&json!("nightly"), &json!("FAILED"), &json!({"rows": 30}))
    );
    let node = &json["nodes"][1];
    assert_eq!(
        (&node["name"], &node["task"], &node["waits_for"]),
        (&json!("store"), &json!("load"), &json!(["extract"]))
    );
    assert_eq!((&json["nodes"][2]["finally"], &json["edges"]), (&json!(true), &json!([["extract", "store"]])));
    workflows(store, &["show", "0123456789ab"]).fails(1, &["no workflow is named '0123456789ab', and no run"]);
}

async fn a_definition_is_shown_by_its_name(store: &TestStore) {
    warehouse(store).await;
    let text = workflows(store, &["show", "nightly"]).ok();
    assert!(text.contains("extract") && text.contains("store") && text.contains("tidy"), "{text}");
    let json = workflows(store, &["show", "nightly", "--json"]).json();
    assert_eq!((&json["workflow"], &json["edges"]), (&json!("nightly"), &json!([["extract", "store"]])));
    assert_eq!((&json["nodes"][1]["name"], &json["nodes"][1]["task"]), (&json!("store"), &json!("load")));
    let list = workflows(store, &["list", "--json"]).json();
    assert_eq!(list, json!([json]));
    let list = workflows(store, &["list"]).ok();
    assert!(list.contains("nightly") && list.contains("extract, store, tidy"), "{list}");
    workflows(store, &["show", "nightyl"]).fails(1, &["no workflow is named 'nightyl'"]);
}

async fn runs_are_cancelled_and_those_that_ended_are_named(store: &TestStore) {
    let test = warehouse(store).await;
    let (run, other) = (sent(&test, 1).await.id().to_string(), sent(&test, 1).await.id().to_string());
    let said = workflows(store, &["cancel", &run, &other]).ok();
    assert_eq!(said.lines().count(), 2);
    assert!(said.contains("it ends once") && said.contains("nodes: 2 cancelled, 0 asked"), "{said}");
    let json = workflows(store, &["cancel", &run, "--subtree", "--json"]).json();
    assert_eq!((&json[0]["outcome"], &json[0]["nodes_canceled"]), (&json!("already_asked"), &json!(1)));
    assert_eq!(json[0]["descendants_asked"], json!(0));
    workflows(store, &["cancel", &run]).fails(1, &["ended already, CANCELED", "nothing to cancel"]);
    let said = workflows(store, &["cancel", &run, &other]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("1 of 2 runs were left as they are"), "{said:?}");
    workflows(store, &["cancel", "ffffff"]).fails(1, &["no workflow run has the id ffffff", "workflows runs"]);
    workflows(store, &["cancel", "tomorrow"]).fails(2, &["'tomorrow' is no id"]);
}

async fn a_run_is_tried_again_with_other_arguments(store: &TestStore) {
    let test = warehouse(store).await;
    let run = sent(&test, 30).await;
    test.drain().await.unwrap();
    let id = run.id().to_string();
    let said = workflows(store, &["retry", &id, "--node", "store", "--args", r#"{"most": 100}"#]).ok();
    assert_eq!(said, format!("workflow run {id}: it runs again, 2 nodes of it\n"));
    let ran = test.drain().await.unwrap();
    assert_eq!((ran.len(), ran[0].result.as_deref(), ran[0].attempt_number), (2, Some("30"), 1));
    assert_eq!(run.status().await.unwrap(), WorkflowStatus::Success);
    let run = sent(&test, 30).await;
    test.drain().await.unwrap();
    let id = run.id().to_string();
    let retry = ["retry", &id, "--from", "extract", "--args", r#"store={"most": 100}"#, "--json"];
    assert_eq!(workflows(store, &retry).json(), json!({"id": id, "outcome": "running", "nodes": 3}));
}

async fn a_run_that_cannot_be_tried_again_is_told_why(store: &TestStore) {
    let test = warehouse(store).await;
    let id = sent(&test, 1).await.id().to_string();
    workflows(store, &["retry", &id]).fails(1, &["was left as it is: it is RUNNING", "once it has ended"]);
    test.drain().await.unwrap();
    workflows(store, &["retry", &id]).fails(1, &["it succeeded: send it anew"]);
    let id = sent(&test, 30).await.id().to_string();
    test.drain().await.unwrap();
    workflows(store, &["retry", &id, "--node", "nowhere"]).fails(1, &["the workflow run has no node 'nowhere'"]);
    workflows(store, &["retry", &id, "--args", "extract={}"]).fails(1, &["node 'extract' does not run again"]);
    workflows(store, &["retry", &id, "--args", "{}"]).fails(2, &["--args names no node", "NODE=JSON"]);
    workflows(store, &["retry", &id, "--args", "store=[1]"]).fails(2, &["--args is a list"]);
    let refused = workflows(store, &["retry", &id, "--node", "extract", "--json"]);
    assert_eq!(refused.code, Some(1));
    let answer: Value = serde_json::from_str(&refused.out).unwrap();
    assert!(
        answer["outcome"] == "refused" && answer["why"].as_str().unwrap().contains("'extract' succeeded"),
        "{answer}"
    );
}

async fn a_node_names_its_workflow(store: &TestStore) {
    let test = warehouse(store).await;
    let run = sent(&test, 30).await;
    test.drain().await.unwrap();
    let node = run.detail().await.unwrap().nodes[1].row.run.to_string();
    let text = hyrex(&store.url, ["tasks", "show", &node]).ok();
    let run = run.id().to_string();
    assert!(
        text.contains("workflow    nightly\n") && text.contains(&run) && text.contains("node        store"),
        "{text}"
    );
    hyrex(&store.url, ["tasks", "retry", &node]).fails(1, &["is a node of a workflow run", "hyrex workflows retry"]);
    let rows = hyrex(&store.url, ["tasks", "list", "--workflow-run", &run, "--json"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
}

async fn hostile_names_reach_no_terminal(store: &TestStore) {
    let evil = "e\u{1b}[2Jvil\u{202e}";
    let task = Task::new(evil, TaskConfig::new(), |()| async { Err::<(), _>(Error::new("\u{1b}[31m")) });
    let workflow = Workflow::new(evil, WorkflowConfig::new(), |_: OnlyInsideTasks<()>| task);
    let app = HyrexApp::new("evil").registry(registry![workflow]);
    let test = TestApp::on(app, store.store.clone()).await.unwrap();
    let run = workflow.on(test.client()).send(()).await.unwrap();
    test.drain().await.unwrap();
    assert_eq!(run.node_status(evil).await.unwrap(), TaskStatus::Failed);
    // `ok` holds each answer against what a terminal would obey.
    for args in [&["list"] as &[&str], &["runs"], &["show", evil], &["show", &run.id().to_string()]] {
        workflows(store, args).ok();
        workflows(store, &[args, &["--json"]].concat()).ok();
    }
    workflows(store, &["send", evil, "--wait", "1", "--json"]).fails(1, &["goes on"]);
    workflows(store, &["send", "\u{1b}[2J"]).fails(1, &[r"no workflow is named '\x1b[2J'"]);
}

/// The pictures in README.md and docs/workflows.md are those that `workflows show` draws.
#[cfg(feature = "sqlite")]
mod documented {
    use super::*;
    use crate::support::Kind;
    use crate::support::stores::check;

    #[hyrex::task]
    async fn extract() {}
    #[hyrex::task]
    async fn transform() {}
    #[hyrex::task]
    async fn validate() -> Result<()> {
        Err(Error::new("a row has no price"))
    }
    #[hyrex::task]
    async fn load() {}
    #[hyrex::task]
    async fn tidy() {}
    #[hyrex::workflow]
    fn etl() -> Dag {
        (extract >> (transform, validate) >> load).finally(tidy)
    }

    /// The picture in an answer: what stands between two empty lines, or after the last one.
    fn picture(answer: &str) -> &str {
        answer.split("\n\n").nth(1).expect("a picture").trim_end()
    }

    #[track_caller]
    fn holds(page: &str, picture: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(picture), "{page} does not hold this:\n{picture}");
    }

    #[tokio::test]
    async fn the_pictures_are_drawn_so() {
        check(Kind::Sqlite, async |store| {
            let app = HyrexApp::new("warehouse").registry(registry![etl]);
            let test = TestApp::on(app, store.store.clone()).await.unwrap();
            let run = etl.on(test.client()).send(()).await.unwrap();
            test.drain().await.unwrap();
            for (node, millis) in [("extract", 850), ("transform", 1_240), ("validate", 40), ("tidy", 5)] {
                let took = format!(
                    "UPDATE hyrex_task_run SET finished = started + {millis} * 1000 WHERE node_name = '{node}'"
                );
                store.raw.execute(&took).await;
            }
            holds("docs/workflows.md", picture(&workflows(store, &["show", "etl"]).ok()));
            let drawn = workflows(store, &["show", &run.id().to_string()]).ok();
            holds("README.md", picture(&drawn));
            holds("docs/workflows.md", picture(&drawn));
        })
        .await;
    }
}
