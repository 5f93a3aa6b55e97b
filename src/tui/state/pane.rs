//! A text that is scrolled, searched and folded.

use super::action::Action;
use super::json::DocLine;
use std::collections::BTreeSet;

/// Where somebody reads in a text. The text is kept elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pane {
    /// The line under the cursor.
    at: usize,
    /// The first line that is shown.
    top: usize,
    /// Columns that are passed over at the left.
    left: usize,
    /// Whether long lines are wrapped.
    wrap: bool,
    /// Whether the newest line is kept in sight.
    follow: bool,
    /// Lines whose members are folded away.
    folded: BTreeSet<usize>,
    /// What is searched.
    find: String,
}

impl Pane {
    /// A pane that keeps to the newest line.
    pub(crate) fn following() -> Self {
        Self { follow: true, ..Self::default() }
    }

    /// The line under the cursor.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Columns that are passed over at the left.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Whether long lines are wrapped.
    pub(crate) fn wraps(&self) -> bool {
        self.wrap
    }

    /// Whether the newest line is kept in sight.
    pub(crate) fn follows(&self) -> bool {
        self.follow
    }

    /// What is searched; empty: nothing.
    pub(crate) fn sought(&self) -> &str {
        &self.find
    }

    /// Whether this line stands for all that it opens.
    pub(crate) fn is_folded(&self, line: usize) -> bool {
        self.folded.contains(&line)
    }

