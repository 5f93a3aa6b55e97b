//! What was seen, in order: back and forward as in a browser, up to where one came down from.

use super::screens::Screen;

/// Screens that are kept.
const KEPT: usize = 50;

/// A screen, and how deep below a list it lies.
#[derive(Clone, Debug)]
struct Entry {
    screen: Screen,
    depth: usize,
}

/// The screens seen, one of which is visible.
#[derive(Clone, Debug)]
pub(crate) struct History {
    entries: Vec<Entry>,
    at: usize,
    /// The one that was visible before this one.
    last: Option<usize>,
}

impl History {
    /// Begins with a screen.
    pub(crate) fn new(screen: Screen) -> Self {
        Self { entries: vec![Entry { screen, depth: 0 }], at: 0, last: None }
    }

    /// The visible screen.
    pub(crate) fn screen(&self) -> &Screen {
        &self.entries[self.at].screen
    }

    /// The visible screen.
    pub(crate) fn screen_mut(&mut self) -> &mut Screen {
        &mut self.entries[self.at].screen
    }

    /// How deep the visible screen lies below a list.
    pub(crate) fn depth(&self) -> usize {
        self.entries[self.at].depth
    }

    /// One level down.
    pub(crate) fn open(&mut self, screen: Screen) {
        let depth = self.depth() + 1;
        self.push(Entry { screen, depth });
    }

    /// To a screen that lies below none.
    pub(crate) fn go(&mut self, screen: Screen) {
        self.push(Entry { screen, depth: 0 });
    }

    /// One level up, as far as there is one; whether there was.
    pub(crate) fn up(&mut self) -> bool {
        let depth = self.depth();
        let above = (0..self.at).rev().find(|at| self.entries[*at].depth < depth);
        self.visit(above)
    }

    /// One step back; whether there was one.
    pub(crate) fn back(&mut self) -> bool {
        self.visit(self.at.checked_sub(1))
    }

    /// One step forward; whether there was one.
    pub(crate) fn forward(&mut self) -> bool {
        self.visit(Some(self.at + 1).filter(|at| *at < self.entries.len()))
    }

    /// The screen that was visible before this one; whether there was one.
    pub(crate) fn last(&mut self) -> bool {
        self.visit(self.last)
    }

    /// The newest screen that fits, as it was left.
    pub(crate) fn find(&self, fits: impl Fn(&Screen) -> bool) -> Option<&Screen> {
        self.entries
            .iter()
            .rev()
            .filter(|entry| entry.depth == 0)
            .map(|entry| &entry.screen)
            .find(|screen| fits(screen))
    }

    /// The titles from the list down to the visible screen.
    pub(crate) fn way(&self) -> Vec<String> {
        let mut way = Vec::new();
        let mut depth = usize::MAX;
        for entry in self.entries[..=self.at].iter().rev().filter(|entry| entry.depth <= self.depth()) {
            if entry.depth < depth {
                way.push(entry.screen.title());
                depth = entry.depth;
            }
            if depth == 0 {
                break;
            }
        }
        way.reverse();
        way
    }

    fn push(&mut self, entry: Entry) {
        self.entries.truncate(self.at + 1);
        self.entries.push(entry);
        let over = self.entries.len().saturating_sub(KEPT);
        self.entries.drain(..over);
        let before = self.at.checked_sub(over);
        self.at = self.entries.len() - 1;
        self.last = before;
    }

    fn visit(&mut self, to: Option<usize>) -> bool {
        match to.filter(|to| *to < self.entries.len()) {
            Some(to) => {
                self.last = Some(self.at);
                self.at = to;
                true
            }
            None => false,
        }
    }
}
