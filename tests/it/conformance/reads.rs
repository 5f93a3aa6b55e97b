//! What a reader sees.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker, at, batch, run};
use hyrex::model::{AttemptId, ExecutorId, NewRun, Outcome, RunId, Start, TaskStatus};
use hyrex::store::{AttemptRow, COUNT_CAP, Capped, RunFilter, RunsQuery};
use std::time::Duration;

on_both!(
    a_run_that_never_was_is_nowhere,
    runs_come_newest_first_in_pages,
    runs_can_be_narrowed_by_all_filters_together,
    a_page_of_runs_speaks_of_latest_attempts,
    runs_of_an_executor_are_those_it_holds_or_held,
    states_come_in_the_order_they_were_asked_for,
    a_run_is_found_by_the_tail_of_its_id,
    an_attempt_leads_to_its_run,
    an_attempt_tells_all_about_itself,
    a_tree_has_all_its_runs_with_their_parents,
    a_tree_beyond_the_limit_says_so,
    a_tree_of_a_run_that_never_was_is_empty,
    queues_tell_what_stands_in_them,
    queues_that_hold_only_ended_runs_are_forgotten,
    executors_at_work_come_first,
    counts_speak_of_latest_attempts,
    counts_stop_at_their_bound,
    the_databases_clock_goes_forward,
);

async fn list(s: &TestStore, filter: RunFilter) -> Vec<AttemptRow> {
    s.runs(RunsQuery { filter, before: None, limit: 1000 }).await.unwrap().items
}

fn ids(rows: &[AttemptRow]) -> Vec<RunId> {
    rows.iter().map(|row| row.run).collect()
}

async fn send(s: &TestStore, new: NewRun) -> RunId {
    s.enqueue(vec![new.clone()], None).await.unwrap();
    new.id
}

async fn a_run_that_never_was_is_nowhere(s: &TestStore) {
    let (run, attempt) = (RunId::new(), AttemptId::new());
    assert_eq!(s.run(run).await.unwrap(), None);
    assert_eq!(s.attempt(attempt).await.unwrap(), None);
    assert_eq!(s.run_of(attempt).await.unwrap(), None);
    assert_eq!(s.run_states(vec![run]).await.unwrap(), [None]);
    assert_eq!(list(s, RunFilter::default()).await, []);
}

