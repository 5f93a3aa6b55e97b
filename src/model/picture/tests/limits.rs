//! The largest graphs there may be: always something, in bounded time.

use super::*;
use crate::model::dag::{MAX_EDGES, MAX_NODES};

/// Nodes of tasks of their own, in groups that each stand before the next.
fn groups(groups: usize, each: usize) -> Draft {
    let group = |number: usize| {
        let nodes = (0..each).map(|node| super::node(&format!("node-{number}-{node}")));
        nodes.fold(Draft::new(), Draft::beside)
    };
    (0..groups).map(group).fold(Draft::new(), Draft::then)
}

/// A node for each number, and an edge from each to those that stand so far behind it.
fn far(nodes: usize, steps: &[usize]) -> Draft {
    let node = |number: usize| super::node(&number.to_string());
    let edges = (0..nodes).flat_map(|from| steps.iter().map(move |step| (from, from + step)));
    edges.filter(|(_, to)| *to < nodes).map(|(from, to)| node(from).then(node(to))).fold(Draft::new(), Draft::beside)
}

#[test]
fn each_shape_of_the_largest_graphs_is_shown() {
    let shapes = [
        ("a chain", groups(MAX_NODES, 1)),
        ("nothing but nodes", groups(1, MAX_NODES)),
        ("a fan", node("first").then(groups(1, MAX_NODES - 2)).then(node("last"))),
        ("two large groups", groups(2, 316)),
        ("many groups", groups(1_000, 10)),
        ("a net", far(MAX_NODES, &[1, 2, 3, 5, 8, 13, 21, 34, 55, 89])),
        ("siblings", node("first").then(shards(MAX_NODES - 2)).then(node("last"))),
    ];
    for (shape, draft) in shapes {
        let dag = draft.build().unwrap();
        assert!(dag.edges().count() <= MAX_EDGES);
        for width in [20, usize::MAX] {
            let picture = Picture::new(&dag, &Options { width, ..Options::default() }, str::to_owned);
            let shown: usize = picture.places().iter().map(|place| place.nodes.len()).sum();
            assert_eq!(shown, dag.nodes().len(), "{shape}");
            assert!(picture.width() <= width.min(MAX_WIDTH) && picture.height() <= 2 * MAX_NODES, "{shape}");
            assert!(!picture.draw(0..50, &[]).to_text().trim().is_empty(), "{shape}");
        }
    }
}

/// Small enough to be drawn, with so many lines that must go round each other that it takes too long.
#[test]
fn what_is_too_crowded_is_a_list() {
    let edges = (0..120_usize)
        .flat_map(|from| (0..120_usize).filter(move |to| (from * 7 + to * 13) % 5 < 2).map(move |to| (from, to)));
    let node = |side: char, number: usize| super::node(&format!("{side}{number}"));
    let draft = edges.map(|(from, to)| node('a', from).then(node('b', to))).fold(Draft::new(), Draft::beside);
    assert_eq!(picture(draft, &Options { width: MAX_WIDTH, ..Options::default() }).style(), Style::List);
}

#[test]
fn a_hundred_times_a_hundred_are_one_bus() {
    let picture = picture(groups(2, 100), &bare(80, Style::Auto));
    assert_eq!((picture.style(), picture.height()), (Style::Boxes, 300));
}
