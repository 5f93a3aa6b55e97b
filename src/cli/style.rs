//! Colours: few, of the terminal's own sixteen, and none where `NO_COLOR` is set or nobody looks.

use crate::model::{ExecutorStatus, TaskStatus, WorkflowStatus};

/// How a cell is set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// As the terminal shows text.
    #[default]
    Plain,
    /// Titles.
    Bold,
    /// Of less weight.
    Dim,
    /// It went well.
    Good,
    /// It wants to be looked at.
    Bad,
    /// It may want to be looked at.
    Warn,
    /// It is under way.
    Active,
}

impl Style {
    /// The style of a task's status.
    pub(crate) fn of_task(status: TaskStatus) -> Style {
        match status {
            TaskStatus::Success => Style::Good,
            TaskStatus::Failed | TaskStatus::Lost | TaskStatus::Stopped => Style::Bad,
            TaskStatus::Running => Style::Active,
            TaskStatus::UpForCancel => Style::Warn,
            TaskStatus::Queued => Style::Plain,
            TaskStatus::Canceled | TaskStatus::Skipped | TaskStatus::AwaitDeps | TaskStatus::AwaitStartTime => {
                Style::Dim
            }
        }
    }

    /// The style of a workflow run's status.
    pub(crate) fn of_workflow(status: WorkflowStatus) -> Style {
        match status {
            WorkflowStatus::Success => Style::Good,
            WorkflowStatus::Failed => Style::Bad,
            WorkflowStatus::Running => Style::Active,
            WorkflowStatus::UpForCancel => Style::Warn,
            WorkflowStatus::Canceled | WorkflowStatus::Asleep => Style::Dim,
        }
    }

    /// The style of an executor's status.
    pub(crate) fn of_executor(status: ExecutorStatus) -> Style {
        match status {
            ExecutorStatus::Running => Style::Active,
            ExecutorStatus::Lost => Style::Bad,
            ExecutorStatus::Shutdown => Style::Dim,
            ExecutorStatus::Unknown => Style::Warn,
        }
    }

    /// `text` in this style, where colours are wanted.
    pub(crate) fn paint(self, text: &str, colours: bool) -> String {
        match self.code().filter(|_| colours && !text.is_empty()) {
            Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
            None => text.to_owned(),
        }
    }

    fn code(self) -> Option<&'static str> {
        match self {
            Style::Plain => None,
            Style::Bold => Some("1"),
            Style::Dim => Some("2"),
            Style::Good => Some("32"),
            Style::Bad => Some("31"),
            Style::Warn => Some("33"),
            Style::Active => Some("36"),
        }
    }
}
