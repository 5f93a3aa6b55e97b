//! Runs that succeed.

use super::{N, PATIENCE, start, start_with, until, until_true};
use crate::support::stores::on_both;
use crate::support::{TestStore, make, wait_for};
use hyrex::model::{ExecutorStatus, NewRun, TaskStatus};
use hyrex::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

on_both!(
    a_sent_task_runs_and_its_result_is_kept,
    thousands_of_runs_each_run_once,
    blocking_tasks_run_beside_asynchronous_ones,
    a_blocking_task_finds_the_applications_runtime,
    children_know_their_parent_and_their_root,
    a_task_asks_for_the_applications_state,
    runs_of_unknown_tasks_stay_queued,
    a_run_with_a_delay_starts_when_it_is_due,
    more_runs_than_one_call_queues_are_all_promoted,
    a_worker_tells_who_it_is,
    with_one_slot_runs_go_by_priority_then_age,
    an_idle_worker_picks_up_at_once,
    large_arguments_do_not_starve_the_rest,
    what_is_counted_adds_up,
);

async fn a_sent_task_runs_and_its_result_is_kept(store: &TestStore) {
    let double = Task::new("double", TaskConfig::new(), |N { n }| async move { Ok(n * 2) });
    let worker = start(store, registry![double]);
    let run = double.on(&worker.client).send(N { n: 21 }).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), 42);
    let report = worker.stop().await;
    assert_eq!((report.succeeded, report.failed), (1, 0));
}

async fn thousands_of_runs_each_run_once(store: &TestStore) {
    const COUNT: u32 = 3000;
    let seen: Arc<Vec<AtomicU32>> = Arc::new((0..COUNT).map(|_| AtomicU32::new(0)).collect());
    let ran = seen.clone();
    let task = Task::new("note", TaskConfig::new(), move |N { n }| {
        ran[n as usize].fetch_add(1, Ordering::Relaxed);
        async move { Ok(()) }
    });
    let worker = start(store, registry![task]);
    let runs = task.on(&worker.client).send_many((0..COUNT).map(|n| N { n })).await.unwrap();
    until_true("all to have run", || seen.iter().all(|times| times.load(Ordering::Relaxed) > 0)).await;
    let report = worker.stop().await;
    assert!(seen.iter().all(|times| times.load(Ordering::Relaxed) == 1), "each ran once");
    assert_eq!((report.succeeded, report.given_back, report.unsettled), (u64::from(COUNT), 0, 0));
    assert_eq!(runs.last().unwrap().status().await.unwrap(), TaskStatus::Success);
}

async fn blocking_tasks_run_beside_asynchronous_ones(store: &TestStore) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let slow = Task::blocking("slow", TaskConfig::new(), move |()| {
        wait.lock().unwrap().recv_timeout(PATIENCE)?;
        Ok("slow".to_owned())
    });
    let quick = Task::new("quick", TaskConfig::new(), |()| async { Ok("quick".to_owned()) });
    let worker = start(store, registry![slow, quick]);
    let held = slow.on(&worker.client).send(()).await.unwrap();
    until(store, held.id(), TaskStatus::Running).await;
    let run = quick.on(&worker.client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), "quick");
    release.send(()).unwrap();
    assert_eq!(held.wait(PATIENCE).await.unwrap(), "slow");
    worker.stop().await;
}

async fn a_blocking_task_finds_the_applications_runtime(store: &TestStore) {
    let child = Task::new("child", TaskConfig::new(), |N { n }| async move { Ok(n + 1) });
    let sent = child.clone();
    let parent = Task::blocking("parent", TaskConfig::new(), move |()| {
        Ok(tokio::runtime::Handle::current().block_on(async { sent.send(N { n: 1 }).await?.wait(PATIENCE).await })?)
    });
    let worker = start(store, registry![parent, child]);
    let run = parent.on(&worker.client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), 2);
    worker.stop().await;
}

