//! A list that was read as a whole, as a table.

use super::table::{self, Cell, Row};
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::Slot;
use ratatui::layout::Rect;

/// Draws the rows that fit; `cells` makes a row's cells.
pub(crate) fn draw<R: Listed>(
    pen: &mut Pen<'_>,
    area: Rect,
    wide: bool,
    list: &Listing<R>,
    cells: impl Fn(&R) -> Vec<Cell>,
) {
    let row = |at: usize| {
        let found = list.get(at);
        Row {
            cells: found.map(&cells).unwrap_or_default(),
            marked: found.is_some_and(|r| list.table.is_marked(&r.id())),
        }
    };
    table::draw(pen, area, (R::COLUMNS, wide), &list.table, (list.len(), row));
}

/// The title of its box: what it is and how many there are, of how many where some are filtered away.
pub(crate) fn title<R: Listed>(name: &str, list: &Listing<R>) -> Vec<Piece> {
    let count = match list.all().len() {
        all if all == list.len() => format!(" {all}"),
        all => format!(" {} of {all}", list.len()),
    };
    let mut title = vec![(Slot::Strong, name.to_owned()), (Slot::Text, count)];
    if list.table.marked() > 0 {
        title.push((Slot::Mark, format!("  {} marked", list.table.marked())));
    }
    title
}
