//! Scenes of workflows: what each verb writes of a run, and what follows from the ends of its nodes.

use super::scenes::{Scene, Verb, cancel, failed, held, scene, settle, turn};
use crate::support::make::{self, RunWords};
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::dag::Repair;
use hyrex::model::{ClaimedRun, Completion, NewNode, NewWorkflow, Outcome, RunId, WorkflowRunId, WorkflowSent};
use hyrex::store::{Rescue, Result, WorkflowCancel, WorkflowDef, WorkflowRepair, WorkflowRepaired, WorkflowSweep};

/// `a` before `b`, `c` beside them, and `z` when all have ended.
fn flow() -> NewWorkflow {
    let nodes = vec![node("a", &[]), node("b", &[0]), node("c", &[]), NewNode { finally: true, ..node("z", &[]) }];
    of(nodes)
}

fn of(nodes: Vec<NewNode>) -> NewWorkflow {
    NewWorkflow {
        id: WorkflowRunId::new(),
        workflow_name: "w".into(),
        args: "{}".into(),
        queue: "default".into(),
        timeout_seconds: None,
        idempotency_key: None,
        parent: None,
        root: None,
        nodes,
    }
}

fn node(name: &str, waits_for: &[usize]) -> NewNode {
    NewNode {
        run: RunId::new(),
        name: name.into(),
        task_name: "t".into(),
        args: "{}".into(),
        queue: "default".into(),
        max_retries: 0,
        priority: 5,
        timeout_seconds: None,
        finally: false,
        waits_for: waits_for.to_vec(),
    }
}

/// A run that was sent.
async fn sent(s: &TestStore, new: NewWorkflow) -> NewWorkflow {
    s.workflow_send(new.clone(), Some(at(0.0))).await.expect("it is sent");
    new
}

/// A run of which a worker holds what could begin.
#[derive(Clone)]
struct Begun {
    new: NewWorkflow,
    worker: hyrex::model::ExecutorId,
    claimed: Vec<ClaimedRun>,
}

async fn begun(s: &TestStore, new: NewWorkflow) -> Begun {
    let new = sent(s, new).await;
    let worker = Worker::at(&*s.store, at(1.0)).await;
    let claimed = worker.claim("default", 10).await;
    assert!(!claimed.is_empty(), "something can begin");
    Begun { new, worker: worker.id, claimed }
}

/// The end of a node, as a worker tells it.
fn end(run: &ClaimedRun, outcome: Outcome) -> Completion {
    Completion { workflow_run: run.workflow_run, ..settle(run, outcome) }
}

/// A run that failed: `a` failed, and nothing else is left.
async fn broken(s: &TestStore) -> NewWorkflow {
    let begun = begun(s, of(vec![node("a", &[]), node("b", &[0])])).await;
    turn(&*s.store, begun.worker, vec![end(&begun.claimed[0], failed(0))], vec![]).await.expect("it fails");
    begun.new
}

async fn sweep(s: &TestStore, recount: bool) -> Result<String> {
    let swept = s.workflow_sweep(WorkflowSweep { recount, now: Some(at(50.0)) }).await?;
    Ok(format!("{} {}", swept.timed_out, swept.recounted))
}

async fn cancel_flow(s: &TestStore, run: WorkflowRunId, subtree: bool) -> Result<String> {
    let cancel = WorkflowCancel { run, subtree, actor: make::operator(), now: Some(at(3.0)) };
    let answer = s.workflow_cancel(cancel).await?;
    let counts = (answer.nodes_canceled, answer.nodes_asked, answer.descendants_canceled, answer.descendants_asked);
    Ok(format!("{:?} {counts:?}", answer.run))
}

