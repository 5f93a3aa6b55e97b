//! All at a glance: figures of the last minutes, the queues, failures by error, and what needs attention.

pub(crate) mod figures;
pub(crate) mod parts;

use super::executors::runs_of;
use super::queues::Queue;
use super::queues::quoted;
use super::run::RunScreen;
use super::tasks::TasksScreen;
use super::{Env, Screen, Then};
use crate::model::TaskStatus;
use crate::model::Timestamp;
use crate::store::{Activity, Attention, Capped, ExecutorRow, FailureGroup, Failures, Open as Target, QueueRow};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::popup::Popup;
use crate::tui::state::strip;
use crate::tui::state::table::Column;
use parts::Parts;
use std::cmp::Ordering;

/// What the overview is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OverviewAnswer {
    /// What ran in the last minutes.
    pub(crate) activity: Activity,
    /// The queues.
    pub(crate) queues: Vec<QueueRow>,
    /// The executors at work.
    pub(crate) executors: Vec<ExecutorRow>,
    /// How many runs stand in each status.
    pub(crate) counts: Vec<(TaskStatus, Capped)>,
    /// Failures of the last hour.
    pub(crate) failures: Failures,
    /// What needs attention, the gravest first.
    pub(crate) attention: Vec<Attention>,
    /// The earliest time that a run waits for.
    pub(crate) next_due: Option<Timestamp>,
}

impl Listed for Attention {
    type Id = String;

    const COLUMNS: &'static [Column] = &[Column::new("NEEDS ATTENTION", 20, 400)];

    fn id(&self) -> String {
        // The text has figures that grow: what it is about is what it is known by.
        format!("{} {:?}", self.rule.name(), self.open)
    }

    fn compare(&self, _: &Self, _: usize) -> Ordering {
        Ordering::Equal
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.text]
    }
}

/// The list that has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    /// The queues.
    #[default]
    Queues,
    /// Failures by error.
    Failures,
    /// What needs attention.
    Attention,
}

/// All at a glance.
#[derive(Clone, Debug)]
pub(crate) struct OverviewScreen {
    /// What was read.
    pub(crate) data: Option<Box<OverviewAnswer>>,
    /// The list that has the keys.
    pub(crate) focus: Focus,
    /// The queues.
    pub(crate) queues: Listing<Queue>,
    /// Failures by error.
    pub(crate) failures: Listing<FailureGroup>,
    /// What needs attention.
    pub(crate) attention: Listing<Attention>,
}

impl Default for OverviewScreen {
    fn default() -> Self {
        // In the order of the store: what matters most is first.
        let (queues, failures, attention) =
            (Listing::new(usize::MAX, false), Listing::new(usize::MAX, false), Listing::new(usize::MAX, false));
        Self { data: None, focus: Focus::Queues, queues, failures, attention }
    }
}

impl OverviewScreen {
    /// How the content is divided.
    pub(crate) fn parts(&self, env: &Env) -> Parts {
        Parts::of(env.division, self.queues.len())
    }

    pub(super) fn title(&self) -> String {
        "Overview".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Overview, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Overview)
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Answer::Overview(data) = answer else { return };
        self.queues.take(figures::queues(&data.queues, &data.executors, &data.activity));
        self.failures.take(data.failures.groups.clone());
        self.attention.take(data.attention.clone());
        self.data = Some(data);
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        let [queues, below] = self.pages(env);
        let moved = match self.focus {
            Focus::Queues => self.queues.on_action(action, queues),
            Focus::Failures => self.failures.on_action(action, below),
            Focus::Attention => self.attention.on_action(action, below),
        };
        match action {
            _ if moved => {}
            Action::NextPane => self.turn(env, true),
            Action::PreviousPane => self.turn(env, false),
            Action::Open => return self.open().into_iter().collect(),
            Action::Raw => return self.raw().map(Then::Popup).into_iter().collect(),
            Action::Copy => return self.copy().into_iter().collect(),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn settle(&mut self, env: &Env) {
        let [queues, below] = self.pages(env);
        self.queues.settle(queues);
        self.failures.settle(below);
        self.attention.settle(below);
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.data.is_some()
    }

    /// Rows of the lists, without their headings.
    fn pages(&self, env: &Env) -> [u16; 2] {
        let parts = self.parts(env);
        [parts.queues, parts.below].map(|rows| rows.saturating_sub(parts.frame + 1).max(1))
    }

    /// To the next list. Where there is little room, failures are not seen.
    fn turn(&mut self, env: &Env, forward: bool) {
        let order: &[Focus] = match env.division.boxes {
            true => &[Focus::Queues, Focus::Failures, Focus::Attention],
            false => &[Focus::Queues, Focus::Attention],
        };
        let at = order.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        let step = if forward { 1 } else { order.len() - 1 };
        self.focus = order[(at + step) % order.len()];
    }

    fn open(&self) -> Option<Then> {
        match self.focus {
            Focus::Queues => Some(tasks(0, &format!("queue:{}", quoted(&self.queues.row()?.id())))),
            Focus::Failures => {
                Some(tasks(choice(TaskStatus::Failed), &format!("task:{}", quoted(&self.failures.row()?.task_name))))
            }
            Focus::Attention => Some(opened(&self.attention.row()?.open)),
        }
    }

    fn raw(&self) -> Option<Popup> {
        match self.focus {
            Focus::Queues => Some(Popup::json("Queue", &self.queues.row()?.row)),
            Focus::Failures => Some(Popup::json("Failures", self.failures.row()?)),
            Focus::Attention => Some(Popup::json("Needs attention", self.attention.row()?)),
        }
    }

    fn copy(&self) -> Option<Then> {
        match self.focus {
            Focus::Queues => Some(Then::Copy(self.queues.row()?.id(), "queue name")),
            Focus::Failures => Some(Then::Copy(self.failures.row()?.message.clone(), "error")),
            Focus::Attention => Some(Then::Copy(self.attention.row()?.text.clone(), "line")),
        }
    }
}

/// What a line of "needs attention" leads to.
fn opened(open: &Target) -> Then {
    match open {
        Target::Queue(name) => tasks(0, &format!("queue:{}", quoted(name))),
        Target::Executor(id) => runs_of(*id),
        Target::Attempt(id) => Then::Find(id.to_string()),
        Target::Runs(status) => tasks(choice(*status), ""),
        Target::WorkflowRun(run) => Then::Open(Screen::Run(Box::new(RunScreen::new(*run)))),
    }
}

fn choice(status: TaskStatus) -> usize {
    strip::CHOICES.iter().position(|choice| choice.statuses.contains(&status)).unwrap_or(0)
}

fn tasks(choice: usize, filter: &str) -> Then {
    match TasksScreen::with(choice, filter) {
        Ok(screen) => Then::Open(Screen::Tasks(screen)),
        Err(why) => Then::Refuse(why),
    }
}
