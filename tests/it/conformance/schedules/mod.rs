//! Schedules: what is registered, who leads, what is run when its time has come, what operators switch.

mod fire;
mod lead;
mod operate;
mod python;
mod race;
mod register;

use crate::support::{TestStore, at};
use hyrex::model::dag::{Draft, Node};
use hyrex::model::schedule::{Missed, Schedule, Target};
use hyrex::model::{NewRun, NewWorkflow, TaskSettings, Timestamp, WorkflowSettings};
use hyrex::store::{
    Fire, Fired, Firing, Lead, LeaderFence, NewSchedule, ScheduleHistoryQuery, ScheduleRow, ScheduleRunRow, Store,
};
use std::time::Duration;

/// The first full hour after `at(0.0)`, which is 17:46:40.
const HOUR: f64 = 800.0;

/// The full hour so many hours after the first one.
fn hour(hours: u32) -> Timestamp {
    at(HOUR + 3600.0 * f64::from(hours))
}

fn schedule(expression: &str, zone: &str, target: Target) -> NewSchedule {
    let schedule = Schedule::parse(expression, zone).expect("a schedule");
    NewSchedule { schedule, missed: Missed::All, target }
}

fn task(name: &str) -> Target {
    Target::Task(Box::new(NewRun { queue: "q".into(), max_retries: 2, ..NewRun::new(name, "{\"days\": 3}") }))
}

/// Two nodes, one after the other.
fn workflow(name: &str) -> Target {
    let node = |name: &str| Draft::from(Node::new(name, "t"));
    let settings = |_: &str| TaskSettings { queue: None, max_retries: 0, priority: None, timeout_seconds: None };
    let dag = node("a").then(node("b")).build().expect("a graph");
    Target::Workflow(Box::new(NewWorkflow::of(name, "{}", &dag, &WorkflowSettings::default(), settings)))
}

/// A task of that name every hour, in UTC.
fn hourly(name: &str) -> NewSchedule {
    schedule("0 * * * *", "UTC", task(name))
}

/// Registers at `at(0.0)`.
async fn put(s: &TestStore, schedules: Vec<NewSchedule>) {
    s.schedules_put("shop".into(), schedules, Some(at(0.0))).await.unwrap();
}

async fn job(s: &TestStore, name: &str) -> ScheduleRow {
    let jobs = s.schedules(Some(at(0.0))).await.unwrap();
    jobs.into_iter().find(|job| job.name == name).unwrap_or_else(|| panic!("no job {name}"))
}

async fn lead(store: &dyn Store, holder: &str, now: f64) -> Option<LeaderFence> {
    let lead = Lead { holder: holder.into(), lease: Duration::from_secs(20), now: Some(at(now)) };
    store.scheduler_lead(lead).await.unwrap()
}

async fn leader(s: &TestStore) -> LeaderFence {
    lead(&*s.store, "w", 0.0).await.expect("nobody leads")
}

/// What is due at `now`, as a leader fires it.
async fn due(s: &TestStore, leader: &LeaderFence, now: Timestamp) -> Fire {
    let jobs = s.schedules(Some(now)).await.unwrap();
    let firings: Vec<Firing> = jobs.iter().flat_map(|job| job.due(now).unwrap()).collect();
    let confirmed = jobs.iter().map(|job| (job.id, now)).collect();
    Fire { leader: leader.clone(), firings, confirmed, now: Some(now) }
}

async fn fire(s: &TestStore, leader: &LeaderFence, now: Timestamp) -> Option<Vec<Fired>> {
    let fire = due(s, leader, now).await;
    s.schedules_fire(fire).await.unwrap()
}

async fn history(s: &TestStore, job: &ScheduleRow) -> Vec<ScheduleRunRow> {
    let query = ScheduleHistoryQuery { job: job.id, before: None, limit: 100 };
    s.schedule_history(query).await.unwrap().items
}

async fn runs(s: &TestStore) -> i64 {
    s.raw.count("SELECT count(*) FROM hyrex_task_run").await
}