async fn runs_come_newest_first_in_pages(s: &TestStore) {
    let runs = batch("a", "t", 25);
    s.enqueue(runs.clone(), None).await.unwrap();
    let (mut seen, mut before, mut sizes) = (vec![], None, vec![]);
    loop {
        let page = s.runs(RunsQuery { filter: RunFilter::default(), before, limit: 10 }).await.unwrap();
        sizes.push(page.items.len());
        seen.extend(ids(&page.items));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<_> = runs.iter().rev().map(|run| run.id).collect();
    assert_eq!(seen, expected);
    assert_eq!(sizes.iter().filter(|size| **size > 0).count(), 3);
}

async fn runs_can_be_narrowed_by_all_filters_together(s: &TestStore) {
    for (queue, task) in [("a", "t"), ("a", "u"), ("b", "t"), ("b", "u"), ("a", "t")] {
        send(s, run(task).on(queue)).await;
    }
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim("a", 1).await.remove(0);
    worker.succeed(&claimed).await;
    let filter = |queue: Option<&str>, task: Option<&str>, statuses: Vec<TaskStatus>| RunFilter {
        statuses,
        queue: queue.map(str::to_owned),
        task_name: task.map(str::to_owned),
        ..RunFilter::default()
    };
    assert_eq!(list(s, filter(Some("a"), None, vec![])).await.len(), 3);
    assert_eq!(list(s, filter(None, Some("u"), vec![])).await.len(), 2);
    assert_eq!(list(s, filter(Some("a"), Some("t"), vec![])).await.len(), 2);
    assert_eq!(list(s, filter(Some("a"), Some("t"), vec![TaskStatus::Queued])).await.len(), 1);
    let success = list(s, filter(None, None, vec![TaskStatus::Success, TaskStatus::Failed])).await;
    assert_eq!(ids(&success), [claimed.run]);
    assert_eq!(list(s, filter(Some("A"), None, vec![])).await, []);
    assert_eq!(list(s, filter(Some("%"), None, vec![])).await, []);
}

async fn a_page_of_runs_speaks_of_latest_attempts(s: &TestStore) {
    let (failing, other) = (send(s, run("t").retries(1)).await, send(s, run("u")).await);
    let worker = Worker::new(&*s.store).await;
    let next = worker.fail(&worker.claim_one().await).await.unwrap();
    let rows = list(s, RunFilter::default()).await;
    assert_eq!(rows.len(), 2, "a run stands in a list once");
    let row = rows.iter().find(|row| row.run == failing).unwrap();
    assert_eq!((row.id, row.attempt_number, row.status), (next, 1, TaskStatus::Queued));
    assert!(rows.iter().any(|row| row.run == other));
}

async fn runs_of_an_executor_are_those_it_holds_or_held(s: &TestStore) {
    s.enqueue(batch("a", "t", 3), None).await.unwrap();
    let (one, two) = (Worker::new(&*s.store).await, Worker::new(&*s.store).await);
    let held = one.claim("a", 2).await;
    one.succeed(&held[0]).await;
    two.claim("a", 1).await;
    let filter = RunFilter { executor: Some(one.id), ..RunFilter::default() };
    let mut found = ids(&list(s, filter).await);
    found.sort();
    let mut expected = vec![held[0].run, held[1].run];
    expected.sort();
    assert_eq!(found, expected);
    let filter = RunFilter { executor: Some(ExecutorId::new()), ..RunFilter::default() };
    assert_eq!(list(s, filter).await, []);
}

async fn states_come_in_the_order_they_were_asked_for(s: &TestStore) {
    let (a, b) = (send(s, run("t")).await, send(s, run("u").retries(2)).await);
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_tasks("default", &["u"], 1).await.remove(0);
    worker.fail(&claimed).await;
    let states = s.run_states(vec![b, RunId::new(), a, b]).await.unwrap();
    let seen: Vec<_> = states.iter().map(|state| state.as_ref().map(|s| (s.attempt_number, s.max_retries))).collect();
    assert_eq!(seen, [Some((1, 2)), None, Some((0, 0)), Some((1, 2))]);
    assert_eq!(s.run_states(vec![]).await.unwrap(), []);
}

async fn a_run_is_found_by_the_tail_of_its_id(s: &TestStore) {
    let sent = send(s, run("t").retries(1)).await;
    send(s, run("u")).await;
    let worker = Worker::new(&*s.store).await;
    let next = worker.fail(&worker.claim_one().await).await.unwrap();
    for id in [sent.0, next.0] {
        let digits = id.simple().to_string();
        for length in [8, 12, 32] {
            let tail = &digits[32 - length..];
            assert_eq!(s.runs_by_tail(tail).await.unwrap(), [sent], "{tail}");
            assert_eq!(s.runs_by_tail(&tail.to_uppercase()).await.unwrap(), [sent], "{tail}");
        }
    }
    for nothing in ["ffffffffffffffff", "zz", "%", "'", "\0"] {
        assert_eq!(s.runs_by_tail(nothing).await.unwrap_or_default(), [], "{nothing:?}");
    }
}

async fn an_attempt_leads_to_its_run(s: &TestStore) {
    let sent = send(s, run("t").retries(1)).await;
    let worker = Worker::new(&*s.store).await;
    let next = worker.fail(&worker.claim_one().await).await.unwrap();
    assert_eq!(s.run_of(sent.first_attempt()).await.unwrap(), Some(sent));
    assert_eq!(s.run_of(next).await.unwrap(), Some(sent));
}

async fn an_attempt_tells_all_about_itself(s: &TestStore) {
    let sent = send(s, run("t").retries(1).args("{\"n\":1}").key("k")).await;
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    s.progress_set(claimed.fence, 0.5, "half".into(), None).await.unwrap();
    let next = worker.fail(&claimed).await.unwrap();
    let first = s.attempt(sent.first_attempt()).await.unwrap().unwrap();
    assert_eq!((first.row.status, first.args.as_str()), (TaskStatus::Failed, "{\"n\":1}"));
    assert_eq!(first.error, Some(make::error("broken")));
    assert_eq!(first.progress.map(|progress| progress.fraction), Some(0.5));
    assert_eq!(first.row.idempotency_key.as_deref(), Some("k"));
    let second = s.attempt(next).await.unwrap().unwrap();
    assert_eq!((second.row.run, &second.error, &second.progress), (sent, &None, &None));
    assert_eq!(second, s.run(sent).await.unwrap().unwrap().latest);
}

async fn a_tree_has_all_its_runs_with_their_parents(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t").retries(1)).await;
    let first = worker.claim_one().await;
    let early = send(s, run("child").sent_by(&first)).await;
    worker.fail(&first).await.unwrap();
    let second = worker.claim_one().await;
    let late = send(s, run("t").sent_by(&second)).await;
    let late_claim = worker.claim_one().await;
    let leaf = send(s, run("child").sent_by(&late_claim)).await;
    send(s, run("stranger")).await;
    let tree = s.tree(root, 100).await.unwrap();
    assert_eq!((tree.root, tree.more), (root, false));
    let seen: Vec<_> = tree.runs.iter().map(|row| (row.row.run, row.parent_run)).collect();
    assert_eq!(seen, [(root, None), (early, Some(root)), (late, Some(root)), (leaf, Some(late))]);
    assert_eq!(tree.runs[0].row.attempt_number, 1, "by its latest attempt");
}

async fn a_tree_beyond_the_limit_says_so(s: &TestStore) {
    let worker = Worker::new(&*s.store).await;
    let root = send(s, run("t")).await;
    let claimed = worker.claim_one().await;
    s.enqueue((0..20).map(|_| run("child").sent_by(&claimed)).collect(), None).await.unwrap();
    let tree = s.tree(root, 10).await.unwrap();
    assert_eq!((tree.runs.len(), tree.more), (10, true));
    assert_eq!(tree.runs[0].row.run, root);
    let whole = s.tree(root, 21).await.unwrap();
    assert_eq!((whole.runs.len(), whole.more), (21, false));
}

async fn a_tree_of_a_run_that_never_was_is_empty(s: &TestStore) {
    let tree = s.tree(RunId::new(), 10).await.unwrap();
    assert_eq!((tree.runs.len(), tree.more), (0, false));
}

fn exactly(count: u32) -> Capped {
    Capped { count, more: false }
}

async fn queues_tell_what_stands_in_them(s: &TestStore) {
    s.enqueue(batch("b", "t", 3), Some(at(1.0))).await.unwrap();
    let later = run("t").on("b").starting(Start::After(Duration::from_secs(60)));
    s.enqueue(vec![later, run("u").on("a")], Some(at(5.0))).await.unwrap();
    s.queue_declare("idle".into(), Some(4)).await.unwrap();
    let worker = Worker::at(&*s.store, at(6.0)).await;
    let held = worker.claim("b", 2).await;
    s.run_cancel(make::cancel(held[0].run)).await.unwrap();
    let rows = s.queues(Some(at(11.0))).await.unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.settings.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "idle"]);
    assert_eq!((rows[1].queued, rows[1].held, rows[1].scheduled), (exactly(1), exactly(2), exactly(1)));
    assert_eq!(rows[1].oldest, Some(Duration::from_secs(10)));
    assert_eq!((rows[0].queued, rows[0].oldest), (exactly(1), Some(Duration::from_secs(6))));
    assert_eq!((rows[2].queued, rows[2].oldest), (exactly(0), None));
    assert_eq!(rows[2].settings.concurrency_limit, Some(4));
}

