//! Bounds: the same on both stores, refused before anything is written, in words.

use crate::support::make::RunWords;
use crate::support::stores::on_both;
use crate::support::{TestStore, run};
use hyrex::model::{BoundsError, NewRun, bounds};
use hyrex::store::StoreError;

on_both!(
    names_and_keys_at_their_bounds_are_taken,
    names_and_keys_beyond_their_bounds_are_refused,
    nul_is_refused_where_it_cannot_be_kept,
    numbers_out_of_range_are_refused,
    arguments_that_are_no_json_object_are_refused,
    arguments_nested_too_deeply_are_refused,
    one_bad_run_keeps_all_of_its_send_out,
);

async fn refused(s: &TestStore, new: NewRun) -> BoundsError {
    let shown = format!("{:?}", (&new.task_name, &new.queue, new.max_retries, new.priority));
    let error = s.enqueue(vec![run("t"), new], None).await.expect_err(&shown);
    let line = error.to_string();
    assert!(!line.contains('\n') && !line.chars().any(char::is_control), "one clear line: {line:?}");
    assert!(line.starts_with(|c: char| c.is_lowercase()), "{line}");
    match error {
        StoreError::Bounds(error) => error,
        other => panic!("it breaks a bound: {other:?}"),
    }
}

async fn names_and_keys_at_their_bounds_are_taken(s: &TestStore) {
    let name = "é".repeat(127) + "n";
    assert_eq!(name.len(), bounds::MAX_NAME);
    let key = "k".repeat(bounds::MAX_KEY);
    let new = run(&name).on(&name).key(&key).retries(bounds::MAX_RETRIES).priority(1).timeout(i32::MAX as u32);
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let row = s.run(new.id).await.unwrap().unwrap().latest.row;
    assert_eq!((row.task_name, row.queue, row.idempotency_key), (name.clone(), name, Some(key)));
    assert_eq!(row.timeout_seconds, Some(i32::MAX));
}

async fn names_and_keys_beyond_their_bounds_are_refused(s: &TestStore) {
    let (name, key) = ("é".repeat(128), "k".repeat(bounds::MAX_KEY + 1));
    for new in [run(&name), run("t").on(&name), run("t").key(&key)] {
        assert!(matches!(refused(s, new).await, BoundsError::TooLong { .. }));
    }
    for new in [run(""), run("t").on(""), run("t").key("")] {
        assert!(matches!(refused(s, new).await, BoundsError::Empty { .. }));
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 0);
}

async fn nul_is_refused_where_it_cannot_be_kept(s: &TestStore) {
    for new in [run("t\0"), run("t").on("\0"), run("t").key("a\0b"), run("t").args("{\"a\":\"\0\"}")] {
        assert!(matches!(refused(s, new).await, BoundsError::Nul { .. }));
    }
}

async fn numbers_out_of_range_are_refused(s: &TestStore) {
    let news = [
        run("t").priority(0),
        run("t").priority(11),
        run("t").priority(i16::MIN),
        run("t").retries(1001),
        run("t").retries(u16::MAX),
        run("t").timeout(0),
        run("t").timeout(u32::MAX),
    ];
    for new in news {
        assert!(matches!(refused(s, new).await, BoundsError::Range { .. }));
    }
}

async fn arguments_that_are_no_json_object_are_refused(s: &TestStore) {
    for args in ["", "{", "nonsense", "{'a':1}", "{\"a\":1,}", "[1]", "1", "null", "\"x\"", "{} {}", "{\"a\":\"\n\"}"] {
        assert!(matches!(refused(s, run("t").args(args)).await, BoundsError::NotJson { .. }), "{args}");
    }
}

fn nested(depth: usize) -> String {
    let inner = depth - 1;
    format!("{{\"a\":{}{}}}", "[".repeat(inner), "]".repeat(inner))
}

async fn arguments_nested_too_deeply_are_refused(s: &TestStore) {
    let deepest = run("t").args(nested(bounds::MAX_DEPTH));
    s.enqueue(vec![deepest.clone()], None).await.unwrap();
    assert_eq!(s.run(deepest.id).await.unwrap().unwrap().latest.args, deepest.args);
    for depth in [bounds::MAX_DEPTH + 1, 100_000] {
        assert!(matches!(refused(s, run("t").args(nested(depth))).await, BoundsError::TooDeep { .. }));
    }
}

async fn one_bad_run_keeps_all_of_its_send_out(s: &TestStore) {
    let runs = vec![run("t"), run("t").priority(99), run("t")];
    assert!(matches!(s.enqueue(runs, None).await, Err(StoreError::Bounds(_))));
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 0);
}
