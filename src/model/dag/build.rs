//! From a draft to a DAG: nodes of one name become one, repeated edges one; what cannot be is refused with the names.

use super::error::DagError;
use super::order::{Neighbours, ordered};
use super::steps::step;
use super::{Dag, Draft, MAX_NODES, Node};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

impl Draft {
    /// The DAG that was written.
    ///
    /// # Errors
    /// The first of: too many edges, no node, two different nodes of one name or one node with contradicting settings,
    /// too many nodes, a bound that is broken, an edge between a `finally` node and another, a cycle.
    pub fn build(self) -> Result<Dag, DagError> {
        self.mistake.map_or(Ok(()), Err)?;
        let (base, written) = (self.base, self.edges);
        let (nodes, numbers) = merged(self.nodes)?;
        nodes.iter().try_for_each(Node::check)?;
        let number = |written: i64| numbers[(written - base) as usize];
        let edges: Vec<(usize, usize)> = written.into_iter().map(|(from, to)| (number(from), number(to))).collect();
        step(edges.len());
        Dag::new(nodes, &edges)
    }
}

impl Dag {
    /// Of nodes of different names, each within its bounds, and edges between them.
    pub(super) fn new(nodes: Vec<Node>, edges: &[(usize, usize)]) -> Result<Self, DagError> {
        if let Some((from, to)) = edges.iter().find(|(from, to)| nodes[*from].finally != nodes[*to].finally) {
            return Err(DagError::FinallyEdge { from: nodes[*from].name.clone(), to: nodes[*to].name.clone() });
        }
        let successors = Neighbours::new(nodes.len(), edges);
        let predecessors = successors.turned();
        match ordered(&successors, &predecessors, nodes.len()) {
            Ok(mut order) => {
                // Stable: what stood before stays before.
                order.sort_by_key(|node| nodes[*node].finally);
                Ok(Self { nodes, successors, predecessors, order })
            }
            Err(cycle) => {
                Err(DagError::Cycle { nodes: cycle.into_iter().map(|node| nodes[node].name.clone()).collect() })
            }
        }
    }
}

/// The nodes, each once, and which one each written node has become.
fn merged(written: impl IntoIterator<Item = Node>) -> Result<(Vec<Node>, Vec<usize>), DagError> {
    let (mut nodes, mut numbers) = (Vec::<Node>::new(), Vec::new());
    let mut known = HashMap::<String, usize>::new();
    for node in written {
        step(1);
        let number = match known.entry(node.name.clone()) {
            Entry::Vacant(entry) => {
                nodes.push(node);
                *entry.insert(nodes.len() - 1)
            }
            Entry::Occupied(entry) => {
                nodes[*entry.get()].merge(node)?;
                *entry.get()
            }
        };
        numbers.push(number);
    }
    match nodes.len() {
        0 => Err(DagError::Empty),
        1..=MAX_NODES => Ok((nodes, numbers)),
        nodes => Err(DagError::TooManyNodes { nodes }),
    }
}
