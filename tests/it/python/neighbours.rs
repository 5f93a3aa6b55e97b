//! Each SDK's housekeeping leaves the other's executors and runs alone.

use super::Shared;
use crate::support::{Worker, make::RunWords, run, wait_for};
use hyrex::model::{Completed, ExecutorStatus, Outcome, TaskStatus};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(180);

/// Runs the SQL of one of the jobs that Python's scheduler runs each minute.
async fn run_job_of_python(shared: &Shared, name: &str) {
    let sql = format!("SELECT command FROM hyrex_cron_job WHERE jobname = '{name}'");
    let command = shared.raw.texts(&sql).await.into_iter().flatten().next().expect("the SDK's init-db makes the job");
    shared.raw.execute(&command).await;
}

#[tokio::test]
async fn pythons_sweeps_leave_our_executor_and_its_run_alone() {
    let shared = Shared::ours().await;
    shared.python.init_db().await;
    let worker = Worker::new(&*shared.store).await;
    let (held, orphan) = (run("t").on("rust").retries(1), run("t").on("orphaned").retries(1));
    let orphan_id = orphan.id;
    shared.store.enqueue(vec![held, orphan], None).await.unwrap();
    let held = worker.claim("rust", 1).await.remove(0);
    let orphan = worker.claim("orphaned", 1).await.remove(0);
    // The proof that the jobs do their work: a run whose executor is in no table is swept away.
    let sql = format!("UPDATE hyrex_task_run SET executor_id = uuid7() WHERE id = {}", shared.raw.id(orphan_id.0));
    shared.raw.execute(&sql).await;
    run_job_of_python(&shared, "SetExecutorToLostIfNoHeartbeat").await;
    run_job_of_python(&shared, "SetOrphanedRunningTaskToLost").await;
    assert_eq!(shared.raw.status(orphan.fence.attempt).await, TaskStatus::Lost);
    assert_eq!(shared.raw.status(held.fence.attempt).await, TaskStatus::Running);
    assert_eq!(worker.beat().await.own, Some(ExecutorStatus::Running));
    let ended = worker.succeed(&held).await;
    assert!(matches!(ended, Completed::Applied { status: TaskStatus::Success, .. }), "{ended:?}");
    // What Python declared lost has its next attempt, and ours can run it.
    let next = worker.claim("orphaned", 1).await.remove(0);
    assert_eq!((next.run, next.attempt_number), (orphan_id, 1));
    shared.finish().await;
}

#[tokio::test]
async fn an_executor_of_ours_that_beats_outlives_pythons_five_minutes() {
    let shared = Shared::ours().await;
    shared.python.init_db().await;
    let worker = Worker::new(&*shared.store).await;
    let old =
        format!("UPDATE hyrex_executor SET last_heartbeat = now() - interval '6 minutes' WHERE id = '{}'", worker.id);
    shared.raw.execute(&old).await;
    worker.beat().await;
    run_job_of_python(&shared, "SetExecutorToLostIfNoHeartbeat").await;
    assert_eq!(worker.look().await.own, Some(ExecutorStatus::Running));
    shared.raw.execute(&old).await;
    run_job_of_python(&shared, "SetExecutorToLostIfNoHeartbeat").await;
    assert_eq!(worker.look().await.own, Some(ExecutorStatus::Lost), "without a beat the job does its work");
    shared.finish().await;
}

#[tokio::test]
async fn pythons_executor_is_seen_without_a_lease_and_its_run_stays_its_own() {
    let shared = Shared::ours().await;
    let slow = run("python_slow").on("python").args(r#"{"order": {"text": "", "number": 3}}"#).retries(3);
    let id = slow.id;
    shared.store.enqueue(vec![slow], None).await.unwrap();
    let process = shared.python.worker("python");
    let ours = Worker::new(&*shared.store).await;
    let peer = wait_for("Python's executor to hold the run", PATIENCE, async || {
        let state = shared.store.run_states(vec![id]).await.unwrap().remove(0)?;
        let peers = ours.beat().await.peers?;
        peers.into_iter().find(|_| state.status == TaskStatus::Running)
    })
    .await;
    assert_eq!((peer.lease, peer.beat_number), (None, None));
    assert!(peer.silent_for.unwrap() < Duration::from_secs(60), "{peer:?}");
    // Ours cannot write about what Python holds.
    let run = shared.store.run(id).await.unwrap().unwrap().attempts.remove(0);
    let fence = hyrex::model::Fence { attempt: run.id, executor: ours.id, claim: 1 };
    let refused = ours.settle_fence(fence, Outcome::Success(None)).await;
    assert_eq!(refused, Completed::Refused { stands: TaskStatus::Running });
    wait_for("Python to end it", PATIENCE, async || {
        let state = shared.store.run_states(vec![id]).await.unwrap().remove(0)?;
        (state.status == TaskStatus::Success && state.attempt_number == 0).then_some(())
    })
    .await;
    drop(process);
    shared.finish().await;
}
