//! `#[hyrex::task]`: what it makes of functions, on both stores.

mod arguments;
mod definitions;
mod forms;
mod settings;
mod workflows;

use crate::support::TestStore;
use hyrex::DurableTaskRun;
use hyrex::store::AttemptDetail;

/// The latest attempt of a run.
async fn latest<T>(store: &TestStore, run: &DurableTaskRun<T>) -> AttemptDetail {
    store.store.run(run.id()).await.unwrap().expect("the run stands").latest
}

/// The arguments of a run, as they are stored.
async fn stored<T>(store: &TestStore, run: &DurableTaskRun<T>) -> serde_json::Value {
    serde_json::from_str(&latest(store, run).await.args).unwrap()
}
