//! Drafts at random, against sets of names and a closure by brute force.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A graph as it could be written.
#[derive(Clone, Debug)]
enum Written {
    Node(u8),
    Then(Box<Written>, Box<Written>),
    Beside(Vec<Written>),
}

/// What it means, by sets of names.
#[derive(Default)]
struct Meaning {
    nodes: BTreeSet<u8>,
    edges: BTreeSet<(u8, u8)>,
    heads: BTreeSet<u8>,
    tails: BTreeSet<u8>,
}

fn written(names: u8) -> impl Strategy<Value = Written> {
    (0..names).prop_map(Written::Node).prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Written::Then(Box::new(a), Box::new(b))),
            prop::collection::vec(inner, 0..4).prop_map(Written::Beside),
        ]
    })
}

fn draft(written: &Written) -> Draft {
    match written {
        Written::Node(name) => node(&name.to_string()),
        Written::Then(before, after) => draft(before).then(draft(after)),
        Written::Beside(parts) => parts.iter().map(draft).fold(Draft::new(), Draft::beside),
    }
}

fn meaning(written: &Written) -> Meaning {
    match written {
        Written::Node(name) => {
            let one = BTreeSet::from([*name]);
            Meaning { nodes: one.clone(), edges: BTreeSet::new(), heads: one.clone(), tails: one }
        }
        Written::Then(before, after) => {
            let (before, after) = (meaning(before), meaning(after));
            let cross = before.tails.iter().flat_map(|from| after.heads.iter().map(move |to| (*from, *to)));
            let edges = before.edges.iter().chain(&after.edges).copied().chain(cross).collect();
            let heads = if before.heads.is_empty() { after.heads } else { before.heads };
            let tails = if after.tails.is_empty() { before.tails } else { after.tails };
            Meaning { nodes: &before.nodes | &after.nodes, edges, heads, tails }
        }
        Written::Beside(parts) => parts.iter().map(meaning).fold(Meaning::default(), |one, other| Meaning {
            nodes: &one.nodes | &other.nodes,
            edges: &one.edges | &other.edges,
            heads: &one.heads | &other.heads,
            tails: &one.tails | &other.tails,
        }),
    }
}

/// Whether some node reaches itself.
fn has_cycle(meaning: &Meaning) -> bool {
    let mut reach = meaning.edges.clone();
    loop {
        let steps = reach.iter().flat_map(|(a, b)| reach.range((*b, 0)..=(*b, u8::MAX)).map(move |(_, c)| (*a, *c)));
        let wider: BTreeSet<_> = reach.iter().copied().chain(steps).collect();
        if wider.len() == reach.len() {
            return reach.iter().any(|(a, b)| a == b);
        }
        reach = wider;
    }
}

fn agrees(written: &Written) -> Result<(), TestCaseError> {
    let meaning = meaning(written);
    match draft(written).build() {
        Ok(dag) => {
            let name = |node: usize| dag.nodes()[node].name.parse::<u8>().unwrap();
            let edges: Vec<_> = dag.edges().map(|(from, to)| (name(from), name(to))).collect();
            prop_assert_eq!(edges.len(), meaning.edges.len());
            prop_assert_eq!(edges.into_iter().collect::<BTreeSet<_>>(), meaning.edges.clone());
            prop_assert_eq!((0..dag.nodes().len()).map(name).collect::<BTreeSet<_>>(), meaning.nodes.clone());
            prop_assert!(!has_cycle(&meaning));
            prop_assert!(dag.edges().all(|(from, to)| dag.predecessors(to).contains(&from)));
            let mut place = vec![usize::MAX; dag.nodes().len()];
            dag.order().iter().enumerate().for_each(|(at, node)| place[*node] = at);
            prop_assert!(dag.edges().all(|(from, to)| place[from] < place[to]));
            prop_assert!(place.iter().all(|place| *place < dag.nodes().len()));
            prop_assert_eq!(Dag::from_structure(&dag.to_structure()), Ok(dag));
        }
        Err(DagError::Empty) => prop_assert!(meaning.nodes.is_empty()),
        Err(DagError::Cycle { nodes }) => {
            let names: Vec<u8> = nodes.iter().map(|name| name.parse().unwrap()).collect();
            let next = names.iter().cycle().skip(1);
            prop_assert!(!names.is_empty() && names.iter().zip(next).all(|(a, b)| meaning.edges.contains(&(*a, *b))));
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        }
        Err(error) => prop_assert!(false, "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn few_names_make_cycles_and_repetitions(written in written(5)) {
        agrees(&written)?;
    }

    #[test]
    fn many_names_make_graphs(written in written(60)) {
        agrees(&written)?;
    }
}

#[test]
fn both_ends_come_up() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut built, mut cycles) = (0, 0);
    for _ in 0..1_000 {
        let written = written(8).new_tree(&mut runner).unwrap().current();
        match draft(&written).build() {
            Ok(dag) if dag.edges().count() > 2 => built += 1,
            Err(DagError::Cycle { nodes }) if nodes.len() > 1 => cycles += 1,
            _ => {}
        }
    }
    assert!(built >= 20 && cycles >= 20, "{built} graphs with edges, {cycles} cycles of several nodes");
}
