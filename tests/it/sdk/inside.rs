//! Inside a task: context, children, state, progress, arguments that do not fit.

use super::play::{Performed, app, claim, client, context, execute, failure, perform};
use crate::support::stores::on_both;
use crate::support::{TestStore, wait_for};
use hyrex::model::TaskStatus;
use hyrex::prelude::*;
use hyrex::sdk::HandlerError;
use hyrex::{Plain, registry};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);

#[derive(Serialize, Deserialize)]
struct Mail {
    to: String,
}

fn child() -> Task<Plain<Mail, ()>> {
    Task::new("child", TaskConfig::new().queue("mail"), |_: Mail| async { Ok(()) })
}

fn mail() -> Mail {
    Mail { to: "ada@example.com".into() }
}

async fn what_a_task_sends_is_its_child_and_of_its_root(store: &TestStore) {
    let parent = Task::new("parent", TaskConfig::new(), |()| async {
        let direct = child().send(mail()).await?;
        let many = child().send_many([mail(), mail()]).await?;
        let spawned = hyrex::spawn(async { child().send(mail()).await }).await??;
        Ok([direct.id(), many[0].id(), many[1].id(), spawned.id()])
    });
    let run = client(store).send(&parent, ()).await.unwrap();
    let Performed { claimed, .. } = perform(store, &app(registry![parent])).await;
    for sent in run.result().await.unwrap().expect("the parent succeeded") {
        let row = store.run(sent).await.unwrap().unwrap().latest.row;
        assert_eq!((row.parent, row.root), (Some(claimed.fence.attempt), run.id()));
        assert_eq!(row.queue, "mail");
    }
}

async fn a_grandchild_has_the_same_root(store: &TestStore) {
    let middle = Task::new("middle", TaskConfig::new(), |()| async { Ok(child().send(mail()).await?.id()) });
    let inner = middle.clone();
    let top = Task::new("top", TaskConfig::new(), move |()| {
        let inner = inner.clone();
        async move { Ok(inner.send(()).await?.id()) }
    });
    let run = client(store).send(&top, ()).await.unwrap();
    let app = app(registry![top, middle]);
    perform(store, &app).await;
    perform(store, &app).await;
    let tree = store.tree(run.id(), 10).await.unwrap();
    let names: Vec<_> = tree.runs.iter().map(|tree| (tree.row.task_name.as_str(), tree.parent_run)).collect();
    let (top, middle) = (tree.runs[0].row.run, tree.runs[1].row.run);
    assert_eq!(names, [("top", None), ("middle", Some(top)), ("child", Some(middle))]);
}

async fn what_a_task_sends_to_another_database_has_no_parent_there(store: &TestStore) {
    let other = TestStore::new(store.kind).await;
    let there = Client::new(other.store.clone());
    let parent = Task::new("parent", TaskConfig::new(), move |()| {
        let there = there.clone();
        async move { Ok(child().on(&there).send(mail()).await?.id()) }
    });
    let run = client(store).send(&parent, ()).await.unwrap();
    perform(store, &app(registry![parent])).await;
    let sent = run.result().await.unwrap().unwrap();
    let row = other.run(sent).await.unwrap().unwrap().latest.row;
    assert_eq!((row.parent, row.root), (None, sent));
    other.close().await;
}

async fn a_blocking_function_sends_and_keeps_through_block_on(store: &TestStore) {
    let parent = Task::blocking("parent", TaskConfig::new(), |()| {
        hyrex::block_on(HyrexKV::set("seen", "yes"))?;
        let run = hyrex::block_on(child().send(mail()))?;
        Ok((run.id(), get_hyrex_context().map(|context| context.task_id())))
    });
    let run = client(store).send(&parent, ()).await.unwrap();
    let Performed { claimed, .. } = perform(store, &app(registry![parent])).await;
    let (sent, attempt) = run.result().await.unwrap().unwrap();
    assert_eq!(attempt, Some(claimed.fence.attempt));
    assert_eq!(store.run(sent).await.unwrap().unwrap().latest.row.parent, attempt);
    assert_eq!(store.kv_get("seen").await.unwrap().as_deref(), Some("yes"));
}

