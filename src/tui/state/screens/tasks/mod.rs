//! The list of runs: a strip of states above it, a filter, an order, and the run under the cursor beside it where there
//! is room.

mod order;

use super::task::TaskScreen;
use super::{Env, Screen, Then, run};
use crate::model::{ExecutorId, RunId};
use crate::store::{AttemptRow, RunDetail, RunFilter};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask, TasksAnswer, TasksAsk};
use crate::tui::state::keymap::Scope;
use crate::tui::state::popup::Popup;
use crate::tui::state::strip::{self, CHOICES};
use crate::tui::state::table::{Column, Table};
pub(crate) use order::{run_for, waited};

/// Its columns.
pub(crate) const COLUMNS: [Column; 11] = [
    Column::new("ID", 8, 8).key('i'),
    Column::new("TASK", 12, 40).key('t'),
    Column::new("STATE", 11, 11).key('s'),
    Column::new("ATT", 3, 7).right().rank(2).key('a'),
    Column::new("PRI", 3, 5).right().rank(7).key('p'),
    Column::new("QUEUED", 6, 11).right().key('q'),
    Column::new("WAIT", 5, 7).right().rank(6).key('w'),
    Column::new("RUN", 5, 7).right().rank(1).key('r'),
    Column::new("QUEUE", 6, 20).rank(4).key('u').extra(),
    Column::new("EXECUTOR", 8, 8).rank(5).key('x').extra(),
    Column::new("ERROR", 12, 400).rank(3).key('e'),
];
/// The column of the time that a run was queued: the order of the store.
pub(crate) const BY_TIME: usize = 5;
/// Rows that are asked for at first.
const FIRST: u32 = 200;
/// Rows that are asked for at most; also what an order other than that of time is an order of.
pub(crate) const MOST: u32 = 1_000;
/// How often a search is led on at most.
const FURTHEST: u32 = 50;

/// The list of runs.
#[derive(Clone, Debug)]
pub(crate) struct TasksScreen {
    /// Cursor, marks, order.
    pub(crate) table: Table<RunId>,
    /// Which of [`CHOICES`].
    pub(crate) choice: usize,
    /// The filter as it was typed.
    filter: String,
    /// What it means.
    wanted: RunFilter,
    /// Rows that are asked for.
    rows: u32,
    /// How often a search is led on.
    pages: u32,
    /// The rows, in the order in which they are shown.
    pub(crate) list: Option<TasksAnswer>,
    ids: Vec<RunId>,
    /// The run under the cursor.
    pub(crate) side: Option<Box<RunDetail>>,
}

impl Default for TasksScreen {
    fn default() -> Self {
        Self {
            table: Table::new(BY_TIME, false),
            choice: 0,
            filter: String::new(),
            wanted: RunFilter::default(),
            rows: FIRST,
            pages: 1,
            list: None,
            ids: Vec::new(),
            side: None,
        }
    }
}

