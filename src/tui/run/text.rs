//! A buffer of cells as lines of text.

use super::options::ColorChoice;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;

/// The buffer as text: rows without blanks at their ends; with colours unless they are left to chance or refused.
pub(crate) fn text(buffer: &Buffer, color: ColorChoice) -> String {
    let rows = buffer.content().chunks(usize::from(buffer.area.width).max(1));
    let plain = matches!(color, ColorChoice::Auto | ColorChoice::Never);
    let mut out = String::new();
    for (y, row) in rows.enumerate() {
        let mut skip = 0;
        let mut cells = Vec::new();
        for (x, cell) in row.iter().enumerate() {
            if skip == 0 {
                cells.push((x as u16, y as u16, cell));
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol());
            }
            skip = skip.saturating_sub(1);
        }
        let line = match plain {
            true => cells.iter().map(|(_, _, cell)| cell.symbol()).collect(),
            false => styled(&cells),
        };
        out.push_str(line.trim_end_matches(' '));
        out.push('\n');
    }
    out
}

/// A row with its colours: what is written to a terminal, without the moves of the cursor.
fn styled(cells: &[(u16, u16, &ratatui::buffer::Cell)]) -> String {
    let mut bytes = Vec::new();
    // Each cell follows the one before it, so that only the first is placed; a vector takes every write.
    let placed = cells.iter().enumerate().map(|(x, (_, y, cell))| (x as u16, *y, *cell));
    let _ = CrosstermBackend::new(&mut bytes).draw(placed);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split_once('H').map_or(text.clone(), |(_, rest)| rest.to_owned())
}
