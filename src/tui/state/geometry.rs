//! How the screen is divided: the one place where its rows are counted, for drawing and for scrolling.

/// A size in cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Columns.
    pub(crate) width: u16,
    /// Rows.
    pub(crate) height: u16,
}

impl Size {
    /// A size.
    pub(crate) const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }
}

/// Narrower or lower than this, nothing can be read.
const LEAST: Size = Size::new(20, 5);
/// From here on there is room for boxes and a header of two rows.
const ROOMY: Size = Size::new(100, 30);
/// From here on a list shows the row under the cursor beside it.
const WIDE: Size = Size::new(160, 40);
/// Below this there is no room for the row of states.
const SMALL: Size = Size::new(60, 15);

/// Where the parts of the screen stand: rows from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// Rows of the header: 0 to 2.
    pub(crate) header: u16,
    /// Whether a row with the way here and the states follows.
    pub(crate) crumbs: bool,
    /// Where the content begins.
    pub(crate) top: u16,
    /// The content.
    pub(crate) content: Size,
    /// Whether the last row shows keys.
    pub(crate) hints: bool,
    /// Whether tables and panes stand in boxes.
    pub(crate) boxes: bool,
}

impl Division {
    /// Divides the screen; `None`: it is too small.
    pub(crate) fn of(size: Size, header_folded: bool) -> Option<Self> {
        if size.width < LEAST.width || size.height < LEAST.height {
            return None;
        }
        let boxes = at_least(size, ROOMY);
        let header = if boxes && !header_folded { 2 } else { 1 };
        let crumbs = at_least(size, SMALL);
        let top = header + u16::from(crumbs);
        let content = Size::new(size.width, size.height.saturating_sub(top + 1));
        Some(Self { header, crumbs, top, content, hints: true, boxes })
    }

    /// Whether a list shows the row under the cursor beside it.
    pub(crate) fn beside(&self) -> bool {
        at_least(Size::new(self.content.width, self.content.height + 4), WIDE)
    }

    /// Columns of a list that shows a row beside it.
    pub(crate) fn list_width(&self) -> u16 {
        if self.beside() { self.content.width * 3 / 5 } else { self.content.width }
    }

    /// Rows for the lines of a table that takes all the content: without its titles, and its box where it has one.
    pub(crate) fn table_rows(&self) -> u16 {
        self.content.height.saturating_sub(if self.boxes { 3 } else { 1 })
    }
}

fn at_least(size: Size, least: Size) -> bool {
    size.width >= least.width && size.height >= least.height
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_terminal_keeps_twenty_rows_for_the_table() {
        let division = Division::of(Size::new(80, 24), false).unwrap();
        assert_eq!((division.header, division.top, division.table_rows()), (1, 2, 20));
    }

    #[test]
    fn what_cannot_be_read_is_not_divided() {
        assert_eq!(Division::of(Size::new(19, 40), false), None);
        assert_eq!(Division::of(Size::new(80, 4), false), None);
    }

    #[test]
    fn no_part_is_lower_than_the_screen() {
        for height in 5..120 {
            for width in 20..220 {
                for folded in [false, true] {
                    let d = Division::of(Size::new(width, height), folded).unwrap();
                    assert_eq!(d.top + d.content.height + 1, height);
                }
            }
        }
    }
}
