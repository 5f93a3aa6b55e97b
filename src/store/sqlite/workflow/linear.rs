//! That nothing grows with the square of the nodes, nor with what has ended: counted in steps of the database's machine.

use super::super::cached::{Cached, steps};
use super::super::operation::Tx;
use super::super::{plans::database, tick, turn};
use super::{cancel, count, repair, row, send};
use crate::model::dag::{Draft, Node, Repair};
use crate::model::{
    ClaimedRun, Completion, ExecutorId, NewWorkflow, Outcome, QueueSet, TaskError, TaskSettings, WorkflowRunId,
    WorkflowStatus,
};
use crate::store::{Actor, Claim, Options, Registration, Share, Turn, WorkflowCancel, WorkflowRepair};
use rusqlite::Connection;
use std::time::Duration;

/// A graph by its size.
type Shape = fn(usize) -> Draft;

/// Each shape, with a size and one at which it has four times the nodes and edges.
const SHAPES: [(&str, Shape, usize, usize); 4] = [
    ("chain", |nodes| (0..nodes).fold(Draft::new(), |all, at| all.then(node("c", at))), 250, 1000),
    ("fan-out", |nodes| node("first", 0).then(layer("o", nodes)), 250, 1000),
    ("fan-in", |nodes| layer("i", nodes).then(node("last", 0)), 250, 1000),
    // Nodes and edges at once cannot be four times as many here: the edges are.
    ("layers", |width| layer("a", width).then(layer("b", width)), 25, 50),
];

fn node(name: &str, number: usize) -> Draft {
    Node::new(format!("{name}{number}"), "t").into()
}

fn layer(name: &str, width: usize) -> Draft {
    (0..width).fold(Draft::new(), |layer, number| layer.beside(node(name, number)))
}

/// A database in memory with an executor, and one run of this shape with a node that runs last.
struct Stage {
    conn: Connection,
    options: Options,
    executor: ExecutorId,
}

impl Stage {
    fn new() -> Self {
        let stage = Self { conn: database(), options: Options::default(), executor: ExecutorId::new() };
        stage.conn.set_prepared_statement_cache_capacity(200);
        let registration = Registration {
            id: stage.executor,
            name: "E1".into(),
            worker_name: "w".into(),
            queues: QueueSet::all(),
            task_names: vec!["t".into()],
            slots: 1,
            lease: Duration::from_secs(20),
            beat_interval: Duration::from_secs(5),
            host: "h".into(),
            pid: 1,
            boot_id: "b".into(),
            version: "0".into(),
            app: "a".into(),
        };
        tick::register(&mut stage.tx(), &registration, 0).unwrap();
        stage
    }

    fn tx(&self) -> Tx<'_> {
        Tx::new(&self.conn, &self.options)
    }

    fn send(&self, draft: Draft) -> WorkflowRunId {
        let dag = draft.finally(node("z", 0)).build().unwrap();
        let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
        let run = NewWorkflow::of("w", "{}", &dag, &Default::default(), task);
        send::send(&mut self.tx(), &run, 0).unwrap();
        run.id
    }

    fn turn(&self, ended: &[ClaimedRun], outcome: &Outcome, take: u32) -> Vec<ClaimedRun> {
        let (executor, outcome) = (self.executor, || outcome.clone());
        let completion = |run: &ClaimedRun| Completion {
            fence: run.fence,
            workflow_run: None,
            outcome: outcome(),
            logs: Vec::new(),
        };
        let completions = ended.iter().map(completion).collect();
        let shares = vec![Share { queue: "default".into(), tasks: vec!["t".into()], take, limited: false }];
        let turn = Turn { executor, completions, claim: Claim { shares }, now: None };
        turn::turn(&mut self.tx(), &turn).unwrap().claimed
    }

    /// Runs everything, so many nodes a turn.
    fn play(&self, run: WorkflowRunId, at_once: u32) {
        let mut held = self.turn(&[], &Outcome::Success(None), at_once);
        while !held.is_empty() {
            held = self.turn(&held, &Outcome::Success(Some("1".into())), at_once);
        }
        assert_eq!(self.status(run), WorkflowStatus::Success);
    }

    /// All that may run fails.
    fn fail(&self, run: WorkflowRunId) {
        let error = TaskError::default();
        let mut held = self.turn(&[], &Outcome::Success(None), 10_000);
        while !held.is_empty() {
            held = self.turn(&held, &Outcome::FailedForGood(error.clone()), 10_000);
        }
        assert_eq!(self.status(run), WorkflowStatus::Failed);
    }

    fn status(&self, run: WorkflowRunId) -> WorkflowStatus {
        row::find(&self.conn, run).unwrap().unwrap().state.status
    }
}

