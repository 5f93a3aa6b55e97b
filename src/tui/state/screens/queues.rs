//! The queues: what waits and runs in each, and whether anybody serves it.

use super::tasks::TasksScreen;
use super::{Env, Screen, Then};
use crate::model::{ExecutorStatus, QueueSet};
use crate::store::{Activity, ExecutorRow, QueueRow};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask, QueuesAnswer};
use crate::tui::state::keymap::Scope;
use crate::tui::state::popup::Popup;
use crate::tui::state::table::{Column, Sort, Table};
use std::cmp::Ordering;

/// Its columns.
pub(crate) const COLUMNS: [Column; 12] = [
    Column::new("NAME", 10, 40).key('n'),
    Column::new("STATE", 7, 10).key('s'),
    Column::new("RUN/MAX", 7, 12).right().key('r'),
    Column::new("UTIL", 8, 8).rank(4),
    Column::new("QUEUED", 6, 8).right().key('q'),
    Column::new("OLDEST", 6, 8).right().key('o'),
    Column::new("SCHED", 5, 8).right().rank(3).key('c'),
    Column::new("EXECS", 5, 6).right().rank(3).key('x'),
    Column::new("DONE/MIN", 8, 9).right().rank(1).key('d'),
    Column::new("FAIL/MIN", 8, 9).right().rank(2).key('f'),
    Column::new("LAST 30 MIN", 15, 15).rank(6),
    Column::new("PAUSED BY", 9, 30).rank(7),
];
/// Minutes that the course shows.
const MINUTES: usize = 30;

/// How a queue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Nothing is claimed of it.
    Paused,
    /// Nobody at work serves it.
    Unserved,
    /// As many run as may.
    Full,
    /// Somebody serves it.
    Served,
}

/// A queue, and what the executors mean for it.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    /// The queue.
    pub(crate) row: QueueRow,
    /// Executors at work that serve it.
    pub(crate) executors: u32,
    /// Slots of theirs.
    pub(crate) slots: u32,
    /// How it stands.
    pub(crate) standing: Standing,
    /// Attempts that ended in each of the last minutes, the one under way last.
    pub(crate) course: Vec<u64>,
    /// Those that ended in the last whole minute.
    pub(crate) done: u64,
    /// Of these: how many failed.
    pub(crate) failed: u64,
}

/// The queues.
#[derive(Clone, Debug)]
pub(crate) struct QueuesScreen {
    /// Cursor, marks, order.
    pub(crate) table: Table<String>,
    filter: String,
    all: Option<Vec<Queue>>,
    /// Those that match, in the order in which they are shown.
    pub(crate) shown: Vec<Queue>,
    ids: Vec<String>,
}

impl Default for QueuesScreen {
    fn default() -> Self {
        let table = Table::new(0, false);
        Self { table, filter: String::new(), all: None, shown: Vec::new(), ids: Vec::new() }
    }
}

impl QueuesScreen {
    pub(super) fn title(&self) -> String {
        "Queues".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Queues, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Queues)
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Queues(QueuesAnswer { queues, executors, activity }) = answer {
            self.all = Some(queues.iter().map(|row| Queue::new(row, &executors, &activity)).collect());
            self.order();
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.table.on_action(action, &self.ids, &COLUMNS, env.division.table_rows().into()) {
            self.order();
            return Vec::new();
        }
        let Some(queue) = self.shown.get(self.table.at()) else { return Vec::new() };
        let name = queue.row.settings.name.clone();
        match action {
            Action::Open => match TasksScreen::with(0, &format!("queue:{}", quoted(&name))) {
                Ok(tasks) => vec![Then::Open(Screen::Tasks(tasks))],
                Err(why) => vec![Then::Refuse(why)],
            },
            Action::Copy => vec![Then::Copy(name, "queue name")],
            Action::Raw => vec![Then::Popup(Popup::json("Queue", &queue.row))],
            _ => Vec::new(),
        }
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(&self.filter)
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.filter = text.trim().to_owned();
        self.order();
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        self.table.settle(&self.ids, env.division.table_rows().into());
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.all.is_some()
    }

