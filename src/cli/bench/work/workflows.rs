//! One run of a workflow at a time, through a worker: nodes a second, and whether that holds with four times the nodes.

use super::{Bench, Sample};
use crate::cli::bench::catalogue::Shape;
use crate::cli::bench::child::Working;
use crate::cli::bench::error::{BenchError, Result};
use crate::cli::bench::rows::{ARGS, QUEUE, Spread, TASK};
use crate::cli::bench::working::Spec;
use crate::model::dag::{Dag, Draft, Node};
use crate::model::{NewWorkflow, TaskSettings, WorkflowSettings, WorkflowStatus};
use std::time::Duration;

/// The small graph has a quarter of the nodes: where the cost of a node grew with their number, its rate would be higher.
const TIMES: usize = 4;

impl Shape {
    /// The nodes and edges of the graph, of about `nodes` nodes.
    fn draft(self, nodes: usize) -> Draft {
        let named = (0..nodes).map(|number| Node::new(format!("n{number}"), TASK));
        Draft::of(named, &self.edges(nodes))
    }

    fn edges(self, nodes: usize) -> Vec<(usize, usize)> {
        let last = nodes - 1;
        match self {
            Self::Chain => (1..nodes).map(|to| (to - 1, to)).collect(),
            Self::Fan => (1..last).flat_map(|middle| [(0, middle), (middle, last)]).collect(),
            Self::Lattice => {
                let layer = |number: usize| number / LAYER;
                let before = |to: usize| (layer(to).saturating_sub(1) * LAYER)..(layer(to) * LAYER);
                (0..nodes).flat_map(|to| before(to).map(move |from| (from, to))).collect()
            }
        }
    }

    /// Nodes of the whole graph.
    fn nodes(self) -> usize {
        if self == Self::Lattice { 8 * LAYER } else { 1_000 }
    }
}

/// Nodes of a layer, each of which waits for all of the layer before.
const LAYER: usize = 50;

/// The rate of a run of this shape; its base is that of a run of a quarter of its nodes.
pub(super) async fn measure(bench: &Bench, shape: Shape) -> Result<Vec<Sample>> {
    let nodes = shape.nodes().min(bench.settings.jobs.max(2 * LAYER * TIMES));
    let base = rate(bench, shape, nodes / TIMES).await?;
    let ours = rate(bench, shape, nodes).await?;
    Ok(vec![Sample { ours, base }])
}

/// Sends one run, and has a worker do it; nodes a second, from the first node's start to the worker's end.
async fn rate(bench: &Bench, shape: Shape, nodes: usize) -> Result<f64> {
    let tables = bench.fresh().await?;
    let store = tables.opening().open().await?;
    let run = new_run(&shape.draft(nodes).build().map_err(|error| BenchError::Said(error.to_string()))?);
    let id = run.id;
    store.workflow_send(run, None).await?;
    let spec = Spec { backlog: Some(nodes), ..bench.spec(&*tables, Spread::ONE) };
    let worked = Working::start(&spec).await?.done(Duration::from_secs(120 + nodes as u64 / 10)).await?;
    let state = store.workflow_states(vec![id]).await?;
    store.close().await;
    match state.first().and_then(Option::as_ref).map(|state| state.status) {
        Some(WorkflowStatus::Success) => Ok(worked.through(nodes)?[0]),
        status => Err(BenchError::Said(format!("the workflow's run did not succeed: {status:?}"))),
    }
}

fn new_run(dag: &Dag) -> NewWorkflow {
    let settings = WorkflowSettings { queue: Some(QUEUE.into()), priority: None };
    let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let mut run = NewWorkflow::of("bench_workflow", ARGS, dag, &settings, task);
    run.nodes.iter_mut().for_each(|node| node.args = ARGS.into());
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_edges_that_their_names_say() {
        assert_eq!(Shape::Chain.edges(4), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(Shape::Fan.edges(4), [(0, 1), (1, 3), (0, 2), (2, 3)]);
        let lattice = Shape::Lattice.edges(2 * LAYER);
        assert_eq!((lattice.len(), lattice[0], lattice[LAYER]), (LAYER * LAYER, (0, LAYER), (0, LAYER + 1)));
        for shape in [Shape::Chain, Shape::Fan, Shape::Lattice] {
            assert!(shape.draft(shape.nodes()).build().is_ok());
        }
    }
}