async fn children_know_their_parent_and_their_root(store: &TestStore) {
    let leaf = Task::new("leaf", TaskConfig::new(), |()| async { Ok(()) });
    let sent = leaf.clone();
    let middle = Task::new("middle", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move { Ok(sent.send(()).await?.id().to_string()) }
    });
    let sent = middle.clone();
    let top = Task::new("top", TaskConfig::new(), move |()| {
        let sent = sent.clone();
        async move { Ok(sent.send(()).await?.id().to_string()) }
    });
    let worker = start(store, registry![top, middle, leaf]);
    let run = top.on(&worker.client).send(()).await.unwrap();
    let middle_id: String = run.wait(PATIENCE).await.unwrap();
    let middle_run = until(store, middle_id.parse().unwrap(), TaskStatus::Success).await;
    let leaf_id: String = serde_json::from_str(middle_run.result.as_deref().unwrap()).unwrap();
    let leaf_run = until(store, leaf_id.parse().unwrap(), TaskStatus::Success).await;
    assert_eq!(middle_run.row.parent, Some(run.id().first_attempt()));
    assert_eq!((leaf_run.row.parent, leaf_run.row.root), (Some(middle_run.row.id), run.id()));
    worker.stop().await;
}

async fn a_task_asks_for_the_applications_state(store: &TestStore) {
    struct Greeting(&'static str);
    let task = Task::new("greet", TaskConfig::new(), |()| async {
        let context = get_hyrex_context().expect("inside a task");
        Ok(format!("{} from {}", context.state::<Greeting>()?.0, context.queue()))
    });
    let app = super::app(registry![task]).state(Greeting("hello"));
    let client = app.client(store.store.clone());
    let shutdown = hyrex::runtime::Shutdown::new();
    let worker = tokio::spawn(hyrex::runtime::Worker::new(app, store.store.clone()).run(shutdown.clone()));
    let run = task.on(&client).send(()).await.unwrap();
    assert_eq!(run.wait(PATIENCE).await.unwrap(), "hello from default");
    shutdown.request();
    worker.await.unwrap().unwrap();
}

async fn runs_of_unknown_tasks_stay_queued(store: &TestStore) {
    let known = Task::new("known", TaskConfig::new(), |()| async { Ok(()) });
    let unknown = store.enqueue(vec![make::run("unknown")], None).await.unwrap()[0].run();
    let worker = start(store, registry![known]);
    known.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap();
    worker.stop().await;
    assert_eq!(super::statuses(store, unknown).await, [TaskStatus::Queued]);
}

async fn a_run_with_a_delay_starts_when_it_is_due(store: &TestStore) {
    let task = Task::new("later", TaskConfig::new(), |()| async { Ok(()) });
    let worker = start(store, registry![task]);
    task.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap();
    let later = task.with_config(TaskConfig::new().delay(Duration::from_millis(700)));
    let run = later.on(&worker.client).send(()).await.unwrap();
    let ended = until(store, run.id(), TaskStatus::Success).await.row;
    let late = (ended.started.unwrap() - ended.scheduled_start.unwrap()).num_milliseconds();
    assert!((0..=400).contains(&late), "{late} ms late; 200 and what a busy machine adds");
    worker.stop().await;
}

async fn more_runs_than_one_call_queues_are_all_promoted(store: &TestStore) {
    let task = Task::new("later", TaskConfig::new(), |_: N| async { Ok(()) });
    let worker = start(store, registry![task]);
    let later = task.with_config(TaskConfig::new().delay(Duration::from_millis(300))).on(&worker.client);
    let runs = later.send_many((0..2500).map(|n| N { n })).await.unwrap();
    for run in [&runs[0], &runs[1250], &runs[2499]] {
        run.wait(PATIENCE).await.unwrap();
    }
    worker.stop().await;
}

async fn a_worker_tells_who_it_is(store: &TestStore) {
    let task =
        Task::new("t", TaskConfig::new().queue(HyrexQueue::new("q").concurrency_limit(3)), |()| async { Ok(()) });
    let worker = start(store, registry![task]);
    task.on(&worker.client).send(()).await.unwrap().wait(PATIENCE).await.unwrap();
    let rows = store.executors(10, None).await.unwrap();
    let (host, pid) = (gethostname::gethostname().to_string_lossy().into_owned(), std::process::id());
    assert_eq!((rows[0].status, rows[0].host.clone(), rows[0].pid), (ExecutorStatus::Running, Some(host), Some(pid)));
    assert_eq!((rows[0].slots, rows[0].task_names.clone()), (Some(10), Some(vec!["t".into()])));
    let queue = store.queues(None).await.unwrap().into_iter().find(|queue| queue.settings.name == "q").unwrap();
    assert_eq!(queue.settings.concurrency_limit, Some(3));
    worker.stop().await;
    assert_eq!(store.executors(10, None).await.unwrap()[0].status, ExecutorStatus::Shutdown);
}

async fn with_one_slot_runs_go_by_priority_then_age(store: &TestStore) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let ran = order.clone();
    let task = Task::new("note", TaskConfig::new(), move |N { n }| {
        ran.lock().unwrap().push(n);
        async {
            let _: () = tokio::time::sleep(Duration::from_millis(25)).await;
            Ok(())
        }
    });
    let runs = [(1, 3), (2, 9), (3, 5), (4, 9), (5, 1)];
    let runs = runs.map(|(n, priority)| NewRun { priority, ..NewRun::new("note", format!("{{\"n\":{n}}}")) });
    store.enqueue(runs.to_vec(), None).await.unwrap();
    let worker = start_with(store, registry![task], super::quick().concurrency(1));
    until_true("all to have run", || order.lock().unwrap().len() == 5).await;
    worker.stop().await;
    assert_eq!(*order.lock().unwrap(), [2, 4, 3, 1, 5]);
}

