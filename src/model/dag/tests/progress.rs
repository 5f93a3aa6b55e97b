//! Progress: literals, and random runs against a slow oracle.

use super::*;
use crate::model::TaskStatus::{self, *};
use proptest::prelude::*;

/// Ends nodes by name; what is released and skipped, by names.
fn end(progress: &mut Progress, dag: &Dag, name: &str, succeeded: bool) -> (Vec<String>, Vec<String>) {
    let advance = progress.ended(dag.find(name).unwrap(), succeeded).unwrap();
    (names(dag, &advance.released), names(dag, &advance.skipped))
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

#[test]
fn a_node_is_released_by_the_last_of_its_predecessors() {
    let dag = chains(&["a b d", "a c d"]).build().unwrap();
    let (mut progress, begun) = Progress::begin(&dag);
    assert_eq!(names(&dag, &begun.released), ["a"]);
    assert_eq!(end(&mut progress, &dag, "a", true).0, ["b", "c"]);
    assert_eq!(end(&mut progress, &dag, "c", true), (vec![], vec![]));
    assert_eq!(progress.event(), None);
    assert_eq!(end(&mut progress, &dag, "b", true).0, ["d"]);
    assert_eq!(end(&mut progress, &dag, "d", true), (vec![], vec![]));
    assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: true }));
}

#[test]
fn what_comes_after_a_failure_is_skipped_and_other_branches_go_on() {
    let dag = chains(&["a b c e", "a d e", "d f"]).build().unwrap();
    let (mut progress, _) = Progress::begin(&dag);
    end(&mut progress, &dag, "a", true);
    assert_eq!(end(&mut progress, &dag, "b", false), (vec![], strings(&["c", "e"])));
    assert_eq!(end(&mut progress, &dag, "d", true), (strings(&["f"]), vec![]));
    assert_eq!(progress.event(), None);
    end(&mut progress, &dag, "f", true);
    assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: false }));
}

#[test]
fn finally_nodes_run_when_all_others_have_ended_however_they_ended() {
    for succeeded in [true, false] {
        let dag = chains(&["a b"]).finally(chains(&["report tidy"])).build().unwrap();
        let (mut progress, begun) = Progress::begin(&dag);
        assert_eq!(names(&dag, &begun.released), ["a"]);
        let mut released = end(&mut progress, &dag, "a", succeeded).0;
        if succeeded {
            released = end(&mut progress, &dag, "b", false).0;
        }
        assert_eq!(released, ["report"]);
        assert_eq!(end(&mut progress, &dag, "report", true).0, ["tidy"]);
        end(&mut progress, &dag, "tidy", true);
        assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: false }));
    }
}

#[test]
fn a_cancel_ends_what_waits_and_the_finally_nodes_run_after_what_runs() {
    let dag = chains(&["a b c"]).finally(chains(&["report tidy"])).build().unwrap();
    let (mut progress, _) = Progress::begin(&dag);
    let (canceled, advance) = progress.cancel(false);
    assert_eq!((names(&dag, &canceled), advance), (strings(&["b", "c"]), Advance::default()));
    assert_eq!(end(&mut progress, &dag, "a", true), (strings(&["report"]), vec![]));
    // A second cancel takes the rest.
    assert_eq!(names(&dag, &progress.cancel(true).0), ["tidy"]);
    assert_eq!(end(&mut progress, &dag, "report", false), (vec![], vec![]));
    assert_eq!(progress.event(), Some(RunEvent::NodesEnded { all_succeeded: false }));
}

#[test]
fn only_a_live_node_ends() {
    let dag = chains(&["a b"]).build().unwrap();
    let (mut progress, _) = Progress::begin(&dag);
    let said = progress.ended(1, true).unwrap_err().to_string();
    assert_eq!(said, "node 1 is Waiting: only a live node ends");
    assert!(progress.ended(7, true).is_err());
}

#[test]
fn each_status_is_a_state() {
    use NodeState::*;
    let table: [(TaskStatus, NodeState, NodeState); 11] = [
        (AwaitDeps, Waiting, Waiting),
        (AwaitStartTime, Live, Live),
        (Queued, Live, Live),
        (Running, Live, Live),
        (UpForCancel, Live, Live),
        (Success, Succeeded, Succeeded),
        (Failed, Ended, Live),
        (Lost, Ended, Live),
        (Canceled, Ended, Ended),
        (Stopped, Ended, Ended),
        (Skipped, Ended, Ended),
    ];
    for (status, last, retried) in table {
        assert_eq!((NodeState::of(status, false), NodeState::of(status, true)), (last, retried), "{status}");
    }
}

