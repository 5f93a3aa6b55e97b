//! `kv` on both stores.

use super::command::Hyrex;
use super::hyrex;
use crate::support::TestStore;
use crate::support::stores::on_both;
use serde_json::json;

on_both!(
    a_value_comes_back_byte_by_byte,
    a_value_is_read_from_standard_input,
    what_is_too_large_or_not_text_is_refused,
    keys_are_listed_page_by_page_in_the_order_of_their_bytes,
    a_key_that_is_not_there_is_said,
    writes_of_an_operator_are_in_the_books
);

async fn a_value_comes_back_byte_by_byte(store: &TestStore) {
    let value = "1.08\n\t\x1b[31m€\u{202e} ";
    hyrex(&store.url, ["kv", "set", "rates/eur", value]).ok();
    let said = hyrex(&store.url, ["kv", "get", "rates/eur"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), value));
    let raw = hyrex(&store.url, ["kv", "get", "rates/eur", "--raw"]);
    assert_eq!(raw.out, value);
    assert_eq!(
        hyrex(&store.url, ["kv", "get", "rates/eur", "--json"]).json(),
        json!({"key": "rates/eur", "value": value})
    );
    assert_eq!(store.kv_get("rates/eur").await.unwrap().as_deref(), Some(value));
}

async fn a_value_is_read_from_standard_input(store: &TestStore) {
    let large = "ä".repeat(512 * 1024);
    let set = || Hyrex::new().args(["kv", "set", "report", "-", "--json", "--url", &store.url]);
    assert_eq!(set().stdin(large.clone()).run().json(), json!({"key": "report", "size": 1 << 20}));
    assert_eq!(store.kv_get("report").await.unwrap(), Some(large));
    set().stdin("").run().ok();
    assert_eq!(store.kv_get("report").await.unwrap().as_deref(), Some(""));
}

async fn what_is_too_large_or_not_text_is_refused(store: &TestStore) {
    let set = || Hyrex::new().args(["kv", "set", "k", "-", "--url", &store.url]);
    set().stdin(vec![b'x'; (1 << 20) + 1]).run().fails(1, &["longer", "1048576"]);
    set().stdin(vec![b'o', b'k', 0xff]).run().fails(1, &["not UTF-8 at byte 2"]);
    set().stdin("a\0b").run().fails(2, &["value", "U+0000"]);
    hyrex(&store.url, ["kv", "set", "", "v"]).fails(2, &["key is empty"]);
    hyrex(&store.url, ["kv", "set", &"k".repeat(1025), "v"]).fails(2, &["1025 bytes"]);
    assert_eq!(store.kv_get("k").await.unwrap(), None);
}

async fn keys_are_listed_page_by_page_in_the_order_of_their_bytes(store: &TestStore) {
    for key in ["b/2", "a", "b/10", "b/1", "B", "ü"] {
        store.kv_set(key, &format!("value of {key}"), None).await.unwrap();
    }
    let keys = |value: serde_json::Value| {
        value.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(hyrex(&store.url, ["kv", "list", "--json"]).json()), ["B", "a", "b/1", "b/10", "b/2", "ü"]);
    let page = hyrex(&store.url, ["kv", "list", "b/", "-n", "2", "--json"]);
    assert!(page.err.contains("--after 'b/10'"), "{page:?}");
    assert_eq!(keys(page.json()), ["b/1", "b/10"]);
    let rest = hyrex(&store.url, ["kv", "list", "b/", "--after", "b/10", "--json"]).json();
    assert_eq!(rest[0]["value"], "value of b/2");
    assert_eq!(rest[0]["size"], 12);
    assert_eq!(keys(rest), ["b/2"]);
    let table = hyrex(&store.url, ["kv", "list"]).ok();
    assert!(table.starts_with("KEY") && table.contains("value of b/10"), "{table}");
}

async fn a_key_that_is_not_there_is_said(store: &TestStore) {
    hyrex(&store.url, ["kv", "get", "no\x1bne"]).fails(1, &[r"no key 'no\x1bne'"]);
    let absent = hyrex(&store.url, ["kv", "delete", "none", "--json"]).json();
    assert_eq!(absent, json!({"key": "none", "deleted": false}));
    store.kv_set("some", "v", None).await.unwrap();
    assert_eq!(hyrex(&store.url, ["kv", "delete", "some"]).ok(), "some: removed\n");
    assert_eq!(store.kv_get("some").await.unwrap(), None);
}

async fn writes_of_an_operator_are_in_the_books(store: &TestStore) {
    let set = Hyrex::new().env("USER", "ada").args(["kv", "set", "flag", "on", "--url", &store.url]);
    set.run().ok();
    let events = store.system_events(None, 10).await.unwrap();
    let event = events.iter().find(|event| event.name == "kv_write").expect("the write is in the books");
    assert!(event.body.contains("ada") && event.body.contains("flag"), "{event:?}");
}
