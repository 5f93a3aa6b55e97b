//! Times that have come: each is run once, and all that follows is one transaction.

use super::*;
use crate::support::stores::on_both;
use crate::support::{Worker, make};
use hyrex::store::failpoint::Failure;
use hyrex::store::{ScheduleSource, SetSchedule};

on_both!(
    a_time_that_has_come_is_run_once,
    a_workflow_is_sent_with_its_nodes,
    all_missed_times_are_made_up_each_with_a_run_of_its_own,
    a_repeated_firing_changes_nothing,
    whoever_lost_the_place_fires_nothing,
    a_job_that_was_switched_off_meanwhile_is_not_run,
    a_job_that_was_withdrawn_meanwhile_is_not_run,
    what_cannot_be_sent_is_noted_and_keeps_nothing_else_back,
    until_when_it_is_confirmed_never_goes_back,
    what_pythons_scheduler_left_is_run_and_what_it_ran_is_not,
    history_is_read_in_pages_the_newest_first,
    a_failure_between_note_and_send_leaves_nothing,
);

async fn a_time_that_has_come_is_run_once(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    assert_eq!(fire(s, &leader, at(799.0)).await, Some(vec![]));
    assert_eq!(fire(s, &leader, at(800.0)).await, Some(vec![Fired::New]));
    assert_eq!(fire(s, &leader, at(801.0)).await, Some(vec![]));
    let row = job(s, "task:clean").await;
    assert_eq!((row.last, row.confirmed_until), (Some(hour(0)), at(801.0)));
    let done = history(s, &row).await;
    let run = Worker::new(&*s.store).await.claim_tasks("q", &["clean"], 9).await.pop().expect("a run was sent");
    assert_eq!((done.len(), done[0].time, done[0].run), (1, hour(0), Some(run.run.0)));
    assert_eq!((done[0].status.as_deref(), done[0].done), (Some("SUCCESS"), Some(at(800.0))));
    assert_eq!((run.args.as_str(), run.max_retries), ("{\"days\": 3}", 2));
}

async fn a_workflow_is_sent_with_its_nodes(s: &TestStore) {
    put(s, vec![schedule("0 * * * *", "Asia/Kathmandu", workflow("report"))]).await;
    let leader = leader(s).await;
    // Full hours there are at 15 minutes past here.
    assert_eq!(fire(s, &leader, hour(0)).await, Some(vec![]));
    assert_eq!(fire(s, &leader, at(HOUR + 900.0)).await, Some(vec![Fired::New]));
    let row = history(s, &job(s, "workflow:report").await).await.pop().expect("it ran");
    let run = s.workflow_run(hyrex::model::WorkflowRunId(row.run.unwrap())).await.unwrap().expect("a run stands");
    assert_eq!((run.nodes.len(), run.edges.len(), run.row.workflow_name.as_str()), (2, 1, "report"));
    assert_eq!(Worker::new(&*s.store).await.claim("default", 9).await.len(), 1);
}

async fn all_missed_times_are_made_up_each_with_a_run_of_its_own(s: &TestStore) {
    put(s, vec![hourly("clean"), hourly("sweep")]).await;
    let leader = leader(s).await;
    assert_eq!(fire(s, &leader, hour(4)).await, Some(vec![Fired::New; 10]));
    assert_eq!(runs(s).await, 10);
    let times: Vec<_> = history(s, &job(s, "task:clean").await).await.iter().map(|row| row.time).collect();
    assert_eq!(times, [4, 3, 2, 1, 0].map(hour));
}

async fn a_repeated_firing_changes_nothing(s: &TestStore) {
    put(s, vec![hourly("clean"), schedule("@hourly", "UTC", workflow("report"))]).await;
    let leader = leader(s).await;
    let first = due(s, &leader, hour(0)).await;
    assert_eq!(s.schedules_fire(first.clone()).await.unwrap(), Some(vec![Fired::New; 2]));
    let before = s.raw.everything().await;
    let mut again = first;
    assert_eq!(s.schedules_fire(again.clone()).await.unwrap(), Some(vec![Fired::Already; 2]));
    again.firings.iter_mut().for_each(|firing| firing.work = firing.work.as_ref().map(Target::fresh));
    assert_eq!(s.schedules_fire(again).await.unwrap(), Some(vec![Fired::Already; 2]));
    assert_eq!(s.raw.everything().await, before);
}

async fn whoever_lost_the_place_fires_nothing(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let old = leader(s).await;
    let new = lead(&*s.store, "another", 20.0).await.unwrap();
    let before = s.raw.everything().await;
    assert_eq!(fire(s, &old, hour(0)).await, None);
    assert_eq!(s.raw.everything().await, before);
    assert_eq!(fire(s, &new, hour(0)).await, Some(vec![Fired::New]));
}

