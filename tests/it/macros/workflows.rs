//! `#[hyrex::workflow]` and `Workflow::new`: what they make, and what is refused when they are registered.

use hyrex::prelude::*;
use hyrex::{OnlyInsideTasks, RegisteredWorkflow, group};

#[derive(Serialize, Deserialize)]
struct EtlArgs {
    source: String,
}

#[hyrex::task]
async fn extract() -> u32 {
    1
}

#[hyrex::task(max_retries = 2)]
async fn transform() {}

#[hyrex::task]
async fn validate(#[default(10)] depth: u32, until: Option<u32>) {
    let _ = (depth, until);
}

#[hyrex::task]
async fn load() {}

#[hyrex::task]
async fn shard(number: u32, #[default("small".into())] size: String) {
    let _ = (number, size);
}

#[hyrex::workflow(queue = "etl", timeout_seconds = 3600)]
fn etl_workflow(_: EtlArgs) -> Dag {
    extract >> (transform.with_config(TaskConfig::new().queue("cpu-intensive")), validate) >> load
}

mod other {
    use super::*;

    #[hyrex::workflow]
    pub fn etl_workflow() -> Dag {
        (extract >> transform >> load, extract >> validate >> load).into()
    }
}

/// The edges of a workflow by names, sorted.
fn edges(workflow: &RegisteredWorkflow) -> Vec<String> {
    let name = |node: usize| workflow.dag.nodes()[node].name.as_str();
    let mut edges: Vec<String> =
        workflow.dag.edges().map(|(from, to)| format!("{} {}", name(from), name(to))).collect();
    edges.sort();
    edges
}

fn plain(dag: impl Into<Dag>) -> Workflow<hyrex::PlainWorkflow<()>> {
    Workflow::new("plain", WorkflowConfig::new(), |_: OnlyInsideTasks<()>| dag)
}

fn refused(dag: impl Into<Dag>) -> String {
    registry![plain(dag)].validate().unwrap_err().to_string()
}

const DIAMOND: [&str; 4] = ["extract transform", "extract validate", "transform load", "validate load"];

#[test]
fn a_function_becomes_a_workflow_with_its_settings_and_its_graph() {
    let workflow = etl_workflow.definition().unwrap();
    assert_eq!((workflow.name.as_str(), workflow.config.timeout_seconds), ("etl_workflow", Some(3600)));
    assert_eq!(edges(&workflow), DIAMOND);
    let node = |name: &str| workflow.dag.nodes()[workflow.dag.find(name).unwrap()].clone();
    assert_eq!(node("transform").settings.queue.as_deref(), Some("cpu-intensive"));
    assert_eq!(node("load").settings.queue, None);
    assert_eq!(edges(&other::etl_workflow.definition().unwrap()), DIAMOND);
    let urgent = etl_workflow.with_config(WorkflowConfig::new().priority(9)).definition().unwrap();
    assert_eq!((urgent.config.priority, urgent.config.timeout_seconds), (Some(9), Some(3600)));
}

#[test]
fn registering_a_workflow_registers_its_tasks_and_leaves_those_that_stand() {
    let own = load.with_config(TaskConfig::new().max_retries(7));
    for registry in [registry![own, etl_workflow], registry![etl_workflow, own]] {
        registry.validate().unwrap();
        assert_eq!(registry.task_names(), ["extract", "load", "transform", "validate"]);
        assert_eq!(registry.task("load").unwrap().config.max_retries, Some(7));
        assert_eq!(registry.task("transform").unwrap().config.queue, None);
        assert_eq!(registry.workflow("etl_workflow").unwrap().dag.nodes().len(), 4);
    }
    let outer = registry![registry![etl_workflow], registry![etl_workflow]];
    outer.validate().unwrap();
    assert_eq!(outer.workflows().count(), 1);
}

#[test]
fn two_workflows_of_one_name_are_refused_with_both_places() {
    let said = registry![etl_workflow, other::etl_workflow].validate().unwrap_err().to_string();
    assert!(said.starts_with("two workflows are named 'etl_workflow', at tests/it/macros/workflows.rs:"), "{said}");
    assert!(said.ends_with(": give one of them another name"), "{said}");
    let (one, two) = (plain(extract), plain(load));
    let said = registry![one, two].validate().unwrap_err().to_string();
    assert!(said.contains("'plain', at tests/it/macros/workflows.rs:"), "{said}");
    registry![one, one.clone()].validate().unwrap();
}