async fn the_context_tells_who_is_running(store: &TestStore) {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Seen(String, i16, i16, String, i16, Option<i32>, bool, bool);
    let look = Task::new("look", TaskConfig::new().max_retries(3).timeout_seconds(60).priority(8), |()| async {
        let own = get_hyrex_context().ok_or_else(|| Error::new("outside"))?;
        let root = own.parent_id().is_none() && own.root_id() == own.durable_id();
        let timed = own.queued().is_some_and(|queued| queued <= own.started()) && own.scheduled_start().is_some();
        let (name, queue) = (own.task_name().to_owned(), own.queue().to_owned());
        Ok(Seen(
            name,
            own.attempt_number(),
            own.max_retries(),
            queue,
            own.priority(),
            own.timeout_seconds(),
            root,
            timed,
        ))
    });
    let run = client(store).send(&look, ()).await.unwrap();
    let Performed { claimed, .. } = perform(store, &app(registry![look])).await;
    let seen = run.result().await.unwrap().unwrap();
    assert_eq!(seen, Seen("look".into(), 0, 3, "default".into(), 8, Some(60), true, true));
    assert_eq!(claimed.fence.attempt, run.id().first_attempt());
    assert!(get_hyrex_context().is_none(), "a context leaked out of its task");
    let error = TaskContext::current().unwrap_err();
    assert!(matches!(error.kind(), hyrex::ClientErrorKind::NoContext), "{error}");
}

async fn the_context_tells_which_attempt_is_running(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |()| async {
        let own = TaskContext::current()?;
        Ok((own.task_id(), own.durable_id(), own.parent_id(), own.root_id(), own.executor_id()))
    });
    let sends = child.clone();
    let top = Task::new("top", TaskConfig::new(), move |()| {
        let sends = sends.clone();
        async move { Ok(sends.send(()).await?.id()) }
    });
    let run = client(store).send(&top, ()).await.unwrap();
    let app = app(registry![top, child]);
    let parent = perform(store, &app).await.claimed;
    let own = perform(store, &app).await.claimed;
    let told = client(store).run(own.run).result().await.unwrap();
    let expected = (own.fence.attempt, own.run, Some(parent.fence.attempt), run.id(), own.fence.executor);
    assert_eq!(told, Some(expected));
}

async fn state_is_found_by_its_type_and_its_absence_is_told(store: &TestStore) {
    struct Pool(u32);
    let uses = Task::new("uses", TaskConfig::new(), |()| async {
        let context = get_hyrex_context().ok_or_else(|| Error::new("outside"))?;
        let pool = context.state::<Pool>()?;
        let missing = context.state::<String>().map(|_| ()).unwrap_err().to_string();
        Ok((pool.0, missing))
    });
    let run = client(store).send(&uses, ()).await.unwrap();
    perform(store, &app(registry![uses]).state(Pool(1)).state(Pool(4))).await;
    let (size, missing) = run.result().await.unwrap().unwrap();
    assert_eq!(size, 4);
    assert_eq!(missing, "the application has no state of type alloc::string::String: add it with HyrexApp::state");
}

async fn progress_is_written_and_its_latest_word_always(store: &TestStore) {
    let slow = Task::new("slow", TaskConfig::new(), |()| async { Ok(()) });
    let run = client(store).send(&slow, ()).await.unwrap();
    let app = app(registry![slow]);
    let (_, claimed) = claim(store, &app).await;
    let context = context(store, &app, &claimed);
    for step in 0..=50u8 {
        context.progress(f32::from(step) / 50.0, format!("step {step}"));
    }
    let stands = async || {
        let progress = store.run(run.id()).await.unwrap().unwrap().latest.progress;
        progress.filter(|progress| progress.message == "step 50").map(|progress| progress.fraction)
    };
    assert_eq!(wait_for("the latest word", LONG, stands).await, 1.0);
}

