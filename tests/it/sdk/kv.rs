//! The key-value store as applications use it.

use super::play::client;
use crate::support::TestStore;
use crate::support::stores::on_both;
use hyrex::HyrexKV;

async fn a_key_is_written_read_listed_and_removed(store: &TestStore) {
    let kv = client(store).kv();
    assert_eq!(kv.get("user:7").await.unwrap(), None);
    kv.set("user:7", "").await.unwrap();
    kv.set("user:7", "processing ☕").await.unwrap();
    kv.set("user_8", "x").await.unwrap();
    assert_eq!(kv.get("user:7").await.unwrap().as_deref(), Some("processing ☕"));
    assert_eq!(kv.list("user:").await.unwrap(), ["user:7"]);
    assert!(kv.delete("user:7").await.unwrap());
    assert!(!kv.delete("user:7").await.unwrap());
    assert_eq!(kv.list("").await.unwrap(), ["user_8"]);
}

async fn a_list_goes_on_past_one_page(store: &TestStore) {
    let kv = client(store).kv();
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..1050 {
        let kv = kv.clone();
        writing.spawn(async move { kv.set(&format!("n{number:04}"), "").await.unwrap() });
    }
    writing.join_all().await;
    let keys = kv.list("n").await.unwrap();
    assert_eq!((keys.len(), keys[0].as_str(), keys[1049].as_str()), (1050, "n0000", "n1049"));
}

async fn a_swap_happens_only_on_the_value_expected(store: &TestStore) {
    let kv = client(store).kv();
    assert!(!kv.compare_and_set("k", Some("old"), Some("new")).await.unwrap());
    assert!(kv.compare_and_set("k", None, Some("old")).await.unwrap());
    assert!(!kv.compare_and_set("k", None, Some("other")).await.unwrap());
    assert!(kv.compare_and_set("k", Some("old"), Some("new")).await.unwrap());
    assert!(kv.compare_and_set("k", Some("new"), None).await.unwrap());
    assert_eq!(kv.get("k").await.unwrap(), None);
}

async fn a_value_of_more_than_a_mebibyte_is_refused_with_its_size(store: &TestStore) {
    let kv = client(store).kv();
    kv.set("k", &"x".repeat(1 << 20)).await.unwrap();
    let said = kv.set("k", &"x".repeat((1 << 20) + 1)).await.unwrap_err().to_string();
    assert!(said.contains("1048577") && said.contains("1048576"), "{said}");
    assert!(kv.get("").await.unwrap_err().to_string().contains("empty"));
    assert!(kv.delete("a\0b").await.unwrap_err().to_string().contains("U+0000"));
    assert!(kv.get(&"k".repeat(1025)).await.unwrap_err().to_string().contains("1025 bytes"));
}

async fn the_store_that_is_meant_is_that_of_the_scope(store: &TestStore) {
    let other = TestStore::new(store.kind).await;
    let (here, there) = (client(store), client(&other));
    let set = async |value: &str| HyrexKV::set("k", value).await.unwrap();
    here.scope(set("here")).await;
    there.scope(set("there")).await;
    assert_eq!(here.scope(HyrexKV::get("k")).await.unwrap().as_deref(), Some("here"));
    assert_eq!(there.kv().get("k").await.unwrap().as_deref(), Some("there"));
    assert!(here.scope(HyrexKV::compare_and_set("k", Some("here"), None)).await.unwrap());
    assert!(!here.scope(HyrexKV::delete("k")).await.unwrap());
    assert_eq!(there.scope(HyrexKV::list("")).await.unwrap(), ["k"]);
    other.close().await;
}

on_both!(
    a_key_is_written_read_listed_and_removed,
    a_list_goes_on_past_one_page,
    a_swap_happens_only_on_the_value_expected,
    a_value_of_more_than_a_mebibyte_is_refused_with_its_size,
    the_store_that_is_meant_is_that_of_the_scope,
);
