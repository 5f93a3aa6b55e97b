//! Names for completion, whose tables these are, the next due time.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::Start;
use hyrex::store::{NAMED_BACK, Names, Tables, TaskDef, WorkflowDef};
use std::time::Duration;

on_both!(
    an_empty_store_has_no_names,
    names_come_from_definitions_and_from_what_stands,
    a_queue_whose_runs_are_old_is_named_while_it_holds_some,
    tables_of_our_making_are_ours,
    the_next_due_time_is_the_earliest,
);

async fn an_empty_store_has_no_names(s: &TestStore) {
    assert_eq!(s.names().await.unwrap(), Names::default());
}

async fn names_come_from_definitions_and_from_what_stands(s: &TestStore) {
    s.enqueue(vec![run("sent").on("busy"), run("Sent").on("a")], None).await.unwrap();
    s.queue_declare("declared".into(), None).await.unwrap();
    let def = TaskDef {
        task_name: "defined".into(),
        queue: "of-def".into(),
        priority: 5,
        max_retries: 0,
        timeout_seconds: None,
        arg_schema: None,
    };
    s.task_defs_put(vec![def]).await.unwrap();
    s.workflow_defs_put(vec![WorkflowDef { workflow_name: "etl".into(), dag_structure: None }]).await.unwrap();
    let names = s.names().await.unwrap();
    assert_eq!(names.tasks, ["Sent", "defined", "sent"]);
    assert_eq!(names.queues, ["a", "busy", "declared", "of-def"]);
    assert_eq!(names.workflows, ["etl"]);
}

async fn a_queue_whose_runs_are_old_is_named_while_it_holds_some(s: &TestStore) {
    s.enqueue(vec![run("t").on("old")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("old", 1).await.remove(0);
    s.enqueue(batch("new", "t", NAMED_BACK as usize), None).await.unwrap();
    assert_eq!(s.names().await.unwrap().queues, ["new", "old"]);
    worker.succeed(&held).await;
    assert_eq!(s.names().await.unwrap().queues, ["new"]);
}

async fn tables_of_our_making_are_ours(s: &TestStore) {
    assert_eq!(s.tables().await.unwrap(), Tables::Ours);
    s.raw.execute("ALTER TABLE hyrex_schema RENAME TO schema_of_ours").await;
    s.raw.execute("ALTER TABLE hyrex_task_run RENAME TO runs_of_ours").await;
    assert_eq!(s.tables().await.unwrap(), Tables::None);
}

async fn the_next_due_time_is_the_earliest(s: &TestStore) {
    assert_eq!(s.next_due().await.unwrap(), None);
    let later = |seconds| run("t").starting(Start::After(Duration::from_secs(seconds)));
    s.enqueue(vec![later(90), later(60), run("t")], Some(at(0.0))).await.unwrap();
    assert_eq!(s.next_due().await.unwrap(), Some(at(60.0)));
    s.promote_due(Some(at(61.0))).await.unwrap();
    assert_eq!(s.next_due().await.unwrap(), Some(at(90.0)));
}
