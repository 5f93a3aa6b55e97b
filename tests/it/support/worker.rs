//! A worker as the stores see one: it registers, claims, settles, beats. It runs nothing.

use super::make;
use hyrex::model::{
    AttemptId, ClaimedRun, Completed, Completion, ExecutorId, Fence, LogLine, Outcome, QueueSet, RunId, TaskStatus,
    Timestamp,
};
use hyrex::store::{
    Beat, Claim, Lane, Peer, Registration, Rescue, Rescued, Share, Store, Tick, TickAnswer, Turn, TurnAnswer,
};
use std::time::Duration;

/// A registered executor and the store that it uses.
pub struct Worker<'a> {
    pub store: &'a dyn Store,
    pub id: ExecutorId,
    /// Given to every verb as its `now`.
    pub now: Option<Timestamp>,
}

/// What a process registers as, by default in these tests.
pub fn registration(id: ExecutorId) -> Registration {
    Registration {
        id,
        name: "E1".into(),
        worker_name: "w".into(),
        queues: QueueSet::all(),
        task_names: vec!["t".into()],
        slots: 10,
        lease: Duration::from_secs(20),
        beat_interval: Duration::from_secs(5),
        host: "rack".into(),
        pid: 4321,
        boot_id: "boot".into(),
        version: "0.1.0".into(),
        app: "shop".into(),
    }
}

impl<'a> Worker<'a> {
    /// Registers by the database's clock.
    pub async fn new(store: &'a dyn Store) -> Worker<'a> {
        Self::starting(store, None).await
    }

    /// Registers at `now`, and goes on using that time until `now` is set anew.
    pub async fn at(store: &'a dyn Store, now: Timestamp) -> Worker<'a> {
        Self::starting(store, Some(now)).await
    }

    async fn starting(store: &'a dyn Store, now: Option<Timestamp>) -> Worker<'a> {
        let id = ExecutorId::new();
        store.executor_register(registration(id), now).await.expect("the registration stands");
        Self { store, id, now }
    }

    /// Claims at most `take` runs of task `t` in `queue`.
    pub async fn claim(&self, queue: &str, take: u32) -> Vec<ClaimedRun> {
        self.claim_tasks(queue, &["t"], take).await
    }

    /// Claims at most `take` runs of `tasks` in `queue`, which has no limit.
    pub async fn claim_tasks(&self, queue: &str, tasks: &[&str], take: u32) -> Vec<ClaimedRun> {
        self.claim_shares(vec![share(queue, tasks, take)]).await
    }

    /// Claims at most `take` runs of task `t` in `queue`, which has a limit.
    pub async fn claim_limited(&self, queue: &str, take: u32) -> Vec<ClaimedRun> {
        self.claim_shares(vec![Share { limited: true, ..share(queue, &["t"], take) }]).await
    }

    /// Claims `shares`.
    pub async fn claim_shares(&self, shares: Vec<Share>) -> Vec<ClaimedRun> {
        self.turn(vec![], shares).await.claimed
    }

    /// One run of task `t` in queue `default`.
    pub async fn claim_one(&self) -> ClaimedRun {
        let mut claimed = self.claim("default", 1).await;
        assert_eq!(claimed.len(), 1, "there is a run to claim");
        claimed.remove(0)
    }

    /// A whole turn.
    pub async fn turn(&self, completions: Vec<Completion>, shares: Vec<Share>) -> TurnAnswer {
        let turn = Turn { executor: self.id, completions, claim: Claim { shares }, now: self.now };
        self.store.turn(turn).await.expect("the turn is answered")
    }

    /// Settles one attempt.
    pub async fn settle(&self, run: &ClaimedRun, outcome: Outcome) -> Completed {
        self.settle_fence(run.fence, outcome).await
    }

    /// Settles one attempt by its fence.
    pub async fn settle_fence(&self, fence: Fence, outcome: Outcome) -> Completed {
        let completion = Completion { fence, workflow_run: None, outcome, logs: vec![] };
        let mut completed = self.turn(vec![completion], vec![]).await.completed;
        assert_eq!(completed.len(), 1, "a completion has an answer");
        completed.remove(0)
    }

    /// Succeeds without a result.
    pub async fn succeed(&self, run: &ClaimedRun) -> Completed {
        self.settle(run, Outcome::Success(None)).await
    }

    /// Fails; retried at once where retries are left. The next attempt, if one was made.
    pub async fn fail(&self, run: &ClaimedRun) -> Option<AttemptId> {
        match self.settle(run, Outcome::Failed(make::error("broken"), make::AT_ONCE)).await {
            Completed::Applied { status: TaskStatus::Failed, next } => next,
            other => panic!("the failure is applied, not {other:?}"),
        }
    }

    /// A tick with a beat.
    pub async fn beat(&self) -> TickAnswer {
        self.tick(Some(Beat::default())).await
    }

    /// A tick without a beat.
    pub async fn look(&self) -> TickAnswer {
        self.tick(None).await
    }

    async fn tick(&self, beat: Option<Beat>) -> TickAnswer {
        self.tick_for(&["t"], beat, None).await
    }

    /// A tick that asks for lanes of `tasks` after `lanes_after`.
    pub async fn tick_for(&self, tasks: &[&str], beat: Option<Beat>, lanes_after: Option<Lane>) -> TickAnswer {
        let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
        let tick = Tick { executor: self.id, tasks, lanes_after, beat, now: self.now };
        self.store.executor_tick(tick).await.expect("the tick is answered")
    }

    /// How this worker sees `other` with its next beat; `None`: not at all.
    pub async fn peer(&self, other: ExecutorId) -> Option<Peer> {
        let peers = self.beat().await.peers.expect("a beat tells of peers");
        peers.into_iter().find(|peer| peer.id == other)
    }

    /// Declares `other` lost, as one does who saw it give no sign of life.
    pub async fn rescue(&self, other: ExecutorId) -> Rescued {
        let seen = self.peer(other).await;
        let beat_number = seen.as_ref().and_then(|peer| peer.beat_number);
        self.rescue_seen(other, beat_number, seen.and_then(|peer| peer.last_heartbeat)).await
    }

    /// Declares `other` lost on the strength of what was seen of it.
    pub async fn rescue_seen(
        &self,
        other: ExecutorId,
        beat_number: Option<i64>,
        last_heartbeat: Option<Timestamp>,
    ) -> Rescued {
        let rescue = Rescue { observer: self.id, lost: other, beat_number, last_heartbeat, now: self.now };
        self.store.executor_rescue(rescue).await.expect("the rescue is answered")
    }
}

/// A share of a queue without a limit.
pub fn share(queue: &str, tasks: &[&str], take: u32) -> Share {
    let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
    Share { queue: queue.to_owned(), tasks, take, limited: false }
}

/// A completion without log lines.
pub fn completion(fence: Fence, outcome: Outcome) -> Completion {
    Completion { fence, workflow_run: None, outcome, logs: vec![] }
}

/// Line number `seq`.
pub fn line(seq: i32, message: &str) -> LogLine {
    let at = super::clock::at(f64::from(seq));
    LogLine { claim: 1, seq, at, level: "INFO".into(), target: "shop::orders".into(), message: message.into() }
}

/// The runs of what was claimed, in its order.
pub fn runs_of(claimed: &[ClaimedRun]) -> Vec<RunId> {
    claimed.iter().map(|run| run.run).collect()
}
