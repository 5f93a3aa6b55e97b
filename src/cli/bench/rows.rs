//! What is sent and claimed: one small task, so that the store's own work shows.

use crate::model::NewRun;

/// The task.
pub const TASK: &str = "bench_noop";
/// Its queue.
pub const QUEUE: &str = "bench";
/// A queue that nothing is sent to.
pub const ELSEWHERE: &str = "bench_elsewhere";
/// Runs whose order is of this number or above are waited for one by one.
pub const PROBES: u64 = 1_000_000_000;
/// Its arguments.
pub const ARGS: &str = r#"{"order": 4711, "to": "ada@example.com"}"#;
/// Its result.
pub const RESULT: &str = r#"{"sent": true, "id": 4711}"#;

/// A run to send.
pub fn run() -> NewRun {
    NewRun { queue: QUEUE.into(), ..NewRun::new(TASK, ARGS) }
}

/// The probe with this number, in a queue.
pub fn probe(number: u64, queue: &str) -> NewRun {
    let args = format!(r#"{{"order": {}, "to": "ada@example.com"}}"#, PROBES + number);
    NewRun { queue: queue.into(), ..NewRun::new(TASK, args) }
}

/// How far the runs are that a table is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// They wait for a worker.
    Waiting,
    /// They succeeded.
    Finished,
    /// They wait for tomorrow.
    Scheduled,
}

/// How a backlog is spread: `queues` queues, `tasks` tasks in each.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Spread {
    /// Queues.
    pub queues: usize,
    /// Tasks in each.
    pub tasks: usize,
}

impl Spread {
    /// One queue, one task.
    pub const ONE: Self = Self { queues: 1, tasks: 1 };

    /// Queue and task of the row with this number.
    pub fn lane(self, number: usize) -> (String, String) {
        (name(QUEUE, number % self.queues), name(TASK, number / self.queues % self.tasks))
    }

    /// The names of the queues.
    pub fn queues(self) -> Vec<String> {
        (0..self.queues).map(|number| name(QUEUE, number)).collect()
    }

    /// The names of the tasks.
    pub fn tasks(self) -> Vec<String> {
        (0..self.tasks).map(|number| name(TASK, number)).collect()
    }
}

fn name(base: &str, number: usize) -> String {
    if number == 0 { base.to_owned() } else { format!("{base}_{number}") }
}
