//! The double release: two nodes before a third end at the same moment, by two executors through two stores. The third
//! runs, and once: however their transactions meet.

use crate::support::make;
use crate::support::stores::check;
use crate::support::worker::{completion, share};
use crate::support::{Kind, TestStore, Worker, at, wait_for};
use hyrex::model::{
    ClaimedRun, Completed, Completion, ExecutorId, NewNode, NewWorkflow, Outcome, RunId, TaskStatus, WorkflowRunId,
    WorkflowStatus,
};
use hyrex::store::failpoint::{Failpoints, Failure, Gate};
use hyrex::store::{Claim, Share, SharedStore, Turn, TurnAnswer, open};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Places that a turn passes when it ends a node.
#[cfg(feature = "postgres")]
const IN_POSTGRES: [&str; 5] =
    ["complete.updated", "complete.result", "complete.next", "complete.followed", "turn.completed"];
#[cfg(feature = "sqlite")]
const IN_SQLITE: [&str; 5] =
    ["complete.updated", "complete.result", "workflow_run.released", "workflow_run.counted", "turn.completed"];

/// Rounds without barriers.
const ROUNDS: usize = 1000;

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;

    #[tokio::test]
    async fn two_ends_at_once_release_once_however_they_are_held() {
        check(Kind::Sqlite, async |s: &TestStore| every_interleaving(s, &IN_SQLITE).await).await;
    }

    #[tokio::test]
    async fn two_ends_at_once_release_once_a_thousand_times() {
        check(Kind::Sqlite, many).await;
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    #[tokio::test]
    async fn two_ends_at_once_release_once_however_they_are_held() {
        check(Kind::Postgres, async |s: &TestStore| every_interleaving(s, &IN_POSTGRES).await).await;
    }

    #[tokio::test]
    async fn two_ends_at_once_release_once_a_thousand_times() {
        check(Kind::Postgres, many).await;
    }
}

/// An executor with a store and a runtime of its own: where its transaction is held, nobody else is.
struct Side {
    store: SharedStore,
    failpoints: Failpoints,
    executor: ExecutorId,
    runtime: Option<Runtime>,
}

impl Side {
    async fn new(s: &TestStore) -> Side {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime of its own");
        let failpoints = Failpoints::enabled();
        let (url, options) = (s.url.clone(), crate::support::stores::options(&failpoints));
        let opened = runtime.spawn(async move {
            let store = open(&url, options).await.expect("the same database opens once more");
            let executor = Worker::at(&*store, at(0.0)).await.id;
            (store, executor)
        });
        let (store, executor) = opened.await.expect("it does not panic");
        Side { store, failpoints, executor, runtime: Some(runtime) }
    }