async fn an_idle_worker_picks_up_at_once(store: &TestStore) {
    let task = Task::new("t", TaskConfig::new(), |()| async { Ok(()) });
    let worker = start(store, registry![task]);
    let task = task.on(&worker.client);
    task.send(()).await.unwrap().wait(PATIENCE).await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..20 {
        let sent = Instant::now();
        let run = task.send(()).await.unwrap();
        until(store, run.id(), TaskStatus::Success).await;
        waits.push(sent.elapsed());
    }
    waits.sort();
    assert!(waits[10] < Duration::from_millis(250), "a tick comes only each second: {waits:?}");
    worker.stop().await;
}

async fn large_arguments_do_not_starve_the_rest(store: &TestStore) {
    let task = Task::new("big", TaskConfig::new(), |args: std::collections::HashMap<String, String>| async move {
        Ok(args["text"].len())
    });
    let args = format!("{{\"text\":\"{}\"}}", "x".repeat(1 << 20));
    let runs: Vec<NewRun> = (0..24).map(|_| NewRun::new("big", args.clone())).collect();
    let ids: Vec<_> = store.enqueue(runs, None).await.unwrap().into_iter().map(|sent| sent.run()).collect();
    let worker = start_with(store, registry![task], super::quick().concurrency(24));
    for id in ids {
        assert_eq!(until(store, id, TaskStatus::Success).await.result.as_deref(), Some("1048576"));
    }
    worker.stop().await;
}

async fn what_is_counted_adds_up(store: &TestStore) {
    let task = Task::new("odd_fails", TaskConfig::new(), |N { n }| async move {
        if n % 2 == 1 { Err(Error::new("odd")) } else { Ok(()) }
    });
    let worker = start(store, registry![task]);
    task.on(&worker.client).send_many((0..10).map(|n| N { n })).await.unwrap();
    wait_for("the counters", PATIENCE, async || {
        let sums = "select cast(coalesce(sum(succeeded), 0) as text) || ' ' || cast(coalesce(sum(failed), 0) as text)
                    from hyrex_counter";
        (store.raw.texts(sums).await == [Some("5 5".to_owned())]).then_some(())
    })
    .await;
    worker.stop().await;
}
