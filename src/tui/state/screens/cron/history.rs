//! What a schedule did: its times, the newest first, and what each sent.

use crate::model::{RunId, Timestamp, WorkflowRunId};
use crate::store::ScheduleRunRow;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::screens::run::RunScreen;
use crate::tui::state::screens::task::TaskScreen;
use crate::tui::state::screens::{Env, Screen, Then};
use crate::tui::state::table::Column;
use std::cmp::Ordering;

/// Times that are asked for.
const ROWS: u32 = 500;

impl Listed for ScheduleRunRow {
    type Id = Timestamp;

    const COLUMNS: &'static [Column] = &[
        Column::new("TIME", 11, 11).key('t'),
        Column::new("STATUS", 7, 12).key('s'),
        Column::new("LATE", 5, 8).right().rank(2).key('l'),
        Column::new("RUN", 8, 8).rank(1),
        Column::new("ERROR", 12, 400).rank(3).key('e'),
    ];

    fn id(&self) -> Timestamp {
        self.time
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        let late = |row: &Self| row.done.map(|done| done - row.time);
        match column {
            0 => other.time.cmp(&self.time),
            1 => self.status.cmp(&other.status),
            2 => late(self).cmp(&late(other)),
            4 => self.error.cmp(&other.error),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        vec![self.status.as_deref().unwrap_or_default(), self.error.as_deref().unwrap_or_default()]
    }
}

/// What a schedule did.
#[derive(Clone, Debug)]
pub(crate) struct HistoryScreen {
    job: i64,
    name: String,
    /// Whether it sends a workflow.
    workflow: bool,
    /// The times.
    pub(crate) list: Listing<ScheduleRunRow>,
    /// Whether there are older ones.
    pub(crate) more: bool,
}

impl HistoryScreen {
    /// What a job did.
    pub(crate) fn new(job: i64, name: &str, workflow: bool) -> Self {
        Self { job, name: name.to_owned(), workflow, list: Listing::new(0, false), more: false }
    }

    pub(crate) fn title(&self) -> String {
        self.name.clone()
    }

    pub(crate) fn scopes(&self) -> &'static [Scope] {
        &[Scope::List]
    }

    pub(crate) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::ScheduleHistory { job: self.job, limit: ROWS })
    }

    pub(crate) fn on_answer(&mut self, answer: Answer) {
        if let Answer::ScheduleHistory { rows, more, .. } = answer {
            self.list.take(rows);
            self.more = more;
        }
    }

    pub(crate) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        let Some(row) = self.list.row() else { return Vec::new() };
        match (action, row.run) {
            (Action::Open, Some(run)) if self.workflow => {
                vec![Then::Open(Screen::Run(Box::new(RunScreen::new(WorkflowRunId(run)))))]
            }
            (Action::Open, Some(run)) => vec![Then::Open(Screen::Task(Box::new(TaskScreen::new(RunId(run)))))],
            (Action::Open, None) => vec![Then::Refuse("this time sent nothing".into())],
            (Action::Copy, Some(run)) => vec![Then::Copy(run.to_string(), "run id")],
            (Action::Raw, _) => vec![Then::Popup(Popup::json("Time", row))],
            _ => Vec::new(),
        }
    }

    pub(crate) fn filter(&self) -> Option<&str> {
        Some(self.list.filter())
    }

    pub(crate) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.list.set_filter(text);
        Ok(())
    }

    pub(crate) fn settle(&mut self, env: &Env) {
        self.list.settle(env.division.table_rows());
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.list.is_loaded()
    }
}
