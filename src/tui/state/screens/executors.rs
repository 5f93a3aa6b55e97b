//! The executors: who works, on what, and who has not been heard of.

use super::tasks::TasksScreen;
use super::{Env, Screen, Then};
use crate::model::text::human;
use crate::model::{ExecutorId, ExecutorStatus, Timestamp};
use crate::store::{AttemptRow, ExecutorRow, PYTHON_QUIET};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::Column;
use std::cmp::Ordering;
use std::time::Duration;

/// How an executor's last sign of life is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// It ended, or says nothing of itself.
    None,
    /// In time.
    Fresh,
    /// It may want to be looked at.
    Late,
    /// It wants to be looked at.
    Silent,
}

/// How an executor's last sign of life is to be taken.
pub(crate) fn beat(row: &ExecutorRow) -> Beat {
    match row.silent_for.filter(|_| row.status == ExecutorStatus::Running) {
        None => Beat::None,
        Some(silent) if silent > row.lease.unwrap_or(PYTHON_QUIET) => Beat::Silent,
        Some(silent) if silent > row.lease.unwrap_or(PYTHON_QUIET) / 2 => Beat::Late,
        Some(_) => Beat::Fresh,
    }
}

/// How long an executor has been up, or was.
pub(crate) fn up(row: &ExecutorRow, now: Timestamp) -> Option<Duration> {
    row.started.map(|started| human::between(started, row.stopped.unwrap_or(now)))
}

impl Listed for ExecutorRow {
    type Id = ExecutorId;

    const COLUMNS: &'static [Column] = &[
        Column::new("ID", 8, 8).key('i'),
        Column::new("NAME", 10, 40).key('n'),
        Column::new("STATE", 8, 10).key('s'),
        Column::new("RUN/SLOTS", 9, 11).right().key('r'),
        Column::new("UTIL", 6, 8).rank(3),
        Column::new("QUEUES", 8, 30).rank(1).key('u'),
        Column::new("BEAT", 4, 7).right().key('b'),
        Column::new("UP", 5, 7).right().rank(2).key('p'),
        Column::new("HOST/PID", 8, 30).rank(5).key('h'),
        Column::new("STUCK", 5, 5).right().rank(4).key('k'),
        Column::new("VERSION", 7, 12).rank(6).key('v').extra(),
    ];

    fn id(&self) -> ExecutorId {
        self.id
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        let running = |row: &Self| row.status != ExecutorStatus::Running;
        match column {
            0 => self.id.0.as_u128().cmp(&other.id.0.as_u128()),
            1 => self.worker_name.cmp(&other.worker_name),
            2 => running(self).cmp(&running(other)),
            3 | 4 => self.held.cmp(&other.held),
            5 => self.queue_pattern.cmp(&other.queue_pattern),
            6 => self.silent_for.cmp(&other.silent_for),
            7 => other.started.cmp(&self.started),
            8 => (&self.host, self.pid).cmp(&(&other.host, other.pid)),
            9 => self.stuck.cmp(&other.stuck),
            10 => self.version.cmp(&other.version),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        let host = self.host.as_deref().unwrap_or_default();
        vec![&self.worker_name, &self.name, &self.queue_pattern, host, self.status.as_str()]
    }
}

/// The list of executors.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorsScreen {
    /// The executors: those at work first.
    pub(crate) list: Listing<ExecutorRow>,
    /// What the one under the cursor holds.
    held: Option<(ExecutorId, Vec<AttemptRow>)>,
}

impl Default for ExecutorsScreen {
    fn default() -> Self {
        Self { list: Listing::new(2, false), held: None }
    }
}

impl ExecutorsScreen {
    /// What the executor under the cursor holds; `None`: not read yet.
    pub(crate) fn held(&self) -> Option<&[AttemptRow]> {
        let row = self.list.row()?;
        self.held.as_ref().filter(|(id, _)| *id == row.id).map(|(_, rows)| rows.as_slice())
    }

    pub(super) fn title(&self) -> String {
        "Executors".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Executors)
    }

    pub(super) fn side(&self, env: &Env) -> Option<Ask> {
        self.list.row().filter(|_| env.division.beside()).map(|row| Ask::Held(row.id))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Executors(rows) = answer {
            self.list.take(rows);
        }
    }

    pub(super) fn on_side(&mut self, answer: Answer) {
        if let Answer::Held(executor, rows) = answer {
            self.held = Some((executor, rows));
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        let Some(row) = self.list.row() else { return Vec::new() };
        match action {
            Action::Open => vec![runs_of(row.id)],
            Action::Copy => vec![Then::Copy(row.id.0.to_string(), "executor id")],
            Action::Raw => vec![Then::Popup(Popup::json("Executor", row))],
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

/// The runs that an executor holds, or held last.
pub(super) fn runs_of(executor: ExecutorId) -> Then {
    match TasksScreen::with(0, &format!("executor:{}", executor.0)) {
        Ok(screen) => Then::Open(Screen::Tasks(screen)),
        Err(why) => Then::Refuse(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_executor_at_work_is_late() {
        let row = |status, seconds| ExecutorRow {
            id: ExecutorId::new(),
            name: "e".into(),
            worker_name: "w".into(),
            status,
            queue_pattern: "*".into(),
            held: 0,
            slots: None,
            stuck: None,
            host: None,
            pid: None,
            version: None,
            task_names: None,
            started: None,
            stopped: None,
            lease: Some(Duration::from_secs(60)),
            silent_for: Some(Duration::from_secs(seconds)),
        };
        let of = |seconds| beat(&row(ExecutorStatus::Running, seconds));
        assert_eq!([of(3), of(31), of(61)], [Beat::Fresh, Beat::Late, Beat::Silent]);
        assert_eq!(beat(&row(ExecutorStatus::Shutdown, 9_000)), Beat::None);
    }
}
