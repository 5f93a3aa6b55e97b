//! A list under a cursor: scrolling, marks and order, all by the rows' ids, so that they survive a new reading.

use super::action::Action;
use std::collections::BTreeSet;

/// A column and how it gives way when there is little room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) title: &'static str,
    /// The letter that sorts by it, with shift.
    pub(crate) key: Option<char>,
    /// Whether its cells stand at the right.
    pub(crate) right: bool,
    /// Left out first: the greatest number; 0 is never left out.
    pub(crate) rank: u8,
    /// Cells are not cut below this width while other columns can give way.
    pub(crate) least: u16,
    /// It does not grow beyond this.
    pub(crate) most: u16,
    /// Shown only where there is much room, or all columns are asked for.
    pub(crate) extra: bool,
}

impl Column {
    /// A column of text that is never left out.
    pub(crate) const fn new(title: &'static str, least: u16, most: u16) -> Self {
        Self { title, key: None, right: false, rank: 0, least, most, extra: false }
    }

    /// Sorted by this letter.
    pub(crate) const fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }

    /// Numbers stand at the right.
    pub(crate) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Left out where there is little room; those of a greater rank before it.
    pub(crate) const fn rank(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    /// Shown only where there is much room, or all columns are asked for.
    pub(crate) const fn extra(mut self) -> Self {
        self.extra = true;
        self
    }
}

/// What the rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    /// Which column.
    pub(crate) column: usize,
    /// The greatest first.
    pub(crate) descending: bool,
}

/// A table's cursor, scrolling, marks and order. The rows are kept elsewhere, in the order in which they are shown.
#[derive(Clone, Debug)]
pub(crate) struct Table<K> {
    /// The row under the cursor; `None`: the first, whichever that is.
    cursor: Option<K>,
    /// Where it was seen last.
    at: usize,
    /// The first row that is shown.
    top: usize,
    /// The row marked last.
    anchor: Option<K>,
    /// Marked rows.
    marks: BTreeSet<K>,
    /// The order.
    sort: Sort,
}

impl<K: Clone + Ord> Table<K> {
    /// A table in that order.
    pub(crate) fn new(column: usize, descending: bool) -> Self {
        let sort = Sort { column, descending };
        Self { cursor: None, at: 0, top: 0, anchor: None, marks: BTreeSet::new(), sort }
    }

    /// A table in the order of its rows.
    pub(crate) fn unsorted() -> Self {
        Self::new(usize::MAX, false)
    }

    /// The order.
    pub(crate) fn sort(&self) -> Sort {
        self.sort
    }

    /// Where the cursor is.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The first row that is shown.
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// How many rows are marked.
    pub(crate) fn marked(&self) -> usize {
        self.marks.len()
    }

    /// Whether this row is marked.
    pub(crate) fn is_marked(&self, id: &K) -> bool {
        self.marks.contains(id)
    }

    /// Puts the cursor on a row.
    pub(crate) fn select(&mut self, id: K) {
        self.cursor = Some(id);
    }

    /// Finds the cursor again among `ids`, and scrolls so that it is seen in a window of `rows`.
    pub(crate) fn settle(&mut self, ids: &[K], rows: usize) {
        let found = match &self.cursor {
            None => Some(0),
            Some(id) => ids.iter().position(|other| other == id),
        };
        self.at = found.unwrap_or(self.at).min(ids.len().saturating_sub(1));
        if found.is_none() && !ids.is_empty() {
            self.cursor = ids.get(self.at).cloned();
        }
        let rows = rows.max(1);
        self.top = self.top.clamp((self.at + 1).saturating_sub(rows), self.at).min(ids.len().saturating_sub(rows));
    }

    /// Moves, marks or sorts; `false`: the action is none of a table's.
    pub(crate) fn on_action(&mut self, action: Action, ids: &[K], columns: &[Column], rows: usize) -> bool {
        let page = rows.max(2) - 1;
        match action {
            Action::RowUp => self.go(ids, self.at.saturating_sub(1)),
            Action::RowDown => self.go(ids, self.at + 1),
            Action::PageUp => self.go(ids, self.at.saturating_sub(page)),
            Action::PageDown => self.go(ids, self.at + page),
            Action::Top => (self.cursor, self.at) = (None, 0),
            Action::Bottom => self.go(ids, ids.len()),
            Action::Mark => self.mark(ids),
            Action::MarkRange => self.mark_range(ids),
            Action::ClearMarks => self.marks.clear(),
            Action::Sort(letter) => self.sort_by(letter, columns),
            Action::SortLeft => self.sort_beside(columns, false),
            Action::SortRight => self.sort_beside(columns, true),
            Action::SortTurn => self.sort.descending = !self.sort.descending,
            _ => return false,
        }
        true
    }

