//! The line at the foot of the screen: a command, a filter, or what is searched in a text.

use super::line::Line;

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptKind {
    /// `:`
    Command,
    /// `/` on a list.
    Filter,
    /// `/` in a text.
    Find,
}

/// A line that is typed at the foot of the screen.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    /// What it is for.
    pub(crate) kind: PromptKind,
    /// The line.
    pub(crate) line: Line,
    /// What it may be completed to.
    pub(crate) completions: Vec<Completion>,
    /// Which of them stands in the line.
    pub(crate) chosen: Option<usize>,
    /// What is wrong with it.
    pub(crate) error: Option<String>,
    /// How far back in the lines typed before.
    pub(crate) recalled: Option<usize>,
    /// The line before lines typed before were called back.
    pub(crate) draft: String,
}

/// Something that a word may be completed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Where the word begins.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
    /// What it becomes.
    pub(crate) text: String,
    /// What that is.
    pub(crate) help: &'static str,
}

impl Prompt {
    /// A prompt with a text in it.
    pub(crate) fn new(kind: PromptKind, text: &str) -> Self {
        let line = Line::new(text);
        Self { kind, line, completions: Vec::new(), chosen: None, error: None, recalled: None, draft: String::new() }
    }

    /// What stands before the line.
    pub(crate) fn sign(&self) -> char {
        match self.kind {
            PromptKind::Command => ':',
            PromptKind::Filter | PromptKind::Find => '/',
        }
    }

    /// Puts the next completion (or the one before) into the line.
    pub(crate) fn complete(&mut self, forward: bool) {
        let count = self.completions.len();
        if count == 0 {
            return;
        }
        let next = match (self.chosen, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        let standing = self.chosen.map_or(self.completions[next].to, |at| self.completions[at].end());
        let completion = self.completions[next].clone();
        self.line.replace(completion.from, standing, &completion.text);
        self.chosen = Some(next);
    }

    /// Calls back a line typed before, the newest first.
    pub(crate) fn recall(&mut self, lines: &[String], older: bool) {
        if self.recalled.is_none() {
            self.draft = self.line.text().to_owned();
        }
        self.recalled = match (self.recalled, older) {
            (None, true) => Some(0),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
            (None, false) => None,
        }
        .map(|at| at.min(lines.len().saturating_sub(1)))
        .filter(|_| !lines.is_empty());
        let text = self.recalled.and_then(|at| lines.iter().rev().nth(at)).unwrap_or(&self.draft);
        self.line = Line::new(text.clone());
    }
}

impl Completion {
    /// Where it ends once it stands in the line.
    fn end(&self) -> usize {
        self.from + self.text.len()
    }
}
