//! The screens that have a digit of their own.

use super::Screen;
use super::cron::CronScreen;
use super::executors::ExecutorsScreen;
use super::kv::KvScreen;
use super::log::LogScreen;
use super::queues::QueuesScreen;
use super::tasks::TasksScreen;
use super::workflows::WorkflowsScreen;

/// A screen with a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// All at a glance.
    Overview,
    /// Queues.
    Queues,
    /// Runs of tasks.
    Tasks,
    /// Workflows.
    Workflows,
    /// Executors.
    Executors,
    /// Schedules.
    Cron,
    /// The key-value store.
    Kv,
    /// What happened.
    Log,
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

const fn tab(tab: Tab, digit: u8, name: &'static str, words: &'static [&'static str], help: &'static str) -> TabFacts {
    TabFacts { tab, digit, name, words, help }
}

/// Every tab, by its digit.
pub(crate) const TABS: [TabFacts; 8] = [
    tab(Tab::Overview, 1, "Overview", &["overview", "o", "pulse"], "all at a glance"),
    tab(Tab::Queues, 2, "Queues", &["queues", "qs"], "what waits and runs in each queue"),
    tab(Tab::Tasks, 3, "Tasks", &["tasks", "t", "runs"], "runs by their latest attempt"),
    tab(Tab::Workflows, 4, "Workflows", &["workflows", "wf"], "workflows, their runs, their graphs"),
    tab(Tab::Executors, 5, "Executors", &["executors", "ex"], "who works, and on what"),
    tab(Tab::Cron, 6, "Cron", &["cron", "schedules"], "schedules: when they come, what they did"),
    tab(Tab::Kv, 7, "KV", &["kv", "keys"], "the key-value store, by prefix"),
    tab(Tab::Log, 8, "Log", &["log", "events"], "what happened, and who did it"),
];

impl Tab {
    /// Its screen, as it is at first.
    pub(crate) fn screen(self) -> Screen {
        match self {
            Tab::Overview => Screen::Overview(Box::default()),
            Tab::Queues => Screen::Queues(QueuesScreen::default()),
            Tab::Tasks => Screen::Tasks(TasksScreen::default()),
            Tab::Workflows => Screen::Workflows(WorkflowsScreen::default()),
            Tab::Executors => Screen::Executors(ExecutorsScreen::default()),
            Tab::Cron => Screen::Cron(CronScreen::default()),
            Tab::Kv => Screen::Kv(KvScreen::default()),
            Tab::Log => Screen::Log(LogScreen::default()),
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
