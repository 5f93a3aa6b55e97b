//! What only this store does, and what all of its tests need.

mod files;
mod parked;
mod workflows;

use super::*;
use crate::model::{Completed, Completion, Enqueued, ExecutorId, NewRun, Outcome, QueueSet, TaskError, TaskStatus};
use crate::store::{Claim, ParkedClaim, ReadStore, Registration, Share, Tick, Turn, TurnAnswer, WorkStore};
use futures_util::FutureExt;
use std::time::Instant;

async fn memory() -> SqliteStore {
    let store = SqliteStore::open(None, Options::default()).await.unwrap();
    store.prepare().await.unwrap();
    store
}

async fn file(directory: &tempfile::TempDir) -> SqliteStore {
    let store = SqliteStore::open(Some(&directory.path().join("hyrex.db")), Options::default()).await.unwrap();
    store.prepare().await.unwrap();
    store
}

fn registration() -> Registration {
    Registration {
        id: ExecutorId::new(),
        name: "E1".into(),
        worker_name: "W".into(),
        queues: QueueSet::all(),
        task_names: vec!["t".into()],
        slots: 4,
        lease: Duration::from_secs(20),
        beat_interval: Duration::from_secs(5),
        host: "h".into(),
        pid: 1,
        boot_id: "b".into(),
        version: "0".into(),
        app: "a".into(),
    }
}

async fn executor(store: &SqliteStore) -> ExecutorId {
    let registration = registration();
    store.executor_register(registration.clone(), None).await.unwrap();
    registration.id
}

fn parked(executor: ExecutorId) -> ParkedClaim {
    ParkedClaim { executor, queues: QueueSet::all(), tasks: vec!["t".into()], take: 10, now: None }
}

async fn turn(store: &SqliteStore, executor: ExecutorId, completions: Vec<Completion>, take: u32) -> TurnAnswer {
    let share = Share { queue: "default".into(), tasks: vec!["t".into()], take, limited: true };
    store.turn(Turn { executor, completions, claim: Claim { shares: vec![share] }, now: None }).await.unwrap()
}

fn succeeded(run: &crate::model::ClaimedRun) -> Completion {
    let outcome = Outcome::Success(Some("1".into()));
    Completion { fence: run.fence, workflow_run: None, outcome, logs: Vec::new() }
}

