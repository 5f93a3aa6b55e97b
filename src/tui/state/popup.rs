//! What opens above a screen.

use super::action::Action;
use super::ask::{Answer, Ask};
use super::command;
use super::geometry::Division;
use super::json::{self, DocLine, Tone};
use super::keymap::{self, Scope};
use super::pane::Pane;
use super::why;
use crate::model::RunId;
use serde::Serialize;

/// Something above the screen; it has the keys until it is closed.
#[derive(Clone, Debug)]
pub(crate) enum Popup {
    /// A text.
    Text(TextPopup),
    /// Why a run does not run.
    Why(RunId, TextPopup),
}

/// A text above the screen.
#[derive(Clone, Debug)]
pub(crate) struct TextPopup {
    /// What it is.
    pub(crate) title: String,
    /// Its lines.
    pub(crate) doc: Vec<DocLine>,
    /// Where it is read.
    pub(crate) pane: Pane,
}

impl Popup {
    /// A value as JSON.
    pub(crate) fn json(title: &str, value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        Self::text(title, json::lines(&text))
    }

    /// An event with its body.
    pub(crate) fn event(name: &str, body: &str) -> Self {
        Self::text(name, json::lines(body))
    }

    /// A text.
    pub(crate) fn text(title: &str, doc: Vec<DocLine>) -> Self {
        Popup::Text(TextPopup { title: title.to_owned(), doc, pane: Pane::default() })
    }

    /// Why a run does not run; it is read once it is open.
    pub(crate) fn why(run: RunId) -> Self {
        let doc = vec![DocLine::new(Tone::Faint, "reading")];
        Popup::Why(run, TextPopup { title: "Why".to_owned(), doc, pane: Pane::default() })
    }

    /// The text that is open.
    pub(crate) fn shown(&self) -> &TextPopup {
        match self {
            Popup::Text(text) | Popup::Why(_, text) => text,
        }
    }

    fn shown_mut(&mut self) -> &mut TextPopup {
        match self {
            Popup::Text(text) | Popup::Why(_, text) => text,
        }
    }

    /// What the keys do where these scopes hold.
    pub(crate) fn help(scopes: &[Scope]) -> Self {
        let mut doc = Vec::new();
        for scope in scopes.iter().copied().chain([Scope::Global]) {
            doc.push(DocLine::new(Tone::Strong, scope.title()));
            for (keys, help) in keymap::lines(scope) {
                let pieces = vec![(Tone::Name, format!("  {keys:<18}")), (Tone::Plain, format!(" {help}"))];
                doc.push(DocLine { pieces, fold: None });
            }
            doc.push(DocLine::default());
        }
        doc.push(DocLine::new(Tone::Strong, "Commands, after :"));
        for (word, help) in command::page() {
            let pieces = vec![(Tone::Name, format!("  {word:<24}")), (Tone::Plain, format!(" {help}"))];
            doc.push(DocLine { pieces, fold: None });
        }
        Self::text("Help", doc)
    }

    /// The scopes of its keys.
    pub(crate) fn scopes(&self) -> &'static [Scope] {
        match self {
            Popup::Text(_) | Popup::Why(..) => &[Scope::Text],
        }
    }

    /// What it wants to know.
    pub(crate) fn ask(&self) -> Option<Ask> {
        match self {
            Popup::Text(_) => None,
            Popup::Why(run, _) => Some(Ask::Why(*run)),
        }
    }

    /// Takes an answer.
    pub(crate) fn on_answer(&mut self, answer: Answer) {
        if let (Popup::Why(_, text), Answer::Why(facts)) = (self, answer) {
            text.doc = why::sentences(facts.as_deref());
        }
    }

    /// Does what a key means here.
    pub(crate) fn on_action(&mut self, action: Action, division: Division) {
        let text = self.shown_mut();
        text.pane.on_action(action, &text.doc, rows(division));
    }

    /// Searches in it; whether it was found.
    pub(crate) fn seek(&mut self, sought: &str) -> bool {
        let text = self.shown_mut();
        text.pane.seek(sought, &text.doc)
    }

    /// Keeps what is read in sight.
    pub(crate) fn settle(&mut self, division: Division) {
        let text = self.shown_mut();
        text.pane.settle(&text.doc, rows(division));
    }
}

/// Rows of text that a popup of the largest size shows.
pub(crate) fn rows(division: Division) -> usize {
    usize::from(division.content.height.saturating_sub(2))
}
