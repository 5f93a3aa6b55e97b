//! How each screen is drawn, into the content's area.

pub(crate) mod tasks;

use super::pen::{Pen, Piece};
use super::widgets::notice;
use crate::tui::state::model::Model;
use crate::tui::state::screens::Screen;
use ratatui::layout::Rect;

/// Draws the visible screen.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model) {
    let screen = model.history.screen();
    if !screen.is_loaded() {
        return notice::unread(pen, area, model);
    }
    pen.faded = model.connection.is_stale();
    match screen {
        Screen::Tasks(tasks) => tasks::draw(pen, area, model, tasks),
    }
    pen.faded = false;
}

/// What stands in the second row beside the way: states, figures.
pub(crate) fn crumbs(pen: &Pen<'_>, model: &Model, room: u16) -> Vec<Piece> {
    match model.history.screen() {
        Screen::Tasks(tasks) => tasks::strip(pen, tasks, room),
    }
}
