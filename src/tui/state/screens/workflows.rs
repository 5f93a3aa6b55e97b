//! The workflows: each with its newest runs.

use super::definition::DefinitionScreen;
use super::runs::RunsScreen;
use super::{Env, Screen, Then};
use crate::model::Timestamp;
use crate::model::text::human;
use crate::store::{WorkflowRow, WorkflowRunBrief};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::Column;
use std::cmp::Ordering;
use std::time::Duration;

/// What half of its newest runs that ended took at most.
pub(crate) fn median(row: &WorkflowRow) -> Option<Duration> {
    let ended = row.recent.iter().filter(|run| !run.status.is_live());
    let took = |run: &WorkflowRunBrief| Some(human::between(run.started.or(run.queued)?, run.finished?));
    let mut took: Vec<Duration> = ended.filter_map(took).collect();
    took.sort();
    took.get(took.len().checked_sub(1)? / 2).copied()
}

/// When it was sent last.
pub(crate) fn last(row: &WorkflowRow) -> Option<Timestamp> {
    row.recent.first().and_then(|run| run.queued)
}

impl Listed for WorkflowRow {
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
            2 => self.live.count.cmp(&other.live.count),
            3 => self.last_day.count.cmp(&other.last_day.count),
            4 => median(self).cmp(&median(other)),
            5 => last(other).cmp(&last(self)),
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
    pub(crate) list: Listing<WorkflowRow>,
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
            Action::NextView if !row.has_definition => {
                vec![Then::Refuse(format!("no definition of {} is kept", row.name))]
            }
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