fn actor() -> Actor {
    Actor { user: "u".into(), host: "h".into(), operator: true }
}

/// What `work` does to four times as much takes at most five times as many steps.
fn is_linear(what: &str, work: impl Fn(Shape, usize) -> i64) {
    for (name, shape, small, large) in SHAPES {
        let (small, large) = (work(shape, small), work(shape, large));
        assert!(small > 100, "{what} {name}: {small} steps are counted");
        assert!(large <= 5 * small, "{what} {name}: {large} steps after {small}");
    }
}

#[test]
fn sending_is_linear() {
    is_linear("sending", |shape, size| {
        let stage = Stage::new();
        steps(|| {
            stage.send(shape(size));
        })
    });
}

#[test]
fn running_is_linear_one_by_one_and_in_batches() {
    for at_once in [1, 1000] {
        is_linear(&format!("running {at_once} a turn"), |shape, size| {
            let stage = Stage::new();
            let run = stage.send(shape(size));
            steps(|| stage.play(run, at_once))
        });
    }
}

#[test]
fn failing_and_skipping_are_linear() {
    is_linear("failing", |shape, size| {
        let stage = Stage::new();
        let run = stage.send(shape(size));
        steps(|| stage.fail(run))
    });
}

#[test]
fn cancelling_is_linear() {
    is_linear("cancelling", |shape, size| {
        let stage = Stage::new();
        let run = stage.send(shape(size));
        let cancel = WorkflowCancel { run, subtree: true, actor: actor(), now: None };
        steps(|| {
            cancel::cancel(&mut stage.tx(), &cancel).unwrap();
        })
    });
}

#[test]
fn repairing_is_linear() {
    is_linear("repairing", |shape, size| {
        let stage = Stage::new();
        let run = stage.send(shape(size));
        stage.fail(run);
        let (id, what) = (uuid::Uuid::now_v7(), Repair::Failed);
        let repair = WorkflowRepair { id, run, what, args: vec![], actor: actor(), now: None };
        let mended = || {
            repair::repair(&mut stage.tx(), &repair).unwrap();
            stage.play(run, 10);
        };
        steps(mended)
    });
}

#[test]
fn counting_anew_is_linear() {
    is_linear("counting", |shape, size| {
        let stage = Stage::new();
        let run = stage.send(shape(size));
        let row = row::find(&stage.conn, run).unwrap().unwrap();
        steps(|| assert!(count::anew(&mut stage.tx(), &row, 0).unwrap()))
    });
}

#[test]
fn a_run_costs_the_same_whatever_has_ended() {
    let stage = Stage::new();
    let play = || {
        let run = stage.send(SHAPES[0].1(20));
        stage.play(run, 1);
        row::seen(&stage.conn).unwrap();
    };
    let first = steps(play);
    for _ in 0..200 {
        let run = stage.send(SHAPES[3].1(4));
        stage.play(run, 100);
    }
    assert_eq!(stage.conn.one("SELECT count(*) FROM hyrex_workflow_run", [], |row| row.get(0)).unwrap(), Some(201));
    let after = steps(play);
    assert!(after <= first + first / 20, "{after} steps after {first}");
}
