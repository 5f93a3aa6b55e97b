//! The schedules: when each comes, in words, what it sends, and when it comes next.

pub(crate) mod history;

use super::{Env, Screen, Then};
use crate::model::Timestamp;
use crate::store::{ScheduleRow, ScheduleRunRow};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::Column;
use history::HistoryScreen;
use serde::Serialize;
use std::cmp::Ordering;

/// Times of a schedule that are read for the pane beside the list.
const BESIDE: u32 = 40;

/// A schedule as the list shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ScheduleLine {
    /// As it is kept.
    pub(crate) row: ScheduleRow,
    /// When it comes, in words; or why it cannot be read.
    pub(crate) words: Result<String, String>,
    /// When it comes next, where it is on.
    pub(crate) next: Option<Timestamp>,
}

impl ScheduleLine {
    /// Reads a schedule, at a time.
    pub(crate) fn new(row: ScheduleRow, now: Timestamp) -> Self {
        match row.schedule() {
            Ok(schedule) => {
                let next = if row.enabled { schedule.after(now) } else { None };
                Self { words: Ok(schedule.describe()), next, row }
            }
            Err(error) => Self { words: Err(error.to_string()), next: None, row },
        }
    }

    /// What it sends.
    pub(crate) fn sends(&self) -> String {
        match (self.row.target_kind.as_deref(), self.row.target_name.as_deref()) {
            (Some("workflow"), Some(name)) => format!("workflow {name}"),
            (Some(_), Some(name)) => name.to_owned(),
            _ => "SQL".to_owned(),
        }
    }
}

impl Listed for ScheduleLine {
    type Id = i64;

    const COLUMNS: &'static [Column] = &[
        Column::new("NAME", 14, 40).key('n'),
        Column::new("SCHEDULE", 9, 24).rank(2).key('s'),
        Column::new("IN WORDS", 14, 60).rank(3),
        Column::new("SENDS", 10, 40).rank(1).key('d'),
        Column::new("LAST", 5, 11).right().key('l'),
        Column::new("NEXT", 6, 11).right().key('x'),
        Column::new("ON", 3, 3).key('o'),
        Column::new("MISSED", 6, 6).rank(6).extra(),
        Column::new("APP", 6, 20).rank(5).key('a').extra(),
    ];

    fn id(&self) -> i64 {
        self.row.id
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        // One without a next time comes after all others.
        let next = |line: &Self| (line.next.is_none(), line.next);
        match column {
            0 => self.row.name.cmp(&other.row.name),
            1 => self.row.expression.cmp(&other.row.expression),
            3 => self.sends().cmp(&other.sends()),
            4 => other.row.last.cmp(&self.row.last),
            5 => next(self).cmp(&next(other)),
            6 => other.row.enabled.cmp(&self.row.enabled),
            8 => self.row.app.cmp(&other.row.app),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        let target = self.row.target_name.as_deref().unwrap_or_default();
        vec![&self.row.name, &self.row.expression, target, self.row.app.as_deref().unwrap_or_default()]
    }
}

/// The schedules.
#[derive(Clone, Debug)]
pub(crate) struct CronScreen {
    /// The schedules.
    pub(crate) list: Listing<ScheduleLine>,
    history: Option<(i64, Vec<ScheduleRunRow>)>,
}

impl Default for CronScreen {
    fn default() -> Self {
        Self { list: Listing::new(0, false), history: None }
    }
}

impl CronScreen {
    /// The newest times of the schedule under the cursor; `None`: not read yet.
    pub(crate) fn history(&self) -> Option<&[ScheduleRunRow]> {
        let line = self.list.row()?;
        self.history.as_ref().filter(|(job, _)| *job == line.row.id).map(|(_, rows)| rows.as_slice())
    }

    pub(super) fn title(&self) -> String {
        "Cron".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Schedules)
    }

    pub(super) fn side(&self, env: &Env) -> Option<Ask> {
        let line = self.list.row().filter(|_| env.division.beside())?;
        Some(Ask::ScheduleHistory { job: line.row.id, limit: BESIDE })
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Schedules(rows) = answer {
            self.list.take(rows);
        }
    }

    pub(super) fn on_side(&mut self, answer: Answer) {
        if let Answer::ScheduleHistory { job, rows, .. } = answer {
            self.history = Some((job, rows));
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        let Some(line) = self.list.row() else { return Vec::new() };
        match action {
            Action::Open => {
                let workflow = line.row.target_kind.as_deref() == Some("workflow");
                vec![Then::Open(Screen::History(HistoryScreen::new(line.row.id, &line.row.name, workflow)))]
            }
            Action::Copy => vec![Then::Copy(line.row.name.clone(), "name")],
            Action::Raw => vec![Then::Popup(Popup::json("Schedule", line))],
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
