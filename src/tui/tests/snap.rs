//! A frame as text: its rows, then which slot of the theme each stretch of it is in. Names of slots, not colours: so a
//! changed colour changes no snapshot, and a selection that moved is seen.

use crate::tui::view::theme::{Slot, Theme};
use ratatui::buffer::{Buffer, Cell};
use std::fmt::Write as _;

/// The rows of a buffer without blanks at their ends.
pub(super) fn rows(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width).max(1);
    let row = |cells: &[Cell]| {
        let mut line = String::new();
        let mut skip = 0;
        for cell in cells {
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        line.trim_end().to_owned()
    };
    buffer.content().chunks(width).map(row).collect()
}

/// Rows and slots.
pub(super) fn snap(buffer: &Buffer, theme: &Theme) -> String {
    let mut out = rows(buffer).join("\n");
    out.push_str("\n---\n");
    let width = usize::from(buffer.area.width).max(1);
    for (y, cells) in buffer.content().chunks(width).enumerate() {
        let mut runs: Vec<(usize, usize, String)> = Vec::new();
        for (x, cell) in cells.iter().enumerate() {
            let slot = slot(cell, theme);
            match runs.last_mut().filter(|(_, _, last)| *last == slot) {
                Some((_, to, _)) => *to = x,
                None => runs.push((x, x, slot)),
            }
        }
        runs.retain(|(_, _, slot)| slot != "Text");
        let runs: Vec<String> = runs.iter().map(|(from, to, slot)| format!("{from}-{to} {slot}")).collect();
        if !runs.is_empty() {
            let _ = writeln!(out, "{y}: {}", runs.join(", "));
        }
    }
    out
}

fn slot(cell: &Cell, theme: &Theme) -> String {
    let of = |slots: &[Slot], fits: &dyn Fn(Slot) -> bool| slots.iter().copied().find(|slot| fits(*slot));
    let ground = of(&[Slot::Cursor, Slot::Bar], &|slot| theme.style(slot).bg == Some(cell.bg));
    let text = of(&Slot::ALL, &|slot| theme.style(slot).fg == Some(cell.fg) && theme.style(slot).bg.is_none());
    match (text, ground) {
        (None, None) => "Text".into(),
        (Some(text), None) => format!("{text:?}"),
        (None, Some(ground)) => format!("{ground:?}"),
        (Some(text), Some(ground)) => format!("{text:?} on {ground:?}"),
    }
}