    /// How many there are, whatever the filter says.
    pub(crate) fn count(&self) -> usize {
        self.all.as_ref().map_or(0, Vec::len)
    }

    fn order(&mut self) {
        let sought = self.filter.to_lowercase();
        let fits = |queue: &&Queue| queue.row.settings.name.to_lowercase().contains(&sought);
        self.shown = self.all.iter().flatten().filter(fits).cloned().collect();
        let sort = self.table.sort();
        self.shown.sort_by(|a, b| compare(a, b, sort));
        self.ids = self.shown.iter().map(|queue| queue.row.settings.name.clone()).collect();
    }
}

impl Queue {
    /// A queue among these executors, with what it did.
    pub(crate) fn new(row: &QueueRow, executors: &[ExecutorRow], activity: &Activity) -> Self {
        let at_work = executors.iter().filter(|executor| executor.status == ExecutorStatus::Running);
        let serving: Vec<&ExecutorRow> = at_work.filter(|executor| serves(executor, &row.settings.name)).collect();
        let full = row.settings.concurrency_limit.is_some_and(|limit| row.held.count >= limit);
        let standing = match () {
            () if row.settings.paused_at.is_some() => Standing::Paused,
            () if serving.is_empty() => Standing::Unserved,
            () if full => Standing::Full,
            () => Standing::Served,
        };
        let slots = serving.iter().filter_map(|executor| executor.slots).sum();
        let (course, failed) = course(&row.settings.name, activity);
        let done = course.iter().rev().nth(1).copied().unwrap_or(0);
        let (row, executors) = (row.clone(), serving.len() as u32);
        Self { row, executors, slots, standing, course, done, failed }
    }

    /// How many may run at once: by the queue's limit, else by the slots that serve it.
    pub(crate) fn most(&self) -> u32 {
        self.row.settings.concurrency_limit.unwrap_or(self.slots)
    }
}

/// What ended in each of the last minutes, and the failures of the last whole one.
fn course(queue: &str, activity: &Activity) -> (Vec<u64>, u64) {
    let (mut course, mut failures) = (vec![0; MINUTES], 0);
    for minute in activity.minutes.iter().filter(|minute| minute.queue == queue) {
        let back = (activity.now.timestamp().div_euclid(60) - minute.minute.timestamp().div_euclid(60)).max(0) as usize;
        if let Some(place) = (MINUTES - 1).checked_sub(back) {
            course[place] = minute.ended();
        }
        if back == 1 {
            failures = minute.failed + minute.lost;
        }
    }
    (course, failures)
}

/// Whether an executor serves a queue.
fn serves(executor: &ExecutorRow, queue: &str) -> bool {
    QueueSet::shown_serves(&executor.queue_pattern, queue)
}

/// A name as a word of a filter.
pub(super) fn quoted(name: &str) -> String {
    if name.contains([' ', '"']) { format!("\"{}\"", name.replace('"', "\\\"")) } else { name.to_owned() }
}

fn compare(a: &Queue, b: &Queue, sort: Sort) -> Ordering {
    let by = match sort.column {
        1 => a.standing.cmp(&b.standing),
        2 => a.row.held.count.cmp(&b.row.held.count),
        4 => a.row.queued.count.cmp(&b.row.queued.count),
        5 => a.row.oldest.cmp(&b.row.oldest),
        6 => a.row.scheduled.count.cmp(&b.row.scheduled.count),
        7 => a.executors.cmp(&b.executors),
        8 => a.done.cmp(&b.done),
        9 => a.failed.cmp(&b.failed),
        _ => a.row.settings.name.cmp(&b.row.settings.name),
    };
    let by = if sort.descending { by.reverse() } else { by };
    by.then_with(|| a.row.settings.name.cmp(&b.row.settings.name))
}
