//! What tasks wrote, whatever it is, is shown and never obeyed.

use super::command::{Said, assert_clean};
use super::hyrex;
use crate::support::make::{RunWords, error};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, run};
use hyrex::model::{LogLine, Outcome};
use hyrex::store::Logged;

on_both!(no_escape_of_a_task_reaches_the_terminal, large_data_is_cut_for_people_and_whole_for_scripts);

/// Everything that a terminal may obey, in one text.
const HOSTILE: &str = "a\x1b[2J\x1b]0;title\x07\r\n\u{9b}31m\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{e0041}z";

async fn no_escape_of_a_task_reaches_the_terminal(store: &TestStore) {
    let args = serde_json::json!({ "text": HOSTILE, HOSTILE: 1 }).to_string();
    // Raw C1 and direction characters may stand in JSON as they are.
    let raw = "{\"raw\":\"\u{9b}31m\u{202e}\"}";
    let sent = run(HOSTILE).on(HOSTILE).args(args).key(HOSTILE).retries(1);
    let id = sent.id.to_string();
    store.enqueue(vec![sent, run("raw").args(raw)], None).await.unwrap();
    let worker = Worker::new(&*store.store).await;
    let claimed = worker.claim_tasks(HOSTILE, &[HOSTILE], 1).await.remove(0);
    let (level, target, message) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
    let line = LogLine { claim: 1, seq: 0, at: crate::support::at(0.0), level, target, message };
    store.log_append(vec![Logged { fence: claimed.fence, lines: vec![line] }]).await.unwrap();
    store.progress_set(claimed.fence, 0.5, HOSTILE.into(), None).await.unwrap();
    let mut failure = error(HOSTILE);
    (failure.kind, failure.place) = (HOSTILE.into(), Some(HOSTILE.into()));
    failure.chain = vec![HOSTILE.into()];
    worker.settle(&claimed, Outcome::FailedForGood(failure)).await;
    store.kv_set(HOSTILE, HOSTILE, None).await.unwrap();
    for json in [false, true] {
        for args in [
            vec!["tasks", "list"],
            vec!["tasks", "show", &id],
            vec!["tasks", "logs", &id],
            vec!["queues", "list"],
            vec!["queues", "pause", HOSTILE],
            vec!["queues", "limit", HOSTILE, "3"],
            vec!["kv", "list"],
            vec!["tasks", "list", "--queue", HOSTILE, "-n", "1"],
        ] {
            let args: Vec<_> = args.into_iter().chain(json.then_some("--json")).collect();
            let Said { code, out, err } = hyrex(&store.url, &args);
            assert_eq!(code, Some(0), "{args:?}: {err}");
            assert_clean(&out);
            assert_clean(&err);
        }
    }
    let shown = hyrex(&store.url, ["tasks", "show", &id, "--json"]).json();
    assert_eq!((shown["task"].as_str(), shown["args"]["text"].as_str()), (Some(HOSTILE), Some(HOSTILE)));
    assert!(hyrex(&store.url, ["tasks", "list"]).ok().contains(r"a\x1b[2J"), "escapes are visible");
}

async fn large_data_is_cut_for_people_and_whole_for_scripts(store: &TestStore) {
    let args = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
    let sent = run("t").args(args.clone());
    let id = sent.id.to_string();
    store.enqueue(vec![sent], None).await.unwrap();
    let text = hyrex(&store.url, ["tasks", "show", &id]).ok();
    assert!(text.len() < 10_000 && text.contains("--full shows all of it"), "{} bytes", text.len());
    assert!(hyrex(&store.url, ["tasks", "show", &id, "--full"]).ok().contains(&args));
    let shown = hyrex(&store.url, ["tasks", "show", &id, "--json"]).json();
    assert_eq!(shown["args"]["text"].as_str().map(str::len), Some(1 << 20));
}
