//! Every write can be repeated: the second time it changes nothing, and answers what stands.

use crate::support::make::{self, RunWords};
use crate::support::stores::on_both;
use crate::support::worker::{line, registration};
use crate::support::{TestStore, Worker, at, run};
use hyrex::model::{ExecutorId, Start};
use hyrex::store::{Cancel, CancelOutcome, Limit, Logged, Retry, RetryOutcome, SetLimit, SetPause, TaskDef};

on_both!(
    a_repeated_send_with_all_kinds_of_runs_changes_nothing,
    a_repeated_registration_and_stop_change_nothing,
    a_repeated_append_and_progress_change_nothing,
    a_repeated_retry_is_answered_as_the_first_time,
    a_repeated_retry_is_answered_as_the_first_time_when_its_attempt_has_ended,
    a_repeated_send_again_is_answered_as_the_first_time,
    a_repeated_cancel_changes_no_run,
    a_repeated_pause_and_limit_leave_the_settings,
    a_repeated_declaration_changes_nothing,
    definitions_written_again_replace_themselves,
    tables_can_be_made_again,
);

async fn a_repeated_send_with_all_kinds_of_runs_changes_nothing(s: &TestStore) {
    let runs = vec![
        run("t"),
        run("t").key("k"),
        run("t").key("k"),
        run("t").starting(Start::At(at(50.0))),
        run("t").starting(Start::After(std::time::Duration::from_secs(9))),
    ];
    let first = s.enqueue(runs.clone(), Some(at(1.0))).await.unwrap();
    let before = s.raw.everything().await;
    assert_eq!(s.enqueue(runs, Some(at(2.0))).await.unwrap(), first);
    assert_eq!(s.raw.everything().await, before);
}

async fn a_repeated_registration_and_stop_change_nothing(s: &TestStore) {
    let own = registration(ExecutorId::new());
    s.executor_register(own.clone(), Some(at(1.0))).await.unwrap();
    s.executor_stop(own.id, vec![], Some(at(2.0))).await.unwrap();
    let before = s.raw.everything().await;
    s.executor_stop(own.id, vec![], Some(at(3.0))).await.unwrap();
    s.executor_register(own, Some(at(4.0))).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
    s.executor_stop(ExecutorId::new(), vec![], None).await.expect("nobody is stopped without harm");
}

async fn a_repeated_append_and_progress_change_nothing(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let held = Worker::new(&*s.store).await.claim_one().await;
    let logged = Logged { fence: held.fence, lines: vec![line(0, "a"), line(1, "b")] };
    let write = async || {
        s.log_append(vec![logged.clone()]).await.unwrap();
        assert!(s.progress_set(held.fence, 0.5, "half".into(), Some(at(1.0))).await.unwrap());
        s.raw.everything().await
    };
    assert_eq!(write().await, write().await);
}

async fn a_repeated_retry_is_answered_as_the_first_time(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.fail(&worker.claim_one().await).await;
    let retry = make::retry(new.id);
    let first = s.run_retry(retry.clone()).await.unwrap();
    assert!(matches!(first, RetryOutcome::Queued(id) if id.0 == retry.id), "{first:?}");
    let runs = s.raw.everything().await["hyrex_task_run"].clone();
    assert_eq!(s.run_retry(retry).await.unwrap(), first);
    assert_eq!(s.raw.everything().await["hyrex_task_run"], runs);
}

async fn a_repeated_retry_is_answered_as_the_first_time_when_its_attempt_has_ended(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.fail(&worker.claim_one().await).await;
    let retry = make::retry(new.id);
    let first = s.run_retry(retry.clone()).await.unwrap();
    worker.fail(&worker.claim_one().await).await;
    assert_eq!(s.run_retry(retry).await.unwrap(), first);
    assert_eq!(s.run(new.id).await.unwrap().unwrap().attempts.len(), 2);
}

