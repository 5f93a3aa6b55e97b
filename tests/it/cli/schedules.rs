//! `cron`: listed, tried, run, switched.

use super::command::{Hyrex, Said};
use super::hyrex;
use crate::support::stores::on_both;
use crate::support::{TestStore, Worker};
use hyrex::model::schedule::{Missed, Schedule, Target};
use hyrex::model::{NewRun, RunId};
use hyrex::store::NewSchedule;
use serde_json::{Value, json};

on_both!(
    schedules_are_listed_with_when_they_come,
    a_schedule_is_run_by_the_name_of_its_task,
    a_schedule_is_switched_off_and_on,
    what_a_schedule_did_is_listed_in_pages,
    what_does_not_stand_is_told_in_one_line,
    hostile_names_reach_no_terminal,
);

fn schedule(task: &str, expression: &str, zone: &str) -> NewSchedule {
    let schedule = Schedule::parse(expression, zone).unwrap();
    NewSchedule { schedule, missed: Missed::Last, target: Target::Task(Box::new(NewRun::new(task, "{}"))) }
}

async fn shop(store: &TestStore) {
    let all = vec![schedule("t", "0 2 * * *", "Europe/Berlin"), schedule("orphan", "*/15 * * * *", "UTC")];
    store.schedules_put("shop".into(), all, None).await.unwrap();
}

fn cron(store: &TestStore, args: &[&str]) -> Said {
    hyrex(&store.url, [&["cron"], args].concat())
}

fn listed(store: &TestStore, job: &str) -> Value {
    let all = cron(store, &["list", "--json"]).json();
    all.as_array().unwrap().iter().find(|row| row["job"] == job).unwrap().clone()
}

async fn schedules_are_listed_with_when_they_come(store: &TestStore) {
    assert!(cron(store, &["list"]).ok().starts_with("nothing is scheduled: "));
    shop(store).await;
    let _worker = Worker::new(&*store.store).await; // It has a handler for `t`.
    let row = listed(store, "task:t");
    assert_eq!((&row["kind"], &row["target"], &row["app"]), (&json!("task"), &json!("t"), &json!("shop")));
    assert_eq!((&row["words"], &row["time_zone"]), (&json!("at 02:00 every day"), &json!("Europe/Berlin")));
    assert_eq!((&row["enabled"], &row["handled"], &row["last"]), (&json!(true), &json!(true), &Value::Null));
    let next: hyrex::model::Timestamp = row["next"].as_str().unwrap().parse().unwrap();
    let expected = Schedule::parse("0 2 * * *", "Europe/Berlin").unwrap().after(store.now().await.unwrap());
    assert_eq!(Some(next), expected);
    assert_eq!(listed(store, "task:orphan")["handled"], false);
    let shown = cron(store, &["list"]).ok();
    let line = |job: &str| shown.lines().find(|line| line.starts_with(job)).unwrap().to_owned();
    assert!(line("task:t").contains("at 02:00 every day") && line("task:t").trim_end().ends_with(" on"), "{shown}");
    assert!(line("task:orphan").contains("every 15 minutes") && line("task:orphan").contains("no worker"), "{shown}");
}

async fn a_schedule_is_run_by_the_name_of_its_task(store: &TestStore) {
    shop(store).await;
    let run: RunId = RunId(cron(store, &["run", "t"]).ok().trim().parse().unwrap());
    assert_eq!(store.run(run).await.unwrap().unwrap().latest.row.task_name, "t");
    let sent = cron(store, &["run", "task:t", "--json"]).json();
    assert_eq!((&sent["job"], &sent["kind"], &sent["target"]), (&json!("task:t"), &json!("task"), &json!("t")));
    let history = cron(store, &["history", "t", "--json"]).json();
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert_eq!((&history[0]["run"], &history[0]["status"]), (&sent["run"], &json!("SUCCESS")));
    assert!(cron(store, &["history", "t"]).ok().contains("sent"));
}

