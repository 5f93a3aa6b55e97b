//! Why a run is not running: the sentences.

use super::waiting::{Candidate, Waiting};
use crate::model::dag::Cause;
use crate::model::text::human;
use crate::model::{RunId, TaskStatus, Timestamp, WorkflowStatus};
use crate::store::Capped;
use std::fmt;
use std::time::Duration;

/// An executor of Python, which has no lease, beats every 30 seconds: one that was silent for longer than this is
/// not counted on.
pub const PYTHON_QUIET: Duration = Duration::from_secs(60);
/// Names that one sentence lists.
const NAMED: usize = 5;

/// Something that keeps a run from running. [`Display`](fmt::Display) is one plain line. Names in it are as the
/// database holds them: whoever shows it cleans it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Its workflow run is being ended.
    WorkflowEnds {
        /// Why.
        cause: Option<Cause>,
    },
    /// Its queue is paused.
    Paused {
        /// The queue.
        queue: String,
        /// Since when.
        since: Timestamp,
        /// How long that is.
        #[serde(rename = "lasting_seconds", serialize_with = "seconds")]
        lasting: Duration,
        /// By whom.
        by: Option<String>,
    },
    /// Its queue's limit is reached.
    Limit {
        /// The queue.
        queue: String,
        /// The limit.
        limit: u32,
        /// Who set it.
        by: Option<String>,
        /// Some of the runs that hold the queue, the newest first, with their tasks.
        holders: Vec<(RunId, String)>,
    },
    /// It is scheduled for a time to come.
    Scheduled {
        /// For when.
        at: Timestamp,
        /// In how long.
        #[serde(rename = "wait_seconds", serialize_with = "seconds")]
        wait: Duration,
    },
    /// Its time has come: whoever works next queues it.
    Due {
        /// How long ago.
        #[serde(rename = "overdue_seconds", serialize_with = "seconds")]
        overdue: Duration,
    },
    /// Nodes before it have not succeeded yet.
    Nodes {
        /// Their names and statuses, some of them where they are many.
        nodes: Vec<(String, TaskStatus)>,
    },
    /// No live executor subscribes to its queue.
    NoExecutor {
        /// The queue.
        queue: String,
        /// Live executors, of other queues.
        others: usize,
    },
    /// None of the executors of its queue has a handler for its task.
    NoHandler {
        /// The task.
        task: String,
        /// Live executors of its queue.
        executors: usize,
    },
    /// Only executors of Python serve its queue, and they do not tell what they have handlers for.
    HandlerUnknown {
        /// The task.
        task: String,
        /// Live executors of its queue.
        executors: usize,
    },
    /// All slots of those that could run it are taken.
    SlotsTaken {
        /// All their slots.
        slots: u32,
        /// How many executors these are.
        executors: usize,
    },
    /// So many runs of its queue come before it.
    Ahead {
        /// The queue.
        queue: String,
        /// How many.
        runs: Capped,
    },
    /// Nothing keeps it.
    Soon,
}

fn seconds<S: serde::Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(duration.as_secs_f64())
}

impl Waiting {
    /// Why the run is not running, the most decisive first; never empty. What holds it now comes before what would
    /// hold it afterwards.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut found: Vec<Reason> = self.workflow_ends().into_iter().collect();
        match self.row.status {
            TaskStatus::AwaitDeps if !self.predecessors.is_empty() => {
                found.push(Reason::Nodes { nodes: self.predecessors.clone() });
            }
            TaskStatus::AwaitStartTime => found.push(self.scheduled()),
            _ => {}
        }
        let queued = self.row.status == TaskStatus::Queued;
        found.extend(self.paused());
        found.extend(self.limit().filter(|_| queued));
        found.extend(self.nobody());
        if queued {
            found.extend(self.slots_taken());
            found.extend(self.in_front());
        }
        // That nobody tells of a handler decides nothing.
        if found.iter().all(|reason| matches!(reason, Reason::HandlerUnknown { .. })) {
            found.push(Reason::Soon);
        }
        found
    }

    fn workflow_ends(&self) -> Option<Reason> {
        let state = self.workflow.as_ref().filter(|state| state.status == WorkflowStatus::UpForCancel)?;
        Some(Reason::WorkflowEnds { cause: state.cause })
    }

    fn scheduled(&self) -> Reason {
        match self.row.scheduled_start.filter(|at| *at > self.now) {
            Some(at) => Reason::Scheduled { at, wait: human::between(self.now, at) },
            None => Reason::Due {
                overdue: self.row.scheduled_start.map(|at| human::between(at, self.now)).unwrap_or_default(),
            },
        }
    }

    fn paused(&self) -> Option<Reason> {
        let since = self.queue.paused_at?;
        let lasting = human::between(since, self.now);
        Some(Reason::Paused { queue: self.queue.name.clone(), since, lasting, by: self.queue.paused_by.clone() })
    }

    fn limit(&self) -> Option<Reason> {
        let limit = self.queue.concurrency_limit.filter(|limit| self.held.count >= *limit)?;
        let holders = self.holders.iter().map(|row| (row.run, row.task_name.clone())).collect();
        Some(Reason::Limit { queue: self.queue.name.clone(), limit, by: self.queue.limit_by.clone(), holders })
    }

    /// Executors of its queue that are alive.
    fn serving(&self) -> Vec<&Candidate> {
        self.executors.iter().filter(|executor| executor.serves_queue && executor.is_live()).collect()
    }

    fn nobody(&self) -> Option<Reason> {
        let (serving, task) = (self.serving(), self.row.task_name.clone());
        let executors = serving.len();
        if executors == 0 {
            let others = self.executors.iter().filter(|executor| executor.is_live()).count();
            return Some(Reason::NoExecutor { queue: self.row.queue.clone(), others });
        }
        if serving.iter().any(|executor| executor.handles_task == Some(true)) {
            return None;
        }
        match serving.iter().any(|executor| executor.handles_task.is_none()) {
            true => Some(Reason::HandlerUnknown { task, executors }),
            false => Some(Reason::NoHandler { task, executors }),
        }
    }

    fn slots_taken(&self) -> Option<Reason> {
        let serving = self.serving();
        let able: Vec<_> = serving.iter().filter(|executor| executor.handles_task != Some(false)).collect();
        let taken = !able.is_empty() && able.iter().all(|executor| executor.held >= executor.slots());
        taken.then(|| Reason::SlotsTaken {
            slots: able.iter().fold(0, |sum, executor| sum.saturating_add(executor.slots())),
            executors: able.len(),
        })
    }

    fn in_front(&self) -> Option<Reason> {
        (self.ahead.count > 0).then(|| Reason::Ahead { queue: self.row.queue.clone(), runs: self.ahead })
    }
}