async fn a_repeated_send_again_is_answered_as_the_first_time(s: &TestStore) {
    let new = run("t");
    s.enqueue(vec![new.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.succeed(&worker.claim_one().await).await;
    let retry: Retry = make::retry(new.id);
    let first = s.run_retry(retry.clone()).await.unwrap();
    assert!(matches!(first, RetryOutcome::SentAgain(id) if id.0 == retry.id), "{first:?}");
    assert_eq!(s.run_retry(retry).await.unwrap(), first);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_task_run").await, 2);
}

async fn a_repeated_cancel_changes_no_run(s: &TestStore) {
    let (waiting, running) = (run("waiting"), run("t"));
    s.enqueue(vec![waiting.clone(), running.clone()], None).await.unwrap();
    let worker = Worker::new(&*s.store).await;
    worker.claim_one().await;
    let cancel = |run| Cancel { subtree: true, ..make::cancel(run) };
    for run in [waiting.id, running.id] {
        s.run_cancel(cancel(run)).await.unwrap();
    }
    let runs = s.raw.everything().await["hyrex_task_run"].clone();
    let again = s.run_cancel(cancel(waiting.id)).await.unwrap().run;
    assert!(matches!(again, CancelOutcome::AlreadyEnded(_)), "{again:?}");
    assert_eq!(s.run_cancel(cancel(running.id)).await.unwrap().run, CancelOutcome::AlreadyAsked);
    assert_eq!(s.raw.everything().await["hyrex_task_run"], runs);
}

async fn a_repeated_pause_and_limit_leave_the_settings(s: &TestStore) {
    let pause = SetPause { queue: "a".into(), paused: true, actor: make::operator(), now: Some(at(1.0)) };
    let limit = SetLimit { queue: "a".into(), limit: Limit::At(3), actor: make::operator(), now: Some(at(1.0)) };
    s.queue_pause(pause.clone()).await.unwrap();
    let settings = s.queue_limit(limit.clone()).await.unwrap();
    assert_eq!(s.queue_pause(pause).await.unwrap(), settings);
    assert_eq!(s.queue_limit(limit).await.unwrap(), settings);
}

async fn a_repeated_declaration_changes_nothing(s: &TestStore) {
    s.queue_declare("a".into(), Some(3)).await.unwrap();
    let before = s.raw.everything().await;
    s.queue_declare("a".into(), Some(3)).await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}

async fn definitions_written_again_replace_themselves(s: &TestStore) {
    let def = |name: &str, queue: &str, arg_schema: Option<&str>| TaskDef {
        task_name: name.into(),
        queue: queue.into(),
        priority: 5,
        max_retries: 2,
        timeout_seconds: Some(30),
        arg_schema: arg_schema.map(str::to_owned),
    };
    s.task_defs_put(vec![def("t", "a", Some("{\"type\":\"object\"}")), def("u'", "a", None)]).await.unwrap();
    s.raw.execute("UPDATE hyrex_task_def SET source_code = 'def t(): ...', cron_expr = '0 * * * *'").await;
    s.task_defs_put(vec![def("t", "b", None)]).await.unwrap();
    s.task_defs_put(vec![]).await.unwrap();
    let columns = "task_name || ' ' || queue || ' ' || CAST(COALESCE(arg_schema, '{}') AS text) || ' ' || cron_expr";
    let rows = s.raw.texts(&format!("SELECT {columns} FROM hyrex_task_def ORDER BY 1")).await;
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    assert_eq!(rows, ["t b {\"type\":\"object\"} 0 * * * *", "u' a {} 0 * * * *"]);
}

async fn tables_can_be_made_again(s: &TestStore) {
    s.enqueue(vec![run("t")], None).await.unwrap();
    let before = s.raw.everything().await;
    s.init_db().await.unwrap();
    s.prepare().await.unwrap();
    s.check_schema().await.unwrap();
    assert_eq!(s.raw.everything().await, before);
}
