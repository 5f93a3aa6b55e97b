//! Every form that a function may have, sent and run.

use super::latest;
use crate::support::TestStore;
use crate::support::stores::on_both;
use crate::worker::{PATIENCE, start};
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use std::fmt;

on_both!(
    a_struct_goes_in_and_comes_out,
    every_kind_of_result_is_kept,
    every_kind_of_error_fails_the_attempt,
    blocking_functions_block_elsewhere,
    a_task_sends_itself_by_its_own_name,
    tasks_stand_in_modules_and_in_function_bodies,
    many_are_sent_at_once_in_order,
);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct EmailContext {
    to: String,
    copies: u8,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
pub struct Sent {
    to: Vec<String>,
}

/// Sends a mail.
#[hyrex::task]
pub async fn send_email(context: EmailContext) -> Result<Sent> {
    Ok(Sent { to: vec![context.to; usize::from(context.copies)] })
}

fn ada(copies: u8) -> EmailContext {
    EmailContext { to: "ada@example.com".into(), copies }
}

async fn a_struct_goes_in_and_comes_out(store: &TestStore) {
    let worker = start(store, registry![send_email]);
    let run = send_email.on(&worker.client).send(ada(2)).await.unwrap();
    let sent: Sent = run.wait(PATIENCE).await.unwrap();
    assert_eq!(sent, Sent { to: vec!["ada@example.com".into(); 2] });
    assert_eq!(
        super::stored(store, &run).await,
        serde_json::json!({"context": {"to": "ada@example.com", "copies": 2}})
    );
    assert_eq!(send_email.call(ada(1)).await.unwrap().to.len(), 1);
    assert_eq!(send_email.name(), "send_email");
}

#[hyrex::task]
async fn nothing() {}

#[hyrex::task]
async fn value() -> u32 {
    7
}

#[hyrex::task]
async fn ours(half: u32) -> hyrex::Result<u32> {
    Ok("21".parse::<u32>()? * half)
}

#[hyrex::task]
async fn of_anyhow(text: String) -> anyhow::Result<String> {
    Ok(text.parse::<u32>()?.to_string())
}

#[hyrex::task]
async fn of_io(path: std::path::PathBuf) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}

/// An error that is not one of `std`'s.
struct Refused;

impl From<Refused> for Box<dyn std::error::Error + Send + Sync> {
    fn from(_: Refused) -> Self {
        "refused".into()
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refused")
    }
}

#[hyrex::task]
async fn of_own(refuse: bool) -> Result<(), Refused> {
    if refuse { Err(Refused) } else { Ok(()) }
}

#[hyrex::task]
fn of_text(fail: bool) -> Result<Option<u8>, String> {
    if fail { Err("no".into()) } else { Ok(Some(3)) }
}

async fn every_kind_of_result_is_kept(store: &TestStore) {
    let worker = start(store, registry![nothing, value, ours, of_anyhow, of_io, of_own, of_text]);
    let client = &worker.client;
    nothing.on(client).send().await.unwrap().wait(PATIENCE).await.unwrap();
    assert_eq!(value.on(client).send().await.unwrap().wait(PATIENCE).await.unwrap(), 7);
    assert_eq!(ours.on(client).send(2).await.unwrap().wait(PATIENCE).await.unwrap(), 42);
    assert_eq!(of_anyhow.on(client).send("5".into()).await.unwrap().wait(PATIENCE).await.unwrap(), "5");
    assert!(of_io.on(client).send("Cargo.toml".into()).await.unwrap().wait(PATIENCE).await.unwrap() > 0);
    of_own.on(client).send(false).await.unwrap().wait(PATIENCE).await.unwrap();
    assert_eq!(of_text.on(client).send(false).await.unwrap().wait(PATIENCE).await.unwrap(), Some(3));
}

async fn every_kind_of_error_fails_the_attempt(store: &TestStore) {
    let worker = start(store, registry![of_anyhow, of_io, of_own, of_text]);
    let client = &worker.client;
    let anyhow = of_anyhow.on(client).send("x".into()).await.unwrap();
    assert!(anyhow.wait(PATIENCE).await.unwrap_err().to_string().contains("invalid digit"));
    let io = of_io.on(client).send("/nowhere/at/all".into()).await.unwrap();
    io.wait(PATIENCE).await.unwrap_err();
    assert_eq!(latest(store, &io).await.error.unwrap().kind, "std::io::error::Error");
    let own = of_own.on(client).send(true).await.unwrap();
    assert!(own.wait(PATIENCE).await.unwrap_err().to_string().ends_with("refused"));
    let text = of_text.on(client).send(true).await.unwrap();
    assert!(text.wait(PATIENCE).await.unwrap_err().to_string().ends_with("error: no"));
    assert_eq!(text.status().await.unwrap(), TaskStatus::Failed);
}

