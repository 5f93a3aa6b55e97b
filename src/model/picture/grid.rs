//! What a picture is drawn into: cells, each with what it shows and whose it is.

/// What a cell shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// One character.
    Char(char),
    /// Several that make one, as a letter and its accent.
    Cluster(Box<str>),
    /// What stands left of it goes on here, for it is wide.
    Rest,
}

/// Whose a cell is. Places and nets by their numbers in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nobody's.
    Blank,
    /// The frame of a place, and what is blank within.
    Frame(usize),
    /// The symbol of a place's state.
    Symbol(usize),
    /// The name of a place.
    Name(usize),
    /// The note of a place.
    Note(usize),
    /// The words of a list that tell after which others a place stands.
    After(usize),
    /// A line or an arrow. Where two lines cross, the upright one is seen.
    Wire(usize),
    /// The rule above the `finally` nodes.
    Rule,
}

/// One column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it shows.
    pub glyph: Glyph,
    /// Whose it is.
    pub role: Role,
}

/// Rows of a picture, all of its width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    first: usize,
    width: usize,
    cells: Vec<Cell>,
}

impl Grid {
    /// Blank rows, of which the first is the picture's row `first`.
    pub(super) fn new(first: usize, rows: usize, width: usize) -> Self {
        Self { first, width, cells: vec![Cell { glyph: Glyph::Char(' '), role: Role::Blank }; rows * width] }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows from above, each of [`width`](Self::width) cells.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        // A picture without columns has no cells: the size of a chunk must be one at least.
        self.cells.chunks(self.width.max(1))
    }

    /// The text without blanks at the ends of lines; each line ends with `\n`.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.cells.len() + self.cells.len() / 16);
        for row in self.rows() {
            row.iter().for_each(|cell| match &cell.glyph {
                Glyph::Char(char) => text.push(*char),
                Glyph::Cluster(chars) => text.push_str(chars),
                Glyph::Rest => {}
            });
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    /// The picture's row that is the first here.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Whether any cell of the picture's row is here.
    pub(super) fn has(&self, y: usize) -> bool {
        y >= self.first && y < self.first + self.cells.len() / self.width.max(1)
    }

    /// The place of a cell, where it is here.
    pub(super) fn at(&self, x: usize, y: usize) -> Option<usize> {
        (x < self.width && self.has(y)).then(|| (y - self.first) * self.width + x)
    }

    /// Sets a cell, where it is here.
    pub(super) fn put(&mut self, x: usize, y: usize, glyph: Glyph, role: Role) {
        if let Some(at) = self.at(x, y) {
            self.cells[at] = Cell { glyph, role };
        }
    }

    /// Writes text from a column on; the column after it.
    pub(super) fn write(&mut self, x: usize, y: usize, text: &str, role: Role) -> usize {
        super::text::glyphs(text).fold(x, |x, glyph| {
            self.put(x, y, glyph, role);
            x + 1
        })
    }
}
