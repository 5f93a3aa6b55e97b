//! Jobs of Python's making: its tasks are sent, its SQL is run, its upkeep is left alone.

use super::*;
use crate::support::stores::on_both;
use crate::support::{Kind, Worker};
use hyrex::store::ScheduleSource;

on_both!(
    a_task_of_pythons_is_sent_as_its_definition_says,
    a_task_that_python_turned_off_is_not_there,
    upkeep_of_pythons_is_never_run,
    an_expression_that_we_cannot_read_harms_nothing_else,
    sql_is_run_and_its_failure_harms_nothing_else,
    the_command_that_python_runs_sends_what_our_leader_sends,
);

/// A row as the SDK writes it, at `at(0.0)`.
async fn python(s: &TestStore, name: &str, source: &str, schedule: &str, command: &str) {
    let now = s.raw.time(at(0.0));
    s.raw
        .execute(&format!(
            "INSERT INTO hyrex_cron_job (schedule, command, jobname, job_source, should_backfill, activated_at,
                 scheduled_jobs_confirmed_until)
             VALUES ('{schedule}', '{command}', '{name}', '{source}', true, {now}, {now})"
        ))
        .await;
}

async fn a_task_of_pythons_is_sent_as_its_definition_says(s: &TestStore) {
    python(s, "ScheduledTask-nightly", "TASK", "0 * * * *", "no SQL at all").await;
    s.raw
        .execute(
            "INSERT INTO hyrex_task_def (task_name, queue, priority, max_retries, timeout_seconds)
             VALUES ('nightly', 'reports', 7, 4, 90)",
        )
        .await;
    let row = job(s, "ScheduledTask-nightly").await;
    assert_eq!((row.source, row.target_name.as_deref()), (ScheduleSource::PythonTask, Some("nightly")));
    let leader = leader(s).await;
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![Fired::New]));
    let run = Worker::new(&*s.store).await.claim_tasks("reports", &["nightly"], 9).await.pop().expect("it was sent");
    assert_eq!((run.args.as_str(), run.priority, run.max_retries, run.timeout_seconds), ("{}", 7, 4, Some(90)));
}

async fn a_task_that_python_turned_off_is_not_there(s: &TestStore) {
    python(s, "ScheduledTask-a", "TASK", "0 * * * *", "select 1").await;
    python(s, "ScheduledTask-b", "TASK", "0 * * * *", "select 1").await;
    s.raw.execute("UPDATE hyrex_cron_job SET active = false, schedule = NULL WHERE jobname = 'ScheduledTask-a'").await;
    s.raw.execute("UPDATE hyrex_cron_job SET active = false WHERE jobname = 'ScheduledTask-b'").await;
    let jobs = s.schedules(None).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].enabled), (1, false));
    let leader = leader(s).await;
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![]));
}

async fn upkeep_of_pythons_is_never_run(s: &TestStore) {
    python(s, "AdvanceStuckWorkflows", "SYSTEM", "* * * * *", "delete from hyrex_kv").await;
    s.kv_set("k", "v", None).await.unwrap();
    let leader = leader(s).await;
    assert_eq!(job(s, "AdvanceStuckWorkflows").await.source, ScheduleSource::System);
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![]));
    assert_eq!(s.kv_get("k").await.unwrap().as_deref(), Some("v"));
}

async fn an_expression_that_we_cannot_read_harms_nothing_else(s: &TestStore) {
    python(s, "ScheduledTask-last_friday", "TASK", "0 0 * * L5", "select 1").await;
    let row = job(s, "ScheduledTask-last_friday").await;
    let error = row.due(hour(0)).unwrap_err().to_string();
    assert!(error.contains("day of week 'L5'"), "{error}");
}

async fn sql_is_run_and_its_failure_harms_nothing_else(s: &TestStore) {
    python(s, "a-broken", "APPLICATION", "0 * * * *", "select * from nowhere").await;
    python(s, "b-commits", "APPLICATION", "0 * * * *", "commit").await;
    python(s, "c-fine", "APPLICATION", "0 * * * *", "insert into hyrex_kv (key, value) values (''k'', ''v'')").await;
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    let answers = fire(s, &leader, hour(0)).await.unwrap();
    assert_eq!((answers.len(), runs(s).await), (4, 1));
    let value = s.kv_get("k").await.unwrap();
    match s.kind {
        #[cfg(feature = "postgres")]
        Kind::Postgres => {
            let [Fired::Failed(broken), Fired::Failed(_), Fired::New, Fired::New] = &answers[..] else {
                panic!("{answers:?}")
            };
            assert!(broken.contains("nowhere") && value.as_deref() == Some("v"), "{broken} {value:?}");
            let noted = history(s, &job(s, "a-broken").await).await.pop().unwrap();
            assert_eq!((noted.status.as_deref(), noted.error.as_ref()), (Some("FAILED"), Some(broken)));
        }
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => assert!(value.is_none() && matches!(answers[2], Fired::Failed(_)), "{answers:?} {value:?}"),
    }
}

async fn the_command_that_python_runs_sends_what_our_leader_sends(s: &TestStore) {
    let quoted = Target::Task(Box::new(NewRun {
        queue: "o'q".into(),
        max_retries: 2,
        priority: 9,
        timeout_seconds: Some(30),
        ..NewRun::new("it's", "{\"a\": \"b''c %s \\\\ $$\"}")
    }));
    put(s, vec![schedule("0 * * * *", "UTC", quoted)]).await;
    let leader = leader(s).await;
    fire(s, &leader, hour(0)).await;
    // SQLite has no scheduler of Python's beside it, and so no command for one.
    let commands = s.raw.texts("SELECT command FROM hyrex_cron_job WHERE command <> 'select 1'").await;
    for command in commands.iter().flatten() {
        s.raw.execute(command).await;
    }
    let claimed = Worker::new(&*s.store).await.claim_tasks("o'q", &["it's"], 9).await;
    assert_eq!(claimed.len(), commands.len() + 1);
    for run in &claimed {
        assert_eq!((run.args.as_str(), run.priority, run.max_retries), ("{\"a\": \"b''c %s \\\\ $$\"}", 9, 2));
        assert_eq!((run.timeout_seconds, run.run == run.root, run.attempt_number), (Some(30), true, 0));
        assert_eq!(run.run.0, run.fence.attempt.0);
    }
}
