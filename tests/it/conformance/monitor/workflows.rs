//! Workflows with their newest runs, and what a node waits for.

use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at};
use hyrex::model::dag::{Draft, Node};
use hyrex::model::{NewWorkflow, TaskSettings, TaskStatus, WorkflowRunId, WorkflowSettings, WorkflowStatus};
use hyrex::store::{Capped, RECENT_RUNS, Reason, WorkflowDef, WorkflowRow};
use uuid::{NoContext, Timestamp, Uuid};

on_both!(
    workflows_are_those_defined_and_those_run,
    a_workflow_tells_its_newest_runs_and_those_of_a_day,
    a_node_tells_what_it_waits_for,
    a_finally_node_waits_for_all_others,
);

fn node(name: &str) -> Draft {
    Node::new(name, "t").into()
}

fn flow(name: &str, draft: Draft) -> NewWorkflow {
    let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    NewWorkflow::of(name, "{}", &draft.build().unwrap(), &WorkflowSettings::default(), task)
}

/// An id as it is made at this time.
fn made_at(seconds: f64) -> WorkflowRunId {
    let time = u64::try_from(at(seconds).timestamp()).unwrap();
    WorkflowRunId(Uuid::new_v7(Timestamp::from_unix(NoContext, time, 0)))
}

async fn rows(s: &TestStore) -> Vec<WorkflowRow> {
    s.workflows(Some(at(90_000.0))).await.unwrap()
}

async fn workflows_are_those_defined_and_those_run(s: &TestStore) {
    assert_eq!(rows(s).await, []);
    s.workflow_defs_put(vec![WorkflowDef { workflow_name: "defined".into(), dag_structure: None }]).await.unwrap();
    let sent = flow("Run", node("a"));
    s.workflow_send(sent.clone(), Some(at(0.0))).await.unwrap();
    let found = rows(s).await;
    let seen: Vec<_> = found.iter().map(|row| (row.name.as_str(), row.has_definition, row.recent.len())).collect();
    assert_eq!(seen, [("Run", false, 1), ("defined", true, 0)]);
    let brief = found[0].recent[0];
    assert_eq!((brief.id, brief.status, brief.queued), (sent.id, WorkflowStatus::Running, Some(at(0.0))));
    assert_eq!(found[0].live, Capped { count: 1, more: false });
}

async fn a_workflow_tells_its_newest_runs_and_those_of_a_day(s: &TestStore) {
    let mut ids = Vec::new();
    for n in 0..RECENT_RUNS + 5 {
        // One is sent a day and some seconds before the question, the others after it.
        let seconds = if n == 0 { 3590.0 } else { 3700.0 + f64::from(n) };
        let run = NewWorkflow { id: made_at(seconds), ..flow("etl", node("a")) };
        s.workflow_send(run.clone(), Some(at(seconds))).await.unwrap();
        ids.push(run.id);
    }
    let worker = Worker::at(&*s.store, at(90_000.0)).await;
    for run in worker.claim("default", 5).await {
        worker.succeed(&run).await;
    }
    let found = rows(s).await.remove(0);
    ids.reverse();
    ids.truncate(RECENT_RUNS as usize);
    assert_eq!(found.recent.iter().map(|run| run.id).collect::<Vec<_>>(), ids);
    assert_eq!(found.last_day, Capped { count: RECENT_RUNS + 4, more: false });
    assert_eq!(found.live, Capped { count: RECENT_RUNS, more: false });
}

async fn a_node_tells_what_it_waits_for(s: &TestStore) {
    let sent = flow("etl", node("a").beside(node("b")).then(node("c")));
    s.workflow_send(sent.clone(), Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let run = |name: &str| sent.nodes.iter().find(|node| node.name == name).unwrap().run;
    let claimed = worker.claim("default", 1).await.remove(0);
    let before = async || s.waiting(run("c"), Some(at(2.0))).await.unwrap().unwrap();
    let held = claimed.node_name.clone().unwrap();
    let other = if held == "a" { "b" } else { "a" };
    let mut expected = vec![(held, TaskStatus::Running), (other.to_owned(), TaskStatus::Queued)];
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(before().await.predecessors, expected);
    worker.succeed(&claimed).await;
    let waiting = before().await;
    assert_eq!(waiting.reasons(), [Reason::Nodes { nodes: vec![(other.to_owned(), TaskStatus::Queued)] }]);
    assert_eq!(waiting.workflow.unwrap().status, WorkflowStatus::Running);
}

async fn a_finally_node_waits_for_all_others(s: &TestStore) {
    let sent = flow("etl", node("a").then(node("b")).finally(node("y").then(node("z"))));
    s.workflow_send(sent.clone(), Some(at(0.0))).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let before = async |name: &str| {
        let run = sent.nodes.iter().find(|node| node.name == name).unwrap().run;
        let waiting = s.waiting(run, Some(at(2.0))).await.unwrap().unwrap();
        waiting.predecessors.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(before("z").await, ["a", "b"]);
    for _ in 0..2 {
        worker.succeed(&worker.claim_one().await).await;
    }
    assert_eq!(before("z").await, ["y"]);
}
