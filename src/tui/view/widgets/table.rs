//! A table under a cursor: columns that give way, headings that tell their sort keys, marks at the left.

use crate::tui::state::table::{Column, Table};
use crate::tui::view::pen::{Pen, Piece, columns, pieces_width};
use crate::tui::view::theme::Slot;
use ratatui::layout::Rect;

/// Columns for the cursor and the mark.
const GUTTER: u16 = 2;
/// Blanks between two columns.
const GAP: u16 = 2;
/// From this width on the columns that are extra are shown.
const ROOMY: u16 = 150;

/// A cell: what it says and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pieces: Vec<Piece>,
}

impl Cell {
    /// A cell.
    pub(crate) fn new(text: impl Into<String>, slot: Slot) -> Self {
        Self { pieces: vec![(slot, text.into())] }
    }

    /// A cell of several pieces.
    pub(crate) fn pieces(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    fn width(&self) -> u16 {
        pieces_width(&self.pieces)
    }

    /// A cell of what may not be there.
    pub(crate) fn maybe(text: Option<impl Into<String>>, slot: Slot) -> Self {
        text.map_or_else(|| Cell::new("-", Slot::Dim), |text| Cell::new(text, slot))
    }
}

/// A row as it is drawn.
pub(crate) struct Row {
    /// A cell a column.
    pub(crate) cells: Vec<Cell>,
    /// Whether it is marked.
    pub(crate) marked: bool,
}

/// Draws the rows that fit, with their headings, and answers how many there was room for. `row` makes a row by its
/// number.
pub(crate) fn draw<K: Clone + Ord>(
    pen: &mut Pen<'_>,
    area: Rect,
    (spec, wide): (&[Column], bool),
    table: &Table<K>,
    (count, row): (usize, impl Fn(usize) -> Row),
) {
    if area.height < 2 || area.width <= GUTTER {
        return;
    }
    let rows: Vec<Row> = (table.top()..count).take(usize::from(area.height) - 1).map(&row).collect();
    let layout = layout(spec, &rows, table.sort().column, area.width - GUTTER, wide);
    headings(pen, area, spec, &layout, table);
    for (at, row) in rows.iter().enumerate() {
        let y = area.y + 1 + at as u16;
        let under = !pen.cursorless && table.top() + at == table.at();
        draw_row(pen, Rect { y, height: 1, ..area }, spec, &layout, (row, under));
    }
}

/// Draws a table that has not the keys: its cursor is not shown.
pub(crate) fn unfocused(pen: &mut Pen<'_>, unfocused: bool, draw: impl FnOnce(&mut Pen<'_>)) {
    let before = std::mem::replace(&mut pen.cursorless, unfocused);
    draw(pen);
    pen.cursorless = before;
}

fn headings<K: Clone + Ord>(pen: &mut Pen<'_>, area: Rect, spec: &[Column], layout: &[Place], table: &Table<K>) {
    let sort = table.sort();
    for place in layout {
        let column = &spec[place.column];
        let sorted = sort.column == place.column;
        let sign = if sorted { pen.theme.glyphs.sorted[usize::from(sort.descending)] } else { "" };
        let text = format!("{}{sign}", column.title);
        let x = area.x + GUTTER + place.x;
        let blank = if column.right { place.width.saturating_sub(columns(&text)) } else { 0 };
        let slot = if sorted { Slot::Accent } else { Slot::Strong };
        pen.text(x + blank, area.y, place.width - blank, &text, slot);
        let letter = column.key.and_then(|key| column.title.to_ascii_lowercase().find(key));
        if let Some(at) = letter.filter(|at| (*at as u16) < place.width) {
            pen.underline(x + blank + at as u16, area.y);
        }
    }
}

fn draw_row(pen: &mut Pen<'_>, area: Rect, spec: &[Column], layout: &[Place], (row, under): (&Row, bool)) {
    pen.under_cursor(under);
    if under {
        pen.fill(area, Slot::Text);
        pen.text(area.x, area.y, 1, ">", Slot::Accent);
    }
    if row.marked {
        let mark = pen.theme.glyphs.mark;
        pen.text(area.x + 1, area.y, 1, mark, Slot::Mark);
    }
    for place in layout {
        let (x, cell) = (area.x + GUTTER + place.x, &row.cells[place.column]);
        let marked = row.marked && place.column < 2;
        match cell.pieces.as_slice() {
            [(slot, text)] if spec[place.column].right => {
                pen.right(x, area.y, place.width, text, if marked { Slot::Mark } else { *slot })
            }
            [(_, text)] if marked => pen.text(x, area.y, place.width, text, Slot::Mark),
            pieces => pen.pieces(x, area.y, place.width, pieces),
        };
    }
    pen.under_cursor(false);
}

/// Where a column stands.
struct Place {
    column: usize,
    x: u16,
    width: u16,
}

fn layout(spec: &[Column], rows: &[Row], sorted: usize, room: u16, wide: bool) -> Vec<Place> {
    let roomy = wide || room >= ROOMY;
    let mut shown: Vec<usize> = (0..spec.len()).filter(|column| roomy || !spec[*column].extra).collect();
    let heading = |column: usize| columns(spec[column].title) + u16::from(column == sorted);
    let natural = |column: usize| {
        let cells = rows.iter().map(|row| row.cells[column].width()).max().unwrap_or(0);
        cells.min(spec[column].most).max(heading(column))
    };
    let least = |column: usize| natural(column).min(spec[column].least.max(heading(column)));
    while !wide && total(shown.iter().map(|column| least(*column))) > room {
        let Some(place) = (0..shown.len()).max_by_key(|place| (spec[shown[*place]].rank, *place)) else { break };
        if spec[shown[place]].rank == 0 {
            break;
        }
        shown.remove(place);
    }
    let mut widths: Vec<u16> = shown.iter().map(|column| natural(*column)).collect();
    squeeze(&mut widths, &shown.iter().map(|column| least(*column)).collect::<Vec<_>>(), room);
    let mut x = 0;
    let mut place = |(column, width): (usize, u16)| {
        let place = Place { column, x, width: width.min(room.saturating_sub(x)) };
        x += width + GAP;
        place
    };
    shown.into_iter().zip(widths).map(&mut place).filter(|place| place.width > 0).collect()
}

/// Narrows the widest columns until all fit, as far as they may be narrowed.
fn squeeze(widths: &mut [u16], least: &[u16], room: u16) {
    while total(widths.iter().copied()) > room {
        let over = total(widths.iter().copied()) - room;
        let spare = |at: &usize| widths[*at].saturating_sub(least[*at]);
        let Some(at) = (0..widths.len()).filter(|at| spare(at) > 0).max_by_key(|at| widths[*at]) else { return };
        widths[at] -= over.min(spare(&at)).clamp(1, 8);
    }
}

fn total(widths: impl Iterator<Item = u16>) -> u16 {
    let (sum, count) = widths.fold((0u16, 0u16), |(sum, count), width| (sum.saturating_add(width), count + 1));
    sum.saturating_add(GAP * count.saturating_sub(1))
}
