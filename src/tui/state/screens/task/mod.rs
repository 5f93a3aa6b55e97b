//! One run: its texts (error, arguments, result, log, facts), its attempts, and the tree that it belongs to.

mod docs;
mod tab;

use super::{Env, Then, run};
use crate::model::text::tree::{self, Line, Strokes};
use crate::model::{AttemptId, LogLine, RunId};
use crate::store::{AttemptDetail, AttemptRow, LogCursor};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask, LogAsk, TaskAnswer, TaskAsk};
use crate::tui::state::json::DocLine;
use crate::tui::state::keymap::Scope;
use crate::tui::state::pane::Pane;
use crate::tui::state::popup::Popup;
use crate::tui::state::screens::Screen;
use crate::tui::state::table::{Column, Table};
pub(crate) use tab::{TaskTab, Text};

/// Columns of the attempts.
pub(crate) const ATTEMPTS: [Column; 5] = [
    Column::new("#", 2, 4).right(),
    Column::new("STATE", 11, 11),
    Column::new("STARTED", 7, 11).right().rank(1),
    Column::new("RUN", 5, 7).right(),
    Column::new("EXECUTOR", 8, 8).rank(2),
];
/// Columns of the tree.
pub(crate) const TREE: [Column; 4] = [
    Column::new("TASK", 16, 60),
    Column::new("STATE", 11, 11),
    Column::new("ID", 8, 8).rank(2),
    Column::new("RUN", 5, 7).right().rank(1),
];
/// Rows of the box with the times, where there are boxes.
pub(crate) const TIMELINE: u16 = 8;
/// Columns of the boxes at the left.
pub(crate) const LEFT: u16 = 56;

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct TaskScreen {
    run: RunId,
    /// The attempt that is looked at; `None`: the latest.
    attempt: Option<AttemptId>,
    /// What has the keys.
    pub(crate) tab: TaskTab,
    /// The text that is seen beside attempts and tree.
    pub(crate) text: Text,
    /// Whether a person chose the tab.
    chosen: bool,
    /// What was read; `None`: nothing yet.
    pub(crate) data: Option<Box<TaskAnswer>>,
    /// It was looked for and is not there.
    pub(crate) gone: bool,
    log: Option<Vec<LogLine>>,
    docs: [Vec<DocLine>; Text::ALL.len()],
    panes: [Pane; Text::ALL.len()],
    /// Cursor among the attempts.
    pub(crate) attempts: Table<AttemptId>,
    /// Cursor in the tree.
    pub(crate) tree: Table<RunId>,
    /// The tree's runs in the order in which they are drawn.
    pub(crate) lines: Vec<Line>,
}

impl TaskScreen {
    /// A run that was not read yet.
    pub(crate) fn new(run: RunId) -> Self {
        let mut panes = std::array::from_fn(|_| Pane::default());
        panes[Text::Log as usize] = Pane::following();
        Self {
            run,
            attempt: None,
            tab: TaskTab::Text(Text::Args),
            text: Text::Args,
            chosen: false,
            data: None,
            gone: false,
            log: None,
            docs: Default::default(),
            panes,
            attempts: Table::unsorted(),
            tree: Table::unsorted(),
            lines: Vec::new(),
        }
    }

    pub(super) fn title(&self) -> String {
        let tail = |id: uuid::Uuid| id.simple().to_string()[24..].to_owned();
        match &self.data {
            Some(data) => format!("{} {}", data.detail.latest.row.task_name, tail(self.run.0)),
            None => tail(self.run.0),
        }
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        match self.tab {
            TaskTab::Text(_) => &[Scope::Task, Scope::Text],
            TaskTab::Attempts | TaskTab::Tree => &[Scope::Task, Scope::List],
        }
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        let log = (self.text == Text::Log).then(|| LogAsk { after: self.last_line() });
        Some(Ask::Task(TaskAsk { run: self.run, attempt: self.attempt, log }))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Answer::Task(answer) = answer else { return };
        self.gone = answer.is_none();
        let Some(mut data) = answer else { return };
        let after = self.last_line();
        if let Some(lines) = data.log.take() {
            let fresh = lines.into_iter().filter(|line| Some((line.claim, line.seq)) > after);
            self.log.get_or_insert_default().extend(fresh);
        }
        let runs: Vec<_> = data.tree.runs.iter().map(|row| (row.row.run, row.parent_run)).collect();
        self.lines = tree::lines(data.tree.root, &runs, Strokes::BOX);
        let first = self.data.is_none();
        self.data = Some(data);
        if first {
            self.tree.select(self.run);
        }
        if !self.chosen {
            self.text = self.best_text();
            self.tab = TaskTab::Text(self.text);
        }
        self.write();
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        match action {
            Action::NextPane => self.turn_to(self.tab.next()),
            Action::PreviousPane => self.turn_to(self.tab.previous()),
            Action::Parent => return vec![self.parent()],
            Action::Copy => return vec![Then::Copy(self.under_cursor().to_string(), "run id")],
            Action::Raw => return self.data.iter().map(|data| Then::Popup(Popup::json("Run", &data.detail))).collect(),
            Action::Workflow => return self.data.iter().map(|data| run::of_node(&data.detail.latest.row)).collect(),
            Action::Why => return vec![Then::Popup(Popup::why(self.under_cursor()))],
            Action::Open => return self.open(),
            action => self.inside(action, env),
        }
        Vec::new()
    }

    pub(super) fn seek(&mut self, text: &str) -> bool {
        let at = self.text as usize;
        matches!(self.tab, TaskTab::Text(_)) && self.panes[at].seek(text, &self.docs[at])
    }

