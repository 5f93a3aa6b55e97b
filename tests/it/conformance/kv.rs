//! The key-value store.

use crate::support::make;
use crate::support::stores::on_both;
use crate::support::{TestStore, at};
use hyrex::model::bounds::{MAX_KEY, MAX_KV_VALUE};
use hyrex::store::{KvQuery, KvRow, KvWrite, StoreError, Swap};

on_both!(
    a_key_holds_what_was_set_last,
    a_key_that_was_never_set_is_absent,
    a_deleted_key_is_absent,
    an_empty_value_is_a_value,
    compare_and_set_changes_what_it_expects,
    compare_and_set_tells_what_it_finds_instead,
    compare_and_set_makes_and_removes_keys,
    compare_and_set_at_the_same_moment_lets_one_through,
    keys_come_in_pages_in_the_order_of_their_bytes,
    a_prefix_is_taken_by_its_letters,
    a_long_value_is_shown_by_its_beginning,
    keys_and_values_beyond_their_bounds_are_refused,
    keys_and_values_may_hold_anything_but_nul,
    an_operators_write_is_audited,
    an_operators_write_can_expect_what_stands,
);

async fn a_key_holds_what_was_set_last(s: &TestStore) {
    s.kv_set("k", "one", Some(at(1.0))).await.unwrap();
    s.kv_set("k", "two", Some(at(2.0))).await.unwrap();
    assert_eq!(s.kv_get("k").await.unwrap().as_deref(), Some("two"));
    let row = KvRow { key: "k".into(), value: "two".into(), size: 3, written: at(2.0) };
    assert_eq!(list(s, "").await, [row]);
}

async fn list(s: &TestStore, prefix: &str) -> Vec<KvRow> {
    let query = KvQuery { prefix: prefix.into(), after: None, limit: 1000, preview: 100 };
    s.kv_list(query).await.unwrap().items
}

async fn a_key_that_was_never_set_is_absent(s: &TestStore) {
    s.kv_set("K", "upper", None).await.unwrap();
    assert_eq!(s.kv_get("k").await.unwrap(), None);
    assert!(!s.kv_delete("k").await.unwrap());
}

async fn a_deleted_key_is_absent(s: &TestStore) {
    s.kv_set("k", "v", None).await.unwrap();
    assert!(s.kv_delete("k").await.unwrap());
    assert_eq!(s.kv_get("k").await.unwrap(), None);
    assert!(!s.kv_delete("k").await.unwrap());
}

async fn an_empty_value_is_a_value(s: &TestStore) {
    s.kv_set("k", "", None).await.unwrap();
    assert_eq!(s.kv_get("k").await.unwrap().as_deref(), Some(""));
    assert_eq!(s.kv_compare_and_set("k", None, Some("x"), None).await.unwrap(), Swap::Holds(Some(String::new())));
}

async fn compare_and_set_changes_what_it_expects(s: &TestStore) {
    s.kv_set("k", "1", None).await.unwrap();
    assert_eq!(s.kv_compare_and_set("k", Some("1"), Some("2"), Some(at(5.0))).await.unwrap(), Swap::Done);
    assert_eq!(list(s, "k").await[0].value, "2");
    assert_eq!(list(s, "k").await[0].written, at(5.0));
    assert_eq!(s.kv_compare_and_set("k", Some("2"), Some("2"), None).await.unwrap(), Swap::Done);
}

async fn compare_and_set_tells_what_it_finds_instead(s: &TestStore) {
    let holds = |value: Option<&str>| Swap::Holds(value.map(str::to_owned));
    assert_eq!(s.kv_compare_and_set("k", Some("1"), Some("2"), None).await.unwrap(), holds(None));
    s.kv_set("k", "3", None).await.unwrap();
    assert_eq!(s.kv_compare_and_set("k", Some("1"), Some("2"), None).await.unwrap(), holds(Some("3")));
    assert_eq!(s.kv_compare_and_set("k", Some("1"), None, None).await.unwrap(), holds(Some("3")));
    assert_eq!(s.kv_compare_and_set("k", None, None, None).await.unwrap(), holds(Some("3")));
    assert_eq!(s.kv_get("k").await.unwrap().as_deref(), Some("3"));
}

async fn compare_and_set_makes_and_removes_keys(s: &TestStore) {
    assert_eq!(s.kv_compare_and_set("k", None, Some("1"), None).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_compare_and_set("k", Some("1"), None, None).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_get("k").await.unwrap(), None);
    assert_eq!(s.kv_compare_and_set("k", None, None, None).await.unwrap(), Swap::Done, "absent, as expected");
}

async fn compare_and_set_at_the_same_moment_lets_one_through(s: &TestStore) {
    let other = s.another().await;
    let mut before: Option<String> = None;
    for round in 0..10 {
        let values: Vec<String> = (0..8).map(|n| format!("{round}-{n}")).collect();
        let swaps = values.iter().enumerate().map(|(n, value)| {
            let store = if n % 2 == 0 { &s.store } else { &other };
            store.kv_compare_and_set("k", before.as_deref(), Some(value), None)
        });
        let answers: Vec<Swap> = futures_util::future::join_all(swaps).await.into_iter().map(Result::unwrap).collect();
        let winners: Vec<_> = (0..8).filter(|n| answers[*n] == Swap::Done).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        let stands = values[winners[0]].clone();
        assert_eq!(answers.iter().filter(|answer| **answer == Swap::Holds(Some(stands.clone()))).count(), 7);
        before = Some(stands);
    }
    other.close().await;
}

