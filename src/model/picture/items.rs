//! From a DAG to what is drawn: siblings folded into one, `finally` nodes in a part of their own.

use super::options::Options;
use super::text;
use crate::model::dag::Dag;
use std::collections::HashMap;

/// A longer name is cut, in columns.
const MAX_NAME: usize = 40;

/// What is drawn as one: a node, or folded siblings.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Their numbers in the DAG, ascending.
    pub nodes: Vec<usize>,
    /// The name, or what the names have in common.
    pub name: String,
    /// ` ×200` behind the name of folded siblings: never cut.
    pub times: String,
    /// Columns of the name, at most [`MAX_NAME`].
    pub wide: usize,
}

/// Items, and which follow which, by their numbers here.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub items: Vec<Item>,
    pub before: Vec<Vec<usize>>,
    pub after: Vec<Vec<usize>>,
    pub finally: bool,
}

/// The ordinary nodes and the `finally` nodes, as far as there are any.
pub(super) fn parts(dag: &Dag, options: &Options, shown: &dyn Fn(&str) -> String) -> Vec<Part> {
    let (last, first) = groups(dag, options.fold).into_iter().partition(|group| dag.nodes()[group[0]].finally);
    let both: [(Vec<Vec<usize>>, bool); 2] = [(first, false), (last, true)];
    let some = both.into_iter().filter(|(groups, _)| !groups.is_empty());
    some.map(|(groups, finally)| Part { finally, ..Part::new(dag, groups, options, shown) }).collect()
}

impl Part {
    fn new(dag: &Dag, groups: Vec<Vec<usize>>, options: &Options, shown: &dyn Fn(&str) -> String) -> Self {
        let mut number = HashMap::new();
        for (item, group) in groups.iter().enumerate() {
            number.extend(group.iter().map(|node| (*node, item)));
        }
        // All of a group have the same neighbours: the first tells of all.
        let neighbours = |near: fn(&Dag, usize) -> &[usize]| -> Vec<Vec<usize>> {
            let of = |group: &Vec<usize>| unique(near(dag, group[0]).iter().map(|node| number[node]).collect());
            groups.iter().map(of).collect()
        };
        let (before, after) = (neighbours(Dag::predecessors), neighbours(Dag::successors));
        let items = groups.into_iter().map(|group| Item::new(dag, group, options, shown)).collect();
        Self { items, before, after, finally: false }
    }
}

impl Item {
    fn new(dag: &Dag, nodes: Vec<usize>, options: &Options, shown: &dyn Fn(&str) -> String) -> Self {
        let names: Vec<String> = nodes.iter().map(|node| shown(&dag.nodes()[*node].name)).collect();
        let (name, times) = match &names[..] {
            [name] => (name.clone(), String::new()),
            names => {
                let common = text::common(names.iter().map(String::as_str));
                let task = || shown(&dag.nodes()[nodes[0]].task_name);
                let name = if common.is_empty() { task() } else { format!("{common}*") };
                (name, format!(" {}{}", if options.ascii { 'x' } else { '×' }, names.len()))
            }
        };
        let wide = text::width(&name).min(MAX_NAME);
        Self { nodes, name, times, wide }
    }
}

/// The nodes, siblings together, in the order in which they were written.
fn groups(dag: &Dag, fold: usize) -> Vec<Vec<usize>> {
    let mut alike = HashMap::<_, Vec<usize>>::new();
    for (number, node) in dag.nodes().iter().enumerate() {
        let (before, after) = (dag.predecessors(number), dag.successors(number));
        alike.entry((node.finally, &node.task_name, before, after)).or_default().push(number);
    }
    let folded = |group: Vec<usize>| match fold > 1 && group.len() >= fold {
        true => vec![group],
        false => group.into_iter().map(|node| vec![node]).collect(),
    };
    let mut groups: Vec<Vec<usize>> = alike.into_values().flat_map(folded).collect();
    groups.sort();
    groups
}

fn unique(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
