//! Scenes of schedules: what each verb writes of a job, and what is sent with it.

use super::scenes::{Scene, Verb, scene};
use crate::support::make;
use crate::support::{TestStore, at};
use hyrex::model::NewRun;
use hyrex::model::schedule::{Missed, Schedule, Target};
use hyrex::store::{Fire, Fired, Firing, Lead, LeaderFence, NewSchedule, RunSchedule, SetSchedule};
use std::time::Duration;

fn hourly(task: &str) -> NewSchedule {
    let schedule = Schedule::parse("0 * * * *", "UTC").expect("an expression");
    NewSchedule { schedule, missed: Missed::All, target: Target::Task(Box::new(NewRun::new(task, "{}"))) }
}

/// Two schedules, which are registered.
async fn registered(s: &TestStore) -> Vec<NewSchedule> {
    let schedules = vec![hourly("a"), hourly("b")];
    s.schedules_put("shop".into(), schedules.clone(), Some(at(0.0))).await.expect("they are written");
    schedules
}

fn lead() -> Lead {
    Lead { holder: "w".into(), lease: Duration::from_secs(20), now: Some(at(0.0)) }
}

async fn leads(s: &TestStore) -> LeaderFence {
    s.scheduler_lead(lead()).await.expect("it is answered").expect("nobody leads")
}

/// What is due after three hours.
async fn due(s: &TestStore) -> Fire {
    registered(s).await;
    let (now, leader) = (at(3.0 * 3600.0), leads(s).await);
    let jobs = s.schedules(Some(now)).await.expect("they are read");
    let firings: Vec<Firing> = jobs.iter().flat_map(|job| job.due(now).expect("a schedule")).collect();
    let confirmed = jobs.iter().map(|job| (job.id, now)).collect();
    Fire { leader, firings, confirmed, now: Some(now) }
}

fn words(fired: Option<Vec<Fired>>) -> String {
    let word = |fired: &Fired| match fired {
        Fired::New => 'n',
        Fired::Already => 'a',
        Fired::Failed(_) => 'f',
    };
    fired.map_or("fenced off".into(), |fired| fired.iter().map(word).collect())
}

pub const SCENES: &[Scene] = &[
    scene!("schedules are registered, and one is withdrawn", "task:b", "", |s| registered(s).await, |s, schedules| {
        let left = vec![schedules[0].clone(), hourly("c")];
        Ok(s.schedules_put("shop".into(), left, Some(at(1.0))).await?.join(" "))
    }),
    scene!("a worker leads", "leads", "leads", |_s| (), |s, _none| {
        Ok(if s.scheduler_lead(lead()).await?.is_some() { "leads".into() } else { "waits".into() })
    }),
    scene!("a worker leads no more", "done", "done", |s| leads(s).await, |s, leader| {
        s.scheduler_release(leader, Some(at(1.0))).await.map(|()| "done".into())
    }),
    scene!("what is due is sent", "nnnnnn", "aaaaaa", |s| due(s).await, |s, fire| {
        s.schedules_fire(fire).await.map(words)
    }),
    scene!("a schedule is switched off", "true", "true", |s| registered(s).await, |s, _schedules| {
        let set = SetSchedule { name: "task:a".into(), enabled: false, actor: make::operator(), now: Some(at(1.0)) };
        s.schedule_set(set).await.map(|found| found.to_string())
    }),
    scene!("a schedule is run by hand", "true", "true", |s| registered(s).await[0].target.fresh(), |s, work| {
        let run = RunSchedule { name: "task:a".into(), work, actor: make::operator(), now: Some(at(1.0)) };
        s.schedule_run(run).await.map(|found| found.to_string())
    }),
];
