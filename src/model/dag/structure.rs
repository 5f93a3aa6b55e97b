//! `dag_structure`: a DAG as JSON, in the form that the Python SDK and its tools read.
//!
//! `{"nodes": [{"id": "1", "name": "extract"}], "edges": [{"from": "1", "to": "2"}]}`: ids are texts, `name` is the
//! task's name, by which `trigger_workflow_run` starts it. What a node of ours has beyond that stands beside it, where
//! they pass it over: `node` (its name, where it is not its task's), `args`, `finally`, `queue`, `max_retries`,
//! `timeout_seconds`, `priority`. What is not set is left out.

use super::error::{DagError, quoted};
use super::{Dag, Draft, MAX_EDGES, Node, NodeSettings};
use crate::model::bounds;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

#[derive(Serialize, Deserialize)]
struct Structure {
    #[serde(default)]
    nodes: Vec<StoredNode>,
    #[serde(default)]
    edges: Vec<StoredEdge>,
}

#[derive(Serialize, Deserialize)]
struct StoredNode {
    #[serde(deserialize_with = "id")]
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    args: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    finally: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_retries: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<i16>,
}

#[derive(Serialize, Deserialize)]
struct StoredEdge {
    #[serde(deserialize_with = "id")]
    from: String,
    #[serde(deserialize_with = "id")]
    to: String,
}

impl Dag {
    /// The DAG as `dag_structure`.
    pub fn to_structure(&self) -> String {
        let id = |number: usize| (number + 1).to_string();
        let nodes = self.nodes().iter().enumerate().map(|(number, node)| stored(id(number), node)).collect();
        let edges = self.edges().map(|(from, to)| StoredEdge { from: id(from), to: id(to) }).collect();
        // Texts and numbers only, so it is JSON.
        serde_json::to_string(&Structure { nodes, edges }).unwrap_or_default()
    }

    /// Reads a `dag_structure`, whoever wrote it. Where nodes of Python's share a name (the same task twice), all but
    /// the first get their id to it: `load#4`.
    ///
    /// # Errors
    /// [`DagError::Structure`] when it is not of that form; else as [`Draft::build`].
    pub fn from_structure(text: &str) -> Result<Self, DagError> {
        let structure: Structure =
            serde_json::from_str(text).map_err(|error| DagError::Structure(error.to_string()))?;
        let mut numbers = HashMap::new();
        for (number, node) in structure.nodes.iter().enumerate() {
            if numbers.insert(node.id.clone(), number as i64).is_some() {
                return Err(DagError::Structure(format!("two nodes have the id {}", quoted(&node.id))));
            }
        }
        let number = |id: &str| {
            let unknown = || DagError::Structure(format!("an edge names {}, and no node has that id", quoted(id)));
            numbers.get(id).copied().ok_or_else(unknown)
        };
        let edges = structure.edges.iter().map(|edge| Ok((number(&edge.from)?, number(&edge.to)?)));
        let edges = edges.collect::<Result<Vec<_>, DagError>>()?;
        if edges.len() > MAX_EDGES {
            return Err(DagError::TooManyEdges { edges: edges.len() });
        }
        Draft { nodes: read(structure.nodes).into(), edges, ..Draft::default() }.build()
    }
}

fn stored(id: String, node: &Node) -> StoredNode {
    let settings = node.settings.clone();
    StoredNode {
        id,
        name: node.task_name.clone(),
        node: (node.name != node.task_name).then(|| node.name.clone()),
        // A node's arguments are JSON: that is one of its bounds.
        args: node.args.clone().and_then(|args| RawValue::from_string(args).ok()),
        finally: node.finally,
        queue: settings.queue,
        max_retries: settings.max_retries,
        timeout_seconds: settings.timeout_seconds,
        priority: settings.priority,
    }
}

fn read(stored: Vec<StoredNode>) -> Vec<Node> {
    let mut taken = HashSet::new();
    let named = stored.into_iter().map(|stored| {
        let mut name = stored.node.unwrap_or_else(|| stored.name.clone());
        while taken.contains(&name) {
            name = format!("{name}#{}", stored.id);
        }
        taken.insert(name.clone());
        let StoredNode { queue, max_retries, timeout_seconds, priority, .. } = stored;
        Node {
            name,
            task_name: stored.name,
            settings: NodeSettings { queue, max_retries, timeout_seconds, priority },
            args: stored.args.map(|args| args.get().to_owned()),
            finally: stored.finally,
        }
    });
    named.collect()
}

/// An id is a text; a number is taken for one.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }
    let id = match Id::deserialize(from)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    };
    bounds::name("node id", &id).map_err(serde::de::Error::custom)?;
    Ok(id)
}
