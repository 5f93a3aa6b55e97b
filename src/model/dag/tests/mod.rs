//! The rules of a DAG against literals, and against oracles that are slow and plain.

mod build;
mod linear;
mod progress;
mod random;
mod repair;
mod run;
mod structure;

use super::*;

/// A node that bears its task's name.
fn node(name: &str) -> Draft {
    Draft::from(Node::new(name, name))
}

/// Chains like `a b c`, beside each other.
fn chains(written: &[&str]) -> Draft {
    let chain = |names: &&str| names.split(' ').map(node).fold(Draft::new(), Draft::then);
    written.iter().map(chain).fold(Draft::new(), Draft::beside)
}

/// The edges by names, sorted.
fn edges(dag: &Dag) -> Vec<String> {
    let name = |node: usize| dag.nodes()[node].name.as_str();
    let mut edges: Vec<String> = dag.edges().map(|(from, to)| format!("{} {}", name(from), name(to))).collect();
    edges.sort();
    edges
}

/// The names of nodes, sorted.
fn names(dag: &Dag, nodes: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = nodes.iter().map(|node| dag.nodes()[*node].name.clone()).collect();
    names.sort();
    names
}

/// What is said of a draft.
fn said(draft: Draft) -> String {
    draft.build().unwrap_err().to_string()
}