#[test]
fn a_task_stands_several_times_under_names_and_with_arguments_of_its_own() {
    let one = |number: u32| shard.node(format!("shard-{number}")).args((number, None));
    let dag = extract >> (0..3).map(one).collect::<Vec<_>>() >> load;
    let workflow = plain(dag).definition().unwrap();
    assert_eq!(workflow.dag.nodes().len(), 5);
    let node = &workflow.dag.nodes()[workflow.dag.find("shard-2").unwrap()];
    assert_eq!((node.task_name.as_str(), node.args.as_deref()), ("shard", Some(r#"{"number":2}"#)));
    let config = TaskConfig::new().priority(8);
    let large = shard.node("large").with_config(config.clone()).args((1, "large".to_owned()));
    let small = shard.node("small").args((2, None)).with_config(config);
    let workflow = plain([large, small]).definition().unwrap();
    assert!(workflow.dag.nodes().iter().all(|node| node.settings.priority == Some(8)));
    assert_eq!(workflow.dag.nodes()[0].args.as_deref(), Some(r#"{"number":1,"size":"large"}"#));
}

#[test]
fn groups_arrays_and_finally() {
    let tidy = extract.node("tidy");
    let dag = (group((extract, load)) >> (transform, validate)).finally(tidy);
    let workflow = plain(dag).definition().unwrap();
    assert_eq!(edges(&workflow), ["extract transform", "extract validate", "load transform", "load validate"]);
    assert!(workflow.dag.nodes()[4].finally);
    let chains = Dag::from([extract >> load, transform >> load]);
    assert_eq!(edges(&plain(chains).definition().unwrap()), ["extract load", "transform load"]);
    assert_eq!(edges(&plain((extract, transform) >> load).definition().unwrap()), ["extract load", "transform load"]);
}

#[test]
fn what_cannot_be_is_refused_with_the_names() {
    assert_eq!(
        refused(extract >> load >> extract),
        "workflow 'plain': the workflow has a cycle: 'extract' >> 'load' >> 'extract'"
    );
    assert!(refused(Vec::<Dag>::new()).contains("has no node"));
    let queue = |queue: &str| load.with_config(TaskConfig::new().queue(queue));
    assert!(refused((queue("a"), queue("b"))).contains("node 'load' stands with two values of its queue, 'a' and 'b'"));
    assert!(refused((load, extract.node("load"))).contains("two different nodes are named 'load'"));
    let needs = Task::new("needs", TaskConfig::new(), |_: EtlArgs| async { Ok(()) });
    let said = refused(extract >> needs);
    assert!(said.contains("node 'needs': the arguments of task 'needs' do not fit: missing field `source`"), "{said}");
    let twin = Task::new("load", TaskConfig::new(), |()| async { Ok(()) });
    assert!(refused((load, twin.node("other"))).starts_with("two tasks are named 'load', at "));
}

#[test]
fn settings_that_are_not_a_nodes_are_refused() {
    let with = |config| refused(load.with_config(config));
    assert!(with(TaskConfig::new().idempotency_key("k")).starts_with("node 'load': an idempotency_key belongs to"));
    assert!(with(TaskConfig::new().delay(std::time::Duration::from_secs(1))).contains("a delay or a start time"));
    let seconds = std::time::Duration::from_secs(1);
    assert!(with(TaskConfig::new().retry_backoff(seconds)).contains("a retry_backoff belongs to the task's"));
    assert!(with(TaskConfig::new().priority(11)).contains("node 'load': the priority is 11"));
    let workflow = |config| {
        let workflow = Workflow::new("w", config, |_: OnlyInsideTasks<()>| extract);
        registry![workflow].validate().unwrap_err().to_string()
    };
    assert!(workflow(WorkflowConfig::new().timeout_seconds(0)).starts_with("workflow 'w': timeout_seconds is 0"));
    assert!(workflow(WorkflowConfig::new().idempotency_key("k")).contains("has an idempotency_key in its definition"));
}

#[test]
fn limits_of_queues_named_in_a_workflow_are_declared() {
    let (all, gpu) = (HyrexQueue::new("etl").concurrency_limit(5), HyrexQueue::new("gpu").concurrency_limit(1));
    let dag = extract >> load.with_config(TaskConfig::new().queue(&gpu));
    let workflow = Workflow::new("w", WorkflowConfig::new().queue(&all), |_: OnlyInsideTasks<()>| dag);
    assert_eq!(registry![workflow].queues(), [all, gpu]);
}
