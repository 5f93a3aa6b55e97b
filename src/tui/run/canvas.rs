//! Two buffers of cells and what differs between them, as bytes for the terminal: one write a frame.
//!
//! Not ratatui's own `Terminal`: that asks the terminal for its size and cursor while it draws, which waits for an answer
//! that the keyboard's reader may take away.

use crate::tui::state::model::Model;
use crate::tui::view::theme::Theme;
use crate::tui::view::view;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use std::io;

/// What the terminal shows, and what it is to show.
pub(crate) struct Canvas {
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
    /// Nothing is known of what the terminal shows.
    lost: bool,
    sync: bool,
}

impl Canvas {
    /// A canvas of nothing.
    pub(crate) fn new(sync: bool) -> Self {
        let empty = || Buffer::empty(Rect::ZERO);
        Self { shown: empty(), next: empty(), cursor: None, lost: true, sync }
    }

    /// Begins anew: another program wrote to the terminal.
    pub(crate) fn lose(&mut self) {
        self.lost = true;
    }

    /// Draws the model, and answers the bytes that bring the terminal there; none, where it shows that already.
    pub(crate) fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<Vec<u8>> {
        let area = Rect::new(0, 0, model.size.width, model.size.height);
        self.lost |= self.shown.area != area;
        self.next.resize(area);
        self.next.reset();
        let cursor = view(model, theme, &mut self.next);
        let bytes = self.bytes(area, cursor)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        (self.cursor, self.lost) = (cursor, false);
        Ok(bytes)
    }

    fn bytes(&mut self, area: Rect, cursor: Option<Position>) -> io::Result<Vec<u8>> {
        if self.lost {
            self.shown = Buffer::empty(area);
        }
        let changed = self.shown.diff(&self.next);
        if changed.is_empty() && cursor == self.cursor && !self.lost {
            return Ok(Vec::new());
        }
        let mut out = Vec::with_capacity(64 + 8 * changed.len());
        if self.sync {
            queue!(out, BeginSynchronizedUpdate)?;
        }
        queue!(out, Hide)?;
        if self.lost {
            queue!(out, Clear(ClearType::All))?;
        }
        for run in runs(&changed) {
            CrosstermBackend::new(&mut out).draw(run.iter().copied())?;
        }
        if let Some(Position { x, y }) = cursor {
            queue!(out, MoveTo(x, y), Show)?;
        }
        if self.sync {
            queue!(out, EndSynchronizedUpdate)?;
        }
        Ok(out)
    }
}

/// Divides what changed behind each character of which terminals do not agree how wide it is: the next one is then
/// placed anew, and stays in its column whatever the terminal made of it.
fn runs<'a, 'b>(changed: &'b [(u16, u16, &'a Cell)]) -> impl Iterator<Item = &'b [(u16, u16, &'a Cell)]> {
    changed.split_inclusive(|(_, _, cell)| !is_sure(cell.symbol()))
}

/// Whether every terminal shows this in one column (or draws lines and blocks so, as all that is drawn here needs).
fn is_sure(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let known =
        |c: char| c.is_ascii() || matches!(c, '\u{2190}'..='\u{27bf}' | '\u{203a}' | 'µ' | '\u{c0}'..='\u{24f}');
    chars.next().is_none_or(known) && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_unsure_width_ends_a_run() {
        assert!(is_sure("a") && is_sure("─") && is_sure("✓") && is_sure("é"));
        assert!(!is_sure("発") && !is_sure("e\u{301}") && !is_sure("👍"));
    }
}
