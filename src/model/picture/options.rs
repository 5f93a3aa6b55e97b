//! How a picture is wanted.

/// The widest picture, in columns: what is asked beyond is not used.
pub const MAX_WIDTH: usize = 1_000;

/// The form of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// The roomiest that fits the width: boxes, else one-line nodes, else a list.
    #[default]
    Auto,
    /// A box of three rows a node; a list where that does not fit.
    Boxes,
    /// A row a node; a list where that does not fit.
    Lines,
    /// A list: a row a node, and after which others it runs, in words. Fits always.
    List,
}

/// How a picture is wanted. Together with the graph and the names it decides where everything stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns that there are, 1 to [`MAX_WIDTH`].
    pub width: usize,
    /// The form.
    pub style: Style,
    /// Lines, arrows and symbols of ASCII. Names and notes stay as they are.
    pub ascii: bool,
    /// So many siblings are folded into one: nodes of one task, with the same predecessors and the same successors.
    /// Below 2: none are.
    pub fold: usize,
    /// Whether there is room for each node's symbol.
    pub symbols: bool,
    /// Columns that are kept for each node's note.
    pub note: usize,
}

impl Default for Options {
    /// 80 columns, the form that fits, siblings folded from 4 on, symbols, notes of 6 columns.
    fn default() -> Self {
        Self { width: 80, style: Style::Auto, ascii: false, fold: 4, symbols: true, note: 6 }
    }
}
