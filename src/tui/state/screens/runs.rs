//! The runs of a workflow, or of all of them: the newest, in one state or in any.

use super::run::RunScreen;
use super::{Env, Screen, Then};
use crate::model::text::human;
use crate::model::{Timestamp, WorkflowRunId, WorkflowStatus};
use crate::store::{WorkflowRunRow, WorkflowRunsQuery};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::Column;
use std::cmp::Ordering;
use std::time::Duration;

/// Rows that are asked for at first, and at most.
const ROWS: [u32; 2] = [200, 1_000];

/// The strip above the list: a word, and the statuses that it holds; none: all.
pub(crate) const CHOICES: [(&str, &[WorkflowStatus]); 5] = [
    ("all", &[]),
    ("live", &[WorkflowStatus::Running, WorkflowStatus::UpForCancel]),
    ("success", &[WorkflowStatus::Success]),
    ("failed", &[WorkflowStatus::Failed]),
    ("canceled", &[WorkflowStatus::Canceled]),
];

/// How long a run took, until now where it goes on.
pub(crate) fn took(row: &WorkflowRunRow, now: Timestamp) -> Option<Duration> {
    let end = if row.status.is_live() { Some(now) } else { row.finished };
    Some(human::between(row.started.or(row.queued)?, end?))
}

impl Listed for WorkflowRunRow {
    type Id = WorkflowRunId;

    const COLUMNS: &'static [Column] = &[
        Column::new("ID", 8, 8).key('i'),
        Column::new("WORKFLOW", 12, 40).key('w'),
        Column::new("STATE", 11, 11).key('s'),
        Column::new("LEFT", 4, 6).right().rank(1).key('l'),
        Column::new("SENT", 6, 11).right().key('e'),
        Column::new("TOOK", 5, 7).right().key('k'),
        Column::new("TIME UP", 7, 11).right().rank(4).key('u'),
        Column::new("QUEUE", 6, 20).rank(5),
        Column::new("REASON", 7, 12).rank(2).key('r'),
        Column::new("KEY", 6, 60).rank(3),
    ];

    fn id(&self) -> WorkflowRunId {
        self.id
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        let now = Timestamp::MAX_UTC;
        match column {
            0 => self.id.0.as_u128().cmp(&other.id.0.as_u128()),
            1 => self.workflow_name.cmp(&other.workflow_name),
            2 => self.status.as_str().cmp(other.status.as_str()),
            3 => self.nodes_left.cmp(&other.nodes_left),
            4 => other.queued.cmp(&self.queued),
            5 => took(self, now).cmp(&took(other, now)),
            6 => self.deadline.cmp(&other.deadline),
            8 => self.reason.cmp(&other.reason),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        vec![
            &self.workflow_name,
            &self.queue,
            self.status.as_str(),
            self.reason.as_deref().unwrap_or_default(),
            self.idempotency_key.as_deref().unwrap_or_default(),
        ]
    }
}

/// Runs of workflows.
#[derive(Clone, Debug)]
pub(crate) struct RunsScreen {
    workflow: Option<String>,
    /// Which of [`CHOICES`].
    pub(crate) choice: usize,
    /// The runs.
    pub(crate) list: Listing<WorkflowRunRow>,
    /// Whether there are older ones.
    pub(crate) more: bool,
    rows: u32,
}

impl RunsScreen {
    /// The runs of a workflow; `None`: of all.
    pub(crate) fn new(workflow: Option<String>) -> Self {
        Self { workflow, choice: 0, list: Listing::new(4, false), more: false, rows: ROWS[0] }
    }

    pub(super) fn title(&self) -> String {
        self.workflow.clone().unwrap_or_else(|| "all runs".to_owned())
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Runs, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        let statuses = CHOICES.get(self.choice).map_or(&[][..], |(_, statuses)| statuses).to_vec();
        let workflow_name = self.workflow.clone();
        Some(Ask::WorkflowRuns(WorkflowRunsQuery { workflow_name, statuses, before: None, limit: self.rows }))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::WorkflowRuns { rows, more } = answer {
            self.list.take(rows);
            self.more = more;
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.list.on_action(action, env.division.table_rows()) {
            return Vec::new();
        }
        match action {
            Action::NextChoice => self.choice = (self.choice + 1) % CHOICES.len(),
            Action::PreviousChoice => self.choice = (self.choice + CHOICES.len() - 1) % CHOICES.len(),
            action => return self.on_row(action),
        }
        Vec::new()
    }

    fn on_row(&self, action: Action) -> Vec<Then> {
        let Some(row) = self.list.row() else { return Vec::new() };
        match action {
            Action::Open => vec![Then::Open(Screen::Run(Box::new(RunScreen::new(row.id))))],
            Action::Copy => vec![Then::Copy(row.id.to_string(), "workflow run id")],
            Action::Raw => vec![Then::Popup(Popup::json("Workflow run", row))],
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
        let page = env.division.table_rows();
        self.list.settle(page);
        if self.more && self.list.table.at() + 2 * usize::from(page) > self.list.len() {
            self.rows = (self.list.all().len() as u32 + ROWS[0]).clamp(self.rows, ROWS[1]);
        }
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.list.is_loaded()
    }
}
