//! How attempts end: results, errors, and what a turn answers.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::{completion, line, share};
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{AttemptId, Completed, Completion, Fence, Outcome, TaskError, TaskStatus};
use hyrex::store::LogsQuery;

on_both!(
    a_success_keeps_its_result_as_text,
    a_success_without_a_result_has_none,
    a_failure_keeps_its_error_with_its_causes_and_place,
    a_repeated_completion_answers_that_it_was_applied,
    a_completion_of_an_attempt_that_never_was_finds_it_gone,
    answers_come_in_the_order_of_the_completions,
    a_refused_completion_does_not_touch_the_others,
    lines_of_the_log_ride_in_the_completion,
    a_turn_claims_what_its_own_completions_queue,
    a_completion_of_five_hundred_settles_all,
    the_same_attempt_twice_in_a_turn_is_settled_once,
    a_finished_attempt_changes_no_more,
    a_result_of_many_megabytes_is_kept,
    a_success_is_followed_by_no_attempt_though_retries_are_left,
);

const DONE: Completed = Completed::Applied { status: TaskStatus::Success, next: None };

async fn a_success_keeps_its_result_as_text(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::at(&*s.store, at(4.0)).await;
    let claimed = worker.claim_one().await;
    let text = "{\"b\": 1.0,  \"a\": [\"\\u0000\", null]}";
    assert_eq!(worker.settle(&claimed, Outcome::Success(Some(text.into()))).await, DONE);
    let latest = s.run(new.id).await.unwrap().unwrap().latest;
    assert_eq!((latest.row.status, latest.row.finished), (TaskStatus::Success, Some(at(4.0))));
    assert_eq!((latest.result.as_deref(), latest.error), (Some(text), None));
    let state = s.run_states(vec![new.id]).await.unwrap().remove(0).unwrap();
    assert_eq!((state.status, state.result.as_deref(), state.is_over()), (TaskStatus::Success, Some(text), true));
}

async fn a_success_without_a_result_has_none(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.succeed(&worker.claim_one().await).await, DONE);
    assert_eq!(s.run(new.id).await.unwrap().unwrap().latest.result, None);
    assert_eq!(s.run_states(vec![new.id]).await.unwrap()[0].as_ref().unwrap().result, None);
}

async fn a_failure_keeps_its_error_with_its_causes_and_place(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let error = TaskError {
        kind: "shop::CardDeclined".into(),
        message: "card declined:\n\"insufficient\" {funds}, 'quoted' \\ back".into(),
        chain: vec!["bank said no".into(), String::new(), "a,b}{\"c\"".into()],
        place: Some("src/pay.rs:12:5".into()),
    };
    worker.settle(&worker.claim_one().await, Outcome::FailedForGood(error.clone())).await;
    let latest = s.run(new.id).await.unwrap().unwrap().latest;
    assert_eq!((latest.row.status, latest.error.as_ref()), (TaskStatus::Failed, Some(&error)));
    assert_eq!(latest.row.error.as_deref(), Some("card declined:"), "lists show the first line");
    assert_eq!(s.run_states(vec![new.id]).await.unwrap()[0].as_ref().unwrap().error, Some(error));
}

async fn a_repeated_completion_answers_that_it_was_applied(s: &TestStore) {
    let failed = || Outcome::Failed(make::error("no"), make::AT_ONCE);
    let outcomes = [Outcome::Success(Some("1".into())), failed(), Outcome::FailedForGood(make::error("no"))];
    for outcome in outcomes {
        s.enqueue(vec![run("t").on("a").retries(2)], None).await.unwrap();
        let worker = Worker::new(&*s.store).await;
        let claimed = worker.claim("a", 1).await.remove(0);
        assert!(matches!(worker.settle(&claimed, outcome.clone()).await, Completed::Applied { .. }));
        let before = s.raw.everything().await;
        assert_eq!(worker.settle(&claimed, outcome.clone()).await, Completed::AlreadyApplied, "{outcome:?}");
        assert_eq!(s.raw.everything().await, before, "{outcome:?}");
        for rest in worker.claim("a", 5).await {
            worker.succeed(&rest).await;
        }
    }
}

async fn a_completion_of_an_attempt_that_never_was_finds_it_gone(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let fence = Fence { attempt: AttemptId::new(), executor: worker.id, claim: 1 };
    assert_eq!(worker.settle_fence(fence, Outcome::Success(None)).await, Completed::Gone);
}

