//! What is told of definitions and of runs.

use super::{FlowWords, Play, chain, flow, node};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::{NewWorkflow, TaskStatus, WorkflowRunId, WorkflowStatus};
use hyrex::store::{TaskDef, WorkflowDef, WorkflowRunsQuery};

on_both!(
    definitions_are_told_by_name,
    a_definition_is_replaced_and_what_python_wrote_stays,
    tasks_are_told_by_their_names,
    runs_are_told_the_newest_first_in_pages,
    runs_are_found_by_workflow_and_status,
    runs_that_go_on_are_found_among_many_that_ended,
    runs_are_found_by_the_end_of_their_id,
    states_are_told_in_the_order_of_the_question,
    a_run_that_never_was_is_told_as_that,
    a_node_is_told_by_its_name_and_latest_attempt,
    nodes_of_a_run_are_a_list_of_runs_too,
);

fn def(name: &str, graph: Option<&str>) -> WorkflowDef {
    WorkflowDef { workflow_name: name.into(), dag_structure: graph.map(str::to_owned) }
}

async fn definitions_are_told_by_name(s: &TestStore) {
    assert_eq!(s.workflow_defs().await.unwrap(), []);
    let graph = "{\"nodes\":[{\"id\":\"1\",\"name\":\"a\"}],\"edges\":[]}";
    let defs = vec![def("etl", Some(graph)), def("b", Some("{}")), def("bare", None)];
    s.workflow_defs_put(defs.clone()).await.unwrap();
    let told = s.workflow_defs().await.unwrap();
    assert_eq!(told.iter().map(|def| def.workflow_name.as_str()).collect::<Vec<_>>(), ["b", "bare", "etl"]);
    let structure: serde_json::Value = serde_json::from_str(told[2].dag_structure.as_deref().unwrap()).unwrap();
    assert_eq!(structure, serde_json::from_str::<serde_json::Value>(graph).unwrap());
    assert_eq!(told[1].dag_structure, None);
}

async fn a_definition_is_replaced_and_what_python_wrote_stays(s: &TestStore) {
    let insert =
        "INSERT INTO hyrex_workflow (workflow_name, source_code, dag_structure) VALUES ('etl', 'def etl', '{}')";
    s.raw.execute(insert).await;
    s.workflow_defs_put(vec![def("etl", Some("[1]"))]).await.unwrap();
    s.workflow_defs_put(vec![def("etl", None)]).await.unwrap();
    assert_eq!(s.workflow_defs().await.unwrap(), [def("etl", Some("[1]"))]);
    assert_eq!(s.raw.texts("SELECT source_code FROM hyrex_workflow").await, [Some("def etl".to_owned())]);
}

async fn tasks_are_told_by_their_names(s: &TestStore) {
    let task = |name: &str| TaskDef {
        task_name: name.into(),
        queue: "heavy".into(),
        priority: 7,
        max_retries: 2,
        timeout_seconds: Some(9),
        arg_schema: None,
    };
    s.task_defs_put(vec![task("a"), task("b"), task("c")]).await.unwrap();
    let told = s.task_defs(vec!["c".into(), "unknown".into(), "a".into()]).await.unwrap();
    let mut names: Vec<_> = told.iter().map(|def| def.task_name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "c"]);
    assert!(told.contains(&task("a")));
    s.raw.execute("INSERT INTO hyrex_task_def (task_name) VALUES ('bare')").await;
    let bare = s.task_defs(vec!["bare".into()]).await.unwrap().remove(0);
    assert_eq!((bare.queue.as_str(), bare.priority, bare.max_retries, bare.timeout_seconds), ("default", 5, 0, None));
}