    /// The lines that are not folded away, from the first that is shown.
    pub(crate) fn shown<'a>(&'a self, doc: &'a [DocLine]) -> impl Iterator<Item = (usize, &'a DocLine)> + 'a {
        self.unfolded(doc).skip_while(|(number, _)| *number < self.top)
    }

    /// Searches, and goes to the first place from the cursor on.
    pub(crate) fn seek(&mut self, text: &str, doc: &[DocLine]) -> bool {
        self.find = text.to_lowercase();
        self.next_match(doc, true, true)
    }

    /// Keeps cursor and window within the text.
    pub(crate) fn settle(&mut self, doc: &[DocLine], rows: usize) {
        self.folded.retain(|line| doc.get(*line).is_some_and(|line| line.fold.is_some()));
        let lines: Vec<usize> = self.unfolded(doc).map(|(number, _)| number).collect();
        let last = lines.len().saturating_sub(1);
        let place = if self.follow { last } else { lines.partition_point(|line| *line <= self.at).saturating_sub(1) };
        let rows = rows.max(1);
        let top = lines.partition_point(|line| *line < self.top);
        let top = top.clamp((place + 1).saturating_sub(rows), place).min(lines.len().saturating_sub(rows));
        self.at = lines.get(place).copied().unwrap_or(0);
        self.top = lines.get(top).copied().unwrap_or(0);
    }

    /// Moves, searches or folds; `false`: the action is none of a text's.
    pub(crate) fn on_action(&mut self, action: Action, doc: &[DocLine], rows: usize) -> bool {
        let page = rows.max(2) as isize - 1;
        match action {
            Action::RowUp => self.go(doc, -1),
            Action::RowDown => self.go(doc, 1),
            Action::PageUp => self.go(doc, -page),
            Action::PageDown => self.go(doc, page),
            Action::Top => self.go(doc, isize::MIN),
            Action::Bottom => self.go(doc, isize::MAX),
            Action::Left => self.left = self.left.saturating_sub(8),
            Action::Right => self.left = (self.left + 8).min(4_096),
            Action::Wrap => (self.wrap, self.left) = (!self.wrap, 0),
            Action::Follow => self.follow = !self.follow,
            Action::Fold => self.fold(doc),
            Action::FoldAll => self.fold_all(doc),
            Action::FindNext => _ = self.next_match(doc, true, false),
            Action::FindPrevious => _ = self.next_match(doc, false, false),
            _ => return false,
        }
        true
    }

    fn unfolded<'a>(&'a self, doc: &'a [DocLine]) -> impl Iterator<Item = (usize, &'a DocLine)> + 'a {
        let mut hidden = 0;
        doc.iter().enumerate().filter(move |(number, line)| {
            let shown = *number >= hidden;
            if let Some(fold) = line.fold.as_ref().filter(|_| shown && self.folded.contains(number)) {
                hidden = fold.end + 1;
            }
            shown
        })
    }

    fn go(&mut self, doc: &[DocLine], by: isize) {
        self.follow = false;
        let lines: Vec<usize> = self.unfolded(doc).map(|(number, _)| number).collect();
        let place = lines.partition_point(|line| *line <= self.at).saturating_sub(1);
        let place = place.saturating_add_signed(by).min(lines.len().saturating_sub(1));
        self.at = lines.get(place).copied().unwrap_or(0);
    }

    /// Folds what the line opens, or the nearest that it stands in.
    fn fold(&mut self, doc: &[DocLine]) {
        if self.folded.remove(&self.at) {
            return;
        }
        let holds = |(number, line): &(usize, &DocLine)| {
            line.fold.as_ref().is_some_and(|fold| *number <= self.at && fold.end >= self.at)
        };
        if let Some((number, _)) = doc.iter().enumerate().rfind(holds) {
            self.folded.insert(number);
            self.at = number;
        }
    }

    /// Folds every member of the whole, or unfolds all.
    fn fold_all(&mut self, doc: &[DocLine]) {
        if !self.folded.is_empty() {
            self.folded.clear();
            return;
        }
        self.folded = doc.iter().enumerate().skip(1).filter(|(_, line)| line.fold.is_some()).map(|(n, _)| n).collect();
    }

    fn next_match(&mut self, doc: &[DocLine], forward: bool, here: bool) -> bool {
        if self.find.is_empty() || doc.is_empty() {
            return false;
        }
        let found = |number: &usize| doc[*number].text().to_lowercase().contains(&self.find);
        let start = self.at.min(doc.len() - 1);
        let skip = usize::from(!here);
        let place = match forward {
            true => (start..doc.len()).chain(0..start).skip(skip).find(found),
            false => (0..start).rev().chain((start..doc.len()).rev()).find(found),
        };
        if let Some(place) = place {
            (self.at, self.follow) = (place, false);
            let hides = |line: &usize| doc[*line].fold.as_ref().is_some_and(|f| *line < place && f.end >= place);
            self.folded.retain(|line| !hides(line));
        }
        place.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::lines;
    use super::*;

    fn shown(pane: &Pane, doc: &[DocLine]) -> Vec<usize> {
        pane.shown(doc).map(|(number, _)| number).collect()
    }

    #[test]
    fn members_fold_and_a_search_opens_them() {
        let doc = lines(r#"{"a":{"b":1,"c":2},"d":3}"#);
        let mut pane = Pane::default();
        for action in [Action::RowDown, Action::RowDown, Action::Fold] {
            assert!(pane.on_action(action, &doc, 10));
            pane.settle(&doc, 10);
        }
        assert_eq!((shown(&pane, &doc), pane.at()), (vec![0, 1, 5, 6], 1));
        assert!(pane.seek("\"C\"", &doc));
        pane.settle(&doc, 10);
        assert_eq!((shown(&pane, &doc).len(), pane.at()), (7, 3));
        assert!(!pane.seek("absent", &doc));
    }

    #[test]
    fn the_newest_line_is_kept_in_sight_until_the_reader_moves() {
        let mut doc: Vec<DocLine> = (0..10).flat_map(|n| lines(&n.to_string())).collect();
        let mut pane = Pane::following();
        pane.settle(&doc, 4);
        assert_eq!(shown(&pane, &doc), [6, 7, 8, 9]);
        doc.extend(lines("more"));
        pane.settle(&doc, 4);
        assert_eq!(pane.at(), 10);
        pane.on_action(Action::RowUp, &doc, 4);
        doc.extend(lines("more"));
        pane.settle(&doc, 4);
        assert_eq!((pane.at(), pane.follows()), (9, false));
    }

    #[test]
    fn a_pane_of_nothing_takes_every_action() {
        let mut pane = Pane::default();
        for action in [Action::Bottom, Action::Fold, Action::FoldAll, Action::FindNext, Action::PageUp, Action::Right] {
            assert!(pane.on_action(action, &[], 0));
            pane.settle(&[], 0);
        }
    }
}