/// Sends from a blocking function; the name of its thread.
#[hyrex::task]
fn blocks(to: String) -> Result<String> {
    let run = hyrex::block_on(send_email.send(EmailContext { to, copies: 0 }))?;
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    Ok(format!("{thread} {}", run.id()))
}

async fn blocking_functions_block_elsewhere(store: &TestStore) {
    let worker = start(store, registry![blocks]);
    let run = blocks.on(&worker.client).send("bob".into()).await.unwrap();
    let said = run.wait(PATIENCE).await.unwrap();
    let child = said.strip_prefix("hyrex-blocking ").expect(&said).parse().unwrap();
    let child = store.store.run(child).await.unwrap().unwrap().latest;
    assert_eq!(child.row.parent, Some(latest(store, &run).await.row.id));
    // Called directly it means the client of the scope, and may block as well.
    let called = worker.client.scope(blocks.call("eve".into())).await.unwrap();
    assert!(called.split(' ').count() >= 2, "{called}");
}

#[hyrex::task]
async fn countdown(from: u32) -> Result<u32> {
    if from > 0 {
        countdown.with_config(TaskConfig::new().priority(9)).send(from - 1).await?;
    }
    Ok(from)
}

async fn a_task_sends_itself_by_its_own_name(store: &TestStore) {
    let worker = start(store, registry![countdown]);
    let run = countdown.on(&worker.client).send(3).await.unwrap();
    run.wait(PATIENCE).await.unwrap();
    let all = async || (store.tree(run.id(), 10).await.unwrap().runs.len() == 4).then_some(());
    crate::support::wait_for("four runs of one root", PATIENCE, all).await;
    let tree = store.tree(run.id(), 10).await.unwrap().runs;
    assert!(tree.iter().skip(1).all(|run| run.row.priority == 9), "{tree:?}");
}

mod report {
    //! A file whose function has its own name, as many have.

    /// Also with `super` in its visibility, and with a raw name.
    #[hyrex::task(name = "report")]
    pub(super) async fn report(r#type: String, mut pages: u32) -> hyrex::Result<String> {
        pages += 1;
        Ok(format!("{type} {pages}", type = r#type))
    }

    pub(in super::super) mod inner {
        #[hyrex::task]
        pub(in super::super) async fn deep() -> u8 {
            1
        }
    }
}
use report::report;

async fn tasks_stand_in_modules_and_in_function_bodies(store: &TestStore) {
    #[derive(Serialize, Deserialize)]
    struct Local(u8);
    #[hyrex::task]
    async fn local(one: Local) -> u8 {
        one.0
    }
    let worker = start(store, registry![report, report::inner::deep, local]);
    let client = &worker.client;
    let run = report.on(client).send("yearly".into(), 9).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), "yearly 10");
    assert_eq!(super::stored(store, &run).await, serde_json::json!({"type": "yearly", "pages": 9}));
    assert_eq!(report::inner::deep.on(client).send().await.unwrap().wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(local.on(client).send(Local(4)).await.unwrap().wait(PATIENCE).await.unwrap(), 4);
}

async fn many_are_sent_at_once_in_order(store: &TestStore) {
    let worker = start(store, registry![nothing, send_email, report]);
    let client = &worker.client;
    let runs = send_email.on(client).send_many((0..50).map(ada)).await.unwrap();
    for (number, run) in runs.iter().enumerate() {
        assert_eq!(run.wait(PATIENCE).await.unwrap().to.len(), number);
    }
    let pairs = [("a".to_owned(), 1), ("b".to_owned(), 2)];
    let runs = report.on(client).send_many(pairs).await.unwrap();
    assert_eq!(runs[1].wait(PATIENCE).await.unwrap(), "b 3");
    assert_eq!(nothing.on(client).send_many([(); 3]).await.unwrap().len(), 3);
}
