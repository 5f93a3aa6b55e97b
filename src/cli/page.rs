//! A page about one thing: named fields, then blocks of text, then a table. All of it fit for a terminal.

use super::clean;
use super::human;
use super::indent;
use super::style::Style;
use super::table::Table;
use super::world::Screen;
use serde::de::IgnoredAny;

/// Columns of the names.
const NAMES: usize = 10;
/// Bytes of a block that are shown unless the whole was asked for.
const SHOWN: usize = 4_096;

/// JSON of fewer bytes stays on one line.
const ONE_LINE: usize = 60;

/// A page that grows.
pub(crate) struct Page {
    text: String,
    screen: Screen,
    full: bool,
}

impl Page {
    /// An empty page; `full`: blocks are not cut.
    pub(crate) fn new(screen: Screen, full: bool) -> Self {
        Self { text: String::new(), screen, full }
    }

    /// A field on one line.
    pub(crate) fn field(&mut self, name: &str, value: impl AsRef<str>) {
        self.styled(name, value, Style::Plain);
    }

    /// A field of what may not be there.
    pub(crate) fn maybe(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// A field in a style.
    pub(crate) fn styled(&mut self, name: &str, value: impl AsRef<str>, style: Style) {
        let value = style.paint(&clean::line(value.as_ref()), self.screen.colours);
        self.text.push_str(&format!("{}{value}\n", self.name(name)));
    }

    /// JSON, with a line a member where it is short enough to be read so.
    pub(crate) fn json(&mut self, name: &str, text: &str) {
        let reads = (ONE_LINE..=SHOWN).contains(&text.len()) && serde_json::from_str::<IgnoredAny>(text).is_ok();
        if reads { self.block(name, &indent::indented(text)) } else { self.block(name, text) }
    }

    /// Text on lines of its own; on the name's where it has only one.
    pub(crate) fn block(&mut self, name: &str, text: &str) {
        let (shown, left) = self.shown(text);
        let block = clean::block(shown);
        if block.contains('\n') || left > 0 {
            self.text.push_str(&format!("{}\n", self.name(name).trim_end()));
            for line in block.lines() {
                self.text.push_str(&format!("  {line}\n"));
            }
        } else {
            self.text.push_str(&format!("{}{block}\n", self.name(name)));
        }
        if left > 0 {
            let more = format!("  … {} more: --full shows all of it", human::size(left));
            self.text.push_str(&format!("{}\n", Style::Dim.paint(&more, self.screen.colours)));
        }
    }

    /// A drawing, as it stands: its lines hold nothing hostile.
    pub(crate) fn drawing(&mut self, lines: &str) {
        self.text.push('\n');
        self.text.push_str(lines);
    }

    /// The page's end, with nothing under it.
    pub(crate) fn end(self) -> String {
        self.text
    }

    /// The page's end: a table under it.
    pub(crate) fn finish(mut self, table: &Table) -> String {
        self.text.push('\n');
        self.text.push_str(&table.render(self.screen.width, self.screen.colours));
        self.text
    }

    fn name(&self, name: &str) -> String {
        format!("{}  ", Style::Bold.paint(&format!("{name:<NAMES$}"), self.screen.colours))
    }

    /// The part of `text` that is shown, and how many bytes are left out.
    fn shown<'a>(&self, text: &'a str) -> (&'a str, usize) {
        if self.full || text.len() <= SHOWN {
            return (text, 0);
        }
        let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        (&text[..end], text.len() - end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::{Cell, Column};

    const SCREEN: Screen = Screen { terminal: true, width: Some(80), colours: false };

    fn page(write: impl FnOnce(&mut Page)) -> String {
        let mut page = Page::new(SCREEN, false);
        write(&mut page);
        let mut table = Table::new(&[Column::new("N", 1)]);
        table.row(vec![Cell::new("1")]);
        page.finish(&table)
    }

    #[test]
    fn fields_stand_below_each_other_and_hold_nothing_hostile() {
        let text = page(|page| {
            page.field("task", "charge\x1b[2J");
            page.maybe("key", None::<&str>);
            page.block("error", "one\r\ntwo\u{202e}");
        });
        assert_eq!(text, "task        charge\\x1b[2J\nerror\n  one\n  two\\u{202e}\n\nN\n1\n");
    }

    #[test]
    fn a_long_block_says_how_much_is_missing() {
        let text = page(|page| page.block("result", &"ä".repeat(4_000)));
        assert!(text.contains("… 3.8 KiB more: --full shows all of it"), "{text}");
    }

    #[test]
    fn longer_json_gets_a_line_a_member() {
        let text = page(|page| page.json("arguments", &format!(r#"{{"note":"{}"}}"#, "x".repeat(60))));
        assert!(text.starts_with("arguments\n  {\n    \"note\": \"xx"), "{text}");
    }
}