async fn runs_are_told_the_newest_first_in_pages(s: &TestStore) {
    let mut sent = Vec::new();
    for _ in 0..7 {
        let new = flow(node("a"));
        s.workflow_send(new.clone(), Some(at(0.0))).await.unwrap();
        sent.insert(0, new.id);
    }
    let (mut told, mut query) = (Vec::new(), WorkflowRunsQuery { limit: 3, ..Default::default() });
    loop {
        let page = s.workflow_runs(query.clone()).await.unwrap();
        assert!(page.items.len() <= 3);
        told.extend(page.items.iter().map(|row| row.id));
        query.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(told, sent);
}

async fn list(s: &TestStore, name: Option<&str>, statuses: &[WorkflowStatus]) -> Vec<WorkflowRunId> {
    let query = WorkflowRunsQuery {
        workflow_name: name.map(str::to_owned),
        statuses: statuses.to_vec(),
        before: None,
        limit: 50,
    };
    s.workflow_runs(query).await.unwrap().items.iter().map(|row| row.id).collect()
}

async fn runs_are_found_by_workflow_and_status(s: &TestStore) {
    let named = |name: &str| NewWorkflow { workflow_name: name.into(), ..flow(node("a")) };
    let failed = Play::of(s, named("etl")).await;
    failed.fail("a").await;
    let succeeded = Play::of(s, named("etl")).await;
    succeeded.succeed(&["a"]).await;
    let other = Play::of(s, named("training")).await;
    other.begin().await;
    let waits = Play::of(s, named("etl")).await;
    let (failed, succeeded, other, waits) = (failed.id, succeeded.id, other.id, waits.id);
    use WorkflowStatus::{Failed, Running, Success, UpForCancel};
    assert_eq!(list(s, None, &[]).await, [waits, other, succeeded, failed]);
    assert_eq!(list(s, Some("etl"), &[]).await, [waits, succeeded, failed]);
    assert_eq!(list(s, Some("etl"), &[Failed]).await, [failed]);
    assert_eq!(list(s, None, &[Failed, Success]).await, [succeeded, failed]);
    assert_eq!(list(s, None, &[Running, UpForCancel]).await, [waits, other]);
    assert_eq!(list(s, Some("training"), &[Running]).await, [other]);
    assert_eq!(list(s, Some("training"), &[Failed]).await, []);
    assert_eq!(list(s, Some("nobody's"), &[]).await, []);
}

/// Also behind more runs than a look goes back.
async fn runs_that_go_on_are_found_among_many_that_ended(s: &TestStore) {
    let old = flow(node("a"));
    s.workflow_send(old.clone(), None).await.unwrap();
    let ended = |_| {
        let id = s.raw.id(WorkflowRunId::new().0);
        format!("({id}, 'etl', '{{}}', 'default', 'SUCCESS')")
    };
    for _ in 0..22 {
        let rows: Vec<String> = (0..1000).map(ended).collect();
        let insert = "INSERT INTO hyrex_workflow_run (id, workflow_name, args, queue, status) VALUES";
        s.raw.execute(&format!("{insert} {}", rows.join(", "))).await;
    }
    assert_eq!(list(s, None, &[WorkflowStatus::Running]).await, [old.id]);
    assert_eq!(list(s, Some("etl"), &[WorkflowStatus::Running]).await, [old.id]);
    let query = WorkflowRunsQuery { statuses: vec![WorkflowStatus::Failed], limit: 50, ..Default::default() };
    let page = s.workflow_runs(query).await.unwrap();
    assert!(page.items.is_empty() && page.looked_at.is_some() && page.next.is_some(), "it says how far it looked");
}

async fn runs_are_found_by_the_end_of_their_id(s: &TestStore) {
    let new = [flow(node("a")), flow(node("a"))];
    for flow in &new {
        s.workflow_send(flow.clone(), None).await.unwrap();
    }
    let text = new[0].id.0.simple().to_string();
    for tail in [&text[20..], &text[..], &text.to_uppercase()[24..]] {
        assert_eq!(s.workflow_runs_by_tail(tail).await.unwrap(), [new[0].id], "{tail}");
    }
    for nothing in ["", "x", "fffffffffffffffffffffffffffffffff", &new[0].run_of("a").0.simple().to_string()] {
        assert_eq!(s.workflow_runs_by_tail(nothing).await.unwrap(), [], "{nothing}");
    }
}

async fn states_are_told_in_the_order_of_the_question(s: &TestStore) {
    let ended = Play::of(s, flow(node("a"))).await;
    ended.succeed(&["a"]).await;
    let waits = Play::of(s, flow(node("a"))).await;
    let asked = vec![waits.id, WorkflowRunId::new(), ended.id];
    let told = s.workflow_states(asked).await.unwrap();
    let statuses: Vec<_> = told.iter().map(|state| state.as_ref().map(|state| state.status)).collect();
    assert_eq!(statuses, [Some(WorkflowStatus::Running), None, Some(WorkflowStatus::Success)]);
    assert_eq!(s.workflow_states(vec![]).await.unwrap(), []);
}

async fn a_run_that_never_was_is_told_as_that(s: &TestStore) {
    let run = WorkflowRunId::new();
    assert_eq!(s.workflow_run(run).await.unwrap(), None);
    assert_eq!(s.workflow_row(run).await.unwrap(), None);
    assert_eq!(s.workflow_node(run, "a").await.unwrap(), None);
}

async fn a_node_is_told_by_its_name_and_latest_attempt(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    let told = async |name: &str| {
        let state = s.workflow_node(play.id, name).await.unwrap().unwrap();
        (state.status, state.attempt_number, state.is_over())
    };
    assert_eq!(told("a").await, (TaskStatus::Queued, 0, false));
    assert_eq!(told("b").await, (TaskStatus::AwaitDeps, 0, false));
    play.fail("a").await;
    assert_eq!(told("a").await, (TaskStatus::Queued, 1, false));
    play.fail("a").await;
    assert_eq!(told("a").await, (TaskStatus::Failed, 1, true));
    let state = s.workflow_node(play.id, "a").await.unwrap().unwrap();
    assert_eq!(state.error.map(|error| error.message).as_deref(), Some("broken"));
    assert_eq!(told("b").await, (TaskStatus::Skipped, 0, true));
    assert_eq!(s.workflow_node(play.id, "c").await.unwrap(), None);
    let other = Play::of(s, flow(node("c"))).await;
    assert_eq!(s.workflow_node(play.id, "c").await.unwrap(), None, "it is a node of another run: {}", other.id);
}

async fn nodes_of_a_run_are_a_list_of_runs_too(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).retries(1)).await;
    play.fail("a").await;
    let filter = hyrex::store::RunFilter { workflow_run: Some(play.id), ..Default::default() };
    let page = s.runs(hyrex::store::RunsQuery { filter, before: None, limit: 10 }).await.unwrap();
    let mut names: Vec<_> = page.items.iter().map(|row| (row.node_name.clone().unwrap(), row.attempt_number)).collect();
    names.sort();
    assert_eq!(names, [("a".into(), 1), ("b".into(), 0)]);
}