async fn keys_come_in_pages_in_the_order_of_their_bytes(s: &TestStore) {
    let mut keys = vec!["b", "B", "a", "_", "é", "z", "10", "9", "a b", "a-b", "ab", "\u{1f600}", "ÿ"];
    for key in &keys {
        s.kv_set(key, "v", None).await.unwrap();
    }
    keys.sort_unstable();
    let (mut seen, mut after) = (vec![], None);
    loop {
        let query = KvQuery { prefix: String::new(), after, limit: 4, preview: 10 };
        let page = s.kv_list(query).await.unwrap();
        assert!(page.items.len() <= 4);
        seen.extend(page.items.into_iter().map(|row| row.key));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, keys);
}

async fn a_prefix_is_taken_by_its_letters(s: &TestStore) {
    for key in ["a", "a%", "a%b", "a_b", "axb", "ab", "A%b", "a\\b", "a\u{10ffff}"] {
        s.kv_set(key, "v", None).await.unwrap();
    }
    let keys = async |prefix| list(s, prefix).await.into_iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(keys("a%").await, ["a%", "a%b"]);
    assert_eq!(keys("a_").await, ["a_b"]);
    assert_eq!(keys("a\\").await, ["a\\b"]);
    assert_eq!(keys("a").await.len(), 8);
    assert_eq!(keys("a\u{10ffff}").await, ["a\u{10ffff}"]);
    assert_eq!(keys("nothing").await.len(), 0);
}

async fn a_long_value_is_shown_by_its_beginning(s: &TestStore) {
    s.kv_set("k", &"é".repeat(5000), None).await.unwrap();
    let query = KvQuery { prefix: "k".into(), after: None, limit: 1, preview: 3 };
    let row = s.kv_list(query).await.unwrap().items.remove(0);
    assert_eq!((row.value.as_str(), row.size), ("ééé", 10_000));
}

async fn keys_and_values_beyond_their_bounds_are_refused(s: &TestStore) {
    let (key, value) = ("k".repeat(MAX_KEY), "v".repeat(MAX_KV_VALUE));
    s.kv_set(&key, &value, None).await.expect("both at their bounds");
    assert_eq!(s.kv_get(&key).await.unwrap().map(|value| value.len()), Some(MAX_KV_VALUE));
    let long_key = format!("{key}k");
    let long_value = "é".repeat(MAX_KV_VALUE / 2 + 1);
    let refusals = [
        s.kv_set(&long_key, "v", None).await,
        s.kv_set("k", &long_value, None).await,
        s.kv_set("", "v", None).await,
        s.kv_set("k\0", "v", None).await,
        s.kv_set("k", "v\0", None).await,
        s.kv_compare_and_set("k", None, Some(&long_value), None).await.map(drop),
        s.kv_compare_and_set("k\0", None, Some("v"), None).await.map(drop),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Err(StoreError::Bounds(_))), "{refusal:?}");
    }
    let error = s.kv_set("k", &long_value, None).await.unwrap_err().to_string();
    assert!(error.contains(&long_value.len().to_string()), "the refusal names the size: {error}");
    assert_eq!(list(s, "").await.len(), 1);
}

async fn keys_and_values_may_hold_anything_but_nul(s: &TestStore) {
    for text in ["'", "\"", "\\", "%_", "\u{1b}[31m", "\n\r\t", "\u{202e}", "\u{fffd}\u{10ffff}", "$1 ?1 :a @b {}"] {
        s.kv_set(text, text, None).await.unwrap();
        assert_eq!(s.kv_get(text).await.unwrap().as_deref(), Some(text), "{text:?}");
    }
}

fn write(value: Option<&str>, expect: Option<Option<&str>>) -> KvWrite {
    let (value, expect) = (value.map(str::to_owned), expect.map(|held| held.map(str::to_owned)));
    KvWrite { key: "k".into(), value, expect, actor: make::operator(), now: Some(at(3.0)) }
}

async fn an_operators_write_is_audited(s: &TestStore) {
    assert_eq!(s.kv_write(write(Some("v"), None)).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_get("k").await.unwrap().as_deref(), Some("v"));
    assert_eq!(s.kv_write(write(None, None)).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_get("k").await.unwrap(), None);
    let events = s.system_events(None, 10).await.unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events.iter().all(|event| event.name == "kv_write" && event.body.contains("ada")), "{events:?}");
}

async fn an_operators_write_can_expect_what_stands(s: &TestStore) {
    assert_eq!(s.kv_write(write(Some("1"), Some(None))).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_write(write(Some("2"), Some(None))).await.unwrap(), Swap::Holds(Some("1".into())));
    assert_eq!(s.kv_write(write(None, Some(Some("2")))).await.unwrap(), Swap::Holds(Some("1".into())));
    assert_eq!(s.kv_write(write(None, Some(Some("1")))).await.unwrap(), Swap::Done);
    assert_eq!(s.kv_get("k").await.unwrap(), None);
}