async fn wait_for(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !condition().await {
        assert!(Instant::now() < until, "{what} did not come to be");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_run_goes_from_sent_to_succeeded() {
    let directory = tempfile::tempdir().unwrap();
    for store in [memory().await, file(&directory).await] {
        let executor = executor(&store).await;
        let sent: Vec<_> = (0..61).map(|_| NewRun::new("t", "{}")).collect();
        let answers = store.enqueue(sent.clone(), None).await.unwrap();
        assert!(answers.iter().zip(&sent).all(|(answer, run)| *answer == Enqueued::New(run.id)));
        let claimed = turn(&store, executor, vec![], 100).await.claimed;
        assert_eq!(claimed.iter().map(|c| c.run).collect::<Vec<_>>(), sent.iter().map(|s| s.id).collect::<Vec<_>>());
        let completions: Vec<_> = claimed.iter().map(succeeded).collect();
        let answer = turn(&store, executor, completions.clone(), 100).await;
        let applied = Completed::Applied { status: TaskStatus::Success, next: None };
        assert!(answer.completed.iter().all(|completed| *completed == applied) && answer.claimed.is_empty());
        let again = turn(&store, executor, completions, 100).await;
        assert!(again.completed.iter().all(|completed| *completed == Completed::AlreadyApplied));
        let detail = store.run(sent[0].id).await.unwrap().unwrap();
        assert_eq!(detail.latest.result.as_deref(), Some("1"));
        store.close().await;
        assert!(store.enqueue(vec![NewRun::new("t", "{}")], None).await.unwrap_err().is_transient());
    }
}

#[tokio::test]
async fn every_read_answers_on_an_empty_and_on_a_full_store() {
    let store = memory().await;
    for _ in 0..2 {
        let query = crate::store::RunsQuery { filter: Default::default(), before: None, limit: 10 };
        for statuses in [vec![], vec![TaskStatus::Failed], vec![TaskStatus::Running], vec![TaskStatus::Queued]] {
            let filter = crate::store::RunFilter { statuses, ..Default::default() };
            store.runs(crate::store::RunsQuery { filter, ..query.clone() }).await.unwrap();
        }
        let filter =
            crate::store::RunFilter { workflow_run: Some(crate::model::WorkflowRunId::new()), ..Default::default() };
        store.runs(crate::store::RunsQuery { filter, ..query }).await.unwrap();
        store.queues(None).await.unwrap();
        store.executors(10, None).await.unwrap();
        assert_eq!(store.status_counts().await.unwrap().len(), 11);
        store.system_events(None, 10).await.unwrap();
        store.runs_by_tail("00").await.unwrap();
        let run = NewRun::new("t", "{}");
        store.enqueue(vec![run.clone()], None).await.unwrap();
        assert_eq!(store.tree(run.id, 10).await.unwrap().runs.len(), 1);
        let executor = executor(&store).await;
        let tasks = Arc::from(["t".to_owned()]);
        let tick = Tick { executor, tasks, lanes_after: None, beat: Some(Default::default()), now: None };
        store.executor_tick(Tick { beat: None, ..tick.clone() }).await.unwrap();
        store.executor_tick(tick).await.unwrap();
        turn(&store, executor, vec![], 1).await;
    }
    let queues = store.queues(None).await.unwrap();
    assert_eq!((queues[0].held.count, queues[0].queued.count), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operation_that_fails_in_a_group_does_not_touch_the_others() {
    let failpoints = crate::store::failpoint::Failpoints::enabled();
    let options = Options { failpoints: failpoints.clone(), ..Options::default() };
    let store = Arc::new(SqliteStore::open(None, options).await.unwrap());
    store.prepare().await.unwrap();
    failpoints.arm("enqueue.inserted", crate::store::failpoint::Failure::Error, 25);
    let runs: Vec<_> = (0..50).map(|_| NewRun::new("t", "{}")).collect();
    let sends = runs.iter().map(|run| {
        let (store, run) = (Arc::clone(&store), run.clone());
        tokio::spawn(async move { store.enqueue(vec![run], None).await.is_ok() })
    });
    let mut sent = Vec::new();
    for send in sends.collect::<Vec<_>>() {
        sent.push(send.await.unwrap());
    }
    assert_eq!(sent.iter().filter(|sent| !**sent).count(), 1);
    let ids = runs.iter().map(|run| run.id).collect();
    let stand: Vec<_> = store.run_states(ids).await.unwrap().iter().map(Option::is_some).collect();
    assert_eq!(stand, sent);
}

#[tokio::test]
async fn a_failure_is_followed_by_the_next_attempt_and_its_error_kept() {
    let store = memory().await;
    let executor = executor(&store).await;
    let run = NewRun { max_retries: 1, ..NewRun::new("t", "{}") };
    store.enqueue(vec![run.clone()], None).await.unwrap();
    for _ in 0..2 {
        let claimed = turn(&store, executor, vec![], 1).await.claimed;
        let error = TaskError { kind: "k".into(), message: "a\0b".into(), chain: vec!["c".into()], place: None };
        let outcome = Outcome::Failed(error, Duration::ZERO);
        let completion = Completion { fence: claimed[0].fence, workflow_run: None, outcome, logs: Vec::new() };
        turn(&store, executor, vec![completion], 0).await;
    }
    let detail = store.run(run.id).await.unwrap().unwrap();
    assert_eq!(detail.attempts.len(), 2);
    assert_eq!(detail.latest.row.status, TaskStatus::Failed);
    assert_eq!(detail.latest.error.as_ref().unwrap().message, "a\u{FFFD}b");
    let state = store.run_states(vec![run.id]).await.unwrap().remove(0).unwrap();
    assert!(state.is_over());
}