async fn answers_come_in_the_order_of_the_completions(s: &TestStore) {
    s.enqueue(batch("a", "t", 4), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("a", 4).await;
    worker.succeed(&held[1]).await;
    let unknown = Fence { attempt: AttemptId::new(), ..held[0].fence };
    let completions = vec![
        completion(held[3].fence, Outcome::FailedForGood(make::error("no"))),
        completion(unknown, Outcome::Success(None)),
        completion(held[1].fence, Outcome::Success(None)),
        completion(held[0].fence, Outcome::Canceled),
        completion(held[2].fence, Outcome::NeverBegun),
    ];
    let expected = [
        Completed::Applied { status: TaskStatus::Failed, next: None },
        Completed::Gone,
        Completed::AlreadyApplied,
        Completed::Refused { stands: TaskStatus::Running },
        Completed::Applied { status: TaskStatus::Queued, next: None },
    ];
    assert_eq!(worker.turn(completions, vec![]).await.completed, expected);
}

async fn a_refused_completion_does_not_touch_the_others(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("a", 3).await;
    let stale = Fence { claim: 9, ..held[1].fence };
    let fences = [held[0].fence, stale, held[2].fence];
    let completions = fences.map(|fence| completion(fence, Outcome::Success(Some("7".into())))).into();
    let answers = worker.turn(completions, vec![]).await.completed;
    assert_eq!(answers, [DONE, Completed::Refused { stands: TaskStatus::Running }, DONE]);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_result").await, 2, "only of those that stand");
}

async fn lines_of_the_log_ride_in_the_completion(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let logs = vec![line(0, "begun"), line(1, "done")];
    let completion = Completion { logs: logs.clone(), ..completion(claimed.fence, Outcome::Success(None)) };
    for expected in [DONE, Completed::AlreadyApplied] {
        assert_eq!(worker.turn(vec![completion.clone()], vec![]).await.completed, [expected]);
        let query = LogsQuery { attempt: claimed.fence.attempt, after: None, limit: 10 };
        assert_eq!(s.logs(query).await.unwrap().items, logs);
    }
}

async fn a_turn_claims_what_its_own_completions_queue(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let failed = completion(claimed.fence, Outcome::Failed(make::error("no"), make::AT_ONCE));
    let answer = worker.turn(vec![failed], vec![share("default", &["t"], 5)]).await;
    let Completed::Applied { status: TaskStatus::Failed, next: Some(next) } = answer.completed[0] else {
        panic!("{answer:?}")
    };
    let again = if answer.claimed.is_empty() { worker.claim_one().await } else { answer.claimed[0].clone() };
    assert_eq!((again.fence.attempt, again.attempt_number), (next, 1));
}

async fn a_completion_of_five_hundred_settles_all(s: &TestStore) {
    s.enqueue(batch("a", "t", 500), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("a", 500).await;
    let outcome = |n: usize| match n % 3 {
        0 => Outcome::Success(Some(n.to_string())),
        1 => Outcome::FailedForGood(make::error("no")),
        _ => Outcome::Success(None),
    };
    let completions = held.iter().enumerate().map(|(n, run)| completion(run.fence, outcome(n))).collect();
    let answers = worker.turn(completions, vec![]).await.completed;
    for (n, answer) in answers.iter().enumerate() {
        let status = if n % 3 == 1 { TaskStatus::Failed } else { TaskStatus::Success };
        assert_eq!(*answer, Completed::Applied { status, next: None }, "number {n}");
    }
    let states = s.run_states(held.iter().map(|run| run.run).collect()).await.unwrap();
    let results: Vec<_> = states.into_iter().map(|state| state.unwrap().result).collect();
    assert!((0..500).all(|n| results[n] == (n % 3 == 0).then(|| n.to_string())), "each has its own result");
}

async fn the_same_attempt_twice_in_a_turn_is_settled_once(s: &TestStore) {
    s.enqueue(vec![run("t").retries(3)], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    let failed = completion(claimed.fence, Outcome::Failed(make::error("no"), make::AT_ONCE));
    let answers = worker.turn(vec![failed.clone(), failed], vec![]).await.completed;
    assert!(matches!(answers[0], Completed::Applied { next: Some(_), .. }), "{answers:?}");
    assert_eq!(answers[1], Completed::AlreadyApplied);
    assert_eq!(s.run(claimed.run).await.unwrap().unwrap().attempts.len(), 2);
}

async fn a_finished_attempt_changes_no_more(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    worker.succeed(&claimed).await;
    let before = s.raw.everything().await;
    let outcomes = [
        Outcome::Failed(make::error("late"), make::AT_ONCE),
        Outcome::FailedForGood(make::error("late")),
        Outcome::Canceled,
        Outcome::Interrupted,
        Outcome::NeverBegun,
    ];
    for outcome in outcomes {
        let answer = worker.settle(&claimed, outcome.clone()).await;
        assert_eq!(answer, Completed::Refused { stands: TaskStatus::Success }, "{outcome:?}");
    }
    assert_eq!(s.raw.everything().await, before);
}

async fn a_result_of_many_megabytes_is_kept(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let text = format!("\"{}\"", "é".repeat(7 << 20));
    worker.settle(&worker.claim_one().await, Outcome::Success(Some(text.clone()))).await;
    assert!(s.run(new.id).await.unwrap().unwrap().latest.result == Some(text), "the text as it was given");
}

async fn a_success_is_followed_by_no_attempt_though_retries_are_left(s: &TestStore) {
    let new = run("t").retries(5);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    assert_eq!(worker.succeed(&worker.claim_one().await).await, DONE);
    assert_eq!(s.run(new.id).await.unwrap().unwrap().attempts.len(), 1);
}
