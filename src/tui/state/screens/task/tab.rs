//! The parts of a run's screen, in the order in which `tab` visits them.

/// A text about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Why it failed.
    Error,
    /// Its arguments.
    Args,
    /// Its result.
    Result,
    /// What it logged.
    Log,
    /// Its facts.
    Meta,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskTab {
    /// A text.
    Text(Text),
    /// The attempts.
    Attempts,
    /// The tree.
    Tree,
}

impl Text {
    /// Every text.
    pub(crate) const ALL: [Text; 5] = [Text::Error, Text::Args, Text::Result, Text::Log, Text::Meta];
}

impl TaskTab {
    /// Every part.
    pub(crate) const ALL: [TaskTab; 7] = [
        TaskTab::Text(Text::Error),
        TaskTab::Text(Text::Args),
        TaskTab::Text(Text::Result),
        TaskTab::Text(Text::Log),
        TaskTab::Text(Text::Meta),
        TaskTab::Attempts,
        TaskTab::Tree,
    ];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TaskTab::Text(Text::Error) => "Error",
            TaskTab::Text(Text::Args) => "Args",
            TaskTab::Text(Text::Result) => "Result",
            TaskTab::Text(Text::Log) => "Log",
            TaskTab::Text(Text::Meta) => "Meta",
            TaskTab::Attempts => "Attempts",
            TaskTab::Tree => "Tree",
        }
    }

    /// The part after this one.
    pub(crate) fn next(self) -> Self {
        Self::ALL[(self.place() + 1) % Self::ALL.len()]
    }

    /// The part before it.
    pub(crate) fn previous(self) -> Self {
        Self::ALL[(self.place() + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}
