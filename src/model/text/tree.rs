//! Runs in the order of a tree, each with the strokes that stand before it.

use crate::model::RunId;
use std::collections::{HashMap, HashSet};

/// Levels whose strokes are drawn; of what lies deeper only the last ones are.
const DEEPEST: usize = 24;

/// What a tree is drawn with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strokes {
    branch: &'static str,
    last: &'static str,
    pass: &'static str,
    blank: &'static str,
    cut: &'static str,
    /// Stands beside the run that was asked for.
    pub(crate) mark: &'static str,
}

impl Strokes {
    /// Box characters.
    pub(crate) const BOX: Self =
        Self { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   ", cut: "…  ", mark: "▶" };
    /// For terminals that know no others.
    pub(crate) const ASCII: Self =
        Self { branch: "|- ", last: "`- ", pass: "|  ", blank: "   ", cut: ".. ", mark: ">" };
}

/// A line of the drawing.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Which of the tree's runs.
    pub(crate) index: usize,
    /// How far from the root; 0 also for a run whose sender is gone.
    pub(crate) depth: usize,
    /// What stands before its name.
    pub(crate) prefix: String,
}

/// A run about to be drawn: `trail` tells of each level above whether more follows there.
struct Open {
    index: usize,
    trail: Vec<bool>,
}

/// A run, and the run that sent it, where that is known.
pub(crate) type Sent = (RunId, Option<RunId>);

/// Every run of the tree once, senders before what they sent, those of one sender in the order in which they were sent.
/// Without recursion: a chain may be as long as the tree.
pub(crate) fn lines(root: RunId, runs: &[Sent], strokes: Strokes) -> Vec<Line> {
    let (tops, mut children) = relatives(root, runs);
    let (mut lines, mut seen) = (Vec::with_capacity(runs.len()), HashSet::new());
    let mut open: Vec<Open> = tops.into_iter().rev().map(|index| Open { index, trail: Vec::new() }).collect();
    while let Some(next) = open.pop() {
        let (run, _) = runs[next.index];
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
fn relatives(root: RunId, runs: &[Sent]) -> (Vec<usize>, HashMap<RunId, Vec<usize>>) {
    let there: HashSet<RunId> = runs.iter().map(|(run, _)| *run).collect();
    let (mut tops, mut children) = (Vec::new(), HashMap::<RunId, Vec<usize>>::new());
    for (index, (run, sender)) in runs.iter().enumerate() {
        match sender.filter(|sender| there.contains(sender) && *run != root) {
            Some(sender) => children.entry(sender).or_default().push(index),
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

    fn drawing(names: &[&str], root: RunId, runs: &[Sent], strokes: Strokes) -> Vec<String> {
        lines(root, runs, strokes).iter().map(|line| format!("{}{}", line.prefix, names[line.index])).collect()
    }

    #[test]
    fn a_tree_is_drawn_with_each_run_below_its_sender() {
        let [root, a, b, c] = [(); 4].map(|()| RunId::new());
        let orphan = (RunId::new(), Some(RunId::new()));
        let runs = [(root, None), (a, Some(root)), (b, Some(root)), (c, Some(a)), orphan];
        let names = ["root", "a", "b", "c", "orphan"];
        let drawn = |strokes| drawing(&names, root, &runs, strokes);
        assert_eq!(drawn(Strokes::BOX), ["root", "├─ a", "│  └─ c", "└─ b", "orphan"]);
        assert_eq!(drawn(Strokes::ASCII), ["root", "|- a", "|  `- c", "`- b", "orphan"]);
    }

    #[test]
    fn a_long_chain_is_drawn_to_its_end() {
        let ids: Vec<RunId> = (0..3_000).map(|_| RunId::new()).collect();
        let runs: Vec<Sent> = ids.iter().enumerate().map(|(n, id)| (*id, (n > 0).then(|| ids[n - 1]))).collect();
        let lines = lines(ids[0], &runs, Strokes::BOX);
        assert_eq!((lines.len(), lines[2_999].depth), (3_000, 2_999));
        assert!(lines[2_999].prefix.starts_with('…') && lines[2_999].prefix.chars().count() < 100);
    }

    #[test]
    fn runs_that_claim_to_have_sent_each_other_are_left_out_rather_than_drawn_for_ever() {
        let [root, a, b] = [(); 3].map(|()| RunId::new());
        let runs = [(root, Some(a)), (a, Some(b)), (b, Some(a))];
        assert_eq!(drawing(&["root", "a", "b"], root, &runs, Strokes::BOX), ["root"]);
    }
}
