//! Failures of the last time, grouped by what is the same about them.

use crate::model::{AttemptId, Timestamp, fingerprint};
use crate::store::Capped;
use std::collections::HashMap;
use std::time::Duration;

/// Asks for the failures of the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailuresQuery {
    /// How far back.
    pub since: Duration,
    /// Groups at most, 1 to 1,000.
    pub limit: u32,
    /// Taken for the current time.
    pub now: Option<Timestamp>,
}

/// Failures, those of the most runs first.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Failures {
    /// The groups.
    pub groups: Vec<FailureGroup>,
    /// Set when the search stopped at its bound: rows looked at, the newest ones.
    pub looked_at: Option<u32>,
}

/// Runs of one task that ended with the same error: the same type, and the same message but for numbers and ids
/// ([`fingerprint`]).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FailureGroup {
    /// The task.
    pub task_name: String,
    /// The error's type; `None`: no error is kept (an attempt of Python's, or a LOST one).
    pub error_type: Option<String>,
    /// The first line of the newest one's message.
    pub message: String,
    /// Runs whose latest attempt ended so; "or more" when the search stopped at its bound.
    pub count: Capped,
    /// When the first of them failed.
    pub first: Timestamp,
    /// When the last of them failed.
    pub last: Timestamp,
    /// The attempt that failed last.
    pub newest: AttemptId,
}

/// One failed attempt, as the stores read it.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub attempt: AttemptId,
    pub task_name: String,
    pub error_type: Option<String>,
    /// The first line.
    pub message: String,
    pub at: Timestamp,
}

/// Groups failed attempts, the newest first; `looked_at` as in [`Failures`].
pub(crate) fn group(failed: Vec<Failed>, limit: u32, looked_at: Option<u32>) -> Failures {
    let mut groups: Vec<FailureGroup> = Vec::new();
    let mut places: HashMap<(String, Option<String>, String), usize> = HashMap::new();
    for one in failed {
        let key = (one.task_name.clone(), one.error_type.clone(), fingerprint(&one.message));
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.add(&one),
            None => groups.push(FailureGroup::of(one)),
        }
    }
    groups.sort_by(|a, b| b.count.count.cmp(&a.count.count).then(b.last.cmp(&a.last)).then(b.newest.cmp(&a.newest)));
    groups.truncate(limit.clamp(1, 1000) as usize);
    for group in &mut groups {
        group.count.more = looked_at.is_some();
    }
    Failures { groups, looked_at }
}

impl FailureGroup {
    fn of(one: Failed) -> Self {
        Self {
            task_name: one.task_name,
            error_type: one.error_type,
            message: one.message,
            count: Capped { count: 1, more: false },
            first: one.at,
            last: one.at,
            newest: one.attempt,
        }
    }

    /// Another one, not newer than those before.
    fn add(&mut self, one: &Failed) {
        self.count.count += 1;
        self.first = self.first.min(one.at);
    }
}

/// Most failed attempts that are looked at: each costs a look at its run, so fewer than rows that are only passed over.
pub(crate) const MOST_FAILED: u32 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(task: &str, message: &str, second: i64) -> Failed {
        Failed {
            attempt: AttemptId::new(),
            task_name: task.into(),
            error_type: Some("Timeout".into()),
            message: message.into(),
            at: Timestamp::from_timestamp(second, 0).unwrap(),
        }
    }

    #[test]
    fn messages_that_differ_in_numbers_are_one_group_the_largest_first() {
        let all = vec![
            failed("pay", "no answer from 10.0.0.7 in 30 s", 9),
            failed("pay", "card refused", 8),
            failed("pay", "no answer from 10.0.0.12 in 5 s", 7),
            failed("mail", "no answer from 10.0.0.7 in 30 s", 6),
        ];
        let newest = all[0].attempt;
        let found = group(all, 10, None);
        let shown: Vec<_> = found.groups.iter().map(|g| (g.task_name.as_str(), g.count.count)).collect();
        assert_eq!(shown, [("pay", 2), ("pay", 1), ("mail", 1)]);
        let first = &found.groups[0];
        assert_eq!((first.message.as_str(), first.newest), ("no answer from 10.0.0.7 in 30 s", newest));
        assert_eq!((first.first.timestamp(), first.last.timestamp()), (7, 9));
    }

    #[test]
    fn a_search_that_was_cut_says_so_at_each_count() {
        let found = group(vec![failed("a", "x", 1)], 10, Some(20_000));
        assert_eq!(found.groups[0].count, Capped { count: 1, more: true });
    }
}
