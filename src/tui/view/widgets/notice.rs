//! What stands where there is nothing to show: not read yet, empty, or out of reach.

use crate::tui::state::model::Model;
use crate::tui::view::pen::Pen;
use crate::tui::view::theme::Slot;
use ratatui::layout::Rect;

/// Lines in the middle of an area; the first is the heading.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, slot: Slot, lines: &[&str]) {
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 3;
    for (line, y) in lines.iter().zip(top..area.bottom()) {
        let width = crate::tui::view::pen::columns(line).min(area.width);
        let x = area.x + (area.width - width) / 2;
        pen.text(x, y, area.width, line, if y == top { slot } else { Slot::Dim });
    }
}

/// Says why a screen that was never read shows nothing.
pub(crate) fn unread(pen: &mut Pen<'_>, area: Rect, model: &Model) {
    match &model.connection.trouble {
        None => draw(pen, area, Slot::Dim, &["reading"]),
        Some(away) => {
            let again = "it is tried again by itself; ctrl-r tries now, q leaves";
            draw(pen, area, Slot::Bad, &[away.message.as_str(), again]);
        }
    }
}
