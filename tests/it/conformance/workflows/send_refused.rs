//! Sending a run: twins by their key, and what is refused.

use super::{FlowWords, Play, chain, flow, node};
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::{NewWorkflow, WorkflowSent, WorkflowStatus};
use hyrex::store::StoreError;

on_both!(
    a_key_that_stands_answers_its_run,
    a_key_is_its_workflows_own,
    a_key_is_taken_also_when_its_run_has_failed,
    twins_at_the_same_moment_make_one_run,
    a_run_that_breaks_a_bound_is_refused_whole,
    a_refused_run_leaves_its_key_free,
);

async fn send(s: &TestStore, flow: &NewWorkflow) -> WorkflowSent {
    s.workflow_send(flow.clone(), Some(at(0.0))).await.unwrap()
}

async fn a_key_that_stands_answers_its_run(s: &TestStore) {
    let (first, twin) = (flow(node("a")).key("k"), flow(node("a")).key("k"));
    assert_eq!(send(s, &first).await, WorkflowSent::New(first.id));
    let before = s.raw.everything().await;
    assert_eq!(send(s, &twin).await, WorkflowSent::Duplicate(first.id));
    assert_eq!(s.raw.everything().await, before, "nothing of the twin stands");
    assert_eq!(send(s, &first).await, WorkflowSent::New(first.id), "repeated, it is still the first");
    let row = s.workflow_row(first.id).await.unwrap().unwrap().0;
    assert_eq!(row.idempotency_key.as_deref(), Some("k"));
}

async fn a_key_is_its_workflows_own(s: &TestStore) {
    let (first, mut other) = (flow(node("a")).key("k"), flow(node("a")).key("k"));
    other.workflow_name = "training".into();
    send(s, &first).await;
    assert_eq!(send(s, &other).await, WorkflowSent::New(other.id));
    let keyless = flow(node("a"));
    assert_eq!(send(s, &keyless).await, WorkflowSent::New(keyless.id));
}

async fn a_key_is_taken_also_when_its_run_has_failed(s: &TestStore) {
    let first = flow(node("a")).key("k");
    let play = Play::of(s, first.clone()).await;
    play.fail("a").await;
    assert_eq!(play.status().await, WorkflowStatus::Failed);
    assert_eq!(send(s, &flow(node("a")).key("k")).await, WorkflowSent::Duplicate(first.id));
}

async fn twins_at_the_same_moment_make_one_run(s: &TestStore) {
    let other = s.another().await;
    for round in 0..10 {
        let key = format!("k{round}");
        let twins: Vec<_> = (0..6).map(|_| flow(chain(&["a", "b"])).key(&key)).collect();
        let sends = twins.iter().enumerate().map(|(n, twin)| {
            let store = if n % 2 == 0 { &s.store } else { &other };
            store.workflow_send(twin.clone(), None)
        });
        let answers = futures_util::future::join_all(sends).await;
        let new: Vec<_> = answers.iter().filter(|sent| matches!(sent, Ok(WorkflowSent::New(_)))).collect();
        assert_eq!(new.len(), 1, "{answers:?}");
        let stands = new[0].as_ref().unwrap().run();
        assert!(answers.iter().all(|sent| sent.as_ref().is_ok_and(|sent| sent.run() == stands)), "{answers:?}");
        assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_workflow_run").await, round + 1);
        assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 2 * (round + 1));
    }
    other.close().await;
}

async fn a_run_that_breaks_a_bound_is_refused_whole(s: &TestStore) {
    let whole = |change: fn(&mut NewWorkflow)| {
        let mut new = flow(chain(&["a", "b"]));
        change(&mut new);
        new
    };
    let broken = [
        (whole(|new| new.workflow_name.clear()), "the workflow name is empty"),
        (whole(|new| new.args = "[]".into()), "arguments must be JSON"),
        (whole(|new| new.queue = "q".repeat(256)), "the queue name has 256 bytes"),
        (whole(|new| new.timeout_seconds = Some(0)), "timeout_seconds is 0"),
        (whole(|new| new.nodes.clear()), "the number of nodes is 0"),
        (whole(|new| new.nodes[1].waits_for = vec![2]), "what a node waits for is 2"),
        (whole(|new| new.idempotency_key = Some(String::new())), "the idempotency key is empty"),
        (flow(chain(&["a", "b"])).with("b", |node| node.name.clear()), "the node name is empty"),
        (flow(chain(&["a", "b"])).with("b", |node| node.name = "b\0".into()), "U+0000"),
        (flow(chain(&["a", "b"])).with("b", |node| node.args = "{".into()), "arguments must be JSON"),
        (flow(chain(&["a", "b"])).with("b", |node| node.priority = 11), "the priority is 11"),
        (flow(chain(&["a", "b"])).with("b", |node| node.max_retries = 1001), "max_retries is 1001"),
    ];
    let before = s.raw.everything().await;
    for (new, why) in broken {
        let refused = s.workflow_send(new, None).await.unwrap_err();
        assert!(matches!(refused, StoreError::Bounds(_)), "{refused:?}");
        assert!(refused.to_string().contains(why), "{refused} for {why}");
    }
    assert_eq!(s.raw.everything().await, before);
}

async fn a_refused_run_leaves_its_key_free(s: &TestStore) {
    let broken = flow(node("a")).key("k").with("a", |node| node.priority = 0);
    assert!(s.workflow_send(broken, None).await.is_err());
    let new = flow(node("a")).key("k");
    assert_eq!(send(s, &new).await, WorkflowSent::New(new.id));
}
