//! The screens that have a digit of their own.

use super::Screen;
use super::executors::ExecutorsScreen;
use super::kv::KvScreen;
use super::tasks::TasksScreen;

/// A screen with a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Runs of tasks.
    Tasks,
    /// Executors.
    Executors,
    /// The key-value store.
    Kv,
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
pub(crate) const TABS: [TabFacts; 3] = [
    TabFacts {
        tab: Tab::Tasks,
        digit: 3,
        name: "Tasks",
        words: &["tasks", "t", "runs"],
        help: "runs by their latest attempt",
    },
    TabFacts {
        tab: Tab::Executors,
        digit: 5,
        name: "Executors",
        words: &["executors", "ex"],
        help: "who works, and on what",
    },
    TabFacts { tab: Tab::Kv, digit: 7, name: "KV", words: &["kv", "keys"], help: "the key-value store, by prefix" },
];

impl Tab {
    /// Its screen, as it is at first.
    pub(crate) fn screen(self) -> Screen {
        match self {
            Tab::Tasks => Screen::Tasks(TasksScreen::default()),
            Tab::Executors => Screen::Executors(ExecutorsScreen::default()),
            Tab::Kv => Screen::Kv(KvScreen::default()),
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
