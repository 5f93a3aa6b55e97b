//! The key-value store: folders and keys below a prefix, and the value under the cursor beside them.

pub(crate) mod level;
pub(crate) mod value;

use super::{Env, Screen, Then};
use crate::store::KvRow;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::json::DocLine;
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::Listing;
use crate::tui::state::popup::Popup;
use level::KvEntry;
use value::ValueScreen;

/// Characters of a value that are read for the pane beside the list.
const BESIDE: u32 = 16 * 1024;

/// What stands below a prefix.
#[derive(Clone, Debug)]
pub(crate) struct KvScreen {
    /// The folder.
    pub(crate) prefix: String,
    /// What keys go on with, as it was typed.
    typed: String,
    /// Folders and keys.
    pub(crate) list: Listing<KvEntry>,
    /// Whether there are more than are shown.
    pub(crate) more: bool,
    /// The value under the cursor, and its lines.
    side: Option<(KvRow, Vec<DocLine>)>,
}

impl Default for KvScreen {
    fn default() -> Self {
        Self::below("")
    }
}

impl KvScreen {
    /// What stands below a prefix.
    pub(crate) fn below(prefix: &str) -> Self {
        let list = Listing::new(0, false);
        Self { prefix: prefix.to_owned(), typed: String::new(), list, more: false, side: None }
    }

    /// The value under the cursor, as far as it was read.
    pub(crate) fn value(&self) -> Option<(&KvRow, &[DocLine])> {
        let entry = self.list.row()?;
        self.side.as_ref().filter(|(row, _)| row.key == entry.name).map(|(row, doc)| (row, doc.as_slice()))
    }

    /// How all keys begin that are shown.
    pub(crate) fn whole_prefix(&self) -> String {
        format!("{}{}", self.prefix, self.typed)
    }

    pub(super) fn title(&self) -> String {
        if self.prefix.is_empty() { "KV".to_owned() } else { self.prefix.clone() }
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Keys(self.whole_prefix()))
    }

    pub(super) fn side(&self, env: &Env) -> Option<Ask> {
        let entry = self.list.row().filter(|entry| env.division.beside() && entry.folder.is_none())?;
        Some(Ask::Value { key: entry.name.clone(), most: BESIDE })
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Keys { entries, more } = answer {
            self.list.take(entries);
            self.more = more;
        }
    }

    pub(super) fn on_side(&mut self, answer: Answer) {
        let Answer::Value(row) = answer else { return };
        // What did not change is not laid out again.
        if self.side.as_ref().map(|(row, _)| row) != row.as_deref() {
            self.side = row.map(|row| (*row).clone()).map(|row| (row.clone(), value::lines(&row)));
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        let Some(entry) = self.list.row() else { return Vec::new() };
        match (action, entry.folder) {
            (Action::Open, Some(_)) => vec![Then::Open(Screen::Kv(Self::below(&entry.name)))],
            (Action::Open, None) => vec![Then::Open(Screen::Value(ValueScreen::new(&entry.name)))],
            (Action::Copy, folder) => {
                vec![Then::Copy(entry.name.clone(), if folder.is_some() { "prefix" } else { "key" })]
            }
            (Action::Raw, _) => vec![Then::Popup(Popup::json("Key", entry))],
            _ => Vec::new(),
        }
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(&self.typed)
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        text.trim().clone_into(&mut self.typed);
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        self.list.settle(env.division.table_rows());
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.list.is_loaded()
    }
}