async fn a_schedule_is_switched_off_and_on(store: &TestStore) {
    shop(store).await;
    let as_ada = |args: &[&str]| {
        Hyrex::new().args([&["cron"], args].concat()).args(["--url", &store.url]).env("USER", "ada").run()
    };
    assert_eq!(as_ada(&["disable", "t"]).ok(), "schedule task:t: off\n");
    let row = listed(store, "task:t");
    assert_eq!((&row["enabled"], &row["enabled_by"], &row["next"]), (&json!(false), &json!("ada"), &Value::Null));
    assert!(cron(store, &["list"]).ok().contains("off by ada"));
    let on = as_ada(&["enable", "t", "--json"]).json();
    assert_eq!(on, json!({"job": "task:t", "enabled": true, "enabled_by": "ada"}));
    assert_eq!(listed(store, "task:t")["enabled"], true);
    let names = "SELECT event_name FROM hyrex_system_logs ORDER BY timestamp";
    let events: Vec<String> = store.raw.texts(names).await.into_iter().flatten().collect();
    assert_eq!(events, ["schedule_disable", "schedule_enable"]);
}

async fn what_a_schedule_did_is_listed_in_pages(store: &TestStore) {
    shop(store).await;
    assert_eq!(cron(store, &["history", "t"]).ok(), "no time of it has come yet\n");
    let runs: Vec<String> = (0..3).map(|_| cron(store, &["run", "t"]).ok().trim().to_owned()).collect();
    let first = cron(store, &["history", "t", "-n", "2", "--json"]);
    let note = first.err.clone();
    let first = first.json();
    let before = note.trim_end().rsplit(' ').next().unwrap().to_owned();
    let second = cron(store, &["history", "t", "--before", &before, "--json"]).json();
    let ids = |page: &Value| page.as_array().unwrap().iter().map(|row| row["run"].clone()).collect::<Vec<_>>();
    assert_eq!((ids(&first), ids(&second)), (vec![json!(runs[2]), json!(runs[1])], vec![json!(runs[0])]));
}

async fn what_does_not_stand_is_told_in_one_line(store: &TestStore) {
    shop(store).await;
    for command in ["run", "enable", "disable", "history"] {
        cron(store, &[command, "nothing"]).fails(1, &["no schedule is named 'nothing'", "`hyrex cron list`"]);
    }
    let workflow = NewSchedule { target: Target::Workflow(Box::new(flow("t"))), ..schedule("t", "@daily", "UTC") };
    store.schedules_put("other".into(), vec![workflow], None).await.unwrap();
    cron(store, &["run", "t"]).fails(1, &["several schedules send 't': task:t, workflow:t; give the whole name"]);
    cron(store, &["run", "workflow:t"]).ok();
}

fn flow(name: &str) -> hyrex::model::NewWorkflow {
    use hyrex::model::dag::{Draft, Node};
    let settings =
        |_: &str| hyrex::model::TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let dag = Draft::from(Node::new("a", "t")).build().unwrap();
    hyrex::model::NewWorkflow::of(name, "{}", &dag, &Default::default(), settings)
}

async fn hostile_names_reach_no_terminal(store: &TestStore) {
    let evil = schedule("evil\u{1b}[31m\u{202e}\nname", "@daily", "UTC");
    store.schedules_put("app\u{1b}".into(), vec![evil], None).await.unwrap();
    cron(store, &["list"]).ok();
    cron(store, &["list", "--json"]).json();
    cron(store, &["disable", "evil\u{1b}[31m\u{202e}\nname"]).ok();
    cron(store, &["run", "other\u{1b}"]).fails(1, &["no schedule is named"]);
}

#[test]
fn the_next_times_of_an_expression_need_no_database() {
    let next = |args: &[&str]| Hyrex::new().args([&["cron", "next"], args].concat()).run();
    let from = ["--tz", "Europe/Berlin", "--from", "2026-03-28T00:00:00Z", "-n", "3"];
    let times = next(&[&["30 2 * * *"], &from[..], &["--json"]].concat()).json();
    assert_eq!(times, json!(["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]));
    let shown = next(&[&["30 2 * * *"], &from[..]].concat()).ok();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "at 02:30 every day, Europe/Berlin"));
    assert!(lines[2].starts_with("Sun 2026-03-29 03:00:00 CEST"), "{shown}");
    assert_eq!(next(&["@daily"]).ok().lines().count(), 6);
    next(&["0 25 * * *"]).fails(2, &["hour '25'", "this field takes 0-23"]);
    next(&["@daily", "--tz", "Mars"]).fails(2, &["there is no time zone 'Mars'"]);
    next(&["0 0 30 2 *"]).fails(2, &["never comes"]);
    assert_eq!(next(&["@daily", "--from", "tomorrow"]).code, Some(2));
}