async fn queues_that_hold_only_ended_runs_are_forgotten(s: &TestStore) {
    send(s, run("t").on("gone")).await;
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim("gone", 1).await[0]).await;
    assert_eq!(s.queues(None).await.unwrap(), []);
}

async fn executors_at_work_come_first(s: &TestStore) {
    let mut all = vec![];
    for n in 0..6 {
        let worker = Worker::at(&*s.store, at(f64::from(n))).await;
        all.push(worker.id);
    }
    for n in [0, 2, 4] {
        s.executor_stop(all[n], vec![], Some(at(10.0 + n as f64))).await.unwrap();
    }
    s.enqueue(batch("a", "t", 2), None).await.unwrap();
    let holder = Worker { store: &*s.store, id: all[3], now: None };
    holder.claim("a", 2).await;
    let rows = s.executors(100, None).await.unwrap();
    let order: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut at_work = order[..3].to_vec();
    at_work.sort();
    assert_eq!(at_work, [all[1], all[3], all[5]]);
    assert_eq!(order[3..], [all[4], all[2], all[0]], "then those that ended, the newest first");
    assert_eq!(rows.iter().find(|row| row.id == all[3]).unwrap().held, 2);
    assert_eq!(s.executors(4, None).await.unwrap().len(), 4);
}

async fn counts_speak_of_latest_attempts(s: &TestStore) {
    s.enqueue((0..4).map(|_| run("t").retries(1)).collect(), None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let held = worker.claim("default", 4).await;
    worker.fail(&held[0]).await.unwrap();
    worker.settle(&held[1], Outcome::FailedForGood(make::error("no"))).await;
    worker.succeed(&held[2]).await;
    let counts = s.status_counts().await.unwrap();
    let count = |status| counts.iter().find(|(s, _)| *s == status).map_or(0, |(_, capped)| capped.count);
    let seen = [TaskStatus::Queued, TaskStatus::Running, TaskStatus::Failed, TaskStatus::Success].map(count);
    assert_eq!(seen, [1, 1, 1, 1]);
}

async fn counts_stop_at_their_bound(s: &TestStore) {
    s.enqueue(batch("a", "t", COUNT_CAP as usize + 50), None).await.unwrap();
    let counts = s.status_counts().await.unwrap();
    let queued = counts.iter().find(|(status, _)| *status == TaskStatus::Queued).unwrap().1;
    assert_eq!(queued, Capped { count: COUNT_CAP, more: true });
    assert_eq!(s.queues(None).await.unwrap()[0].queued, Capped { count: COUNT_CAP, more: true });
}

async fn the_databases_clock_goes_forward(s: &TestStore) {
    let first = s.now().await.unwrap();
    let second = s.now().await.unwrap();
    assert!(first <= second);
    let own = chrono::Utc::now();
    assert!((own - first).num_hours().abs() < 24, "{first} is a time of day near {own}");
}
