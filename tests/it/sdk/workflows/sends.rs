//! Sending: settings, keys, parents.

use super::*;
use crate::support::stores::on_both;
use hyrex::model::{TaskStatus, WorkflowStatus};
use hyrex::store::AttemptRow;
use hyrex::{ClientErrorKind, ConfigError, OnlyInsideTasks, PlainWorkflow, WorkflowError};

on_both!(
    a_node_runs_with_its_tasks_settings_then_the_workflows_then_its_own,
    a_registrys_defaults_complete_the_tasks_of_nodes,
    what_a_send_says_goes_before_the_definition,
    a_key_stands_once_and_the_second_send_has_the_first_run,
    what_a_task_sends_is_its_child_and_the_nodes_are_of_its_root,
    nodes_made_in_a_loop_have_names_and_arguments_of_their_own,
    what_is_wrong_with_a_send_is_told_before_anything_is_sent,
    what_was_sent_is_told_in_order_without_the_nodes,
);

async fn rows(run: &WorkflowRun<EtlArgs>) -> Vec<AttemptRow> {
    run.detail().await.unwrap().nodes.into_iter().map(|node| node.row).collect()
}

fn settings(row: &AttemptRow) -> (&str, i16, i16, Option<i32>) {
    (&row.queue, row.max_retries, row.priority, row.timeout_seconds)
}

async fn a_node_runs_with_its_tasks_settings_then_the_workflows_then_its_own(store: &TestStore) {
    let test = warehouse(store).await;
    let run = etl.with_config(WorkflowConfig::new().priority(3)).on(test.client()).send(fine()).await.unwrap();
    let rows = rows(&run).await;
    assert_eq!(settings(&rows[0]), ("etl", 0, 3, None), "extract: the workflow's");
    assert_eq!(settings(&rows[1]), ("cpu-intensive", 2, 3, Some(30)), "transform: its own, the workflow's, the task's");
    let detail = run.detail().await.unwrap();
    assert_eq!((detail.row.queue.as_str(), detail.row.timeout_seconds), ("etl", Some(3600)));
    assert_eq!(detail.row.deadline.map(|at| (at - detail.row.started.unwrap()).num_seconds()), Some(3600));
    assert_eq!(detail.edges, [(0, 1), (0, 2), (1, 3), (2, 3)]);
    assert_eq!(run.args().await.unwrap(), fine());
}

async fn a_registrys_defaults_complete_the_tasks_of_nodes(store: &TestStore) {
    let calls = counter();
    let plain = Workflow::new("plain", WorkflowConfig::new(), |_: OnlyInsideTasks<()>| counts("a", calls));
    let test = test_app(store, registry![plain].defaults(TaskConfig::new().queue("slow").max_retries(4))).await;
    let run = plain.on(test.client()).send(()).await.unwrap();
    let node = &run.detail().await.unwrap().nodes[0].row;
    assert_eq!(settings(node), ("slow", 4, 5, None));
    // A client without the registry knows the definition alone.
    let run = plain.on(&Client::new(store.store.clone())).send(()).await.unwrap();
    assert_eq!(settings(&run.detail().await.unwrap().nodes[0].row), ("default", 0, 5, None));
}

async fn what_a_send_says_goes_before_the_definition(store: &TestStore) {
    let test = warehouse(store).await;
    let own = WorkflowConfig::new().queue("urgent").timeout_seconds(60).priority(10);
    let run = etl.with_config(own).on(test.client()).send(fine()).await.unwrap();
    let detail = run.detail().await.unwrap();
    assert_eq!((detail.row.queue.as_str(), detail.row.timeout_seconds), ("urgent", Some(60)));
    let queues: Vec<_> = detail.nodes.iter().map(|node| node.row.queue.as_str()).collect();
    assert_eq!(queues, ["urgent", "cpu-intensive", "urgent", "urgent", "urgent"]);
    assert!(detail.nodes.iter().all(|node| node.row.priority == 10));
}

async fn a_key_stands_once_and_the_second_send_has_the_first_run(store: &TestStore) {
    let test = warehouse(store).await;
    let keyed = etl.with_config(WorkflowConfig::new().idempotency_key("july")).on(test.client());
    let (first, second) = (keyed.send(fine()).await.unwrap(), keyed.send(broken()).await.unwrap());
    assert_eq!((first.id(), first.is_duplicate(), second.is_duplicate()), (second.id(), false, true));
    assert_eq!(second.args().await.unwrap(), fine());
    let sent = test.sent_workflows().await.unwrap();
    assert_eq!((sent.len(), sent[0].idempotency_key.as_deref()), (1, Some("july")));
}