    /// To the row of that number, as far as there is one.
    pub(crate) fn go(&mut self, ids: &[K], to: usize) {
        self.at = to.min(ids.len().saturating_sub(1));
        self.cursor = ids.get(self.at).cloned();
    }

    fn mark(&mut self, ids: &[K]) {
        let Some(id) = ids.get(self.at) else { return };
        if !self.marks.remove(id) {
            self.marks.insert(id.clone());
        }
        self.anchor = Some(id.clone());
        self.go(ids, self.at + 1);
    }

    fn mark_range(&mut self, ids: &[K]) {
        let anchor = self.anchor.as_ref().and_then(|anchor| ids.iter().position(|id| id == anchor)).unwrap_or(self.at);
        let (from, to) = (anchor.min(self.at), anchor.max(self.at));
        self.marks.extend(ids.iter().skip(from).take(to + 1 - from).cloned());
    }

    fn sort_by(&mut self, letter: char, columns: &[Column]) {
        let Some(column) = columns.iter().position(|c| c.key == Some(letter)) else { return };
        self.sort = match self.sort.column == column {
            true => Sort { column, descending: !self.sort.descending },
            // Numbers and times: the greatest first; names: from the beginning of the alphabet.
            false => Sort { column, descending: columns.get(column).is_some_and(|c| c.right) },
        };
    }

    fn sort_beside(&mut self, columns: &[Column], right: bool) {
        let sortable: Vec<usize> = (0..columns.len()).filter(|index| columns[*index].key.is_some()).collect();
        let beside = match right {
            true => sortable.iter().find(|index| **index > self.sort.column).or(sortable.first()),
            false => sortable.iter().rev().find(|index| **index < self.sort.column).or(sortable.last()),
        };
        if let Some(column) = beside {
            self.sort = Sort { column: *column, descending: columns[*column].right };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::new("ID", 8, 8), Column::new("TASK", 8, 30).key('t'), Column::new("RUN", 5, 5).right().key('r')];

    fn moved(table: &mut Table<u32>, ids: &[u32], actions: &[Action]) {
        for action in actions {
            assert!(table.on_action(*action, ids, &COLUMNS, 4));
            table.settle(ids, 4);
        }
    }

    #[test]
    fn the_cursor_stays_on_its_row_when_rows_come_and_go() {
        let mut table = Table::new(0, true);
        moved(&mut table, &[9, 8, 7, 6, 5], &[Action::RowDown, Action::RowDown]);
        table.settle(&[11, 10, 9, 8, 7, 6], 4);
        assert_eq!((table.at(), table.top()), (4, 1));
        table.settle(&[11, 10, 9], 4);
        assert_eq!(table.at(), 2, "its row is gone: it stays where it was, as far as there are rows");
    }

    #[test]
    fn the_first_row_is_followed_until_the_cursor_is_moved() {
        let mut table = Table::new(0, true);
        table.settle(&[3, 2, 1], 4);
        table.settle(&[4, 3, 2, 1], 4);
        assert_eq!(table.at(), 0);
        moved(&mut table, &[4, 3, 2, 1], &[Action::RowDown, Action::RowUp]);
        table.settle(&[5, 4, 3, 2, 1], 4);
        assert_eq!(table.at(), 1);
    }

    #[test]
    fn marks_are_by_id_and_in_ranges() {
        let mut table = Table::new(0, true);
        moved(&mut table, &[5, 4, 3, 2, 1], &[Action::Mark, Action::RowDown, Action::MarkRange]);
        table.settle(&[6, 5, 4, 3, 2, 1], 4);
        let marked = [5, 3, 6].map(|id| table.is_marked(&id));
        assert_eq!((table.marked(), marked), (3, [true, true, false]));
        moved(&mut table, &[6, 5, 4, 3, 2, 1], &[Action::ClearMarks]);
        assert_eq!(table.marked(), 0);
    }

    #[test]
    fn a_letter_sorts_and_turns() {
        let mut table = Table::<u32>::new(0, true);
        moved(&mut table, &[1], &[Action::Sort('t')]);
        assert_eq!(table.sort(), Sort { column: 1, descending: false });
        moved(&mut table, &[1], &[Action::Sort('t'), Action::SortRight]);
        assert_eq!(table.sort(), Sort { column: 2, descending: true });
        moved(&mut table, &[1], &[Action::SortRight, Action::Sort('x')]);
        assert_eq!(table.sort().column, 1);
    }

    #[test]
    fn a_table_of_nothing_takes_every_action() {
        let mut table = Table::<u32>::new(0, true);
        let all = [Action::RowDown, Action::PageUp, Action::Bottom, Action::Mark, Action::MarkRange, Action::Top];
        moved(&mut table, &[], &all);
        assert_eq!((table.at(), table.marked()), (0, 0));
    }
}
