//! The form that fits always: a list, each node after those that it waits for, which are told by name.

use super::grid::{Glyph, Grid, Role};
use super::items::{Item, Part};
use super::options::{MAX_WIDTH, Options};
use super::place::Place;
use super::{layers, mark, text};

/// Columns for the names of others, below which these get a row of their own.
const LEAST_AFTER: usize = 24;
/// Columns for a name, below which the note is left out.
const LEAST_NAME: usize = 8;

/// The columns of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub width: usize,
    /// Columns of the symbol, with a blank.
    symbol: usize,
    /// Columns of a name.
    name: usize,
    /// Columns of a note, with a blank.
    note: usize,
    /// Where the others are told: on the row itself, or else on a row below.
    inline: bool,
    /// Where the row below begins.
    indent: usize,
}

impl List {
    pub fn new(parts: &[Part], options: &Options) -> Self {
        let width = options.width.clamp(1, MAX_WIDTH);
        let items = || parts.iter().flat_map(|part| &part.items);
        let names = items().map(|item| item.wide + text::width(&item.times)).max().unwrap_or(0);
        let counts = items().map(|item| item.nodes.len()).filter(|nodes| *nodes > 1).map(mark::room).max().unwrap_or(0);
        let symbol = if options.symbols && width >= 4 { 2 } else { 0 };
        let note = if options.note > 0 { 1 + options.note.max(counts) } else { 0 };
        if symbol + names + note + 2 + LEAST_AFTER <= width {
            return Self { width, symbol, name: names, note, inline: true, indent: 0 };
        }
        let note = if width >= symbol + LEAST_NAME + note { note } else { 0 };
        let indent = if width >= 4 { 2 } else { 0 };
        Self { width, symbol, name: width - symbol - note, note, inline: false, indent }
    }

    /// Adds the places of a part, from a row on; the row after them.
    pub fn places(&self, part: &Part, mut y: usize, places: &mut Vec<Place>) -> usize {
        let first = places.len();
        places.extend(part.items.iter().map(|item| Place::of(item, part.finally)));
        for (layer, item) in layers::in_order(part) {
            let h = 1 + usize::from(!self.inline && !part.before[item].is_empty());
            let place = &mut places[first + item];
            (place.layer, place.x, place.y, place.w, place.h) = (layer, 0, y, self.width, h);
            y += h;
        }
        y
    }

    /// Draws an item. `after`: the names of those that it waits for.
    pub fn draw(&self, grid: &mut Grid, row: &Row, after: &[String], ascii: bool) {
        if let Some(symbol) = row.symbol.filter(|_| self.symbol > 0) {
            grid.put(0, row.y, Glyph::Char(symbol), Role::Symbol(row.place));
        }
        let name = named(row.item, self.name, ascii);
        let end = grid.write(self.symbol, row.y, &name, Role::Name(row.place));
        let room = self.symbol + self.name + self.note;
        let note = 1 + if self.inline { room - self.note } else { end };
        let room = if self.note > 0 { room.saturating_sub(note) } else { 0 };
        grid.write(note, row.y, &text::cut(row.note, room, ascii), Role::Note(row.place));
        if after.is_empty() {
            return;
        }
        let others = self.symbol + self.name + self.note + 2;
        let (x, y) = if self.inline { (others, row.y) } else { (self.indent, row.y + 1) };
        grid.write(x, y, &told(after, self.width - x, ascii), Role::After(row.place));
    }
}

/// An item of a list, and what is told of it.
pub(super) struct Row<'p> {
    pub place: usize,
    pub y: usize,
    pub item: &'p Item,
    pub symbol: Option<char>,
    pub note: &'p str,
}

/// The name within so many columns: of folded siblings their number is kept, where there is any room.
pub(super) fn named(item: &Item, room: usize, ascii: bool) -> String {
    let times = text::width(&item.times);
    match room > times + 1 {
        true => text::cut(&item.name, item.wide.min(room - times), ascii) + &item.times,
        false => text::cut(&format!("{}{}", item.name, item.times), room, ascii),
    }
}

/// `after: a, b, +3`.
fn told(names: &[String], room: usize, ascii: bool) -> String {
    let mut told = String::from("after: ");
    for (at, name) in names.iter().enumerate() {
        let part = if at == 0 { name.clone() } else { format!(", {name}") };
        let left = names.len() - at - 1;
        let rest = if left > 0 { format!(", +{left}") } else { String::new() };
        if text::width(&told) + text::width(&part) + text::width(&rest) > room {
            told += &match (at, names.len()) {
                (0, 1) => part,
                (0, many) => format!("{many} nodes"),
                (at, many) => format!(", +{}", many - at),
            };
            break;
        }
        told += &part;
    }
    text::cut(&told, room, ascii)
}
