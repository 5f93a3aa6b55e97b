//! The workflows: each with its newest runs.

use super::definition::DefinitionScreen;
use super::runs::{RunsScreen, took};
use super::{Env, Screen, Then};
use crate::model::Timestamp;
use crate::store::WorkflowRunRow;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::Column;
use serde::Serialize;
use std::cmp::Ordering;
use std::time::Duration;

/// A workflow with its newest runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct WorkflowLine {
    /// Its name.
    pub(crate) name: String,
    /// Whether its definition is kept.
    pub(crate) defined: bool,
    /// Its newest runs, the newest first.
    pub(crate) recent: Vec<WorkflowRunRow>,
    /// Whether there are more runs than were looked at.
    pub(crate) more: bool,
}

impl WorkflowLine {
    /// How many of the newest runs go on.
    pub(crate) fn live(&self) -> usize {
        self.recent.iter().filter(|run| run.status.is_live()).count()
    }

    /// How many of the newest runs were sent within a day.
    pub(crate) fn last_day(&self, now: Timestamp) -> usize {
        let day = now - Duration::from_secs(86_400);
        self.recent.iter().filter(|run| run.queued.is_some_and(|queued| queued > day)).count()
    }

    /// What half of the newest runs that ended took at most.
    pub(crate) fn median(&self) -> Option<Duration> {
        let ended = self.recent.iter().filter(|run| !run.status.is_live());
        let mut took: Vec<Duration> = ended.filter_map(|run| took(run, Timestamp::MAX_UTC)).collect();
        took.sort();
        took.get(took.len().checked_sub(1)? / 2).copied()
    }

    /// When it was sent last.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.recent.first().and_then(|run| run.queued)
    }
}

impl Listed for WorkflowLine {
    type Id = String;

    const COLUMNS: &'static [Column] = &[
        Column::new("NAME", 16, 60).key('n'),
        Column::new("LAST 20 RUNS", 20, 20).rank(1),
        Column::new("LIVE", 4, 6).right().key('l'),
        Column::new("24 H", 4, 7).right().rank(2).key('h'),
        Column::new("P50", 5, 7).right().rank(3).key('p'),
        Column::new("LAST", 6, 11).right().key('t'),
        Column::new("STATE", 11, 11).key('s'),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        let status = |line: &Self| line.recent.first().map(|run| run.status.as_str());
        match column {
            0 => self.name.cmp(&other.name),
            2 => self.live().cmp(&other.live()),
            3 => self.recent.len().cmp(&other.recent.len()),
            4 => self.median().cmp(&other.median()),
            5 => other.last().cmp(&self.last()),
            6 => status(self).cmp(&status(other)),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

/// The workflows.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowsScreen {
    /// The workflows, by name.
    pub(crate) list: Listing<WorkflowLine>,
}

impl Default for WorkflowsScreen {
    fn default() -> Self {
        Self { list: Listing::new(0, false) }
    }
}

impl WorkflowsScreen {
    pub(super) fn title(&self) -> String {
        "Workflows".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Workflows, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Workflows)
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Workflows(rows) = answer {
            self.list.take(rows);
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        if action == Action::Workflow {
            return vec![Then::Open(Screen::Runs(RunsScreen::new(None)))];
        }
        let Some(row) = self.list.row() else { return Vec::new() };
        match action {
            Action::Open => vec![Then::Open(Screen::Runs(RunsScreen::new(Some(row.name.clone()))))],
            Action::NextView if !row.defined => vec![Then::Refuse(format!("no definition of {} is kept", row.name))],
            Action::NextView => vec![Then::Open(Screen::Definition(Box::new(DefinitionScreen::new(&row.name))))],
            Action::Copy => vec![Then::Copy(row.name.clone(), "name")],
            Action::Raw => vec![Then::Popup(Popup::json("Workflow", row))],
            _ => Vec::new(),
        }
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(self.list.filter())
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.list.set_filter(text);
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        self.list.settle(env.division.table_rows());
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.list.is_loaded()
    }
}
