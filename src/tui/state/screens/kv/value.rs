//! One value of the key-value store, whole as far as a screen goes.

use super::super::{Env, Then};
use crate::model::text::human;
use crate::store::KvRow;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::geometry::Division;
use crate::tui::state::json::{self, DocLine, SHOWN, Tone};
use crate::tui::state::keymap::Scope;
use crate::tui::state::pane::Pane;

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct ValueScreen {
    key: String,
    /// The row with as much of the value as is shown; `None` within: there is no such key.
    pub(crate) row: Option<Option<Box<KvRow>>>,
    /// Its lines.
    pub(crate) doc: Vec<DocLine>,
    /// Where it is read.
    pub(crate) pane: Pane,
}

impl ValueScreen {
    /// A value that was not read yet.
    pub(crate) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), row: None, doc: Vec::new(), pane: Pane::default() }
    }

    /// Searches in the value; whether it was found.
    pub(crate) fn seek(&mut self, text: &str) -> bool {
        self.pane.seek(text, &self.doc)
    }

    pub(crate) fn title(&self) -> String {
        self.key.clone()
    }

    pub(crate) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Value, Scope::Text]
    }

    pub(crate) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Value { key: self.key.clone(), most: SHOWN as u32 })
    }

    pub(crate) fn on_answer(&mut self, answer: Answer) {
        let Answer::Value(row) = answer else { return };
        if self.row.as_ref() != Some(&row) {
            self.doc = row.as_deref().map(lines).unwrap_or_default();
            self.row = Some(row);
        }
    }

    pub(crate) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if action == Action::Copy {
            return vec![Then::Copy(self.key.clone(), "key")];
        }
        self.pane.on_action(action, &self.doc, rows(env.division));
        Vec::new()
    }

    pub(crate) fn settle(&mut self, env: &Env) {
        self.pane.settle(&self.doc, rows(env.division));
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.row.is_some()
    }
}

fn rows(division: Division) -> usize {
    usize::from(division.content.height.saturating_sub(if division.boxes { 2 } else { 0 }))
}

/// The lines of a value, as far as it was read.
pub(super) fn lines(row: &KvRow) -> Vec<DocLine> {
    let end = (0..=row.value.len().min(SHOWN)).rev().find(|at| row.value.is_char_boundary(*at)).unwrap_or(0);
    let mut lines = json::lines(&row.value[..end]);
    if end < row.size as usize {
        let (shown, whole) = (human::size(end), human::size(row.size as usize));
        lines.push(DocLine::new(Tone::Faint, format!("the first {shown} of {whole}; `hyrex kv get KEY` prints all")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_shown_whole_says_so() {
        let row = |value: &str, size| KvRow {
            key: "k".into(),
            value: value.into(),
            size,
            written: crate::model::time::from_micros(0),
        };
        assert_eq!(lines(&row("[1]", 3)).len(), 3);
        let cut = lines(&row("[1,", 1_048_576));
        assert_eq!(cut.last().unwrap().text(), "the first 3 B of 1.0 MiB; `hyrex kv get KEY` prints all");
        assert!(lines(&row(&"é".repeat(200_000), 400_000)).last().unwrap().text().starts_with("the first 256.0 KiB"));
    }
}
