//! Building: what is put together, and what is refused.

use super::*;

fn with(name: &str, change: impl FnOnce(&mut Node)) -> Draft {
    let mut node = Node::new(name, name);
    change(&mut node);
    Draft::from(node)
}

#[test]
fn a_chain_with_a_group_binds_each_to_each() {
    let dag = node("extract").then(node("transform").beside(node("validate"))).then(node("load")).build().unwrap();
    assert_eq!(edges(&dag), ["extract transform", "extract validate", "transform load", "validate load"]);
    assert_eq!(dag.order(), [0, 1, 2, 3]);
    assert_eq!((dag.predecessors(3), dag.successors(0)), (&[1, 2][..], &[1, 2][..]));
    assert_eq!((dag.predecessors(9), dag.find("none")), (&[][..], None));
}

#[test]
fn a_group_before_a_group_binds_each_to_each() {
    let dag = node("a").beside(node("b")).then(node("c").beside(node("d"))).build().unwrap();
    assert_eq!(edges(&dag), ["a c", "a d", "b c", "b d"]);
}

#[test]
fn chains_that_share_nodes_are_one_graph_and_repeated_edges_one_edge() {
    let dag = chains(&["a b d", "a c d", "a b d"]).build().unwrap();
    assert_eq!(edges(&dag), ["a b", "a c", "b d", "c d"]);
    assert_eq!(dag.nodes().len(), 4);
}

#[test]
fn an_empty_group_between_two_leaves_them_bound() {
    let dag = node("a").then(Draft::new()).then(node("b")).build().unwrap();
    assert_eq!(edges(&dag), ["a b"]);
    assert_eq!(Draft::new().then(node("a")).then(node("b")).build().unwrap(), dag);
}

#[test]
fn a_graph_may_be_grown_at_either_end() {
    let names: Vec<String> = (0..9).map(|number| format!("n{number}")).collect();
    let forth = names.iter().map(|name| node(name)).fold(Draft::new(), Draft::then).build().unwrap();
    let back = names.iter().rev().map(|name| node(name)).fold(Draft::new(), |dag, node| node.then(dag));
    assert_eq!(back.build().unwrap(), forth);
    assert_eq!(forth.edges().collect::<Vec<_>>(), (0..8).map(|n| (n, n + 1)).collect::<Vec<_>>());
}

#[test]
fn what_one_mention_of_a_node_leaves_open_another_decides() {
    let dag = node("a").then(with("b", |node| node.settings.queue = Some("cpu".into())));
    let other = node("a").then(with("b", |node| node.settings.priority = Some(9)));
    let dag = dag.beside(other).build().unwrap();
    assert_eq!(dag.nodes()[1].settings.queue.as_deref(), Some("cpu"));
    assert_eq!((dag.nodes().len(), dag.nodes()[1].settings.priority), (2, Some(9)));
}

#[test]
fn a_cycle_is_told_with_its_nodes_in_order() {
    assert_eq!(said(chains(&["x a b c a", "c y"])), "the workflow has a cycle: 'a' >> 'b' >> 'c' >> 'a'");
    assert_eq!(said(chains(&["a a"])), "the workflow has a cycle: 'a' >> 'a'");
    let long: Vec<String> = (0..40).map(|number| format!("n{number}")).chain(["n0".into()]).collect();
    let said = said(chains(&[&long.join(" ")]));
    assert!(said.contains(" >> (28 more) >> 'n"), "{said}");
}

#[test]
fn contradicting_settings_of_one_node_are_told_with_both() {
    let queue = |queue: &str| with("b", |node| node.settings.queue = Some(queue.into()));
    let expected = "node 'b' stands with two values of its queue, 'cpu' and 'gpu': keep one, or make two nodes of it \
                    with node(..)";
    assert_eq!(said(queue("cpu").beside(queue("gpu"))), expected);
    let number = |change: fn(&mut Node, u16)| {
        let one = |value| with("b", |node| change(node, value));
        said(one(1).beside(one(2)))
    };
    assert!(number(|node, value| node.settings.max_retries = Some(value)).contains("max_retries, '1' and '2'"));
    assert!(number(|node, value| node.settings.timeout_seconds = Some(value.into())).contains("timeout_seconds, "));
    assert!(number(|node, value| node.settings.priority = Some(value as i16)).contains("priority, "));
    assert!(number(|node, value| node.args = Some(format!("{{\"n\": {value}}}"))).contains("arguments, "));
}

#[test]
fn two_different_nodes_of_one_name_are_told_with_their_tasks() {
    let other = Draft::from(Node::new("load", "upload"));
    let expected = "two different nodes are named 'load', one of task 'load' and one of task 'upload': give one of \
                    them another name with node(..)";
    assert_eq!(said(node("load").then(other)), expected);
}

#[test]
fn a_finally_node_stands_apart() {
    let dag = chains(&["a b"]).finally(chains(&["report tidy"])).then(node("c")).build().unwrap();
    assert_eq!(edges(&dag), ["a b", "b c", "report tidy"]);
    assert_eq!(names(&dag, &dag.order()[3..]), ["report", "tidy"]);
    let bound = chains(&["a tidy"]).finally(node("tidy"));
    assert!(said(bound).starts_with("node 'tidy' is a finally node and also an ordinary one"));
    let edge = with("tidy", |node| node.finally = true);
    assert!(said(node("a").then(edge)).starts_with("'a' >> 'tidy' cannot be: a finally node runs when all"));
}

#[test]
fn what_is_out_of_bounds_is_told_with_the_node() {
    assert_eq!(said(Draft::new()), "the workflow has no node: give it at least one task");
    assert!(said(node(&"x".repeat(256))).ends_with("...': the node name has 256 bytes, and at most 255 are allowed"));
    assert!(said(node("a\0b")).starts_with(r"node 'a\0b': the node name contains U+0000"));
    let wrong = with("a", |node| node.settings.priority = Some(11));
    assert_eq!(said(wrong), "node 'a': the priority is 11, and must be 1 to 10");
    assert!(said(with("a", |node| node.args = Some("[1]".into()))).contains("they are one object"));
    assert!(said(with("a", |node| node.settings.queue = Some(String::new()))).contains("queue name is empty"));
    assert!(!said(node("a\u{1b}[31m\0")).contains('\u{1b}'));
}

#[test]
fn so_many_nodes_and_edges_are_allowed_and_no_more() {
    let layer = |many: usize, name: &str| {
        (0..many).map(|number| node(&format!("{name}{number}"))).fold(Draft::new(), Draft::beside)
    };
    assert_eq!(layer(MAX_NODES, "n").build().unwrap().nodes().len(), MAX_NODES);
    let many = format!("the workflow has {} nodes, and at most 10000 are allowed", MAX_NODES + 1);
    assert_eq!(said(layer(MAX_NODES + 1, "n")), many);
    let lattice = |wide| layer(wide, "a").then(layer(1_000, "b"));
    assert_eq!(lattice(100).build().unwrap().edges().count(), MAX_EDGES);
    assert!(said(lattice(101)).starts_with("the workflow has 101000 edges or more, and at most 100000 are allowed"));
    // Repetitions of a node cost nothing of what is allowed.
    let twice = layer(MAX_NODES, "n").beside(layer(MAX_NODES, "n"));
    assert_eq!(twice.build().unwrap().nodes().len(), MAX_NODES);
}
