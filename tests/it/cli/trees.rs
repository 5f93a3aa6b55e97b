//! `tasks tree`: who sent what, drawn and as JSON.

use super::command::Hyrex;
use super::hyrex;
use crate::support::make::{RunWords, error};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{Outcome, RunId};
use serde_json::json;

on_both!(a_tree_is_drawn_around_the_run_asked_for, a_tree_that_is_too_large_says_what_was_left_out);

/// A root `t` with two children, the first of which failed once and has a child of its own: root, first, grandchild.
async fn grown(store: &TestStore) -> [RunId; 3] {
    let root = run("t");
    store.enqueue(vec![root.clone()], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let sender = worker.claim_one().await;
    let (first, second) = (run("t").retries(1).sent_by(&sender), run("other").sent_by(&sender));
    store.enqueue(vec![first.clone(), second], None).await.unwrap();
    let failing = worker.claim_one().await;
    worker.settle(&failing, Outcome::Failed(error("declined"), std::time::Duration::ZERO)).await;
    let again = worker.claim_one().await;
    let grandchild = run("leaf").sent_by(&again);
    store.enqueue(vec![grandchild.clone()], None).await.unwrap();
    worker.succeed(&sender).await;
    [root.id, first.id, grandchild.id]
}

async fn a_tree_is_drawn_around_the_run_asked_for(store: &TestStore) {
    let [root, first, grandchild] = grown(store).await;
    let drawn = |options: &[&str], lang: &str| {
        let run = first.to_string();
        let out = Hyrex::new()
            .args(["tasks", "tree", &run, "--url", &store.url])
            .args(options)
            .env("LC_ALL", lang)
            .run()
            .ok();
        out.lines().skip(1).map(|line| line.split("  ").take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let boxes = ["  t", "▶ ├─ t", "  │", "  └─ other"];
    let found = drawn(&[], "C.UTF-8");
    assert!(found.iter().zip(boxes).all(|(line, part)| line.starts_with(part)) && found.len() == 4, "{found:?}");
    let plain = ["  t", "> |- t", "  |", "  `- other"];
    for found in [drawn(&[], "C"), drawn(&["--ascii"], "C.UTF-8")] {
        assert!(found.iter().zip(plain).all(|(line, part)| line.starts_with(part)), "{found:?}");
    }
    let text = hyrex(&store.url, ["tasks", "tree", &root.to_string()]).ok();
    assert!(text.contains("SUCCESS") && text.contains("RUNNING") && text.contains("2/2"), "{text}");
    let tree = hyrex(&store.url, ["tasks", "tree", &first.to_string(), "--json"]).json();
    assert_eq!((&tree["root"], &tree["run"]), (&json!(root.to_string()), &json!(first.to_string())));
    let depths: Vec<_> = tree["runs"].as_array().unwrap().iter().map(|run| run["depth"].clone()).collect();
    assert_eq!(depths, [0, 1, 2, 1]);
    let leaf = &tree["runs"][2];
    assert_eq!((&leaf["id"], &leaf["parent"]), (&json!(grandchild.to_string()), &json!(first.to_string())));
    assert_eq!((&leaf["status"], &tree["more"]), (&json!("QUEUED"), &json!(false)));
}

async fn a_tree_that_is_too_large_says_what_was_left_out(store: &TestStore) {
    let [_, first, grandchild] = grown(store).await;
    let said = hyrex(&store.url, ["tasks", "tree", &first.to_string(), "--limit", "2"]);
    assert!(said.err.contains("the first 2 runs") && said.err.contains("--limit 10000"), "{said:?}");
    assert_eq!(said.ok().lines().count(), 3);
    let said = hyrex(&store.url, ["tasks", "tree", &grandchild.to_string(), "--limit", "2"]);
    assert!(said.err.contains("the run asked for is not among them"), "{said:?}");
    assert_eq!(hyrex(&store.url, ["tasks", "tree", &first.to_string(), "-n", "2", "--json"]).json()["more"], true);
    hyrex(&store.url, ["tasks", "tree", "ffffffff"]).fails(1, &["ffffffff"]);
}
