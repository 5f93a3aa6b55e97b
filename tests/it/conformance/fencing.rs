//! The fence: (attempt, executor, claim number). What is no longer one's own cannot be changed.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::{completion, line};
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{ClaimedRun, Completed, Completion, ExecutorId, Fence, Outcome, TaskStatus};
use hyrex::store::{Logged, LogsQuery};

on_both!(
    a_completion_by_another_executor_is_refused,
    a_completion_of_an_earlier_claim_is_refused,
    a_completion_after_the_rescue_is_refused,
    a_stale_failure_makes_no_next_attempt,
    a_refused_completion_keeps_none_of_its_lines_and_no_result,
    lines_of_a_claim_that_no_longer_holds_are_dropped,
    progress_of_a_claim_that_no_longer_holds_is_refused,
    claims_of_an_attempt_are_numbered,
    a_zombie_cannot_settle_the_next_claim_of_its_own_executor,
    a_run_being_cancelled_still_takes_lines_and_progress,
);

const REFUSED: Completed = Completed::Refused { stands: TaskStatus::Running };

/// One attempt, claimed by one worker, given back, and claimed by another.
async fn passed_on<'a>(s: &'a TestStore) -> (Worker<'a>, ClaimedRun, Worker<'a>, ClaimedRun) {
    s.enqueue(vec![run("t").retries(3)], None).await.unwrap();
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let first = one.claim_one().await;
    one.settle(&first, Outcome::NeverBegun).await;
    let second = two.claim_one().await;
    (one, first, two, second)
}

async fn a_completion_by_another_executor_is_refused(s: &TestStore) {
    let (one, _, two, held) = passed_on(s).await;
    for executor in [one.id, ExecutorId::new()] {
        let fence = Fence { executor, ..held.fence };
        assert_eq!(one.settle_fence(fence, Outcome::Success(None)).await, REFUSED);
    }
    assert!(matches!(two.succeed(&held).await, Completed::Applied { .. }));
}

async fn a_completion_of_an_earlier_claim_is_refused(s: &TestStore) {
    let (one, first, two, second) = passed_on(s).await;
    let outcomes = [
        Outcome::Success(Some("1".into())),
        Outcome::Failed(make::error("no"), make::AT_ONCE),
        Outcome::FailedForGood(make::error("no")),
        Outcome::Canceled,
        Outcome::Interrupted,
        Outcome::NeverBegun,
    ];
    let before = s.raw.everything().await;
    for outcome in outcomes {
        assert_eq!(one.settle(&first, outcome.clone()).await, REFUSED, "{outcome:?}");
    }
    assert_eq!(s.raw.everything().await, before);
    assert!(matches!(two.succeed(&second).await, Completed::Applied { .. }));
}

async fn a_completion_after_the_rescue_is_refused(s: &TestStore) {
    s.enqueue(vec![run("t").retries(1)], None).await.unwrap();
    let (lost, observer) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let held = lost.claim_one().await;
    observer.rescue(lost.id).await;
    assert_eq!(lost.succeed(&held).await, Completed::Refused { stands: TaskStatus::Lost });
    let again = observer.claim_one().await;
    assert_eq!((again.run, again.attempt_number), (held.run, 1));
}

async fn a_stale_failure_makes_no_next_attempt(s: &TestStore) {
    let (one, first, _, second) = passed_on(s).await;
    one.settle(&first, Outcome::Failed(make::error("no"), make::AT_ONCE)).await;
    assert_eq!(s.run(second.run).await.unwrap().unwrap().attempts.len(), 1);
    assert_eq!(one.claim("default", 5).await, []);
}

async fn a_refused_completion_keeps_none_of_its_lines_and_no_result(s: &TestStore) {
    let (one, first, _, _) = passed_on(s).await;
    let before = s.raw.everything().await;
    let late = completion(first.fence, Outcome::Success(Some("1".into())));
    one.turn(vec![Completion { logs: vec![line(0, "late")], ..late }], vec![]).await;
    assert_eq!(s.raw.everything().await, before);
}

async fn lines_of_a_claim_that_no_longer_holds_are_dropped(s: &TestStore) {
    let (_, first, _, second) = passed_on(s).await;
    let logged = |fence, text| Logged { fence, lines: vec![line(0, text)] };
    s.log_append(vec![logged(first.fence, "zombie"), logged(second.fence, "holder")]).await.unwrap();
    let query = LogsQuery { attempt: second.fence.attempt, after: None, limit: 10 };
    let texts: Vec<String> = s.logs(query).await.unwrap().items.into_iter().map(|line| line.message).collect();
    assert_eq!(texts, ["holder"]);
}

async fn progress_of_a_claim_that_no_longer_holds_is_refused(s: &TestStore) {
    let (_, first, two, second) = passed_on(s).await;
    assert!(!s.progress_set(first.fence, 0.9, "zombie".into(), None).await.unwrap());
    assert!(s.progress_set(second.fence, 0.5, "half".into(), Some(at(3.0))).await.unwrap());
    let progress = s.run(second.run).await.unwrap().unwrap().latest.progress.clone().unwrap();
    assert_eq!((progress.fraction, progress.message.as_str(), progress.at), (0.5, "half", at(3.0)));
    two.succeed(&second).await;
    assert!(!s.progress_set(second.fence, 1.0, "late".into(), None).await.unwrap());
}

async fn claims_of_an_attempt_are_numbered(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    for number in 1..=4 {
        let claimed = worker.claim_one().await;
        assert_eq!((claimed.fence.claim, claimed.attempt_number), (number, 0));
        worker.settle(&claimed, Outcome::NeverBegun).await;
    }
}

async fn a_zombie_cannot_settle_the_next_claim_of_its_own_executor(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let first = worker.claim_one().await;
    worker.settle(&first, Outcome::NeverBegun).await;
    let second = worker.claim_one().await;
    assert_eq!(worker.succeed(&first).await, REFUSED);
    assert!(!s.progress_set(first.fence, 0.1, "zombie".into(), None).await.unwrap());
    assert!(matches!(worker.succeed(&second).await, Completed::Applied { .. }));
}

async fn a_run_being_cancelled_still_takes_lines_and_progress(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim_one().await;
    let cancel = hyrex::store::Cancel { run: held.run, subtree: false, actor: make::operator(), now: None };
    s.run_cancel(cancel).await.unwrap();
    s.log_append(vec![Logged { fence: held.fence, lines: vec![line(0, "cleaning up")] }]).await.unwrap();
    let query = LogsQuery { attempt: held.fence.attempt, after: None, limit: 10 };
    assert_eq!(s.logs(query).await.unwrap().items.len(), 1);
    assert!(s.progress_set(held.fence, 0.9, "cleaning up".into(), None).await.unwrap());
}
