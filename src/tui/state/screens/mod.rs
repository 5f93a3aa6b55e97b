//! The screens: what each knows, asks, and does with an action. Dispatch is by `match`, so that a new screen does not
//! compile until everything about it is decided.

pub(crate) mod cron;
pub(crate) mod definition;
pub(crate) mod executors;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod overview;
pub(crate) mod queues;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod tab;
pub(crate) mod task;
pub(crate) mod tasks;
pub(crate) mod workflows;

use super::action::Action;
use super::ask::{Answer, Ask};
use super::geometry::Division;
use super::keymap::Scope;
use super::model::Notice;
use super::popup::Popup;
use super::prefs::Prefs;
use cron::CronScreen;
use cron::history::HistoryScreen;
use definition::DefinitionScreen;
use executors::ExecutorsScreen;
use kv::KvScreen;
use kv::value::ValueScreen;
use log::LogScreen;
use overview::OverviewScreen;
use queues::QueuesScreen;
use run::RunScreen;
use runs::RunsScreen;
use std::collections::VecDeque;
use tab::Tab;
use task::TaskScreen;
use tasks::TasksScreen;
use workflows::WorkflowsScreen;

/// A screen.
#[derive(Clone, Debug)]
pub(crate) enum Screen {
    /// All at a glance.
    Overview(Box<OverviewScreen>),
    /// The queues.
    Queues(QueuesScreen),
    /// A list of runs.
    Tasks(TasksScreen),
    /// The workflows.
    Workflows(WorkflowsScreen),
    /// The graph of one of them.
    Definition(Box<DefinitionScreen>),
    /// Runs of workflows.
    Runs(RunsScreen),
    /// One of them.
    Run(Box<RunScreen>),
    /// The executors.
    Executors(ExecutorsScreen),
    /// The schedules.
    Cron(CronScreen),
    /// What one of them did.
    History(HistoryScreen),
    /// Keys of the key-value store.
    Kv(KvScreen),
    /// A value of it.
    Value(ValueScreen),
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
    /// The run that an id names.
    Find(String),
    /// A line for whoever looks.
    Say(String),
    /// A line about what does not go.
    Refuse(String),
}

macro_rules! each {
    ($screen:expr, $inner:ident => $do:expr) => {
        match $screen {
            Screen::Overview($inner) => $do,
            Screen::Queues($inner) => $do,
            Screen::Tasks($inner) => $do,
            Screen::Workflows($inner) => $do,
            Screen::Definition($inner) => $do,
            Screen::Runs($inner) => $do,
            Screen::Run($inner) => $do,
            Screen::Executors($inner) => $do,
            Screen::Cron($inner) => $do,
            Screen::History($inner) => $do,
            Screen::Kv($inner) => $do,
            Screen::Value($inner) => $do,
            Screen::Task($inner) => $do,
            Screen::Log($inner) => $do,
        }
    };
}

impl Screen {
    /// The tab that it belongs to.
    pub(crate) fn tab(&self) -> Tab {
        match self {
            Screen::Overview(_) => Tab::Overview,
            Screen::Queues(_) => Tab::Queues,
            Screen::Tasks(_) | Screen::Task(_) => Tab::Tasks,
            Screen::Log(_) => Tab::Log,
            Screen::Workflows(_) | Screen::Definition(_) | Screen::Runs(_) | Screen::Run(_) => Tab::Workflows,
            Screen::Executors(_) => Tab::Executors,
            Screen::Cron(_) | Screen::History(_) => Tab::Cron,
            Screen::Kv(_) | Screen::Value(_) => Tab::Kv,
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
            Screen::Executors(executors) => executors.side(env),
            Screen::Cron(cron) => cron.side(env),
            Screen::Kv(kv) => kv.side(env),
            Screen::Run(run) => run.side(env),
            _ => None,
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
            Screen::Executors(executors) => executors.on_side(answer),
            Screen::Cron(cron) => cron.on_side(answer),
            Screen::Kv(kv) => kv.on_side(answer),
            Screen::Run(run) => run.on_side(answer),
            _ => {}
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
            Screen::Executors(executors) => executors.filter(),
            Screen::Cron(cron) => cron.filter(),
            Screen::History(history) => history.filter(),
            Screen::Kv(kv) => kv.filter(),
            Screen::Workflows(workflows) => workflows.filter(),
            Screen::Runs(runs) => runs.filter(),
            Screen::Run(run) => run.filter(),
            Screen::Overview(_) | Screen::Task(_) | Screen::Value(_) | Screen::Definition(_) => None,
        }
    }

    /// Whether `/` searches in its text instead.
    pub(crate) fn finds(&self) -> bool {
        match self {
            Screen::Task(task) => task.finds(),
            Screen::Value(_) => true,
            _ => false,
        }
    }

    /// Searches in its text; whether it was found.
    pub(crate) fn seek(&mut self, text: &str) -> bool {
        match self {
            Screen::Task(task) => task.seek(text),
            Screen::Value(value) => value.seek(text),
            _ => false,
        }
    }

    /// Takes a filter; a line about why it does not.
    pub(crate) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        match self {
            Screen::Queues(queues) => queues.set_filter(text),
            Screen::Tasks(tasks) => tasks.set_filter(text),
            Screen::Log(log) => log.set_filter(text),
            Screen::Executors(executors) => executors.set_filter(text),
            Screen::Cron(cron) => cron.set_filter(text),
            Screen::History(history) => history.set_filter(text),
            Screen::Kv(kv) => kv.set_filter(text),
            Screen::Workflows(workflows) => workflows.set_filter(text),
            Screen::Runs(runs) => runs.set_filter(text),
            Screen::Run(run) => run.set_filter(text),
            Screen::Overview(_) | Screen::Task(_) | Screen::Value(_) | Screen::Definition(_) => {
                Err("nothing can be filtered here".into())
            }
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