impl TasksScreen {
    /// The list with a choice and a filter.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub(crate) fn with(choice: usize, filter: &str) -> Result<Self, String> {
        let mut screen = Self { choice: choice.min(CHOICES.len() - 1), ..Self::default() };
        screen.set_filter(filter)?;
        Ok(screen)
    }

    pub(super) fn title(&self) -> String {
        "Tasks".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Tasks, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        let statuses = CHOICES.get(self.choice).map_or(&[][..], |choice| choice.statuses);
        let mut filter = self.wanted.clone();
        if !statuses.is_empty() {
            filter.statuses = statuses.to_vec();
        }
        let rows = if self.is_by_time() { self.rows } else { MOST };
        Some(Ask::Tasks(TasksAsk { filter, rows, pages: self.pages }))
    }

    pub(super) fn side(&self, env: &Env) -> Option<Ask> {
        let row = self.row().filter(|_| env.division.beside())?;
        Some(Ask::Run(row.run))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Tasks(list) = answer {
            self.list = Some(list);
            self.order();
        }
    }

    pub(super) fn on_side(&mut self, answer: Answer) {
        if let Answer::Run(detail) = answer {
            self.side = detail;
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        let sort = self.table.sort();
        if self.table.on_action(action, &self.ids, &COLUMNS, env.division.table_rows().into()) {
            if self.table.sort() != sort {
                self.order();
            }
            return Vec::new();
        }
        match action {
            Action::NextChoice => self.choose(self.choice + 1),
            Action::PreviousChoice => self.choose(self.choice + CHOICES.len() - 1),
            Action::Further => return self.further(),
            Action::Why => return self.row().map(|row| Then::Popup(Popup::why(row.run))).into_iter().collect(),
            Action::Open => return self.open(),
            Action::Workflow => return self.row().map(run::of_node).into_iter().collect(),
            Action::Copy => {
                return self.row().map(|row| Then::Copy(row.run.to_string(), "run id")).into_iter().collect();
            }
            Action::Raw => return self.row().map(|row| Then::Popup(Popup::json("Run", row))).into_iter().collect(),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(&self.filter)
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.wanted = read(text)?;
        self.filter = text.trim().to_owned();
        self.again();
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        let rows = usize::from(env.division.table_rows());
        self.table.settle(&self.ids, rows);
        let more = self.list.as_ref().is_some_and(|list| list.more);
        // While it is paused, what is shown stays.
        if more && !env.prefs.paused && self.table.at() + 2 * rows > self.ids.len() {
            self.rows = (self.ids.len() as u32 + FIRST).min(MOST).max(self.rows);
        }
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.list.is_some()
    }

    /// The row under the cursor.
    pub(crate) fn row(&self) -> Option<&AttemptRow> {
        self.list.as_ref()?.rows.get(self.table.at())
    }

    /// The filter as it was typed.
    pub(crate) fn filter_text(&self) -> &str {
        &self.filter
    }

    /// Whether the order is that of the store, in which everything that matches is found.
    pub(crate) fn is_by_time(&self) -> bool {
        self.table.sort().column == BY_TIME && !self.table.sort().descending
    }

    fn order(&mut self) {
        let sort = self.table.sort();
        let Some(list) = &mut self.list else { return };
        order::sort(&mut list.rows, sort);
        self.ids = list.rows.iter().map(|row| row.run).collect();
    }

    fn choose(&mut self, choice: usize) {
        self.choice = choice % CHOICES.len();
        self.again();
    }

    /// Another question: what the old one found is not shown any more.
    fn again(&mut self) {
        (self.rows, self.pages) = (FIRST, 1);
        self.table = Table::new(self.table.sort().column, self.table.sort().descending);
        (self.list, self.side) = (None, None);
        self.ids.clear();
    }

    fn open(&self) -> Vec<Then> {
        self.row().map(|row| Then::Open(Screen::Task(Box::new(TaskScreen::new(row.run))))).into_iter().collect()
    }

    fn further(&mut self) -> Vec<Then> {
        match self.list.as_ref().and_then(|list| list.looked_at) {
            Some(_) if self.pages < FURTHEST => self.pages += 1,
            Some(_) => return vec![Then::Refuse("this is as far as one look goes: narrow the filter".into())],
            None => return vec![Then::Say("the search came to its end: there is nothing further back".into())],
        }
        Vec::new()
    }
}

/// Reads `status:`, `queue:`, `task:` and `executor:`.
fn read(text: &str) -> Result<RunFilter, String> {
    let mut filter = RunFilter::default();
    for word in text.split_whitespace() {
        match word.split_once(':') {
            Some(("queue", name)) => filter.queue = Some(name.to_owned()),
            Some(("executor", id)) => {
                let id = id.parse().map_err(|_| format!("'{id}' is no executor's id"))?;
                filter.executor = Some(ExecutorId(id));
            }
            Some(("task", name)) => filter.task_name = Some(name.to_owned()),
            Some(("status", word)) => {
                let choice = strip::choice(word).ok_or_else(|| format!("'{word}' is no status"))?;
                filter.statuses.extend(CHOICES[choice].statuses);
            }
            _ => filter.task_name = Some(word.to_owned()),
        }
    }
    Ok(filter)
}