impl Candidate {
    /// Whether it gave a sign of life within its lease (an executor of Python: within [`PYTHON_QUIET`]).
    pub fn is_live(&self) -> bool {
        self.silent_for.is_none_or(|silent| silent <= self.lease.unwrap_or(PYTHON_QUIET))
    }

    fn slots(&self) -> u32 {
        self.slots.unwrap_or(1)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let executors = |count: &usize| human::counted(*count as u64, "live executor", "live executors");
        match self {
            Reason::WorkflowEnds { cause: Some(Cause::TimedOut) } => {
                f.write_str("its workflow run is being cancelled: its time is up")
            }
            Reason::WorkflowEnds { .. } => f.write_str("its workflow run is being cancelled"),
            Reason::Paused { queue, since, lasting, by } => {
                let (since, lasting) = (human::time(*since), human::duration(*lasting));
                write!(f, "queue {queue} is paused since {since} ({lasting}){}", by_whom(by))
            }
            Reason::Limit { queue, limit, by, holders } => limit_reached(f, queue, *limit, by, holders),
            Reason::Scheduled { at, wait } => {
                write!(f, "it is scheduled for {} (in {})", human::time(*at), human::duration(*wait))
            }
            Reason::Due { overdue } => {
                write!(f, "its time came {} ago: a worker that is alive queues it at once", human::duration(*overdue))
            }
            Reason::Nodes { nodes } => write!(f, "it waits for {}", listed(nodes.iter().map(node), nodes.len())),
            Reason::NoExecutor { queue, others: 0 } => write!(f, "no executor is alive, so none serves queue {queue}"),
            Reason::NoExecutor { queue, others } => {
                write!(f, "no live executor serves queue {queue} ({} of other queues)", executors(others))
            }
            Reason::NoHandler { task, executors: 1 } => {
                write!(f, "the one live executor of its queue has no handler for task {task}")
            }
            Reason::NoHandler { task, executors } => {
                write!(f, "none of the {executors} live executors of its queue has a handler for task {task}")
            }
            Reason::HandlerUnknown { task, executors: count } => {
                write!(f, "{} of its queue may have a handler for task {task}: Python's do not tell", executors(count))
            }
            Reason::SlotsTaken { slots, executors: count } => {
                let slots = human::counted(u64::from(*slots), "slot", "slots");
                write!(f, "all slots that could run it are taken ({slots} of {})", executors(count))
            }
            Reason::Ahead { queue, runs } => {
                let more = if runs.more { " or more" } else { "" };
                let runs = human::counted(u64::from(runs.count), "run", "runs");
                write!(f, "{runs}{more} of queue {queue} come before it")
            }
            Reason::Soon => f.write_str("nothing keeps it: it should start any moment"),
        }
    }
}

fn by_whom(by: &Option<String>) -> String {
    by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default()
}

fn limit_reached(
    f: &mut fmt::Formatter<'_>,
    queue: &str,
    limit: u32,
    by: &Option<String>,
    holders: &[(RunId, String)],
) -> fmt::Result {
    let set = by.as_ref().map(|by| format!(", set by {by},")).unwrap_or_default();
    write!(f, "the limit of queue {queue} ({limit}){set} is reached")?;
    match holders {
        [] => Ok(()),
        _ => write!(f, ", by {}", listed(holders.iter().map(|(run, task)| format!("{task} {run}")), holders.len())),
    }
}

fn node((name, status): &(String, TaskStatus)) -> String {
    format!("{name} ({status})")
}

/// The first few, and how many there are besides.
fn listed(texts: impl Iterator<Item = String>, all: usize) -> String {
    let first: Vec<_> = texts.take(NAMED).collect();
    let rest = all - first.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{rest}", first.join(", "))
}
