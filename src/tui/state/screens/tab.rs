//! The screens that have a digit of their own.

use super::{Screen, tasks::TasksScreen};

/// A screen with a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Runs of tasks.
    Tasks,
}

/// What is said of a tab.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TabFacts {
    /// Which.
    pub(crate) tab: Tab,
    /// Its digit.
    pub(crate) digit: u8,
    /// Its name in the header.
    pub(crate) name: &'static str,
    /// The words of `:` that lead to it.
    pub(crate) words: &'static [&'static str],
    /// What it shows, for the help.
    pub(crate) help: &'static str,
}

/// Every tab, by its digit.
pub(crate) const TABS: [TabFacts; 1] = [TabFacts {
    tab: Tab::Tasks,
    digit: 3,
    name: "Tasks",
    words: &["tasks", "t", "runs"],
    help: "runs by their latest attempt",
}];

impl Tab {
    /// Its screen, as it is at first.
    pub(crate) fn screen(self) -> Screen {
        match self {
            Tab::Tasks => Screen::Tasks(TasksScreen::default()),
        }
    }
}

/// The tab of that digit.
pub(crate) fn of_digit(digit: u8) -> Option<Tab> {
    TABS.iter().find(|facts| facts.digit == digit).map(|facts| facts.tab)
}

/// The tab that a word of `:` leads to.
pub(crate) fn of_word(word: &str) -> Option<Tab> {
    TABS.iter().find(|facts| facts.words.contains(&word)).map(|facts| facts.tab)
}
