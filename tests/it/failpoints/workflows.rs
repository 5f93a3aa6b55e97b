//! The scenes of workflows' runs.

use super::scenes::{Scene, Verb, failed, scene, settle, turn};
use crate::support::{TestStore, Worker, at, make};
use hyrex::model::dag::{Draft, Node, Repair};
use hyrex::model::{
    ClaimedRun, ExecutorId, NewWorkflow, Outcome, TaskSettings, WorkflowRunId, WorkflowSent, WorkflowSettings,
};
use hyrex::store::{Result, WorkflowCancel, WorkflowDef, WorkflowRepair, WorkflowRepaired, WorkflowSweep};

fn node(name: &str) -> Draft {
    Node::new(name, "t").into()
}

fn flow(draft: Draft) -> NewWorkflow {
    let task = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let run = NewWorkflow::of("etl", "{}", &draft.build().unwrap(), &WorkflowSettings::default(), task);
    NewWorkflow { timeout_seconds: Some(10), ..run }
}

/// A node after another.
fn two() -> NewWorkflow {
    flow(node("a").then(node("b")))
}

async fn send(s: &TestStore, run: NewWorkflow) -> Result<String> {
    Ok(match s.workflow_send(run, Some(at(0.0))).await? {
        WorkflowSent::New(_) => "new".into(),
        WorkflowSent::Duplicate(_) => "duplicate".into(),
    })
}

/// A run that was sent, and the nodes that may run, claimed by a worker.
async fn held(s: &TestStore, run: NewWorkflow) -> (WorkflowRunId, ExecutorId, Vec<ClaimedRun>) {
    let id = run.id;
    send(s, run).await.unwrap();
    let worker = Worker::at(&*s.store, at(1.0)).await;
    (id, worker.id, worker.claim("default", 9).await)
}

/// The first node of a run ends so.
async fn ends(s: &TestStore, held: (WorkflowRunId, ExecutorId, Vec<ClaimedRun>), outcome: Outcome) -> Result<String> {
    turn(&*s.store, held.1, vec![settle(&held.2[0], outcome)], vec![]).await
}

async fn cancel(s: &TestStore, run: WorkflowRunId) -> Result<String> {
    let cancel = WorkflowCancel { run, subtree: true, actor: make::operator(), now: Some(at(2.0)) };
    let answer = s.workflow_cancel(cancel).await?;
    Ok(format!("{:?} {} {}", answer.run, answer.nodes_canceled, answer.nodes_asked))
}

async fn sweep(s: &TestStore) -> Result<String> {
    let swept = s.workflow_sweep(WorkflowSweep { recount: true, now: Some(at(20.0)) }).await?;
    Ok(format!("{} {}", swept.timed_out, swept.recounted))
}

pub const WORKFLOWS: &[Scene] = &[
    scene!("a workflow is sent", "new", "new", |_s| two(), |s, run| send(s, run).await),
    scene!(
        "a keyed workflow is sent",
        "new",
        "new",
        |_s| NewWorkflow { idempotency_key: Some("k".into()), ..two() },
        |s, run| send(s, run).await
    ),
    scene!("definitions of workflows are written", "done", "done", |_s| (), |s, _none| {
        let def = WorkflowDef { workflow_name: "etl".into(), dag_structure: Some("{}".into()) };
        s.workflow_defs_put(vec![def]).await.map(|()| "done".into())
    }),
    scene!(
        "a node releases the next",
        "SUCCESS claimed 0",
        "already claimed 0",
        |s| held(s, two()).await,
        |s, held| { ends(s, held, Outcome::Success(Some("1".into()))).await }
    ),
    scene!(
        "a node that fails is the end of a run",
        "FAILED claimed 0",
        "already claimed 0",
        |s| held(s, two()).await,
        |s, held| ends(s, held, failed(0)).await
    ),
    scene!(
        "the last node begins those that run last",
        "SUCCESS claimed 0",
        "already claimed 0",
        |s| held(s, flow(node("a").finally(node("z")))).await,
        |s, held| ends(s, held, Outcome::Success(None)).await
    ),
    scene!(
        "a workflow that waits is cancelled",
        "Canceled 2 0",
        "AlreadyEnded(Canceled) 0 0",
        |s| {
            let run = two();
            send(s, run.clone()).await.unwrap();
            run.id
        },
        |s, run| cancel(s, run).await
    ),
    scene!(
        "a workflow that runs is cancelled",
        "Asked 1 1",
        "AlreadyAsked 0 0",
        |s| held(s, two()).await.0,
        |s, run| { cancel(s, run).await }
    ),
    scene!("a workflow's time is up", "1 0", "0 0", |s| held(s, two()).await.0, |s, _run| sweep(s).await),
    scene!(
        "a workflow is counted anew",
        "0 1",
        "0 0",
        |s| {
            let run = NewWorkflow { timeout_seconds: None, ..two() };
            let a = s.raw.id(run.nodes[0].run.0);
            send(s, run).await.unwrap();
            s.raw.execute(&format!("UPDATE hyrex_task_run SET status = 'SUCCESS' WHERE id = {a}")).await;
        },
        |s, _none| sweep(s).await
    ),
    scene!(
        "a workflow is repaired",
        "Running { nodes: 2 }",
        "Running { nodes: 2 }",
        |s| {
            let held = held(s, two()).await;
            ends(s, held.clone(), failed(0)).await.unwrap();
            let (id, what) = (uuid::Uuid::now_v7(), Repair::Failed);
            WorkflowRepair { id, run: held.0, what, args: vec![], actor: make::operator(), now: Some(at(3.0)) }
        },
        |s, repair| {
            let repaired: WorkflowRepaired = s.workflow_repair(repair).await?;
            Ok(format!("{repaired:?}"))
        }
    ),
];
