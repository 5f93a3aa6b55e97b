//! What others hear: the system log of what operators do, and signs to those who wait.

use super::{FlowWords, Play, cancel, chain, flow, node, sweep_at};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::dag::Repair;
use hyrex::model::{Outcome, QueueSet};
use hyrex::store::{ParkedClaim, SystemEvent, Wakeup, Wakeups, WorkflowRepaired};
use std::time::Duration;

on_both!(
    a_cancel_is_written_down,
    a_cancel_of_nothing_is_written_down_as_that,
    a_repair_is_written_down,
    an_end_by_time_is_written_down,
    what_happens_by_itself_is_not_written_down,
    a_released_node_gives_a_sign,
    a_sent_workflow_gives_a_sign,
    a_run_that_ends_gives_a_sign,
    skipped_nodes_give_a_sign,
    a_cancelled_run_gives_a_sign,
    a_parked_claim_takes_the_next_node,
);

async fn events(s: &TestStore, name: &str) -> Vec<(SystemEvent, serde_json::Value)> {
    let events = s.system_events(None, 100).await.unwrap().into_iter().filter(|event| event.name == name);
    let body = |event: &SystemEvent| serde_json::from_str(&event.body).expect("a body in JSON");
    events.map(|event| (event.clone(), body(&event))).collect()
}

async fn a_cancel_is_written_down(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    cancel(s, play.id, true).await;
    let events = events(s, "workflow_cancel").await;
    let [(event, body)] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!(event.at, Some(at(5.0)));
    assert_eq!((body["actor"]["user"].as_str(), body["actor"]["host"].as_str()), (Some("ada"), Some("desk")));
    assert_eq!((&body["run"], &body["subtree"]), (&play.id.to_string().into(), &true.into()));
    let outcome = serde_json::json!({ "run": "asked", "nodes_canceled": 1, "nodes_asked": 1,
        "descendants_canceled": 0, "descendants_asked": 0 });
    assert_eq!(body["outcome"], outcome);
}

async fn a_cancel_of_nothing_is_written_down_as_that(s: &TestStore) {
    cancel(s, hyrex::model::WorkflowRunId::new(), false).await;
    assert_eq!(events(s, "workflow_cancel").await[0].1["outcome"]["run"], "not_found");
}

async fn a_repair_is_written_down(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.fail("a").await;
    let repair = super::repair::repair_of(&play, Repair::Failed);
    for _ in 0..2 {
        s.workflow_repair(repair.clone()).await.unwrap();
    }
    let events = events(s, "workflow_repair").await;
    let [(event, body)] = &events[..] else { panic!("one event, also when it is repeated: {events:?}") };
    assert_eq!((event.at, body["actor"]["user"].as_str()), (Some(at(20.0)), Some("ada")));
    assert_eq!(body["run"], play.id.to_string());
    assert_eq!(body["outcome"], WorkflowRepaired::Running { nodes: 2 }.to_string());
    assert_eq!(body["what"], Repair::Failed.to_string());
}

async fn an_end_by_time_is_written_down(s: &TestStore) {
    let play = Play::of(s, flow(node("a")).timeout(10)).await;
    sweep_at(s, 11.0).await;
    let events = events(s, "workflow_timeout").await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0.at, &events[0].1["run"]), (Some(at(11.0)), &play.id.to_string().into()));
}

async fn what_happens_by_itself_is_not_written_down(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.succeed(&["a"]).await;
    play.fail("b").await;
    assert_eq!(s.system_events(None, 10).await.unwrap(), []);
}

/// A sign that fits, or one that says to look; soon.
async fn sign(of: &mut Box<dyn Wakeups>, what: &str, fits: impl Fn(&Wakeup) -> bool) {
    let wait = async {
        loop {
            let sign = of.next().await;
            if fits(&sign) || sign == Wakeup::Something {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait).await.unwrap_or_else(|_| panic!("no sign of {what}"));
}

fn is_work_in(queue: &str) -> impl Fn(&Wakeup) -> bool {
    move |sign| matches!(sign, Wakeup::Work(lanes) if lanes.iter().any(|lane| lane.queue == queue))
}

async fn a_sent_workflow_gives_a_sign(s: &TestStore) {
    let mut signs = s.wakeups().await.unwrap();
    let new = flow(chain(&["a", "b"])).with("a", |node| node.queue = "heavy".into());
    s.workflow_send(new, None).await.unwrap();
    sign(&mut signs, "work", is_work_in("heavy")).await;
}

async fn a_released_node_gives_a_sign(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"])).with("b", |node| node.queue = "heavy".into())).await;
    play.begin().await;
    let mut signs = s.wakeups().await.unwrap();
    play.settle("a", Outcome::Success(None)).await;
    sign(&mut signs, "the next node", is_work_in("heavy")).await;
}

async fn a_run_that_ends_gives_a_sign(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.begin().await;
    let mut signs = s.wakeups().await.unwrap();
    play.settle("a", Outcome::Success(None)).await;
    let ended = |sign: &Wakeup| matches!(sign, Wakeup::WorkflowsEnded(runs) if runs.contains(&play.id));
    sign(&mut signs, "its end", ended).await;
}

async fn skipped_nodes_give_a_sign(s: &TestStore) {
    let new = flow(chain(&["a", "b"]));
    let play = Play::of(s, new.clone()).await;
    play.begin().await;
    let mut signs = s.wakeups().await.unwrap();
    play.fail("a").await;
    let ended = |sign: &Wakeup| matches!(sign, Wakeup::Ended(runs) if runs.contains(&new.run_of("b")));
    sign(&mut signs, "the end of what waited", ended).await;
}

async fn a_cancelled_run_gives_a_sign(s: &TestStore) {
    let play = Play::of(s, flow(node("a"))).await;
    play.begin().await;
    let other = s.another().await;
    let mut signs = s.wakeups().await.unwrap();
    cancel_by(&other, &play).await;
    sign(&mut signs, "a cancellation", |sign| *sign == Wakeup::Cancel).await;
    other.close().await;
}

async fn cancel_by(store: &hyrex::store::SharedStore, play: &Play<'_>) {
    let actor = crate::support::make::operator();
    let cancel = hyrex::store::WorkflowCancel { run: play.id, subtree: false, actor, now: None };
    store.workflow_cancel(cancel).await.unwrap();
}

/// In the transaction that releases it, where a store can do that.
async fn a_parked_claim_takes_the_next_node(s: &TestStore) {
    let play = Play::of(s, flow(chain(&["a", "b"]))).await;
    play.begin().await;
    let (queues, tasks) = (QueueSet::all(), vec!["t".to_owned()]);
    let parked = ParkedClaim { executor: play.worker.id, queues, tasks, take: 2, now: Some(at(1.0)) };
    let claim = tokio::time::timeout(Duration::from_secs(2), s.claim_parked(parked));
    let (claimed, _) = tokio::join!(claim, play.settle("a", Outcome::Success(None)));
    match claimed {
        Ok(claimed) => assert_eq!(claimed.unwrap()[0].node_name.as_deref(), Some("b")),
        Err(_) => assert!(!s.abilities().parks_claims, "it is served"),
    }
}
