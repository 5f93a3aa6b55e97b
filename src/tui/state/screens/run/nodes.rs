//! The nodes of a run as a list.

use crate::model::{TaskStatus, Timestamp};
use crate::store::{AttemptRow, WorkflowNodeRow, WorkflowRunDetail};
use crate::tui::state::listing::Listed;
use crate::tui::state::screens::tasks::run_for;
use crate::tui::state::table::Column;
use std::cmp::Ordering;

/// A node as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeLine {
    /// Its number in the run.
    pub(crate) number: usize,
    /// Where it stands in an order in which each node stands after those that it waits for.
    pub(crate) place: usize,
    /// Its name.
    pub(crate) name: String,
    /// Whether it runs when all others have ended.
    pub(crate) finally: bool,
    /// Its latest attempt.
    pub(crate) row: AttemptRow,
    /// The nodes that it still waits for, by name.
    pub(crate) waits_for: Vec<String>,
}

impl Listed for NodeLine {
    type Id = usize;

    const COLUMNS: &'static [Column] = &[
        Column::new("NODE", 14, 40).key('n'),
        Column::new("STATE", 11, 11).key('s'),
        Column::new("ATT", 3, 7).right().rank(2).key('a'),
        Column::new("STARTED", 7, 11).right().rank(3).key('t'),
        Column::new("RUN", 5, 7).right().key('r'),
        Column::new("TASK", 8, 40).rank(5).key('k').extra(),
        Column::new("EXECUTOR", 8, 8).rank(4).key('x').extra(),
        Column::new("WAITS FOR, ERROR", 12, 400).rank(1).key('e'),
    ];

    fn id(&self) -> usize {
        self.number
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        // Only differences count: any time later than all others will do.
        let now = Timestamp::MAX_UTC;
        match column {
            0 => self.place.cmp(&other.place),
            1 => urgency(self.row.status).cmp(&urgency(other.row.status)),
            2 => self.row.attempt_number.cmp(&other.row.attempt_number),
            3 => other.row.started.cmp(&self.row.started),
            4 => run_for(&self.row, now).cmp(&run_for(&other.row, now)),
            5 => self.row.task_name.cmp(&other.row.task_name),
            6 => self.row.executor.cmp(&other.row.executor),
            7 => self.row.error.cmp(&other.row.error),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name, &self.row.task_name, self.row.status.as_str(), self.row.error.as_deref().unwrap_or_default()]
    }
}

/// What wants to be looked at first: what went wrong, what runs, what waits, what went well.
pub(crate) fn urgency(status: TaskStatus) -> u8 {
    match status {
        TaskStatus::Failed | TaskStatus::Lost | TaskStatus::Stopped => 0,
        TaskStatus::Running | TaskStatus::UpForCancel => 1,
        TaskStatus::Queued | TaskStatus::AwaitStartTime => 2,
        TaskStatus::AwaitDeps => 3,
        TaskStatus::Canceled | TaskStatus::Skipped => 4,
        TaskStatus::Success => 5,
    }
}

/// The nodes of a run; `order`: their numbers, each after those that it waits for, where that is known.
pub(super) fn lines(detail: &WorkflowRunDetail, order: &[usize]) -> Vec<NodeLine> {
    let mut places: Vec<usize> = (0..detail.nodes.len()).collect();
    order.iter().enumerate().for_each(|(place, node)| places.get_mut(*node).into_iter().for_each(|at| *at = place));
    let mut waits: Vec<Vec<String>> = vec![Vec::new(); detail.nodes.len()];
    for (from, to) in &detail.edges {
        let (Some(before), Some(waits)) = (detail.nodes.get(*from), waits.get_mut(*to)) else { continue };
        if before.row.status != TaskStatus::Success {
            waits.push(before.name.clone());
        }
    }
    let line = |(number, (node, waits)): (usize, (&WorkflowNodeRow, Vec<String>))| NodeLine {
        number,
        place: places[number],
        name: node.name.clone(),
        finally: node.finally,
        row: node.row.clone(),
        waits_for: if node.row.status == TaskStatus::AwaitDeps { waits } else { Vec::new() },
    };
    detail.nodes.iter().zip(waits).enumerate().map(line).collect()
}
