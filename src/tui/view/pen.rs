//! The one way into the cells: text is cleaned and clipped here, and nothing is written outside of the buffer.

use super::theme::{Slot, Theme};
use crate::model::text::{clean, clip};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// A piece of a line: what it is and what it says.
pub(crate) type Piece = (Slot, String);

/// Draws into a buffer in a theme.
pub(crate) struct Pen<'a> {
    buffer: &'a mut Buffer,
    /// The looks.
    pub(crate) theme: &'a Theme,
    /// Everything is of less weight: what is shown is old.
    pub(crate) faded: bool,
    /// Cursors are not shown: another part has the keys.
    pub(crate) cursorless: bool,
    under_cursor: bool,
}

impl<'a> Pen<'a> {
    /// A pen for a buffer.
    pub(crate) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme, faded: false, cursorless: false, under_cursor: false }
    }

    /// All that can be drawn on.
    pub(crate) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The style of a slot here and now.
    fn style(&self, slot: Slot) -> Style {
        let slot = if self.faded { Slot::Dim } else { slot };
        if self.under_cursor { self.theme.under_cursor(slot) } else { self.theme.style(slot) }
    }

    /// Draws as under the cursor, or not.
    pub(crate) fn under_cursor(&mut self, under: bool) {
        self.under_cursor = under;
    }

    /// A text within `width` columns, cut with a sign where it is longer; the columns that it takes.
    pub(crate) fn text(&mut self, x: u16, y: u16, width: u16, text: &str, slot: Slot) -> u16 {
        let style = self.style(slot);
        self.styled(x, y, width, text, style)
    }

    /// The same at the right end of `width`.
    pub(crate) fn right(&mut self, x: u16, y: u16, width: u16, text: &str, slot: Slot) -> u16 {
        let shown = self.fit(text, width);
        let blank = width.saturating_sub(columns(&shown));
        self.text(x + blank, y, width - blank, &shown, slot)
    }

    /// Pieces one after the other; the columns that they take.
    pub(crate) fn pieces(&mut self, x: u16, y: u16, width: u16, pieces: &[Piece]) -> u16 {
        let mut at = 0;
        for (slot, text) in pieces {
            at += self.text(x + at, y, width - at, text, *slot);
        }
        at
    }

    /// Puts a line under one character of a heading.
    pub(crate) fn underline(&mut self, x: u16, y: u16) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.modifier |= Modifier::UNDERLINED;
        }
    }

    /// Gives an area the ground of a slot, and blanks.
    pub(crate) fn fill(&mut self, area: Rect, slot: Slot) {
        let area = area.intersection(self.buffer.area);
        let style = self.style(slot);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// A box with titles on its upper line, left and right; what is inside of it.
    pub(crate) fn boxed(&mut self, area: Rect, left: &[Piece], right: &[Piece]) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.width < 4 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let glyphs = self.theme.glyphs;
        let line = glyphs.across.repeat(usize::from(area.width) - 2);
        let (last_x, last_y) = (area.right() - 1, area.bottom() - 1);
        for (y, from, to) in [(area.y, 0, 1), (last_y, 2, 3)] {
            self.text(area.x, y, 1, glyphs.corners[from], Slot::Border);
            self.text(area.x + 1, y, area.width - 2, &line, Slot::Border);
            self.text(last_x, y, 1, glyphs.corners[to], Slot::Border);
        }
        for y in area.y + 1..last_y {
            self.text(area.x, y, 1, glyphs.down, Slot::Border);
            self.text(last_x, y, 1, glyphs.down, Slot::Border);
        }
        self.titles(area, left, right);
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    fn titles(&mut self, area: Rect, left: &[Piece], right: &[Piece]) {
        let room = area.width.saturating_sub(4);
        let used = if left.is_empty() { 0 } else { self.title(area.x + 1, area.y, room, left) };
        let needed = pieces_width(right) + 2;
        if !right.is_empty() && used + needed < room {
            self.title(area.right() - 2 - needed, area.y, needed, right);
        }
    }

    fn title(&mut self, x: u16, y: u16, width: u16, pieces: &[Piece]) -> u16 {
        self.text(x, y, 1, " ", Slot::Border);
        let used = self.pieces(x + 1, y, width.saturating_sub(2), pieces);
        self.text(x + 1 + used, y, 1, " ", Slot::Border);
        used + 2
    }

    fn styled(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let shown = self.fit(text, width.min(area.right() - x));
        let (end, _) = self.buffer.set_stringn(x, y, &shown, usize::from(width), style);
        end - x
    }

    fn fit(&self, text: &str, width: u16) -> String {
        let clean = harmless(text, usize::from(width));
        clip::cut_with(&clean, width.into(), self.theme.glyphs.more)
    }
}

/// An area without a column at its left and right, for texts in boxes.
pub(crate) fn padded(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// The columns of a text.
pub(crate) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// The columns of pieces.
pub(crate) fn pieces_width(pieces: &[Piece]) -> u16 {
    pieces.iter().map(|(_, text)| columns(text)).fold(0, u16::saturating_add)
}

/// As much of a text as `width` columns may need, without what a terminal would obey, and without the joiners and
/// selectors of which every terminal makes something else.
fn harmless(text: &str, width: usize) -> Cow<'_, str> {
    let most = 8 * width + 32;
    let head = match text.len() > most {
        true => &text[..(0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)],
        false => text,
    };
    // One more than fits, so that the cut is seen.
    let shown = clean::line(head);
    match shown.contains(is_joiner) {
        true => Cow::Owned(shown.chars().filter(|c| !is_joiner(*c)).collect()),
        false => shown,
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::super::theme::Depth;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_written_stays_in_its_columns(text in any::<String>(), width in 0u16..30, x in 0u16..25) {
            let theme = Theme::new(Depth::True, false, false);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
            let used = Pen::new(&mut buffer, &theme).text(x, 0, width, &text, Slot::Text);
            prop_assert!(used <= width && x + used <= 20.max(x));
            for cell in buffer.content() {
                prop_assert!(!cell.symbol().chars().any(clean::is_hostile));
            }
        }
    }
}
