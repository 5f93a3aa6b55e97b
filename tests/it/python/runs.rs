//! Runs pass between the SDKs: sent by one, executed by the other, read by both.

use super::Shared;
use crate::support::{Worker, make::RunWords, run, wait_for};
use hyrex::model::{ClaimedRun, NewRun, Outcome, RunId, TaskStatus};
use hyrex::store::{Cancel, CancelOutcome, RunState};
use serde_json::{Value, json};
use std::time::Duration;

/// A Python process takes seconds to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn claim_eventually(worker: &Worker<'_>, queue: &str, task: &str) -> ClaimedRun {
    wait_for("a run of Python's", PATIENCE, async || worker.claim_tasks(queue, &[task], 1).await.pop()).await
}

/// A run for one of Python's tasks, with the arguments that its function takes.
fn for_python(task: &str, text: &str, number: i64) -> NewRun {
    run(task).on("python").args(json!({"order": {"text": text, "number": number}}).to_string())
}

async fn ended(shared: &Shared, id: RunId) -> RunState {
    wait_for("the run's end", PATIENCE, async || {
        let state = shared.store.run_states(vec![id]).await.unwrap().remove(0);
        state.filter(RunState::is_over)
    })
    .await
}

#[tokio::test]
async fn what_python_sends_we_run_and_python_reads_the_result() {
    let shared = Shared::ours().await;
    let ours = async {
        let worker = Worker::new(&*shared.store).await;
        // Python's two sends race to its sending thread; by priority the keyed one would be first.
        let (a, b) = (
            claim_eventually(&worker, "rust", "rust_double").await,
            claim_eventually(&worker, "rust", "rust_double").await,
        );
        let (plain, keyed) = if a.priority == 5 { (a, b) } else { (b, a) };
        assert_eq!(json_of(&plain.args), json!({"order": {"text": "grüße ✓", "number": 21}}));
        assert_eq!((plain.max_retries, plain.attempt_number, plain.timeout_seconds), (1, 0, None));
        assert_eq!((keyed.priority, keyed.max_retries, keyed.timeout_seconds), (9, 4, Some(7)));
        worker.settle(&keyed, Outcome::Success(None)).await;
        worker.fail(&plain).await.expect("a retry is left");
        let again = claim_eventually(&worker, "rust", "rust_double").await;
        assert_eq!((again.run, again.attempt_number), (plain.run, 1));
        worker.settle(&again, Outcome::Success(Some(r#"{"twice": 42}"#.into()))).await;
        (plain.run, keyed.run)
    };
    let (said, (plain, keyed)) = tokio::join!(shared.python.call("send_to_rust"), ours);
    assert!(said.contains(&format!("sent {plain}")), "{said}");
    assert!(said.contains("result {'twice': 42}"), "{said}");
    let runs = shared.raw.count("SELECT count(*) FROM hyrex_task_run WHERE attempt_number = 0").await;
    assert_eq!(runs, 2, "the second send with the same key made no run");
    // The key is one to both: ours gets Python's run.
    let twin = run("rust_double").on("rust").key("once");
    assert_eq!(shared.store.enqueue(vec![twin], None).await.unwrap()[0].run(), keyed);
    shared.finish().await;
}

#[tokio::test]
async fn what_we_send_pythons_worker_runs_with_its_retries() {
    let shared = Shared::ours().await;
    let double = for_python("python_double", "grüße \u{1F600} \"'", 21).retries(2);
    let flaky = for_python("python_flaky", "", 0).retries(1);
    let cancelled = for_python("python_double", "never", 0);
    let ids = [double.id, flaky.id, cancelled.id];
    let actor = crate::support::make::operator();
    shared.store.enqueue(vec![double, flaky, cancelled], None).await.unwrap();
    let cancel = Cancel { run: ids[2], subtree: false, actor, now: None };
    assert_eq!(shared.store.run_cancel(cancel).await.unwrap().run, CancelOutcome::Canceled);
    let worker = shared.python.worker("python");
    let state = ended(&shared, ids[0]).await;
    assert_eq!(state.status, TaskStatus::Success);
    let result = json_of(state.result.as_deref().unwrap());
    assert_eq!(result, json!({"text": "grüße \u{1F600} \"'", "twice": 42}));
    let state = ended(&shared, ids[1]).await;
    assert_eq!((state.status, state.attempt_number), (TaskStatus::Success, 1));
    let detail = shared.store.run(ids[1]).await.unwrap().unwrap();
    let statuses: Vec<_> = detail.attempts.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [TaskStatus::Failed, TaskStatus::Success]);
    assert_eq!(ended(&shared, ids[2]).await.status, TaskStatus::Canceled);
    drop(worker);
    shared.finish().await;
}

#[tokio::test]
async fn a_run_that_python_holds_is_asked_to_end_and_not_tried_again() {
    let shared = Shared::ours().await;
    let slow = for_python("python_slow", "", 4).retries(3);
    let id = slow.id;
    shared.store.enqueue(vec![slow], None).await.unwrap();
    let worker = shared.python.worker("python");
    wait_for("Python to begin", PATIENCE, async || {
        let state = shared.store.run_states(vec![id]).await.unwrap().remove(0)?;
        (state.status == TaskStatus::Running).then_some(())
    })
    .await;
    let actor = crate::support::make::operator();
    let answer = shared.store.run_cancel(Cancel { run: id, subtree: false, actor, now: None }).await.unwrap();
    assert_eq!(answer.run, CancelOutcome::AskedPython);
    let detail = shared.store.run(id).await.unwrap().unwrap();
    assert_eq!((detail.attempts.len(), detail.attempts[0].max_retries), (1, 0));
    drop(worker);
    shared.finish().await;
}

#[tokio::test]
async fn a_workflow_that_python_sends_to_a_database_of_ours_is_run_by_pythons_worker() {
    let shared = Shared::ours().await;
    // A worker of Python writes the definition when it starts; a process that only sends needs it there.
    let dag = json!({"nodes": [{"id": "1", "name": "extract"}, {"id": "2", "name": "load"}],
        "edges": [{"from": "1", "to": "2"}]});
    let sql = format!("INSERT INTO hyrex_workflow (workflow_name, dag_structure) VALUES ('pipeline', '{dag}')");
    shared.raw.execute(&sql).await;
    shared.python.call("send_workflow").await;
    let shape = "SELECT format('%s %s %s %s', status, task_name, queue, \
        (workflow_dependencies = ARRAY(SELECT id FROM hyrex_task_run WHERE task_name = 'extract'))::text) \
        FROM hyrex_task_run WHERE id = durable_id AND root_id = id AND parent_id IS NULL ORDER BY task_name";
    let nodes: Vec<_> = shared.raw.texts(shape).await.into_iter().flatten().collect();
    assert_eq!(nodes, ["QUEUED extract etl false", "AWAIT_DEPS load etl true"]);
    let worker = shared.python.worker("etl");
    wait_for("the workflow's end", PATIENCE, async || {
        let sql = "SELECT count(*) FROM hyrex_workflow_run WHERE status = 'SUCCESS' AND workflow_name = 'pipeline'";
        (shared.raw.count(sql).await == 1).then_some(())
    })
    .await;
    let sql = "SELECT count(*) FROM hyrex_task_run WHERE status = 'SUCCESS'";
    assert_eq!(shared.raw.count(sql).await, 2);
    drop(worker);
    shared.finish().await;
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Order {
    text: String,
    number: i64,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
struct Doubled {
    text: String,
    twice: i64,
}

/// What Python sends has no `factor`.
#[hyrex::task]
async fn rust_double(order: Order, #[default(2)] factor: i64) -> Doubled {
    Doubled { text: order.text, twice: order.number * factor }
}

/// Python's task, as Rust sends it: the same name and parameters.
#[hyrex::task(queue = "python")]
async fn python_double(order: Order) -> Doubled {
    Doubled { text: order.text, twice: 0 }
}

#[tokio::test]
async fn a_worker_of_ours_and_one_of_pythons_serve_one_database_side_by_side() {
    use hyrex::prelude::*;
    use hyrex::runtime::{Shutdown, Worker};

    let shared = Shared::ours().await;
    let app = HyrexApp::new("beside").registry(registry![rust_double]);
    let shutdown = Shutdown::new();
    let worker = tokio::spawn(Worker::new(app, shared.store.clone()).run(shutdown.clone()));
    let python = shared.python.worker("python");
    // Python's runs wait in a queue that our worker serves as well: it has no function for them, and leaves them.
    let client = Client::new(shared.store.clone());
    let for_them = python_double.on(&client).send(Order { text: "à".into(), number: 4 }).await.unwrap();
    let said = shared.python.call("send_to_rust").await;
    assert!(said.contains("'twice': 42") && said.contains("grüße ✓"), "{said}");
    assert_eq!(for_them.wait(PATIENCE).await.unwrap(), Doubled { text: "à".into(), twice: 8 });
    // The definitions of both stand side by side, and Python's keep their source.
    let sql =
        "SELECT task_name::text FROM hyrex_task_def WHERE task_name IN ('rust_double', 'python_double') ORDER BY 1";
    let defs: Vec<_> = shared.raw.texts(sql).await.into_iter().flatten().collect();
    assert_eq!(defs, ["python_double", "rust_double"]);
    drop(python);
    shutdown.request();
    worker.await.unwrap().unwrap();
    shared.finish().await;
}
