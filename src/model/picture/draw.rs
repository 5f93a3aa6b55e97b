//! Drawing a picture's rows: lines first, then what stands upon them.

use super::fit::{Rung, lead};
use super::grid::{Glyph, Grid, Role};
use super::line::{self, E, N, S, W};
use super::text;
use super::wires::{Run, Wires};

/// The directions in which lines lead from a cell, and whose they are.
#[derive(Clone, Copy, Default)]
pub(super) struct Crossing {
    pub across: u8,
    pub upright: u8,
    /// The nets of both.
    pub nets: [usize; 2],
}

impl Wires {
    /// Draws the lines as far as they are in the grid.
    pub fn draw(&self, grid: &mut Grid, ascii: bool) {
        let lines = self.lines(grid);
        for (x, y, crossing) in lines {
            let joined = self.joints.contains(&(x, y));
            let (directions, net) = match (crossing.across, crossing.upright) {
                (across, 0) => (across, crossing.nets[0]),
                (across, upright) if joined => (across | upright, crossing.nets[1]),
                (_, upright) => (upright, crossing.nets[1]),
            };
            grid.put(x, y, Glyph::Char(line::glyph(directions, ascii)), Role::Wire(net));
        }
        for (x, y, net, down) in &self.pointers {
            grid.put(*x, *y, Glyph::Char(line::pointer(*down, ascii)), Role::Wire(*net));
        }
        for (x, y, net) in &self.arrows {
            grid.put(*x, *y, Glyph::Char(line::arrow(ascii)), Role::Wire(*net));
        }
    }

    /// The cells of the grid that lines pass.
    pub fn lines(&self, grid: &Grid) -> Vec<(usize, usize, Crossing)> {
        let mut cells = vec![Crossing::default(); grid.rows().count() * grid.width()];
        for run in self.across.iter().filter(|run| grid.has(run.at)) {
            for (x, directions) in cells_of(run, W, E) {
                if let Some(at) = grid.at(x, run.at) {
                    cells[at].across |= directions;
                    cells[at].nets[0] = run.net;
                }
            }
        }
        for run in &self.upright {
            for (y, directions) in cells_of(run, N, S) {
                if let Some(at) = grid.at(run.at, y) {
                    cells[at].upright |= directions;
                    cells[at].nets[1] = run.net;
                }
            }
        }
        let some = cells.into_iter().enumerate().filter(|(_, cell)| cell.across | cell.upright != 0);
        some.map(|(at, cell)| (at % grid.width(), grid.first() + at / grid.width(), cell)).collect()
    }
}

/// The cells of a run, with the directions in which it leads from each.
fn cells_of(run: &Run, back: u8, on: u8) -> impl Iterator<Item = (usize, u8)> {
    let (from, to) = (run.from, run.to);
    (from..=to).map(move |at| {
        let directions = if at > from { back } else { 0 } | if at < to { on } else { 0 };
        (at, directions)
    })
}

/// A place as it is drawn.
pub(super) struct Figure<'p> {
    pub place: usize,
    pub x: usize,
    pub y: usize,
    pub w: usize,
    pub layer: usize,
    /// Name and `×200`, cut.
    pub name: &'p str,
    /// The room of the symbol, where there is any.
    pub symbol: Option<char>,
    /// The note, where there is any.
    pub note: String,
    /// The net out of it, where it leads to others.
    pub out: Option<usize>,
}

impl Figure<'_> {
    /// Draws the place as the form wants.
    pub fn draw(&self, grid: &mut Grid, rung: &Rung, ascii: bool) {
        if rung.boxes { self.boxed(grid, ascii) } else { self.lined(grid, ascii) }
    }

    fn boxed(&self, grid: &mut Grid, ascii: bool) {
        let (right, bottom, role) = (self.x + self.w - 1, self.y + 2, Role::Frame(self.place));
        let glyph = |directions| Glyph::Char(line::glyph(directions, ascii));
        for x in self.x + 1..right {
            grid.put(x, self.y, glyph(E | W), role);
            grid.put(x, self.y + 1, Glyph::Char(' '), role);
            grid.put(x, bottom, glyph(E | W), role);
        }
        let side = if self.out.is_some() { N | S | E } else { N | S };
        let left = [(self.x, self.y, S | E), (self.x, self.y + 1, N | S), (self.x, bottom, N | E)];
        let edges = left.into_iter().chain([(right, self.y, S | W), (right, self.y + 1, side), (right, bottom, N | W)]);
        edges.for_each(|(x, y, directions)| grid.put(x, y, glyph(directions), role));
        self.text(grid, self.x + 2, self.y + 1, right - 1, ascii);
    }

    fn lined(&self, grid: &mut Grid, ascii: bool) {
        let end = self.x + self.w;
        (self.x..end).for_each(|x| grid.put(x, self.y, Glyph::Char(' '), Role::Frame(self.place)));
        let last = end - usize::from(self.out.is_some());
        let after = self.text(grid, self.x + lead(self.layer), self.y, last, ascii);
        let Some(net) = self.out else { return };
        (after + 1..end).for_each(|x| grid.put(x, self.y, Glyph::Char(line::glyph(E | W, ascii)), Role::Wire(net)));
    }

    /// Symbol, name and note up to the column `end`; the column after them.
    fn text(&self, grid: &mut Grid, x: usize, y: usize, end: usize, ascii: bool) -> usize {
        let mut x = x;
        if let Some(symbol) = self.symbol {
            grid.put(x, y, Glyph::Char(symbol), Role::Symbol(self.place));
            x += 2;
        }
        x = grid.write(x, y, self.name, Role::Name(self.place));
        let note = text::cut(&self.note, end.saturating_sub(x + 1), ascii);
        if note.is_empty() { x } else { grid.write(x + 1, y, &note, Role::Note(self.place)) }
    }
}
