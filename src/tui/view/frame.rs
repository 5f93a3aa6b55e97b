//! The whole screen: header, way, content, foot, and what is open above them.

use super::pen::{Pen, columns, padded};
use super::theme::{Slot, Theme};
use super::widgets::doc;
use super::{header, screens};
use crate::tui::state::geometry::Division;
use crate::tui::state::model::Model;
use crate::tui::state::popup::Popup;
use crate::tui::state::prompt::Prompt;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Completions that are shown at once.
const OFFERED: u16 = 8;

/// Draws the model; where the cursor is to be seen, if it is.
pub(crate) fn view(model: &Model, theme: &Theme, buffer: &mut Buffer) -> Option<Position> {
    let mut pen = Pen::new(buffer, theme);
    let area = pen.area();
    let Some(division) = model.division() else {
        pen.text(area.x, area.y, area.width, "enlarge", Slot::Warn);
        return None;
    };
    let content = Rect::new(0, division.top, division.content.width, division.content.height).intersection(area);
    header::draw(&mut pen, model, division);
    if division.crumbs {
        header::crumbs(&mut pen, model, division.header);
    }
    screens::draw(&mut pen, content, model);
    if let Some(popup) = model.popups.last() {
        draw_popup(&mut pen, content, popup, division);
    }
    let cursor = header::foot(&mut pen, model, model.size.height - 1);
    if let Some(prompt) = &model.prompt {
        offered(&mut pen, prompt, content);
    }
    cursor
}

fn draw_popup(pen: &mut Pen<'_>, content: Rect, popup: &Popup, division: Division) {
    let text = popup.shown();
    // The first lines tell how wide it is.
    let widest = text.doc.iter().take(500).map(|line| columns(&line.text())).max().unwrap_or(0).saturating_add(6);
    let width = widest.clamp(40, 120).min(content.width);
    let height = (text.doc.len().min(500) as u16 + 2).clamp(3, division.content.height.max(3));
    let x = content.x + (content.width - width) / 2;
    let area = Rect { x, width, height: height.min(content.height), ..content };
    pen.fill(area, Slot::Text);
    let inner = pen.boxed(area, &[(Slot::Strong, text.title.clone())], &[(Slot::Dim, "esc closes".into())]);
    doc::draw(pen, padded(inner), &text.doc, &text.pane, true);
}

/// What the word may become, above the prompt.
fn offered(pen: &mut Pen<'_>, prompt: &Prompt, content: Rect) {
    let count = prompt.completions.len();
    let shown = (count as u16).min(OFFERED).min(content.height.saturating_sub(1));
    if shown == 0 {
        return;
    }
    let first = prompt.chosen.unwrap_or(0).saturating_sub(usize::from(shown) - 1);
    let visible = || prompt.completions.iter().enumerate().skip(first).take(shown.into());
    let width = visible().map(|(_, c)| columns(&c.text) + columns(c.help) + 4).max().unwrap_or(0).clamp(16, 60);
    let area = Rect::new(1, content.bottom() - shown, width.min(content.width.saturating_sub(1)), shown);
    pen.fill(area, Slot::Bar);
    for ((number, completion), y) in visible().zip(area.top()..) {
        pen.under_cursor(prompt.chosen == Some(number));
        let used = pen.text(area.x + 1, y, area.width.saturating_sub(2), completion.text.trim_end(), Slot::Strong);
        let x = area.x + 1 + used + 2;
        pen.text(x, y, area.right().saturating_sub(x + 1), completion.help, Slot::Dim);
        pen.under_cursor(false);
    }
}
