//! What attempts log while they run, and how far they say they are.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::worker::line;
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{AttemptId, ClaimedRun, LogLine, Outcome};
use hyrex::store::{LogCursor, Logged, LogsQuery, Page};

on_both!(
    lines_are_readable_while_the_attempt_runs,
    lines_that_are_written_twice_stand_once,
    lines_come_in_pages_in_their_order,
    lines_of_an_interrupted_attempt_stand_beside_those_of_its_next_claim,
    each_attempt_has_its_own_lines,
    what_lines_hold_is_kept_as_it_is,
    an_append_of_nothing_does_nothing,
    the_latest_progress_stands,
    progress_of_an_earlier_claim_is_not_that_of_the_next,
    progress_beyond_its_bounds_is_cut,
);

async fn claimed<'a>(s: &'a TestStore) -> (Worker<'a>, ClaimedRun) {
    s.enqueue(vec![run("t").retries(2)], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    let claimed = worker.claim_one().await;
    (worker, claimed)
}

async fn append(s: &TestStore, run: &ClaimedRun, lines: Vec<LogLine>) {
    s.log_append(vec![Logged { fence: run.fence, lines }]).await.unwrap();
}

async fn page(s: &TestStore, attempt: AttemptId, after: Option<LogCursor>, limit: u32) -> Page<LogLine, LogCursor> {
    s.logs(LogsQuery { attempt, after, limit }).await.unwrap()
}

async fn lines_are_readable_while_the_attempt_runs(s: &TestStore) {
    let (_, held) = claimed(s).await;
    append(s, &held, vec![line(0, "one"), line(1, "two")]).await;
    append(s, &held, vec![line(2, "three")]).await;
    let page = page(s, held.fence.attempt, None, 10).await;
    assert_eq!(page.items, [line(0, "one"), line(1, "two"), line(2, "three")]);
    assert_eq!(page.next, None);
}

async fn lines_that_are_written_twice_stand_once(s: &TestStore) {
    let (_, held) = claimed(s).await;
    append(s, &held, vec![line(0, "one"), line(1, "two")]).await;
    append(s, &held, vec![line(1, "two"), line(2, "three")]).await;
    let texts: Vec<_> = page(s, held.fence.attempt, None, 10).await.items.into_iter().map(|line| line.seq).collect();
    assert_eq!(texts, [0, 1, 2]);
}

async fn lines_come_in_pages_in_their_order(s: &TestStore) {
    let (_, held) = claimed(s).await;
    let lines: Vec<_> = (0..250).map(|n| line(n * 3, "x")).collect();
    append(s, &held, lines.clone()).await;
    let (mut seen, mut after, mut pages) = (vec![], None, 0);
    loop {
        let page = page(s, held.fence.attempt, after, 100).await;
        seen.extend(page.items);
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (lines, 3));
    assert_eq!(page(s, held.fence.attempt, Some((1, 747)), 10).await.items, []);
}

async fn lines_of_an_interrupted_attempt_stand_beside_those_of_its_next_claim(s: &TestStore) {
    let (worker, first) = claimed(s).await;
    append(s, &first, vec![line(0, "first claim")]).await;
    worker.settle(&first, Outcome::Interrupted).await;
    let second = worker.claim_one().await;
    append(s, &second, vec![line(0, "second claim")]).await;
    let items = page(s, first.fence.attempt, None, 10).await.items;
    let seen: Vec<_> = items.iter().map(|line| (line.claim, line.seq, line.message.as_str())).collect();
    assert_eq!(seen, [(1, 0, "first claim"), (2, 0, "second claim")]);
}

async fn each_attempt_has_its_own_lines(s: &TestStore) {
    let (worker, first) = claimed(s).await;
    append(s, &first, vec![line(0, "first attempt")]).await;
    worker.fail(&first).await.expect("a next attempt");
    let second = worker.claim_one().await;
    append(s, &second, vec![line(0, "second attempt")]).await;
    for (held, expected) in [(&first, "first attempt"), (&second, "second attempt")] {
        let items = page(s, held.fence.attempt, None, 10).await.items;
        assert_eq!(items.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), [expected]);
    }
    assert_eq!(page(s, AttemptId::new(), None, 10).await.items, []);
}

async fn what_lines_hold_is_kept_as_it_is(s: &TestStore) {
    let (_, held) = claimed(s).await;
    let hostile = LogLine {
        level: "WARN".into(),
        target: "a::b,c\"{}'".into(),
        message: "\u{1b}[31mred\r\n\t\u{202e}'; DROP TABLE hyrex_task_run; -- {a,\"b\\\"} \u{1f600}".into(),
        ..line(0, "")
    };
    append(s, &held, vec![hostile.clone(), line(1, &"long ".repeat(200_000)), line(2, "")]).await;
    let items = page(s, held.fence.attempt, None, 10).await.items;
    assert_eq!(items[0], hostile);
    assert_eq!((items[1].message.len(), items[2].message.as_str()), (1_000_000, ""));
}

async fn an_append_of_nothing_does_nothing(s: &TestStore) {
    let (_, held) = claimed(s).await;
    let before = s.raw.everything().await;
    append(s, &held, vec![]).await;
    s.log_append(vec![]).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}

async fn the_latest_progress_stands(s: &TestStore) {
    let (_, held) = claimed(s).await;
    assert!(s.progress_set(held.fence, 0.25, "a quarter".into(), Some(at(1.0))).await.unwrap());
    assert!(s.progress_set(held.fence, 0.5, "half \u{0}".into(), Some(at(2.0))).await.unwrap());
    let progress = s.attempt(held.fence.attempt).await.unwrap().unwrap().progress.unwrap();
    assert_eq!((progress.fraction, progress.at), (0.5, at(2.0)));
    assert_eq!(progress.message, "half \u{fffd}");
}

async fn progress_of_an_earlier_claim_is_not_that_of_the_next(s: &TestStore) {
    let (worker, first) = claimed(s).await;
    assert!(s.progress_set(first.fence, 0.75, "nearly".into(), None).await.unwrap());
    worker.settle(&first, Outcome::Interrupted).await;
    let second = worker.claim_one().await;
    assert_eq!(s.attempt(second.fence.attempt).await.unwrap().unwrap().progress, None);
    assert!(s.progress_set(second.fence, 0.25, "again".into(), None).await.unwrap());
    let progress = s.attempt(second.fence.attempt).await.unwrap().unwrap().progress.unwrap();
    assert_eq!((progress.fraction, progress.message.as_str()), (0.25, "again"));
}

async fn progress_beyond_its_bounds_is_cut(s: &TestStore) {
    let (_, held) = claimed(s).await;
    for (given, kept) in [(2.0, 1.0), (-1.0, 0.0), (f32::NAN, 0.0), (f32::INFINITY, 1.0)] {
        s.progress_set(held.fence, given, String::new(), None).await.unwrap();
        let progress = s.attempt(held.fence.attempt).await.unwrap().unwrap().progress.unwrap();
        assert_eq!(progress.fraction, kept, "{given}");
    }
}
