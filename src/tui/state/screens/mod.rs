//! The screens: what each knows, asks, and does with an action. Dispatch is by `match`, so that a new screen does not
//! compile until everything about it is decided.

pub(crate) mod log;
pub(crate) mod queues;
pub(crate) mod tab;
pub(crate) mod task;
pub(crate) mod tasks;

use super::action::Action;
use super::ask::{Answer, Ask};
use super::geometry::Division;
use super::keymap::Scope;
use super::model::Notice;
use super::popup::Popup;
use super::prefs::Prefs;
use log::LogScreen;
use queues::QueuesScreen;
use std::collections::VecDeque;
use tab::Tab;
use task::TaskScreen;
use tasks::TasksScreen;

/// A screen.
#[derive(Clone, Debug)]
pub(crate) enum Screen {
    /// The queues.
    Queues(QueuesScreen),
    /// A list of runs.
    Tasks(TasksScreen),
    /// One run.
    Task(Box<TaskScreen>),
    /// What happened.
    Log(LogScreen),
}

/// What a screen may know of its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env<'a> {
    /// How the terminal is divided.
    pub(crate) division: Division,
    /// What a person has set.
    pub(crate) prefs: &'a Prefs,
    /// What the monitor said, the newest last.
    pub(crate) notices: &'a VecDeque<Notice>,
}

/// What is to follow from an action or an answer.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "made one at a time, and taken apart at once")]
pub(crate) enum Then {
    /// A screen below this one.
    Open(Screen),
    /// Something above the screen.
    Popup(Popup),
    /// A text for the clipboard, and what it is.
    Copy(String, &'static str),
    /// A line for whoever looks.
    Say(String),
    /// A line about what does not go.
    Refuse(String),
}

macro_rules! each {
    ($screen:expr, $inner:ident => $do:expr) => {
        match $screen {
            Screen::Queues($inner) => $do,
            Screen::Tasks($inner) => $do,
            Screen::Task($inner) => $do,
            Screen::Log($inner) => $do,
        }
    };
}

impl Screen {
    /// The tab that it belongs to.
    pub(crate) fn tab(&self) -> Tab {
        match self {
            Screen::Queues(_) => Tab::Queues,
            Screen::Tasks(_) | Screen::Task(_) => Tab::Tasks,
            Screen::Log(_) => Tab::Log,
        }
    }

    /// Where it stands on the way that the second row shows.
    pub(crate) fn title(&self) -> String {
        each!(self, screen => screen.title())
    }

    /// The scopes of its keys, the narrowest first.
    pub(crate) fn scopes(&self) -> &'static [Scope] {
        each!(self, screen => screen.scopes())
    }

    /// What it wants to know.
    pub(crate) fn ask(&self, env: &Env) -> Option<Ask> {
        each!(self, screen => screen.ask(env))
    }

    /// What it wants to know about what is under the cursor.
    pub(crate) fn side(&self, env: &Env) -> Option<Ask> {
        match self {
            Screen::Tasks(tasks) => tasks.side(env),
            Screen::Queues(_) | Screen::Task(_) | Screen::Log(_) => None,
        }
    }

    /// Takes an answer.
    pub(crate) fn on_answer(&mut self, answer: Answer) {
        each!(self, screen => screen.on_answer(answer))
    }

    /// Takes an answer about what is under the cursor.
    pub(crate) fn on_side(&mut self, answer: Answer) {
        match self {
            Screen::Tasks(tasks) => tasks.on_side(answer),
            Screen::Queues(_) | Screen::Task(_) | Screen::Log(_) => {}
        }
    }

    /// Does what a key means here.
    pub(crate) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        each!(self, screen => screen.on_action(action, env))
    }

    /// The text that `/` changes, where it has one.
    pub(crate) fn filter(&self) -> Option<&str> {
        match self {
            Screen::Queues(queues) => queues.filter(),
            Screen::Tasks(tasks) => tasks.filter(),
            Screen::Log(log) => log.filter(),
            Screen::Task(_) => None,
        }
    }

    /// Whether `/` searches in its text instead.
    pub(crate) fn finds(&self) -> bool {
        match self {
            Screen::Task(task) => task.finds(),
            Screen::Queues(_) | Screen::Tasks(_) | Screen::Log(_) => false,
        }
    }

    /// Searches in its text; whether it was found.
    pub(crate) fn seek(&mut self, text: &str) -> bool {
        match self {
            Screen::Task(task) => task.seek(text),
            Screen::Queues(_) | Screen::Tasks(_) | Screen::Log(_) => false,
        }
    }

    /// Takes a filter; a line about why it does not.
    pub(crate) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        match self {
            Screen::Queues(queues) => queues.set_filter(text),
            Screen::Tasks(tasks) => tasks.set_filter(text),
            Screen::Log(log) => log.set_filter(text),
            Screen::Task(_) => Err("nothing can be filtered here".into()),
        }
    }

    /// Scrolls so that the cursor is seen. After each message.
    pub(crate) fn settle(&mut self, env: &Env) {
        each!(self, screen => screen.settle(env))
    }

    /// Whether it has something to show.
    pub(crate) fn is_loaded(&self) -> bool {
        each!(self, screen => screen.is_loaded())
    }
}
