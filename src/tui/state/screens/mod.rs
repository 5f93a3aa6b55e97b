//! The screens: what each knows, asks, and does with an action. Dispatch is by `match`, so that a new screen does not
//! compile until everything about it is decided.

pub(crate) mod tab;
pub(crate) mod tasks;

use super::action::Action;
use super::ask::{Answer, Ask};
use super::geometry::Division;
use super::keymap::Scope;
use super::popup::Popup;
use super::prefs::Prefs;
use crate::model::Timestamp;
use tab::Tab;
use tasks::TasksScreen;

/// A screen.
#[derive(Clone, Debug)]
pub(crate) enum Screen {
    /// A list of runs.
    Tasks(TasksScreen),
}

/// What a screen may know of its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env<'a> {
    /// How the terminal is divided.
    pub(crate) division: Division,
    /// What a person has set.
    pub(crate) prefs: &'a Prefs,
    /// The database's time at the last answer.
    pub(crate) now: Timestamp,
}

/// What is to follow from an action or an answer.
#[derive(Debug)]
pub(crate) enum Then {
    /// A screen below this one.
    Open(Screen),
    /// A screen of its own.
    Go(Screen),
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
            Screen::Tasks($inner) => $do,
        }
    };
}

impl Screen {
    /// The tab that it belongs to.
    pub(crate) fn tab(&self) -> Tab {
        match self {
            Screen::Tasks(_) => Tab::Tasks,
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
        each!(self, screen => screen.side(env))
    }

    /// Takes an answer.
    pub(crate) fn on_answer(&mut self, answer: Answer) {
        each!(self, screen => screen.on_answer(answer))
    }

    /// Takes an answer about what is under the cursor.
    pub(crate) fn on_side(&mut self, answer: Answer) {
        each!(self, screen => screen.on_side(answer))
    }

    /// Does what a key means here.
    pub(crate) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        each!(self, screen => screen.on_action(action, env))
    }

    /// The text that `/` changes, where it has one.
    pub(crate) fn filter(&self) -> Option<&str> {
        each!(self, screen => screen.filter())
    }

    /// Whether `/` searches in its text instead.
    pub(crate) fn finds(&self) -> bool {
        match self {
            Screen::Tasks(_) => false,
        }
    }

    /// Searches in its text; whether it was found.
    pub(crate) fn seek(&mut self, _: &str) -> bool {
        match self {
            Screen::Tasks(_) => false,
        }
    }

    /// Takes a filter; a line about why it does not.
    pub(crate) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        each!(self, screen => screen.set_filter(text))
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
