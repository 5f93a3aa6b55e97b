//! Input that means harm, or comes from a world that is wider than one thought: kept as it is, or refused in words.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::{completion, line, share};
use crate::support::{TestStore, Worker, run};
use hyrex::model::{Completed, Completion, Outcome, TaskError, TaskStatus, bounds};
use hyrex::store::{LogsQuery, RunFilter, RunsQuery, SetPause, StoreError};

on_both!(
    names_of_any_letters_work_in_every_verb,
    arguments_and_results_may_hold_escapes_of_anything,
    arguments_at_their_bound_are_taken_and_beyond_it_refused,
    nul_in_an_error_is_replaced,
    nul_in_a_line_of_the_log_is_replaced,
    a_result_that_is_no_json_spoils_nothing_else,
    a_result_beyond_the_bound_spoils_nothing_else,
    an_actor_of_any_letters_is_written_down,
    an_error_of_many_megabytes_is_kept_or_cut_but_settles,
);

fn names() -> Vec<String> {
    let names = [
        "'; DROP TABLE hyrex_task_run; --",
        "\"quoted\"",
        "a,b{c}\\d",
        "%",
        "_",
        "*",
        "[a-z]?",
        "$1 ?1 :name @name",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{1b}[31mred\u{7}",
        "\n",
        " ",
        "\u{202e}evil",
        "NULL",
        "\u{fffd}",
    ];
    names.into_iter().map(str::to_owned).chain(["q".repeat(bounds::MAX_NAME)]).collect()
}

async fn names_of_any_letters_work_in_every_verb(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    for name in names() {
        let new = run(&name).on(&name).key(&name);
        s.enqueue(vec![new.clone()], None).await.unwrap();
        let lanes = worker.tick_for(&[&name], None, None).await.lanes;
        assert_eq!(lanes.len(), 1, "{name:?}");
        s.queue_declare(name.clone(), Some(1)).await.unwrap();
        let pause = |paused| SetPause { queue: name.clone(), paused, actor: make::operator(), now: None };
        assert_eq!(s.queue_pause(pause(true)).await.unwrap().name, name);
        let limited = hyrex::store::Share { limited: true, ..share(&name, &[&name], 5) };
        assert_eq!(worker.claim_shares(vec![limited.clone()]).await, [], "{name:?}");
        s.queue_pause(pause(false)).await.unwrap();
        let claimed = worker.claim_shares(vec![limited]).await;
        assert_eq!(claimed.iter().map(|run| run.run).collect::<Vec<_>>(), [new.id], "{name:?}");
        worker.succeed(&claimed[0]).await;
        let filter = RunFilter { queue: Some(name.clone()), task_name: Some(name.clone()), ..RunFilter::default() };
        let page = s.runs(RunsQuery { filter, before: None, limit: 5 }).await.unwrap();
        assert_eq!(page.items.len(), 1, "{name:?}");
    }
    let mut known: Vec<_> = s.queues(None).await.unwrap().into_iter().map(|row| row.settings.name).collect();
    known.sort();
    let mut expected = names();
    expected.sort();
    assert_eq!(known, expected);
}

async fn arguments_and_results_may_hold_escapes_of_anything(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let texts = [
        r#"{"nul":"\u0000","half":"\ud800","twice":1,"twice":2}"#,
        "{\"raw\":\"\u{7f}\u{202e}\u{1f600}\",\"esc\":\"\\u001b[31m\"}",
        "{\"'; DROP TABLE hyrex_task_result; --\":1e999}",
    ];
    for text in texts {
        let new = run("t").args(text);
        s.enqueue(vec![new.clone()], None).await.unwrap();
        let claimed = worker.claim_one().await;
        assert_eq!(claimed.args, text);
        worker.settle(&claimed, Outcome::Success(Some(text.into()))).await;
        let latest = s.run(new.id).await.unwrap().unwrap().latest;
        assert_eq!((latest.args.as_str(), latest.result.as_deref()), (text, Some(text)));
    }
    let page = s.runs(RunsQuery { filter: RunFilter::default(), before: None, limit: 10 }).await.unwrap();
    assert_eq!(page.items.len(), 3, "no list reads them");
}

async fn arguments_at_their_bound_are_taken_and_beyond_it_refused(s: &TestStore) {
    let of = |size: usize| format!("{{\"x\":\"{}\"}}", "y".repeat(size - 8));
    let new = run("t").args(of(bounds::MAX_JSON));
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let claimed = Worker::new(&*s.store).await.claim_one().await;
    assert!(claimed.args == new.args, "the text as it was sent");
    let refused = s.enqueue(vec![run("t").args(of(bounds::MAX_JSON + 1))], None).await;
    let error = refused.expect_err("it is refused");
    assert!(matches!(error, StoreError::Bounds(_)), "{error:?}");
    assert!(error.to_string().contains("16777217"), "{error}");
}

async fn nul_in_an_error_is_replaced(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let text = || "a\0b".to_owned();
    let error = TaskError { kind: text(), message: text(), chain: vec![text(), text()], place: Some(text()) };
    worker.settle(&worker.claim_one().await, Outcome::FailedForGood(error)).await;
    let kept = s.run(new.id).await.unwrap().unwrap().latest.error.unwrap();
    let clean = || "a\u{fffd}b".to_owned();
    let expected = TaskError { kind: clean(), message: clean(), chain: vec![clean(), clean()], place: Some(clean()) };
    assert_eq!(kept, expected);
}

async fn nul_in_a_line_of_the_log_is_replaced(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let mut with_nul = line(0, "x\0y");
    with_nul.target = "m\0".into();
    let done = completion(claimed.fence, Outcome::Success(None));
    worker.turn(vec![Completion { logs: vec![with_nul], ..done }], vec![]).await;
    let query = LogsQuery { attempt: claimed.fence.attempt, after: None, limit: 5 };
    let kept = s.logs(query).await.unwrap().items.remove(0);
    assert_eq!((kept.message.as_str(), kept.target.as_str()), ("x\u{fffd}y", "m\u{fffd}"));
}

/// One attempt settled with `result` between two good ones: those are settled, and the bad one is still held or has
/// failed, never a success without its result.
async fn spoils_nothing_else(s: &TestStore, result: String) {
    s.enqueue(vec![run("t"), run("t"), run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("default", 3).await;
    let results = ["1".to_owned(), result, "3".to_owned()];
    let completions = held.iter().zip(results).map(|(run, text)| completion(run.fence, Outcome::Success(Some(text))));
    let turn = hyrex::store::Turn {
        executor: worker.id,
        completions: completions.collect(),
        claim: hyrex::store::Claim::default(),
        now: None,
    };
    match s.turn(turn).await {
        Ok(answer) => {
            let done = Completed::Applied { status: TaskStatus::Success, next: None };
            assert_eq!((&answer.completed[0], &answer.completed[2]), (&done, &done));
            assert_eq!(s.raw.status(held[1].fence.attempt).await, TaskStatus::Failed);
        }
        Err(error) => {
            assert!(matches!(error, StoreError::Bounds(_)), "{error:?}");
            for run in &held {
                assert_eq!(s.raw.status(run.fence.attempt).await, TaskStatus::Running);
            }
        }
    }
}

async fn a_result_that_is_no_json_spoils_nothing_else(s: &TestStore) {
    spoils_nothing_else(s, "not json".into()).await;
}

async fn a_result_beyond_the_bound_spoils_nothing_else(s: &TestStore) {
    spoils_nothing_else(s, format!("\"{}\"", "r".repeat(bounds::MAX_JSON))).await;
}

async fn an_actor_of_any_letters_is_written_down(s: &TestStore) {
    let mut cancel = make::cancel(hyrex::model::RunId::new());
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    cancel.run = new.id;
    cancel.actor.user = "ro\"ot'\\\u{1b}\0\n{}".into();
    s.run_cancel(cancel).await.unwrap();
    let events = s.system_events(None, 5).await.unwrap();
    assert_eq!(events.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&events[0].body).expect("the body stays JSON");
    assert!(body.to_string().contains("ro"), "{body}");
}

async fn an_error_of_many_megabytes_is_kept_or_cut_but_settles(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let answer = worker.settle(&claimed, Outcome::FailedForGood(make::error(&"é".repeat(10 << 20)))).await;
    assert_eq!(answer, Completed::Applied { status: TaskStatus::Failed, next: None });
    let kept = s.run(new.id).await.unwrap().unwrap().latest.error.unwrap().message;
    assert!(kept.starts_with("ééé"), "its beginning is there");
}
