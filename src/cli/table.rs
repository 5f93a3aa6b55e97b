//! Tables for people: aligned by what a terminal shows, cut to its width, the least columns left out first.

use super::clean;
use super::style::Style;
use crate::model::text::clip::cut;
use unicode_width::UnicodeWidthStr;

/// Blanks between two columns.
const GAP: usize = 2;

/// A column and how it gives way when the terminal is narrow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    /// Left out first: the greatest number; 0 is never left out.
    rank: u8,
    /// Cells are not cut below this width.
    least: usize,
}

impl Column {
    /// A column that is never left out, and never cut below `least`.
    pub(crate) const fn new(title: &'static str, least: usize) -> Self {
        Self { title, right: false, rank: 0, least }
    }

    /// Numbers stand at the right.
    pub(crate) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Left out where the terminal is too narrow; those of a greater rank before it.
    pub(crate) const fn rank(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }
}

/// A cell: text without anything that a terminal would obey, and its style.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell of any text.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self { text: clean::line(text.as_ref()).into_owned(), style: Style::Plain }
    }

    /// A cell of what may not be there.
    pub(crate) fn maybe(text: Option<impl AsRef<str>>) -> Self {
        text.map_or_else(|| Cell::new("-").style(Style::Dim), Cell::new)
    }

    /// The text: fit for a terminal.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The cell in a style.
    pub(crate) fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// Rows under titles.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: a cell a column.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// The table as text; `width`: columns of the terminal, `None`: as wide as it is.
    pub(crate) fn render(&self, width: Option<usize>, colours: bool) -> String {
        let layout = self.layout(width);
        let titles: Vec<Cell> = self.columns.iter().map(|c| Cell::new(c.title).style(Style::Bold)).collect();
        let mut out = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            out.push_str(self.render_row(row, &layout, colours).trim_end_matches(' '));
            out.push('\n');
        }
        out
    }

    fn render_row(&self, row: &[Cell], layout: &[(usize, usize)], colours: bool) -> String {
        let mut line = String::new();
        for (place, &(index, width)) in layout.iter().enumerate() {
            let text = cut(&row[index].text, width);
            let blanks = " ".repeat(width - text.width());
            let text = row[index].style.paint(&text, colours);
            let last = place + 1 == layout.len();
            line.push_str(if place > 0 { "  " } else { "" });
            match self.columns[index].right {
                true => line.extend([blanks, text]),
                false if last => line.push_str(&text),
                false => line.extend([text, blanks]),
            }
        }
        line
    }

    /// Which columns are shown, and how wide: (index, width).
    fn layout(&self, width: Option<usize>) -> Vec<(usize, usize)> {
        let natural = |index: usize| {
            let cells = self.rows.iter().map(|row| row[index].text.width());
            cells.chain([self.columns[index].title.width()]).max().unwrap_or(0)
        };
        let mut shown: Vec<(usize, usize)> = (0..self.columns.len()).map(|index| (index, natural(index))).collect();
        let Some(width) = width else { return shown };
        while self.narrowest(&shown) > width && self.leave_out(&mut shown) {}
        self.squeeze(&mut shown, width);
        shown
    }

    fn narrowest(&self, shown: &[(usize, usize)]) -> usize {
        let least = |&(index, natural): &(usize, usize)| natural.min(self.columns[index].least);
        total(shown.iter().map(least), shown.len())
    }

    fn leave_out(&self, shown: &mut Vec<(usize, usize)>) -> bool {
        let rank = |&(index, _): &(usize, usize)| self.columns[index].rank;
        let Some(place) = (0..shown.len()).max_by_key(|&place| (rank(&shown[place]), place)) else { return false };
        let gives_way = rank(&shown[place]) > 0;
        if gives_way {
            shown.remove(place);
        }
        gives_way
    }

    /// Narrows the widest columns until all fit, to one character each at the very least.
    fn squeeze(&self, shown: &mut [(usize, usize)], width: usize) {
        for floor in [true, false] {
            while total(shown.iter().map(|(_, width)| *width), shown.len()) > width {
                let least = |index: usize| if floor { self.columns[index].least } else { 1 };
                let widest = shown.iter_mut().filter(|(index, width)| *width > least(*index)).max_by_key(|(_, w)| *w);
                let Some((_, width)) = widest else { break };
                *width -= 1;
            }
        }
    }
}

fn total(widths: impl Iterator<Item = usize>, columns: usize) -> usize {
    widths.sum::<usize>() + GAP * columns.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::new("ID", 6), Column::new("TASK", 4), Column::new("WAIT", 4).right().rank(1)];

    fn table() -> Table {
        let mut table = Table::new(&COLUMNS);
        table.row(vec![Cell::new("a1b2c3"), Cell::new("発注 order"), Cell::new("12ms")]);
        table.row(vec![Cell::new("d4e5f6"), Cell::new("mail"), Cell::new("3s")]);
        table
    }

    #[test]
    fn columns_align_by_display_width() {
        let shown = table().render(None, false);
        assert_eq!(shown, "ID      TASK        WAIT\na1b2c3  発注 order  12ms\nd4e5f6  mail          3s\n");
    }

    #[test]
    fn a_narrow_terminal_cuts_cells_and_then_leaves_columns_out() {
        let shown = table().render(Some(20), false);
        assert_eq!(shown, "ID      TASK    WAIT\na1b2c3  発注 …  12ms\nd4e5f6  mail      3s\n");
        let shown = table().render(Some(15), false);
        assert_eq!(shown, "ID      TASK\na1b2c3  発注 o…\nd4e5f6  mail\n");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 4..40 {
            for line in table().render(Some(width), false).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_cell_cannot_break_out_of_its_row() {
        let mut table = Table::new(&COLUMNS[..1]);
        table.row(vec![Cell::new("x\n\x1b[2Jy")]);
        assert_eq!(table.render(None, false), "ID\nx\\n\\x1b[2Jy\n");
    }
}