    pub(super) fn finds(&self) -> bool {
        matches!(self.tab, TaskTab::Text(_))
    }

    pub(super) fn settle(&mut self, env: &Env) {
        let rows = text_rows(env);
        let at = self.text as usize;
        self.panes[at].settle(&self.docs[at], rows);
        let attempts = self.attempt_ids();
        self.attempts.settle(&attempts, list_rows(env, TaskTab::Attempts));
        let runs = self.tree_ids();
        self.tree.settle(&runs, list_rows(env, TaskTab::Tree));
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.data.is_some() || self.gone
    }

    /// The attempt that is looked at, with its texts.
    pub(crate) fn shown(&self) -> Option<&AttemptDetail> {
        let data = self.data.as_ref()?;
        Some(data.attempt.as_ref().unwrap_or(&data.detail.latest))
    }

    /// The text that is seen, and where it is read.
    pub(crate) fn reading(&self) -> (&[DocLine], &Pane) {
        let at = self.text as usize;
        (&self.docs[at], &self.panes[at])
    }

    /// Attempts, the latest first.
    pub(crate) fn attempt_rows(&self) -> Vec<&AttemptRow> {
        self.data.iter().flat_map(|data| data.detail.attempts.iter().rev()).collect()
    }

    /// Lines of the log that are there.
    pub(crate) fn logged(&self) -> usize {
        self.log.as_ref().map_or(0, Vec::len)
    }

    fn attempt_ids(&self) -> Vec<AttemptId> {
        self.attempt_rows().iter().map(|row| row.id).collect()
    }

    fn tree_ids(&self) -> Vec<RunId> {
        let Some(data) = &self.data else { return Vec::new() };
        self.lines.iter().filter_map(|line| data.tree.runs.get(line.index)).map(|row| row.row.run).collect()
    }

    fn last_line(&self) -> Option<LogCursor> {
        self.log.as_ref()?.last().map(|line| (line.claim, line.seq))
    }

    /// What somebody who opens it wants to read first.
    fn best_text(&self) -> Text {
        match self.shown() {
            Some(shown) if shown.error.is_some() => Text::Error,
            Some(shown) if shown.row.status.is_held() => Text::Log,
            Some(shown) if shown.result.is_some() => Text::Result,
            _ => Text::Args,
        }
    }

    fn turn_to(&mut self, tab: TaskTab) {
        (self.tab, self.chosen) = (tab, true);
        if let TaskTab::Text(text) = tab {
            self.text = text;
        }
    }

    fn inside(&mut self, action: Action, env: &Env) {
        match self.tab {
            TaskTab::Text(text) => {
                let at = text as usize;
                self.panes[at].on_action(action, &self.docs[at], text_rows(env));
            }
            TaskTab::Attempts => {
                let ids = self.attempt_ids();
                self.attempts.on_action(action, &ids, &ATTEMPTS, list_rows(env, self.tab));
            }
            TaskTab::Tree => {
                let ids = self.tree_ids();
                self.tree.on_action(action, &ids, &TREE, list_rows(env, self.tab));
            }
        }
    }

    /// In the attempts: looks at this one. In the tree: opens this run.
    fn open(&mut self) -> Vec<Then> {
        match self.tab {
            TaskTab::Text(_) => {}
            TaskTab::Attempts => {
                let chosen = self.attempt_ids().get(self.attempts.at()).copied();
                let latest = self.data.as_ref().map(|data| data.detail.latest.row.id);
                self.attempt = chosen.filter(|chosen| Some(*chosen) != latest);
                self.log = None;
                self.chosen = false;
            }
            TaskTab::Tree if self.under_cursor() != self.run => {
                return vec![Then::Open(Screen::Task(Box::new(TaskScreen::new(self.under_cursor()))))];
            }
            TaskTab::Tree => {}
        }
        Vec::new()
    }

    fn parent(&self) -> Then {
        let row = self.data.as_ref().and_then(|data| data.tree.runs.iter().find(|row| row.row.run == self.run));
        match row.and_then(|row| row.parent_run) {
            Some(parent) => Then::Open(Screen::Task(Box::new(TaskScreen::new(parent)))),
            None => Then::Say("no task sent this run".into()),
        }
    }

    /// The run under the cursor of the tree, else this one.
    fn under_cursor(&self) -> RunId {
        match self.tab {
            TaskTab::Tree => self.tree_ids().get(self.tree.at()).copied().unwrap_or(self.run),
            _ => self.run,
        }
    }

    fn write(&mut self) {
        let Some(shown) = self.shown() else { return };
        let docs = Text::ALL.map(|text| docs::doc(text, shown, self.log.as_deref()));
        self.docs = docs;
    }
}

/// Rows of the text.
fn text_rows(env: &Env) -> usize {
    // The row of tabs, or the box.
    usize::from(env.division.content.height.saturating_sub(if env.division.boxes { 2 } else { 1 }))
}

/// Rows of a list: all below the tabs, or its share of the left column.
fn list_rows(env: &Env, tab: TaskTab) -> usize {
    let height = env.division.content.height;
    let rows = match (env.division.boxes, tab) {
        (false, _) => height.saturating_sub(2),
        (true, TaskTab::Tree) => height.saturating_sub(TIMELINE + attempts_height(height) + 3),
        (true, _) => attempts_height(height).saturating_sub(3),
    };
    rows.into()
}

/// Rows of the box with the attempts.
pub(crate) fn attempts_height(height: u16) -> u16 {
    (height.saturating_sub(TIMELINE) / 3).clamp(4, 12)
}