    /// Does something in its runtime.
    fn begin<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.as_ref().expect("it runs").spawn(work)
    }

    /// A turn, in its runtime.
    fn turn(&self, completions: Vec<Completion>, shares: Vec<Share>) -> JoinHandle<TurnAnswer> {
        let (store, executor) = (self.store.clone(), self.executor);
        self.begin(async move {
            let turn = Turn { executor, completions, claim: Claim { shares }, now: Some(at(2.0)) };
            store.turn(turn).await.expect("the turn is answered")
        })
    }

    async fn claim(&self, queue: &str, take: u32) -> Vec<ClaimedRun> {
        self.turn(vec![], vec![share(queue, &["t"], take)]).await.expect("it does not panic").claimed
    }

    async fn close(&self) {
        let store = self.store.clone();
        self.begin(async move { store.close().await }).await.expect("it does not panic");
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // It may be dropped inside another runtime, which must not wait for it.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

fn node(queue: &str, waits_for: &[usize]) -> NewNode {
    NewNode {
        run: RunId::new(),
        name: queue.into(),
        task_name: "t".into(),
        args: "{}".into(),
        queue: queue.into(),
        max_retries: 0,
        priority: 5,
        timeout_seconds: None,
        finally: false,
        waits_for: waits_for.to_vec(),
    }
}

/// `left` and `right` before `join`, each in a queue of its name.
fn joined() -> NewWorkflow {
    NewWorkflow {
        id: WorkflowRunId::new(),
        workflow_name: "w".into(),
        args: "{}".into(),
        queue: "default".into(),
        timeout_seconds: None,
        idempotency_key: None,
        parent: None,
        root: None,
        nodes: vec![node("left", &[]), node("right", &[]), node("join", &[0, 1])],
    }
}

fn end(run: &ClaimedRun, outcome: Outcome, named: bool) -> Completion {
    Completion { workflow_run: run.workflow_run.filter(|_| named), ..completion(run.fence, outcome) }
}

fn success() -> Outcome {
    Outcome::Success(Some("1".into()))
}

/// Each pair of places, each of the two first, for two successes, and for a success and a failure.
async fn every_interleaving(s: &TestStore, places: &[&'static str]) {
    let sides = [Side::new(s).await, Side::new(s).await];
    for first in places {
        for second in places {
            for (one, other) in [(0, 1), (1, 0)] {
                for fails in [false, true] {
                    let meeting = Meeting { first, second, fails, named: one == 0 };
                    meeting.play(s, &sides[one], &sides[other]).await;
                }
            }
        }
    }
    for side in sides {
        side.close().await;
    }
}

/// One transaction is held at `first`; the other goes on to `second`, or as far as the first lets it.
#[derive(Debug)]
struct Meeting {
    first: &'static str,
    second: &'static str,
    /// Whether the second tells of a failure.
    fails: bool,
    /// Whether the completions name the run of the workflow, as those of workers do.
    named: bool,
}

impl Meeting {
    async fn play(&self, s: &TestStore, one: &Side, other: &Side) {
        let new = joined();
        s.workflow_send(new.clone(), Some(at(0.0))).await.unwrap();
        let (left, right) = (one.claim("left", 1).await.remove(0), other.claim("right", 1).await.remove(0));
        let second = if self.fails { Outcome::FailedForGood(make::error("no")) } else { success() };
        let gates = [Gate::default(), Gate::default()];
        one.failpoints.arm(self.first, Failure::Hold(gates[0].clone()), 0);
        other.failpoints.arm(self.second, Failure::Hold(gates[1].clone()), 0);
        let a = one.turn(vec![end(&left, success(), self.named)], vec![]);
        let arrived = async |gate: &Gate| gate.has_arrived().then_some(());
        wait_for("the first to be held", Duration::from_secs(20), async || arrived(&gates[0]).await).await;
        let b = other.turn(vec![end(&right, second, self.named)], vec![]);
        wait_for("the second to be held, or to wait", Duration::from_secs(20), async || {
            (gates[1].has_arrived() || waits(s).await).then_some(())
        })
        .await;
        // The one that came last goes first, as far as it can.
        gates[1].open();
        wait_for("the second to be done, or to wait", Duration::from_secs(20), async || {
            (b.is_finished() || waits(s).await).then_some(())
        })
        .await;
        gates[0].open();
        self.is_applied(&[a.await.unwrap(), b.await.unwrap()]);
        self.has_released(s, &new, one).await;
    }

    fn is_applied(&self, answers: &[TurnAnswer]) {
        for answer in answers {
            assert!(matches!(answer.completed[..], [Completed::Applied { .. }]), "{self:?}: {answer:?}");
        }
    }

    /// What comes after both runs once where both succeeded; else it never does.
    async fn has_released(&self, s: &TestStore, new: &NewWorkflow, side: &Side) {
        let claimed = side.claim("join", 9).await;
        assert_eq!(claimed.len(), usize::from(!self.fails), "{self:?}");
        let ends = claimed.iter().map(|run| end(run, success(), true)).collect();
        side.turn(ends, vec![]).await.unwrap();
        let detail = s.workflow_run(new.id).await.unwrap().unwrap();
        let (status, last) = match self.fails {
            true => (WorkflowStatus::Failed, TaskStatus::Skipped),
            false => (WorkflowStatus::Success, TaskStatus::Success),
        };
        assert_eq!((detail.row.status, detail.row.nodes_left), (status, Some(0)), "{self:?}");
        assert_eq!((detail.nodes[2].row.status, detail.nodes[2].row.attempt_number), (last, 0), "{self:?}");
    }
}

/// Whether somebody waits for a lock.
async fn waits(s: &TestStore) -> bool {
    match s.kind {
        #[cfg(feature = "postgres")]
        Kind::Postgres => {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            s.raw.count(waiting).await > 0
        }
        // A file has one writer: while the first is inside, nobody else is.
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => true,
    }
}

/// Many runs at once, both sides through them in the same order, in batches that chance makes.
async fn many(s: &TestStore) {
    let runs: Vec<NewWorkflow> = (0..ROUNDS).map(|_| joined()).collect();
    for new in &runs {
        s.workflow_send(new.clone(), Some(at(0.0))).await.unwrap();
    }
    let sides = [Side::new(s).await, Side::new(s).await];
    let (left, right) = (claim_all(&sides[0], "left").await, claim_all(&sides[1], "right").await);
    let (one, two) = tokio::join!(end_all(&sides[0], left), end_all(&sides[1], right));
    let claimed = [one, two].concat();
    let claimed = [claimed, claim_all(&sides[0], "join").await].concat();
    let mut ran: Vec<RunId> = claimed.iter().map(|run| run.run).collect();
    ran.sort_unstable();
    let mut expected: Vec<RunId> = runs.iter().map(|new| new.nodes[2].run).collect();
    expected.sort_unstable();
    assert_eq!(ran.len(), ROUNDS, "none waits for ever, and none runs twice");
    assert_eq!(ran, expected);
    for some in claimed.chunks(100) {
        // Each side ends what it claimed.
        for side in &sides {
            let own = some.iter().filter(|run| run.fence.executor == side.executor);
            let ends: Vec<Completion> = own.map(|run| end(run, success(), true)).collect();
            let answer = side.turn(ends, vec![]).await.unwrap();
            assert!(answer.completed.iter().all(|completed| matches!(completed, Completed::Applied { .. })));
        }
    }
    let states = s.workflow_states(runs.iter().map(|new| new.id).collect()).await.unwrap();
    assert!(states.into_iter().all(|state| state.is_some_and(|state| state.status == WorkflowStatus::Success)));
    for side in sides {
        side.close().await;
    }
}

async fn claim_all(side: &Side, queue: &str) -> Vec<ClaimedRun> {
    let mut all = vec![];
    loop {
        let claimed = side.claim(queue, 100).await;
        if claimed.is_empty() {
            return all;
        }
        all.extend(claimed);
    }
}

/// Ends them all, a few at a time, and claims what may run then; what it claimed.
async fn end_all(side: &Side, runs: Vec<ClaimedRun>) -> Vec<ClaimedRun> {
    let mut claimed = vec![];
    let mut left = runs.as_slice();
    while !left.is_empty() {
        let (some, rest) = left.split_at(fastrand::usize(1..=6).min(left.len()));
        left = rest;
        let completions = some.iter().map(|run| end(run, success(), fastrand::u8(..8) > 0)).collect();
        let shares = if fastrand::bool() { vec![share("join", &["t"], 3)] } else { vec![] };
        let answer = side.turn(completions, shares).await.expect("it does not panic");
        assert!(answer.completed.iter().all(|completed| matches!(completed, Completed::Applied { .. })), "{answer:?}");
        claimed.extend(answer.claimed);
    }
    claimed
}