/// A DAG of some nodes, with edges from lower to higher numbers, of which the last `finally` ones run last.
fn graph(nodes: usize, edges: &[(usize, usize)], finally: usize) -> Dag {
    let ordinary = nodes - finally.min(nodes - 1);
    let all = (0..nodes).map(|number| {
        let name = number.to_string();
        Node { finally: number >= ordinary, ..Node::new(name.clone(), name) }
    });
    let ends = edges.iter().map(|(a, b)| (a % nodes, b % nodes)).map(|(a, b)| (a.min(b), a.max(b)));
    let kept = ends.filter(|(a, b)| a != b && (*a < ordinary) == (*b < ordinary));
    Dag::new(all.collect(), &kept.collect::<Vec<_>>()).unwrap()
}

/// What should hold of every node, looked at from nothing: (may run, never will).
fn oracle(dag: &Dag, states: &[NodeState]) -> (Vec<usize>, Vec<usize>) {
    let mut states = states.to_vec();
    let (mut live, mut skipped) = (vec![], vec![]);
    loop {
        let before = states.clone();
        for node in 0..states.len() {
            let of = |node: &usize| before[*node];
            let predecessors = dag.predecessors(node);
            if before[node] != NodeState::Waiting {
                continue;
            }
            let ordinary_over = (0..states.len()).all(|other| dag.nodes()[other].finally || before[other].is_over());
            if predecessors.iter().any(|node| of(node) == NodeState::Ended) {
                states[node] = NodeState::Ended;
                skipped.push(node);
            } else if predecessors.iter().all(|node| of(node) == NodeState::Succeeded)
                && (!dag.nodes()[node].finally || ordinary_over)
            {
                states[node] = NodeState::Live;
                live.push(node);
            }
        }
        if before == states {
            live.sort();
            skipped.sort();
            return (live, skipped);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn progress_is_what_the_oracle_says(
        nodes in 1usize..25,
        edges in prop::collection::vec((0usize..25, 0usize..25), 0..60),
        finally in 0usize..4,
        ends in prop::collection::vec((any::<usize>(), 0u8..10), 0..40),
    ) {
        let dag = graph(nodes, &edges, finally);
        let mut states = vec![NodeState::Waiting; nodes];
        let (mut progress, mut advance) = Progress::begin(&dag);
        let (mut ends, mut canceled) = (ends.into_iter(), 0);
        loop {
            let sorted = |mut list: Vec<usize>| { list.sort(); list };
            let found = (sorted(advance.released), sorted(advance.skipped));
            prop_assert_eq!(&found, &oracle(&dag, &states));
            found.0.iter().for_each(|node| states[*node] = NodeState::Live);
            found.1.iter().for_each(|node| states[*node] = NodeState::Ended);
            let seen: Vec<_> = (0..nodes).map(|node| progress.state(node).unwrap()).collect();
            prop_assert_eq!(&seen, &states);
            // Whoever comes to the same states by another way knows the same.
            let (resumed, nothing) = Progress::resume(&dag, states.clone());
            prop_assert_eq!((resumed.event(), nothing), (progress.event(), Advance::default()));
            prop_assert_eq!(progress.event().is_some(), states.iter().all(|state| state.is_over()));
            let live: Vec<usize> = (0..nodes).filter(|node| states[*node] == NodeState::Live).collect();
            if live.is_empty() {
                prop_assert!(states.iter().all(|state| state.is_over()), "nothing runs, and something waits");
                break;
            }
            let (which, how) = ends.next().unwrap_or((0, 9));
            if how == 0 {
                canceled += 1;
                let (gone, next) = progress.cancel(canceled > 1);
                gone.iter().for_each(|node| states[*node] = NodeState::Ended);
                advance = next;
            } else {
                let node = live[which % live.len()];
                states[node] = if how > 2 { NodeState::Succeeded } else { NodeState::Ended };
                advance = progress.ended(node, how > 2).unwrap();
            }
        }
    }
}
