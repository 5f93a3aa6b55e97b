//! A list that is read as a whole: its rows narrowed by words, in the order of a column, under a cursor.

use super::action::Action;
use super::table::{Column, Table};
use std::cmp::Ordering;

/// A row of such a list.
pub(crate) trait Listed {
    /// What it is known by when it is read again.
    type Id: Clone + Ord;

    /// Its columns.
    const COLUMNS: &'static [Column];

    /// What it is known by.
    fn id(&self) -> Self::Id;

    /// By the column of that number; rows that are equal there stay in the order of the store.
    fn compare(&self, other: &Self, column: usize) -> Ordering;

    /// What the words of a filter are looked for in.
    fn texts(&self) -> Vec<&str>;
}

/// The rows, and where somebody is among them.
#[derive(Clone, Debug)]
pub(crate) struct Listing<R: Listed> {
    /// Cursor, scrolling, marks, order.
    pub(crate) table: Table<R::Id>,
    rows: Option<Vec<R>>,
    /// The rows that the filter leaves, by number, in the order in which they are shown.
    shown: Vec<usize>,
    ids: Vec<R::Id>,
    filter: String,
}

impl<R: Listed> Listing<R> {
    /// A list that was not read yet, in the order of a column.
    pub(crate) fn new(column: usize, descending: bool) -> Self {
        let table = Table::new(column, descending);
        Self { table, rows: None, shown: Vec::new(), ids: Vec::new(), filter: String::new() }
    }

    /// Takes the rows as they were read.
    pub(crate) fn take(&mut self, rows: Vec<R>) {
        self.rows = Some(rows);
        self.arrange();
    }

    /// Whether it was read.
    pub(crate) fn is_loaded(&self) -> bool {
        self.rows.is_some()
    }

    /// All rows, as the store gave them.
    pub(crate) fn all(&self) -> &[R] {
        self.rows.as_deref().unwrap_or_default()
    }

    /// How many rows are shown.
    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }

    /// The row that is shown at that place.
    pub(crate) fn get(&self, at: usize) -> Option<&R> {
        self.all().get(*self.shown.get(at)?)
    }

    /// The row under the cursor.
    pub(crate) fn row(&self) -> Option<&R> {
        self.get(self.table.at())
    }

    /// The filter as it was typed.
    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    /// Shows only rows in which each of the words stands, whatever its case.
    pub(crate) fn set_filter(&mut self, text: &str) {
        text.trim().clone_into(&mut self.filter);
        self.arrange();
    }

    /// Moves, marks or sorts in a window of `page` rows; `false`: the action is none of a list's.
    pub(crate) fn on_action(&mut self, action: Action, page: u16) -> bool {
        let sort = self.table.sort();
        let taken = self.table.on_action(action, &self.ids, R::COLUMNS, page.into());
        if self.table.sort() != sort {
            self.arrange();
        }
        taken
    }

    /// Keeps the cursor in sight.
    pub(crate) fn settle(&mut self, page: u16) {
        self.table.settle(&self.ids, page.into());
    }

    fn arrange(&mut self) {
        let rows = self.rows.as_deref().unwrap_or_default();
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let fits = |row: &R| words.iter().all(|word| row.texts().iter().any(|t| t.to_lowercase().contains(word)));
        let mut shown: Vec<usize> = (0..rows.len()).filter(|at| fits(&rows[*at])).collect();
        let sort = self.table.sort();
        shown.sort_by(|a, b| {
            let order = rows[*a].compare(&rows[*b], sort.column);
            if sort.descending { order.reverse() } else { order }
        });
        self.ids = shown.iter().map(|at| rows[*at].id()).collect();
        self.shown = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Listed for (u32, &'static str) {
        type Id = u32;
        const COLUMNS: &'static [Column] =
            &[Column::new("ID", 4, 4).right().key('i'), Column::new("NAME", 4, 9).key('n')];

        fn id(&self) -> u32 {
            self.0
        }

        fn compare(&self, other: &Self, column: usize) -> Ordering {
            if column == 0 { self.0.cmp(&other.0) } else { self.1.cmp(other.1) }
        }

        fn texts(&self) -> Vec<&str> {
            vec![self.1]
        }
    }

    fn shown(list: &Listing<(u32, &'static str)>) -> Vec<u32> {
        (0..list.len()).filter_map(|at| list.get(at)).map(|row| row.0).collect()
    }

    #[test]
    fn rows_are_narrowed_and_ordered_and_the_cursor_stays_on_its_row() {
        let mut list = Listing::new(1, false);
        list.take(vec![(1, "b"), (2, "ab"), (3, "Ba"), (4, "c")]);
        assert_eq!(shown(&list), [3, 2, 1, 4]);
        assert!(list.on_action(Action::RowDown, 9));
        list.settle(9);
        list.set_filter("B a");
        list.settle(9);
        assert_eq!((shown(&list), list.row()), (vec![3, 2], Some(&(2, "ab"))));
        assert!(list.on_action(Action::Sort('i'), 9) && !list.on_action(Action::Open, 9));
        list.set_filter("");
        list.settle(9);
        assert_eq!((shown(&list), list.row().map(|row| row.0)), (vec![4, 3, 2, 1], Some(2)));
    }

    #[test]
    fn rows_that_are_equal_stay_as_the_store_gave_them() {
        let mut list = Listing::new(1, false);
        list.take(vec![(9, "x"), (1, "x"), (5, "x")]);
        assert_eq!(shown(&list), [9, 1, 5]);
    }
}
