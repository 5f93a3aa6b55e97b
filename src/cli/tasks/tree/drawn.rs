//! Runs in the order of a tree, each with the strokes that stand before it.

use crate::model::RunId;
use crate::store::Tree;
use std::collections::{HashMap, HashSet};

/// Levels whose strokes are drawn; of what lies deeper only the last ones are.
const DEEPEST: usize = 24;

/// What a tree is drawn with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strokes {
    branch: &'static str,
    last: &'static str,
    pass: &'static str,
    blank: &'static str,
    cut: &'static str,
    /// Stands beside the run that was asked for.
    pub(super) mark: &'static str,
}

impl Strokes {
    /// Box characters.
    pub(super) const BOX: Self =
        Self { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   ", cut: "…  ", mark: "▶" };
    /// For terminals that know no others.
    pub(super) const ASCII: Self =
        Self { branch: "|- ", last: "`- ", pass: "|  ", blank: "   ", cut: ".. ", mark: ">" };
}

/// A line of the drawing.
#[derive(Debug)]
pub(super) struct Line {
    /// Which of the tree's runs.
    pub(super) index: usize,
    /// How far from the root; 0 also for a run whose sender is gone.
    pub(super) depth: usize,
    /// What stands before its name.
    pub(super) prefix: String,
}

/// A run about to be drawn: `trail` tells of each level above whether more follows there.
struct Open {
    index: usize,
    trail: Vec<bool>,
}

/// Every run of the tree once, senders before what they sent, those of one sender in the order in which they were sent.
/// Without recursion: a chain may be as long as the tree.
pub(super) fn lines(tree: &Tree, strokes: Strokes) -> Vec<Line> {
    let (tops, mut children) = relatives(tree);
    let (mut lines, mut seen) = (Vec::with_capacity(tree.runs.len()), HashSet::new());
    let mut open: Vec<Open> = tops.into_iter().rev().map(|index| Open { index, trail: Vec::new() }).collect();
    while let Some(next) = open.pop() {
        let run = tree.runs[next.index].row.run;
        if !seen.insert(run) {
            continue;
        }
        let sent = children.remove(&run).unwrap_or_default();
        let last = sent.len().saturating_sub(1);
        for (place, index) in sent.into_iter().enumerate().rev() {
            let mut trail = next.trail.clone();
            trail.push(place < last);
            open.push(Open { index, trail });
        }
        lines.push(Line { index: next.index, depth: next.trail.len(), prefix: prefix(&next.trail, strokes) });
    }
    lines
}

/// The runs that nobody among them sent, and what each of the others' senders sent.
fn relatives(tree: &Tree) -> (Vec<usize>, HashMap<RunId, Vec<usize>>) {
    let there: HashSet<RunId> = tree.runs.iter().map(|row| row.row.run).collect();
    let (mut tops, mut children) = (Vec::new(), HashMap::<RunId, Vec<usize>>::new());
    for (index, row) in tree.runs.iter().enumerate() {
        match row.parent_run.filter(|parent| there.contains(parent) && row.row.run != tree.root) {
            Some(parent) => children.entry(parent).or_default().push(index),
            None => tops.push(index),
        }
    }
    (tops, children)
}

fn prefix(trail: &[bool], strokes: Strokes) -> String {
    let Some((more, above)) = trail.split_last() else { return String::new() };
    let from = above.len().saturating_sub(DEEPEST);
    let mut prefix = String::from(if from > 0 { strokes.cut } else { "" });
    prefix.extend(above[from..].iter().map(|more| if *more { strokes.pass } else { strokes.blank }));
    prefix.push_str(if *more { strokes.branch } else { strokes.last });
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttemptId, TaskStatus};
    use crate::store::{AttemptRow, TreeRow};

    fn row(name: &str, run: RunId, root: RunId, parent_run: Option<RunId>) -> TreeRow {
        let row = AttemptRow {
            id: AttemptId(run.0),
            run,
            root,
            parent: None,
            workflow_run: None,
            node_name: None,
            task_name: name.into(),
            queue: "default".into(),
            status: TaskStatus::Queued,
            priority: 5,
            attempt_number: 0,
            max_retries: 0,
            timeout_seconds: None,
            executor: None,
            scheduled_start: None,
            queued: None,
            started: None,
            finished: None,
            idempotency_key: None,
            error: None,
        };
        TreeRow { row, parent_run }
    }

    fn drawing(tree: &Tree, strokes: Strokes) -> Vec<String> {
        let line = |line: &Line| format!("{}{}", line.prefix, tree.runs[line.index].row.task_name);
        lines(tree, strokes).iter().map(line).collect()
    }

    #[test]
    fn a_tree_is_drawn_with_each_run_below_its_sender() {
        let [root, a, b, c] = [(); 4].map(|()| RunId::new());
        let runs = vec![
            row("root", root, root, None),
            row("a", a, root, Some(root)),
            row("b", b, root, Some(root)),
            row("c", c, root, Some(a)),
            row("orphan", RunId::new(), root, Some(RunId::new())),
        ];
        let tree = Tree { root, runs, more: false };
        assert_eq!(drawing(&tree, Strokes::BOX), ["root", "├─ a", "│  └─ c", "└─ b", "orphan"]);
        assert_eq!(drawing(&tree, Strokes::ASCII), ["root", "|- a", "|  `- c", "`- b", "orphan"]);
    }

    #[test]
    fn a_long_chain_is_drawn_to_its_end() {
        let ids: Vec<RunId> = (0..3_000).map(|_| RunId::new()).collect();
        let runs = ids.iter().enumerate().map(|(n, id)| row("link", *id, ids[0], (n > 0).then(|| ids[n - 1])));
        let tree = Tree { root: ids[0], runs: runs.collect(), more: false };
        let lines = lines(&tree, Strokes::BOX);
        assert_eq!((lines.len(), lines[2_999].depth), (3_000, 2_999));
        assert!(lines[2_999].prefix.starts_with('…') && lines[2_999].prefix.chars().count() < 100);
    }

    #[test]
    fn runs_that_claim_to_have_sent_each_other_are_left_out_rather_than_drawn_for_ever() {
        let [root, a, b] = [(); 3].map(|()| RunId::new());
        let runs = vec![row("root", root, root, Some(a)), row("a", a, root, Some(b)), row("b", b, root, Some(a))];
        assert_eq!(drawing(&Tree { root, runs, more: false }, Strokes::BOX), ["root"]);
    }
}
