//! What happened.

use crate::tui::state::model::{Level, Model};
use crate::tui::state::screens::log::{COLUMNS, Entry, LogScreen};
use crate::tui::view::header;
use crate::tui::view::pen::Pen;
use crate::tui::view::theme::Slot;
use crate::tui::view::widgets::notice;
use crate::tui::view::widgets::table::{self, Cell, Row};
use ratatui::layout::Rect;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &LogScreen) {
    let Some(division) = model.division() else { return };
    let count = screen.shown.len();
    let title = [(Slot::Strong, "Log ".to_owned()), (Slot::Text, count.to_string())];
    let list = header::boxed(pen, area, division, &title, &[]);
    if count == 0 {
        return notice::draw(pen, list, Slot::Text, &["nothing happened yet", "what operators do is written here"]);
    }
    let row = |at: usize| row(&screen.shown[at], model, screen);
    table::draw(pen, list, (&COLUMNS, model.prefs.wide), &screen.table, (count, row));
}

fn row(entry: &Entry, model: &Model, _: &LogScreen) -> Row {
    let slot = match entry.level {
        None => Slot::Accent,
        Some(Level::Info) => Slot::Dim,
        Some(Level::Warn) => Slot::Warn,
        Some(Level::Error) => Slot::Bad,
    };
    let cells = vec![
        Cell::new(model.prefs.times.column(entry.at, model.now().max(entry.at)), Slot::Dim),
        Cell::new(entry.name.as_str(), slot),
        Cell::new(entry.who.as_str(), Slot::Text),
        Cell::new(entry.what.as_str(), Slot::Text),
    ];
    Row { cells, marked: false }
}
