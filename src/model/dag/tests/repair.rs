//! Which nodes run again.

use super::NodeState::{Ended, Succeeded};
use super::*;

fn states(dag: &Dag, ended: &str) -> Vec<NodeState> {
    let is = |node: &Node| ended.split(' ').any(|name| name == node.name);
    dag.nodes().iter().map(|node| if is(node) { Ended } else { Succeeded }).collect()
}

/// What runs again, as `name:waits`, in the DAG's order.
fn again(dag: &Dag, ended: &str, what: Repair) -> Result<String, String> {
    let fresh = repair(dag, &states(dag, ended), &what).map_err(|error| error.to_string())?;
    let shown = |fresh: &Fresh| format!("{}:{}", dag.nodes()[fresh.node].name, fresh.waits_for);
    Ok(fresh.iter().map(shown).collect::<Vec<_>>().join(" "))
}

#[test]
fn what_did_not_succeed_runs_again_and_waits_for_what_also_does() {
    let dag = chains(&["a b d e", "a c d"]).build().unwrap();
    assert_eq!(again(&dag, "b d e", Repair::Failed), Ok("b:0 d:1 e:1".into()));
    assert_eq!(again(&dag, "b c d e", Repair::Failed), Ok("b:0 c:0 d:2 e:1".into()));
    assert_eq!(again(&dag, "e", Repair::Failed), Ok("e:0".into()));
    let said = again(&dag, "", Repair::Failed).unwrap_err();
    assert_eq!(said, "every node succeeded: there is nothing to try again, but from a node on");
}

#[test]
fn one_node_runs_again_with_what_was_skipped_for_it() {
    let dag = chains(&["a b d", "a c d", "c f"]).build().unwrap();
    assert_eq!(again(&dag, "b d", Repair::Node("b".into())), Ok("b:0 d:1".into()));
    assert_eq!(
        again(&dag, "b c d f", Repair::Node("c".into())),
        Err("node 'd' waits for node 'b', which did not succeed: try that one again".into())
    );
    assert_eq!(
        again(&dag, "b d", Repair::Node("d".into())),
        Err("node 'd' waits for node 'b', which did not succeed: try that one again".into())
    );
    assert!(again(&dag, "b d", Repair::Node("a".into())).unwrap_err().starts_with("node 'a' succeeded: it can only"));
    assert_eq!(again(&dag, "b d", Repair::Node("z".into())), Err("the workflow run has no node 'z'".into()));
}

#[test]
fn from_a_node_on_what_succeeded_runs_again_too() {
    let dag = chains(&["a b d", "a c d"]).build().unwrap();
    assert_eq!(again(&dag, "", Repair::From("b".into())), Ok("b:0 d:1".into()));
    assert_eq!(again(&dag, "", Repair::From("a".into())), Ok("a:0 b:1 c:1 d:2".into()));
    assert_eq!(again(&dag, "", Repair::From("d".into())), Ok("d:0".into()));
}

#[test]
fn finally_nodes_run_after_every_repair() {
    let dag = chains(&["a b"]).finally(chains(&["report tidy"])).build().unwrap();
    assert_eq!(again(&dag, "b", Repair::Failed), Ok("b:0 report:0 tidy:1".into()));
    assert_eq!(again(&dag, "tidy", Repair::Failed), Ok("report:0 tidy:1".into()));
}

#[test]
fn a_node_that_has_not_ended_is_told() {
    let dag = chains(&["a b"]).build().unwrap();
    let said = |states: &[NodeState]| repair(&dag, states, &Repair::Failed).unwrap_err().to_string();
    assert_eq!(said(&[Ended, NodeState::Live]), "node 'b' has not ended: cancel the run, or wait for it");
    assert_eq!(said(&[Ended]), "node 'b' has not ended: cancel the run, or wait for it");
}

#[test]
fn a_repaired_run_can_go_on_to_its_end() {
    let dag = chains(&["a b d e", "a c d"]).finally(node("tidy")).build().unwrap();
    let mut states = states(&dag, "b d e");
    for fresh in repair(&dag, &states, &Repair::Failed).unwrap() {
        states[fresh.node] = NodeState::Waiting;
    }
    let (mut progress, mut advance) = Progress::resume(&dag, states);
    let mut ran = Vec::new();
    while let Some(node) = advance.released.pop() {
        ran.push(dag.nodes()[node].name.as_str());
        advance.released.extend(progress.ended(node, true).unwrap().released);
    }
    assert_eq!(ran, ["b", "d", "e", "tidy"]);
    assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: true }));
}
