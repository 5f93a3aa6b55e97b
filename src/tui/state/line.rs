//! A line that is typed.

use super::keys::{Code, Key};
use crate::model::text::clean;
use unicode_segmentation::UnicodeSegmentation;

/// Most bytes of a line.
const LONGEST: usize = 4_096;

/// A line and where its cursor is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    text: String,
    /// A byte, at the border of two graphemes.
    cursor: usize,
}

impl Line {
    /// A line with the cursor at its end.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// The line.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The byte at which the cursor stands.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Takes a key; `false`: it is none that edits.
    pub(crate) fn on_key(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (Code::Char(c), false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (Code::Backspace, _) | (Code::Char('h'), true) => self.remove(self.before()..self.cursor),
            (Code::Delete, _) | (Code::Char('d'), true) => self.remove(self.cursor..self.after()),
            (Code::Char('w'), true) => self.remove(self.word()..self.cursor),
            (Code::Char('u'), true) => self.remove(0..self.cursor),
            (Code::Char('k'), true) => self.remove(self.cursor..self.text.len()),
            (Code::Left, _) | (Code::Char('b'), true) => self.cursor = self.before(),
            (Code::Right, _) | (Code::Char('f'), true) => self.cursor = self.after(),
            (Code::Home, _) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, _) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Types a text; what cannot be typed is left out.
    pub(crate) fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.len());
        let mut typed: String = text.chars().filter(|c| !clean::is_hostile(*c)).collect();
        while typed.len() > room {
            typed.pop();
        }
        self.text.insert_str(self.cursor, &typed);
        self.cursor += typed.len();
    }

    /// Replaces the bytes from `from` to `to`, and stands behind them.
    pub(crate) fn replace(&mut self, from: usize, to: usize, with: &str) {
        if self.text.is_char_boundary(from) && self.text.is_char_boundary(to) && from <= to {
            self.text.replace_range(from..to, with);
            self.cursor = from + with.len();
        }
    }

    fn remove(&mut self, range: std::ops::Range<usize>) {
        self.cursor = range.start;
        self.text.replace_range(range, "");
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    /// Where the word before the cursor begins.
    fn word(&self) -> usize {
        let before = self.text[..self.cursor].trim_end_matches(' ');
        before.rfind(' ').map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(line: &mut Line, keys: &str) {
        for key in keys.split(' ') {
            line.on_key(key.parse().unwrap());
        }
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        let mut line = Line::new("status:failed queue");
        typed(&mut line, "ctrl-w");
        assert_eq!(line.text(), "status:failed ");
        typed(&mut line, "home delete right ctrl-k x");
        assert_eq!((line.text(), line.cursor()), ("tx", 2));
        typed(&mut line, "ctrl-u");
        line.insert("a\x1b[31m\u{202e}b");
        assert_eq!(line.text(), "a[31mb");
    }

    proptest! {
        #[test]
        fn no_key_breaks_a_line(text in any::<String>(), keys in prop::collection::vec(0usize..12, 0..40)) {
            let names = [
                "left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-u", "ctrl-k", "é", "x", "ctrl-d",
            ];
            let mut line = Line::default();
            line.insert(&text);
            for key in keys {
                line.on_key(names[key].parse().unwrap());
                prop_assert!(line.text().is_char_boundary(line.cursor()));
            }
        }
    }
}