async fn a_job_that_was_switched_off_meanwhile_is_not_run(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    let due = due(s, &leader, hour(0)).await;
    let off = SetSchedule { name: "task:clean".into(), enabled: false, actor: make::operator(), now: Some(at(1.0)) };
    s.schedule_set(off).await.unwrap();
    assert_eq!(s.schedules_fire(due).await.unwrap(), Some(vec![Fired::Already]));
    assert_eq!(runs(s).await, 0);
}

async fn a_job_that_was_withdrawn_meanwhile_is_not_run(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    let due = due(s, &leader, hour(0)).await;
    put(s, vec![]).await;
    assert_eq!(s.schedules_fire(due).await.unwrap(), Some(vec![Fired::Already]));
    assert_eq!(runs(s).await, 0);
}

async fn what_cannot_be_sent_is_noted_and_keeps_nothing_else_back(s: &TestStore) {
    put(s, vec![hourly("broken"), hourly("clean")]).await;
    let leader = leader(s).await;
    let mut due = due(s, &leader, hour(0)).await;
    if let Some(Target::Task(run)) = &mut due.firings[0].work {
        run.priority = 99;
    }
    let answers = s.schedules_fire(due).await.unwrap().unwrap();
    let [Fired::Failed(why), Fired::New] = &answers[..] else { panic!("{answers:?}") };
    assert!(why.contains("99"), "{why}");
    let row = history(s, &job(s, "task:broken").await).await.pop().unwrap();
    assert_eq!((row.status.as_deref(), row.error.as_ref()), (Some("FAILED"), Some(why)));
    assert_eq!(runs(s).await, 1);
}

async fn until_when_it_is_confirmed_never_goes_back(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    fire(s, &leader, hour(3)).await;
    let id = job(s, "task:clean").await.id;
    let late = Fire { leader, firings: vec![], confirmed: vec![(id, hour(1))], now: Some(hour(4)) };
    s.schedules_fire(late).await.unwrap();
    assert_eq!(job(s, "task:clean").await.confirmed_until, hour(3));
}

async fn what_pythons_scheduler_left_is_run_and_what_it_ran_is_not(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let (leader, id) = (leader(s).await, job(s, "task:clean").await.id);
    for (status, hours) in [("QUEUED", 0), ("SUCCESS", 1)] {
        let time = s.raw.time(hour(hours));
        let insert = "INSERT INTO hyrex_cron_job_run_details (jobid, command, status, schedule_time)";
        s.raw.execute(&format!("{insert} VALUES ({id}, 'select 1', '{status}', {time})")).await;
    }
    let confirmed = s.raw.time(hour(1));
    s.raw.execute(&format!("UPDATE hyrex_cron_job SET scheduled_jobs_confirmed_until = {confirmed}")).await;
    let jobs = s.schedules(Some(hour(0))).await.unwrap();
    assert!(jobs[0].left_over.is_empty(), "it may be about to run it");
    assert_eq!(fire(s, &leader, hour(1)).await, Some(vec![Fired::New]));
    assert_eq!(runs(s).await, 1);
    let again = Firing { job: id, time: hour(1), work: Some(task("clean")) };
    let again = Fire { leader, firings: vec![again], confirmed: vec![], now: Some(hour(1)) };
    assert_eq!(s.schedules_fire(again).await.unwrap(), Some(vec![Fired::Already]));
    assert_eq!(s.schedules(None).await.unwrap()[0].source, ScheduleSource::Application);
}

async fn history_is_read_in_pages_the_newest_first(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    fire(s, &leader, hour(4)).await;
    let row = job(s, "task:clean").await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = s.schedule_history(ScheduleHistoryQuery { job: row.id, before, limit: 2 }).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.time));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, [4, 3, 2, 1, 0].map(hour));
}

async fn a_failure_between_note_and_send_leaves_nothing(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let leader = leader(s).await;
    let before = s.raw.everything().await;
    for place in ["schedules_fire.noted", "schedules_fire.sent"] {
        s.failpoints.arm(place, Failure::Error, 0);
        let due = due(s, &leader, hour(0)).await;
        s.schedules_fire(due).await.expect_err(place);
        assert_eq!(s.raw.everything().await, before, "{place}");
    }
    s.failpoints.arm("schedules_fire.answered", Failure::AnswerLost, 0);
    let lost = due(s, &leader, hour(0)).await;
    s.schedules_fire(lost.clone()).await.expect_err("the answer is lost");
    assert_eq!(s.schedules_fire(lost).await.unwrap(), Some(vec![Fired::Already]));
    assert_eq!(runs(s).await, 1);
}