async fn arguments_that_do_not_fit_fail_for_good_and_name_the_field(store: &TestStore) {
    let app = app(registry![Task::new("child", TaskConfig::new(), |_: Mail| async { Ok(()) })]);
    let config = || TaskConfig::new().max_retries(5);
    let client = client(store);
    let run = client.send_by_name("child", &serde_json::json!({"to": {"name": "ada"}}), config()).await.unwrap();
    let Performed { returned, .. } = perform(store, &app).await;
    assert!(matches!(returned, Err(HandlerError::FailedForGood(_))));
    let error = failure(returned);
    assert_eq!(error.kind, "arguments");
    assert!(error.message.starts_with("the arguments do not fit task 'child': to: invalid type"), "{}", error.message);
    let state = run.state().await.unwrap();
    assert!(state.is_over() && state.status == TaskStatus::Failed);
    client.send_by_name("child", &serde_json::json!({}), config()).await.unwrap();
    assert!(failure(perform(store, &app).await.returned).message.contains("missing field `to`"));
}

async fn arguments_that_a_task_does_not_know_are_passed_over(store: &TestStore) {
    let app = app(registry![Task::new("child", TaskConfig::new(), |mail: Mail| async { Ok(mail.to) })]);
    let args = serde_json::json!({"to": "ada@example.com", "copy": "bob@example.com"});
    client(store).send_by_name("child", &args, TaskConfig::new()).await.unwrap();
    assert_eq!(perform(store, &app).await.returned.unwrap().as_deref(), Some(r#""ada@example.com""#));
}

async fn errors_tell_how_to_go_on(store: &TestStore) {
    async fn of(_: ()) -> std::io::Result<()> {
        Err(std::io::Error::other("no paper"))
    }
    let foreign = Task::wrap("foreign", TaskConfig::new(), of);
    let fatal = Task::wrap_blocking("fatal", TaskConfig::new(), |()| Err::<(), _>(Error::fatal("burnt down")));
    let canceled = Task::new("canceled", TaskConfig::new(), |()| async {
        let context = get_hyrex_context().ok_or_else(|| Error::new("outside"))?;
        context.cancellation().cancelled().await;
        context.check_canceled()
    });
    let app = app(registry![foreign, fatal, canceled]);
    let kind = async |task: &Task<Plain<(), ()>>| {
        client(store).send(task, ()).await.unwrap();
        let (worker, claimed) = claim(store, &app).await;
        let inner = context(store, &app, &claimed);
        inner.cancellation().cancel();
        let handler = app.get_registry().task(&claimed.task_name).unwrap().handler.clone();
        let hyrex::sdk::Handler::Async(run) = handler else {
            let returned = execute(store, &app, &claimed).await;
            worker.succeed(&claimed).await;
            return returned;
        };
        let invocation = hyrex::sdk::Invocation { args: claimed.args.clone(), context: inner.clone() };
        let returned = inner.scope(run(invocation)).await;
        worker.succeed(&claimed).await;
        returned
    };
    let error = kind(&foreign).await;
    assert!(matches!(&error, Err(HandlerError::Failed(error)) if error.kind == "std::io::error::Error"), "{error:?}");
    assert!(matches!(kind(&fatal).await, Err(HandlerError::FailedForGood(error)) if error.message == "burnt down"));
    assert!(matches!(kind(&canceled).await, Err(HandlerError::Canceled)));
}

on_both!(
    what_a_task_sends_is_its_child_and_of_its_root,
    a_grandchild_has_the_same_root,
    what_a_task_sends_to_another_database_has_no_parent_there,
    a_blocking_function_sends_and_keeps_through_block_on,
    the_context_tells_who_is_running,
    the_context_tells_which_attempt_is_running,
    state_is_found_by_its_type_and_its_absence_is_told,
    progress_is_written_and_its_latest_word_always,
    arguments_that_do_not_fit_fail_for_good_and_name_the_field,
    arguments_that_a_task_does_not_know_are_passed_over,
    errors_tell_how_to_go_on,
);