async fn what_a_task_sends_is_its_child_and_the_nodes_are_of_its_root(store: &TestStore) {
    let sender = Task::new("sender", TaskConfig::new(), |()| async { Ok(etl.send(fine()).await?.id()) });
    let test = test_app(store, registry![etl, sender]).await;
    let parent = sender.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    let run = parent.result().await.unwrap().unwrap();
    let detail = test.client().workflow_run::<()>(run).detail().await.unwrap();
    assert_eq!((detail.row.parent, detail.row.root), (Some(ran[0].attempt), Some(parent.id())));
    assert!(detail.nodes.iter().all(|node| node.row.root == parent.id() && node.row.parent.is_none()));
    assert_eq!(detail.row.status, WorkflowStatus::Success);
    let tree = store.tree(parent.id(), 10).await.unwrap();
    assert_eq!(tree.runs.len(), 6, "the sender and the nodes");
    assert!(tree.runs[1..].iter().all(|row| row.parent_run == Some(parent.id())));
}

async fn nodes_made_in_a_loop_have_names_and_arguments_of_their_own(store: &TestStore) {
    #[hyrex::task]
    async fn shard(number: u32) -> u32 {
        number * 10
    }
    #[hyrex::task]
    async fn merge() -> Result<u32> {
        let mut sum = 0;
        for number in 0..4 {
            sum += workflow_context().result_of::<u32>(format!("shard-{number}")).await?;
        }
        Ok(sum)
    }
    let rebuild: Workflow<PlainWorkflow<()>> = Workflow::new("rebuild", WorkflowConfig::new(), |_| {
        (0..4).map(|number| shard.node(format!("shard-{number}")).args(number)).collect::<Vec<_>>() >> merge
    });
    let test = test_app(store, registry![rebuild]).await;
    let run = rebuild.on(test.client()).send(()).await.unwrap();
    let ran = test.drain().await.unwrap();
    assert_eq!(
        told(&ran),
        [
            ("shard-0", Some("0")),
            ("shard-1", Some("10")),
            ("shard-2", Some("20")),
            ("shard-3", Some("30")),
            ("merge", Some("60"))
        ]
    );
    assert_eq!(run.node_result_of::<u32>("shard-3").await.unwrap(), 30);
}

async fn what_is_wrong_with_a_send_is_told_before_anything_is_sent(store: &TestStore) {
    let test = warehouse(store).await;
    let cyclic: Workflow<PlainWorkflow<()>> =
        Workflow::new("cyclic", WorkflowConfig::new(), |_| (extract >> validate, validate >> extract));
    let error = cyclic.on(test.client()).send(()).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Config(ConfigError::Workflow { .. })), "{error}");
    let said = error.to_string();
    assert_eq!(said, "workflow 'cyclic': the workflow has a cycle: 'extract' >> 'validate' >> 'extract'");
    let error = etl.with_config(WorkflowConfig::new().priority(11)).on(test.client()).send(fine()).await.unwrap_err();
    assert!(error.to_string().contains("priority is 11"), "{error}");
    let number: Workflow<PlainWorkflow<u32>> = Workflow::new("number", WorkflowConfig::new(), |_| extract);
    let error = number.on(test.client()).send(7).await.unwrap_err();
    assert!(matches!(error.kind(), ClientErrorKind::Workflow(WorkflowError::Arguments { .. })), "{error}");
    let said = "the arguments of workflow 'number' are a number: give a struct or a map, a key a parameter";
    assert_eq!(error.to_string(), said);
    assert!(test.sent_workflows().await.unwrap().is_empty());
}

async fn what_was_sent_is_told_in_order_without_the_nodes(store: &TestStore) {
    let calls = counter();
    let (alone, other) = (
        counts("alone", calls),
        Workflow::new("other", WorkflowConfig::new(), |_: OnlyInsideTasks<()>| counts("node", calls)),
    );
    let test = test_app(store, registry![etl, other, alone]).await;
    etl.on(test.client()).send(fine()).await.unwrap();
    other.on(test.client()).send(()).await.unwrap();
    alone.on(test.client()).send(()).await.unwrap();
    let sent = test.sent_workflows().await.unwrap();
    let names: Vec<_> = sent.iter().map(|sent| sent.workflow_name.as_str()).collect();
    assert_eq!(names, ["etl", "other"]);
    assert_eq!(sent[0].args::<EtlArgs>().unwrap(), fine());
    assert_eq!((sent[0].queue.as_str(), sent[0].timeout_seconds, sent[0].parent), ("etl", Some(3600), None));
    assert_eq!(sent[0].nodes[0], ("extract".into(), TaskStatus::Queued));
    assert_eq!(sent[0].nodes[3], ("load".into(), TaskStatus::AwaitDeps));
    assert_eq!(test.sent_workflows_of(&other).await.unwrap().len(), 1);
    let tasks: Vec<_> = test.sent().await.unwrap().into_iter().map(|sent| sent.task_name).collect();
    assert_eq!(tasks, ["alone"]);
}
