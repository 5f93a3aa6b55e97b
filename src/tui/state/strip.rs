//! The strip of states above a list of runs: what can be chosen, and what each choice holds.

use crate::model::TaskStatus::{self, *};

/// A choice: its word, and the statuses that it holds; none: all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The word, also of `:tasks WORD`.
    pub(crate) word: &'static str,
    /// Its statuses.
    pub(crate) statuses: &'static [TaskStatus],
}

/// Every choice, in the order of a run's life. Each status stands in one of them.
pub(crate) const CHOICES: [Choice; 9] = [
    Choice { word: "all", statuses: &[] },
    Choice { word: "waiting", statuses: &[AwaitDeps] },
    Choice { word: "scheduled", statuses: &[AwaitStartTime] },
    Choice { word: "queued", statuses: &[Queued] },
    Choice { word: "running", statuses: &TaskStatus::HELD },
    Choice { word: "success", statuses: &[Success] },
    Choice { word: "failed", statuses: &[Failed] },
    Choice { word: "lost", statuses: &[Lost, Stopped] },
    Choice { word: "canceled", statuses: &[Canceled, Skipped] },
];

/// The number of the choice of that word.
pub(crate) fn choice(word: &str) -> Option<usize> {
    CHOICES.iter().position(|choice| choice.word.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_stands_in_one_choice() {
        for status in TaskStatus::ALL {
            assert_eq!(CHOICES.iter().filter(|choice| choice.statuses.contains(&status)).count(), 1, "{status}");
        }
    }
}
