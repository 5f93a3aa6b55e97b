//! Four times as many nodes cost at most five times as many steps.

use super::super::steps::counted;
use super::*;

/// Builds, runs to the end, reads and writes.
fn through(draft: impl FnOnce() -> Draft) {
    let dag = draft().build().unwrap();
    let (mut progress, advance) = Progress::begin(&dag);
    let mut live = advance.released;
    while let Some(node) = live.pop() {
        live.extend(progress.ended(node, true).unwrap().released);
    }
    assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: true }));
    let states: Vec<_> = (0..dag.nodes().len()).map(|node| progress.state(node).unwrap()).collect();
    let again = repair(&dag, &states, &Repair::From(dag.nodes()[0].name.clone())).unwrap();
    assert!(!again.is_empty());
}

fn holds(what: &str, size: usize, written: impl Fn(usize) -> Draft) {
    let ((), once) = counted(|| through(|| written(size)));
    let ((), fourfold) = counted(|| through(|| written(4 * size)));
    assert!(once > size as u64, "{what}: nothing was counted");
    assert!(fourfold <= 5 * once, "{what}: {once} steps for {size}, {fourfold} for {}", 4 * size);
}

fn many(size: usize, name: &str) -> impl Iterator<Item = Draft> {
    (0..size).map(move |number| node(&format!("{name}{number}")))
}

#[test]
fn chains_at_either_end() {
    holds("a chain", 1_000, |size| many(size, "n").fold(Draft::new(), Draft::then));
    holds("a chain from its end", 1_000, |size| many(size, "n").fold(Draft::new(), |dag, node| node.then(dag)));
}

#[test]
fn fan_out_and_fan_in() {
    let group = |size| many(size, "n").fold(Draft::new(), Draft::beside);
    holds("a fan", 1_000, |size| node("first").then(group(size)).then(node("last")));
    let backwards = |size| many(size, "n").fold(Draft::new(), |dag, node| node.beside(dag));
    holds("a fan, grown at its front", 1_000, |size| node("first").then(backwards(size)).then(node("last")));
}

#[test]
fn chains_that_share_their_ends() {
    let chain = |middle: Draft| node("first").then(middle).then(node("last"));
    holds("chains", 1_000, |size| many(size, "n").map(chain).fold(Draft::new(), Draft::beside));
}

#[test]
fn complete_layers_cost_by_their_edges() {
    let layer = |size, name| many(size, name).fold(Draft::new(), Draft::beside);
    // Twice as wide: four times as many edges.
    let steps = |wide: usize| counted(|| through(|| layer(wide, "a").then(layer(wide, "b")))).1;
    let (once, fourfold) = (steps(50), steps(100));
    assert!(fourfold <= 5 * once, "{once} steps for 2,500 edges, {fourfold} for 10,000");
}

#[test]
fn finally_nodes() {
    let group = |size| many(size, "n").fold(Draft::new(), Draft::beside);
    let last = |size| many(size, "last").fold(Draft::new(), Draft::beside);
    holds("finally nodes", 500, |size| group(size).finally(last(size)));
}
