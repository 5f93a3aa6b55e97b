//! Which nodes of a run that ended run again.

use super::error::quoted;
use super::steps::step;
use super::{Dag, NodeState};

/// What of a run is to be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Every node that did not succeed.
    Failed,
    /// This node, which did not succeed, and of those after it the ones that did not either.
    Node(String),
    /// This node and all after it, also those that succeeded.
    From(String),
}

impl std::fmt::Display for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Repair::Failed => f.write_str("every node that did not succeed"),
            Repair::Node(name) => write!(f, "node {}", quoted(name)),
            Repair::From(name) => write!(f, "from node {} on", quoted(name)),
        }
    }
}

/// A node that runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Its number.
    pub node: usize,
    /// How many of its predecessors run again as well; 0: it may run at once, unless it is a `finally` node.
    pub waits_for: usize,
}

/// Why a run cannot be tried again so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// A node still runs or waits.
    #[error("node {} has not ended: cancel the run, or wait for it", quoted(node))]
    NotOver {
        /// The node.
        node: String,
    },
    /// No such node.
    #[error("the workflow run has no node {}", quoted(node))]
    NoSuchNode {
        /// The name.
        node: String,
    },
    /// Every node succeeded.
    #[error("every node succeeded: there is nothing to try again, but from a node on")]
    Nothing,
    /// The node succeeded.
    #[error("node {} succeeded: it can only be tried again with all that comes after it, from it on", quoted(node))]
    Succeeded {
        /// The node.
        node: String,
    },
    /// A node before it did not succeed, so that it would wait for ever.
    #[error("node {} waits for node {}, which did not succeed: try that one again", quoted(node), quoted(before))]
    WaitsFor {
        /// The node.
        node: String,
        /// The one before it.
        before: String,
    },
}

/// The nodes that run again, in the order of the DAG. `finally` nodes always do: they run after all others.
///
/// # Errors
/// A node that has not ended, a name that no node has, nothing to try again, or a node that would wait for one that
/// is not tried again.
pub fn repair(dag: &Dag, states: &[NodeState], what: &Repair) -> Result<Vec<Fresh>, RepairError> {
    let name = |node: usize| dag.nodes()[node].name.clone();
    let over = |node: usize| states.get(node).is_some_and(|state| state.is_over());
    if let Some(node) = (0..dag.nodes().len()).find(|node| !over(*node)) {
        return Err(RepairError::NotOver { node: name(node) });
    }
    let again = chosen(dag, states, what)?;
    let mut fresh = Vec::new();
    for node in dag.order().iter().copied().filter(|node| again[*node]) {
        let before = dag.predecessors(node);
        step(1 + before.len());
        let stuck = before.iter().find(|before| !again[**before] && states[**before] != NodeState::Succeeded);
        if let Some(before) = stuck {
            return Err(RepairError::WaitsFor { node: name(node), before: name(*before) });
        }
        fresh.push(Fresh { node, waits_for: before.iter().filter(|before| again[**before]).count() });
    }
    Ok(fresh)
}

/// For each node, whether it runs again.
fn chosen(dag: &Dag, states: &[NodeState], what: &Repair) -> Result<Vec<bool>, RepairError> {
    let failed = |node: usize| states[node] != NodeState::Succeeded;
    let nodes = 0..dag.nodes().len();
    let mut again: Vec<bool> = match what {
        Repair::Failed => match nodes.clone().any(failed) {
            true => nodes.clone().map(failed).collect(),
            false => return Err(RepairError::Nothing),
        },
        Repair::Node(name) => match find(dag, name)? {
            node if !failed(node) => return Err(RepairError::Succeeded { node: name.clone() }),
            node => reached(dag, node, failed),
        },
        Repair::From(name) => reached(dag, find(dag, name)?, |_| true),
    };
    nodes.filter(|node| dag.nodes()[*node].finally).for_each(|node| again[node] = true);
    Ok(again)
}

fn find(dag: &Dag, name: &str) -> Result<usize, RepairError> {
    dag.find(name).ok_or_else(|| RepairError::NoSuchNode { node: name.to_owned() })
}

/// The node, and those that are reached from it over nodes that `also` takes.
fn reached(dag: &Dag, node: usize, also: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut reached = vec![false; dag.nodes().len()];
    let mut open = vec![node];
    reached[node] = true;
    while let Some(node) = open.pop() {
        step(1 + dag.successors(node).len());
        for next in dag.successors(node) {
            if !reached[*next] && also(*next) {
                reached[*next] = true;
                open.push(*next);
            }
        }
    }
    reached
}
