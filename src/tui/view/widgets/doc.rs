//! A text with tones in a pane: folded, searched, wrapped or cut.

use crate::tui::state::json::{DocLine, Tone};
use crate::tui::state::pane::Pane;
use crate::tui::view::pen::{Pen, Piece, columns};
use crate::tui::view::theme::Slot;
use ratatui::layout::Rect;

/// Draws as much of the text as fits; with a cursor where the pane has the keys.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, doc: &[DocLine], pane: &Pane, focused: bool) {
    let mut y = area.y;
    for (number, line) in pane.shown(doc) {
        let pieces = pieces(pen, line, pane.is_folded(number));
        let found = !pane.sought().is_empty() && line.text().to_lowercase().contains(pane.sought());
        for row in rows(&pieces, area.width, pane) {
            if y >= area.bottom() {
                return;
            }
            let under = focused && number == pane.at();
            pen.under_cursor(under);
            if under {
                pen.fill(Rect { y, height: 1, ..area }, Slot::Text);
            }
            let row: Vec<Piece> = match found {
                true => row.into_iter().map(|(_, text)| (Slot::Mark, text)).collect(),
                false => row,
            };
            pen.pieces(area.x, y, area.width, &row);
            pen.under_cursor(false);
            y += 1;
        }
    }
}

/// The slot of a tone.
pub(crate) fn slot(tone: Tone) -> Slot {
    match tone {
        Tone::Plain => Slot::Text,
        Tone::Faint => Slot::Dim,
        Tone::Name => Slot::Accent,
        Tone::Text => Slot::Good,
        Tone::Value | Tone::Warn => Slot::Warn,
        Tone::Strong => Slot::Strong,
        Tone::Bad => Slot::Bad,
        Tone::Active => Slot::Active,
    }
}

fn pieces(pen: &Pen<'_>, line: &DocLine, folded: bool) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = line.pieces.iter().map(|(tone, text)| (slot(*tone), text.clone())).collect();
    if line.fold.is_some() {
        let sign = pen.theme.glyphs.folds[usize::from(folded)];
        pieces.push((Slot::Dim, format!(" {sign}")));
    }
    if let Some(fold) = line.fold.as_ref().filter(|_| folded) {
        pieces.push((Slot::Dim, format!(" {}{}", pen.theme.glyphs.more, fold.summary)));
    }
    pieces
}

/// The rows that a line takes: one where it is cut, several where it is wrapped.
fn rows(pieces: &[Piece], width: u16, pane: &Pane) -> Vec<Vec<Piece>> {
    if !pane.wraps() {
        return vec![without(pieces, pane.left())];
    }
    let mut rows = vec![Vec::new()];
    let mut room = width;
    for (slot, text) in pieces {
        let mut part = String::new();
        for c in text.chars() {
            let needs = columns(c.encode_utf8(&mut [0; 4]));
            if needs > room && width > 0 {
                rows.last_mut().into_iter().for_each(|row| row.push((*slot, std::mem::take(&mut part))));
                rows.push(Vec::new());
                room = width;
            }
            room = room.saturating_sub(needs);
            part.push(c);
        }
        rows.last_mut().into_iter().for_each(|row| row.push((*slot, std::mem::take(&mut part))));
    }
    rows
}

/// Pieces without their first `left` characters.
fn without(pieces: &[Piece], left: usize) -> Vec<Piece> {
    let mut over = left;
    let mut rest = Vec::new();
    for (slot, text) in pieces {
        let count = if over == 0 { 0 } else { text.chars().count().min(over) };
        over -= count;
        rest.push((*slot, if count == 0 { text.clone() } else { text.chars().skip(count).collect() }));
    }
    rest
}