pub const SCENES: &[Scene] = &[
    scene!(
        "a workflow is sent",
        "new",
        "new",
        |_s| NewWorkflow { idempotency_key: Some("k".into()), ..flow() },
        |s, new| {
            let sent = s.workflow_send(new, Some(at(0.0))).await?;
            Ok(if matches!(sent, WorkflowSent::New(_)) { "new".into() } else { "twin".into() })
        }
    ),
    scene!("definitions of workflows are written", "done", "done", |_s| (), |s, _none| {
        let def = WorkflowDef { workflow_name: "w".into(), dag_structure: Some("{}".into()) };
        s.workflow_defs_put(vec![def]).await.map(|()| "done".into())
    }),
    scene!(
        "a node succeeds, and the next may run",
        "SUCCESS claimed 0",
        "already claimed 0",
        |s| begun(s, flow()).await,
        |s, begun| {
            let done = end(&begun.claimed[0], Outcome::Success(Some("[1]".into())));
            turn(&*s.store, begun.worker, vec![done], vec![]).await
        }
    ),
    scene!(
        "nodes fail, what waits is skipped, and the finally node may run",
        "FAILED SUCCESS claimed 0",
        "already already claimed 0",
        |s| begun(s, flow()).await,
        |s, begun| {
            let ends = vec![end(&begun.claimed[0], failed(0)), end(&begun.claimed[1], Outcome::Success(None))];
            turn(&*s.store, begun.worker, ends, vec![]).await
        }
    ),
    scene!(
        "the last node ends, and so does the run",
        "SUCCESS claimed 0",
        "already claimed 0",
        |s| begun(s, of(vec![node("a", &[])])).await,
        |s, begun| {
            let done = end(&begun.claimed[0], Outcome::Success(None));
            turn(&*s.store, begun.worker, vec![done], vec![]).await
        }
    ),
    scene!(
        "a waiting node is cancelled",
        "Canceled 0 0",
        "AlreadyEnded(Canceled) 0 0",
        |s| sent(s, flow()).await.nodes[1].run,
        |s, run| cancel(s, make::cancel(run)).await
    ),
    scene!(
        "a workflow run is cancelled with what its nodes sent",
        "Asked (1, 2, 1, 0)",
        "AlreadyAsked (1, 0, 0, 0)",
        |s| {
            let begun = begun(s, flow()).await;
            s.enqueue(vec![run("t").sent_by(&begun.claimed[0])], Some(at(1.0))).await.unwrap();
            begun.new.id
        },
        |s, run| cancel_flow(s, run, true).await
    ),
    scene!(
        "a workflow run is cancelled before it began",
        "Canceled (2, 0, 0, 0)",
        "AlreadyEnded(Canceled) (0, 0, 0, 0)",
        |s| sent(s, of(vec![node("a", &[]), node("b", &[0])])).await.id,
        |s, run| cancel_flow(s, run, false).await
    ),
    scene!(
        "a task is cancelled with the workflow run that it sent",
        "Asked 3 0",
        "AlreadyAsked 0 0",
        |s| {
            let held = held(s, vec![run("t")]).await;
            let parent = &held.1[0];
            sent(s, NewWorkflow { parent: Some(parent.fence.attempt), root: Some(parent.root), ..flow() }).await;
            parent.run
        },
        |s, run| cancel(s, hyrex::store::Cancel { subtree: true, ..make::cancel(run) }).await
    ),
    scene!(
        "the time of a workflow run is up",
        "1 0",
        "0 0",
        |s| {
            begun(s, NewWorkflow { timeout_seconds: Some(10), ..flow() }).await;
        },
        |s, _none| sweep(s, false).await
    ),
    scene!(
        "a workflow run is counted anew",
        "0 1",
        "0 0",
        |s| {
            let begun = begun(s, flow()).await;
            // As a worker of Python's does.
            let id = s.raw.id(begun.claimed[0].fence.attempt.0);
            s.raw.execute(&format!("UPDATE hyrex_task_run SET status = 'SUCCESS' WHERE id = {id}")).await;
        },
        |s, _none| sweep(s, true).await
    ),
    scene!(
        "a workflow run is repaired",
        "2 run",
        "2 run",
        |s| {
            let args = vec![("a".to_owned(), "{\"again\": 1}".to_owned())];
            let (id, run) = (uuid::Uuid::now_v7(), broken(s).await.id);
            WorkflowRepair { id, run, what: Repair::Failed, args, actor: make::operator(), now: Some(at(5.0)) }
        },
        |s, repair| {
            let repaired = s.workflow_repair(repair).await?;
            Ok(match repaired {
                WorkflowRepaired::Running { nodes } => format!("{nodes} run"),
                other => other.to_string(),
            })
        }
    ),
    scene!(
        "an executor stops with nodes",
        "done",
        "done",
        |s| {
            let begun = begun(s, flow()).await;
            (begun.worker, begun.claimed.iter().map(|run| run.fence).collect::<Vec<_>>())
        },
        |s, stop| s.executor_stop(stop.0, stop.1, Some(at(3.0))).await.map(|()| "done".into())
    ),
    scene!(
        "an executor with nodes is rescued",
        "2",
        "0",
        |s| {
            let lost = begun(s, flow()).await.worker;
            let observer = Worker::at(&*s.store, at(2.0)).await;
            let peer = observer.peer(lost).await.expect("it is seen");
            let (beat_number, last_heartbeat) = (peer.beat_number, peer.last_heartbeat);
            Rescue { observer: observer.id, lost, beat_number, last_heartbeat, now: Some(at(3.0)) }
        },
        |s, rescue| Ok(s.executor_rescue(rescue).await?.lost.to_string())
    ),
];
