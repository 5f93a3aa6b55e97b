//! The graph of a workflow: nodes, edges, and the rules about them. Plain data; nothing here knows a store.
//!
//! A [`Draft`] is what was written (chains and groups, in any order, with repetitions); [`Draft::build`] makes a [`Dag`]
//! of it, or says what is wrong with it. A [`Dag`] has at least one node, no cycle, each name once and each edge once.
//! [`Progress`] tells what may run, [`RunState`] where that leads a workflow's run, [`repair()`] what runs again.
//!
//! Everything takes time and space linear in nodes and edges.

mod build;
mod draft;
mod error;
mod lifecycle;
mod node;
mod order;
mod progress;
mod repair;
mod steps;
mod structure;
#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use error::DagError;
pub use lifecycle::{Cause, RunEvent, RunRefused, RunState};
pub use node::{Node, NodeSettings};
pub use progress::{Advance, NodeState, NotLive, Progress};
pub use repair::{Fresh, Repair, RepairError, repair};

/// Most nodes of a DAG, repetitions not counted.
pub const MAX_NODES: usize = 10_000;
/// Most edges of a DAG as they are written, repetitions included.
pub const MAX_EDGES: usize = 100_000;

/// The graph of a workflow. Nodes are numbered from 0 in the order in which they were written first.
///
/// ```
/// use hyrex::model::dag::{Draft, Node};
///
/// let node = |name: &str| Draft::from(Node::new(name, name));
/// let dag = node("extract").then(node("transform").beside(node("validate"))).then(node("load")).build()?;
/// let load = dag.find("load").ok_or("no load")?;
/// assert_eq!((dag.nodes().len(), dag.edges().count()), (4, 4));
/// assert_eq!(dag.predecessors(load), [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
    nodes: Vec<Node>,
    successors: order::Neighbours,
    predecessors: order::Neighbours,
    order: Vec<usize>,
}

impl Dag {
    /// The nodes, by number.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The number of the node with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// The nodes that wait for this one, ascending; none for a number that no node has.
    pub fn successors(&self, node: usize) -> &[usize] {
        self.successors.of(node)
    }

    /// The nodes that this one waits for, ascending; none for a number that no node has.
    pub fn predecessors(&self, node: usize) -> &[usize] {
        self.predecessors.of(node)
    }

    /// All edges, by the numbers of their ends, ascending.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.nodes.len()).flat_map(|from| self.successors(from).iter().map(move |to| (from, *to)))
    }

    /// The nodes in an order in which each stands after those that it waits for; `finally` nodes stand last.
    pub fn order(&self) -> &[usize] {
        &self.order
    }
}
