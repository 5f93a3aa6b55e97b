//! `dag_structure`, both directions.

use super::*;
use serde_json::{Value, json};

fn value(dag: &Dag) -> Value {
    serde_json::from_str(&dag.to_structure()).unwrap()
}

#[test]
fn a_plain_dag_is_exactly_what_python_writes() {
    let dag = chains(&["extract transform load", "extract validate load"]).build().unwrap();
    let expected = json!({
        "nodes": [{"id": "1", "name": "extract"}, {"id": "2", "name": "transform"}, {"id": "3", "name": "load"},
                  {"id": "4", "name": "validate"}],
        "edges": [{"from": "1", "to": "2"}, {"from": "1", "to": "4"}, {"from": "2", "to": "3"},
                  {"from": "4", "to": "3"}],
    });
    assert_eq!(value(&dag), expected);
}

#[test]
fn what_a_node_has_of_its_own_stands_beside_its_tasks_name() {
    let settings =
        NodeSettings { queue: Some("gpu".into()), max_retries: Some(3), timeout_seconds: Some(60), priority: Some(9) };
    let args = Some(r#"{"shard":7}"#.to_owned());
    let own = Node { settings, args, ..Node::new("shard-7", "shard") };
    let dag = Draft::from(own).finally(node("tidy")).build().unwrap();
    let expected = json!([
        {"id": "1", "name": "shard", "node": "shard-7", "args": {"shard": 7}, "queue": "gpu", "max_retries": 3,
         "timeout_seconds": 60, "priority": 9},
        {"id": "2", "name": "tidy", "finally": true},
    ]);
    assert_eq!(value(&dag)["nodes"], expected);
    assert_eq!(Dag::from_structure(&dag.to_structure()).unwrap(), dag);
}

#[test]
fn nodes_of_pythons_that_share_a_name_are_told_apart_by_their_ids() {
    let text = r##"{"edges": [{"to": "4", "from": "1", "style": "dashed"}, {"from": 1, "to": "x"}],
        "nodes": [{"name": "load", "id": 1}, {"id": "4", "name": "load", "label": "L"}, {"id": "x", "name": "load#4"}]}"##;
    let dag = Dag::from_structure(text).unwrap();
    let all: Vec<_> = dag.nodes().iter().map(|node| (node.name.as_str(), node.task_name.as_str())).collect();
    assert_eq!(all, [("load", "load"), ("load#4", "load"), ("load#4#x", "load#4")]);
    assert_eq!(edges(&dag), ["load load#4", "load load#4#x"]);
}

#[test]
fn what_cannot_be_read_is_told() {
    let said = |text: &str| Dag::from_structure(text).unwrap_err().to_string();
    assert!(said("nothing").starts_with("the stored graph of the workflow cannot be read: expected"));
    assert!(
        said(r#"{"nodes": [{"id": "1", "name": "a"}, {"id": "1", "name": "b"}]}"#)
            .ends_with("two nodes have the id '1'")
    );
    let unknown = r#"{"nodes": [{"id": "1", "name": "a"}], "edges": [{"from": "1", "to": "2"}]}"#;
    assert!(said(unknown).ends_with("an edge names '2', and no node has that id"));
    assert!(said(r#"{"nodes": [{"id": [], "name": "a"}]}"#).contains("cannot be read"));
    assert!(said("{}").contains("has no node"));
    let cycle = r#"{"nodes": [{"id": "1", "name": "a"}], "edges": [{"from": "1", "to": "1"}]}"#;
    assert!(said(cycle).ends_with("has a cycle: 'a' >> 'a'"));
}
