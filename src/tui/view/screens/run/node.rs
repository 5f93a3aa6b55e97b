//! The node under the cursor: how it stands, what it waits for, and what its run says.

use super::super::tasks::{side, tail};
use crate::tui::state::json::{DocLine, Tone};
use crate::tui::state::model::Model;
use crate::tui::state::pane::Pane;
use crate::tui::state::screens::run::RunScreen;
use crate::tui::view::header;
use crate::tui::view::pen::Pen;
use crate::tui::view::theme::{self, Slot};
use crate::tui::view::widgets::doc;
use ratatui::layout::Rect;

/// Names of nodes that are told.
const TOLD: usize = 12;

/// Draws the node under the cursor.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &RunScreen) {
    let (Some(division), Some(node)) = (model.division(), screen.node()) else { return };
    let status = node.row.status;
    let state = format!("  {} {}", pen.theme.glyphs.status(status), theme::status_word(status));
    let title = vec![
        (Slot::Strong, node.name.clone()),
        (Slot::Dim, format!("  {}", tail(node.row.run.0))),
        (theme::status(status), state),
    ];
    let inner = match division.boxes {
        true => header::boxed(pen, area, division, &title, &[]),
        false => {
            let line = pen.theme.glyphs.across.repeat(area.width.into());
            pen.text(area.x, area.y, area.width, &line, Slot::Border);
            let used = pen.pieces(area.x + 2, area.y, area.width.saturating_sub(3), &title);
            pen.text(area.x + 2 + used, area.y, 1, " ", Slot::Border);
            Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
        }
    };
    let mut lines = Vec::new();
    if !node.waits_for.is_empty() {
        lines.push(waits(&node.waits_for));
    }
    match screen.side.as_ref().filter(|detail| detail.id == node.row.run) {
        Some(detail) => lines.extend(side::lines(pen, detail, model)),
        None => lines.push(DocLine::new(Tone::Faint, "reading")),
    }
    doc::draw(pen, inner, &lines, &Pane::default(), false);
}

fn waits(names: &[String]) -> DocLine {
    let told = names.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    let rest = names.len().saturating_sub(TOLD);
    let more = if rest > 0 { format!(", and {rest} more") } else { String::new() };
    DocLine { pieces: vec![(Tone::Faint, "waits for ".into()), (Tone::Warn, format!("{told}{more}"))], fold: None }
}
