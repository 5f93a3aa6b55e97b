//! What can be wrong with a DAG, in words for the one who wrote it.

use super::{MAX_EDGES, MAX_NODES};
use crate::model::BoundsError;

/// Names of a cycle that are shown.
const SHOWN: usize = 12;
/// Characters of a value that are shown.
const SHOWN_VALUE: usize = 60;

/// What is wrong with a DAG.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DagError {
    /// No node.
    #[error("the workflow has no node: give it at least one task")]
    Empty,
    /// More nodes than there may be.
    #[error("the workflow has {nodes} nodes, and at most {MAX_NODES} are allowed")]
    TooManyNodes {
        /// How many.
        nodes: usize,
    },
    /// More edges than there may be.
    #[error(
        "the workflow has {edges} edges or more, and at most {MAX_EDGES} are allowed: put a node between two large groups"
    )]
    TooManyEdges {
        /// How many, as far as they were counted.
        edges: usize,
    },
    /// A node's name, task, settings or arguments are out of bounds.
    #[error("node {}: {source}", quoted(node))]
    Bounds {
        /// The node.
        node: String,
        /// What is wrong.
        source: BoundsError,
    },
    /// One name, two tasks.
    #[error(
        "two different nodes are named {}, one of task {} and one of task {}: give one of them another name with node(..)",
        quoted(node), quoted(&tasks.0), quoted(&tasks.1)
    )]
    TwoNodes {
        /// The name.
        node: String,
        /// Both tasks.
        tasks: (String, String),
    },
    /// One node with two values of a setting.
    #[error(
        "node {} stands with two values of its {what}, {} and {}: keep one, or make two nodes of it with node(..)",
        quoted(node), quoted(&values.0), quoted(&values.1)
    )]
    Contradiction {
        /// The node.
        node: String,
        /// Which setting, or the arguments.
        what: &'static str,
        /// Both values.
        values: (String, String),
    },
    /// A node that stands among the `finally` nodes, and also among the others.
    #[error(
        "node {} is a finally node and also an ordinary one: give one of them another name with node(..)",
        quoted(node)
    )]
    HalfFinally {
        /// The node.
        node: String,
    },
    /// An edge between a `finally` node and another.
    #[error(
        "{} >> {} cannot be: a finally node runs when all others have ended, whatever stands before it",
        quoted(from),
        quoted(to)
    )]
    FinallyEdge {
        /// The node before.
        from: String,
        /// The node after.
        to: String,
    },
    /// Nodes that wait for each other.
    #[error("the workflow has a cycle: {}", cycle(nodes))]
    Cycle {
        /// The nodes in their order; the last one stands before the first.
        nodes: Vec<String>,
    },
    /// A task that does not take the arguments that its node has, or has none where it needs some.
    #[error(
        "node {}: the arguments of task {} {why}: give them with node(..).args(..)",
        quoted(node),
        quoted(task_name)
    )]
    Arguments {
        /// The node.
        node: String,
        /// Its task.
        task_name: String,
        /// What does not fit.
        why: String,
    },
    /// A stored graph that cannot be read.
    #[error("the stored graph of the workflow cannot be read: {0}")]
    Structure(String),
}

/// A name of someone else's, fit for one line of a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_VALUE).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_VALUE).is_some() {
        shown.push_str("...");
    }
    format!("'{shown}'")
}

fn cycle(nodes: &[String]) -> String {
    let mut names: Vec<String> = nodes.iter().take(SHOWN).map(|name| quoted(name)).collect();
    if nodes.len() > SHOWN {
        names.push(format!("({} more)", nodes.len() - SHOWN));
    }
    names.extend(nodes.first().map(|name| quoted(name)));
    names.join(" >> ")
}
