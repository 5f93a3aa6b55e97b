//! Registering: what a row says, what stays, what is withdrawn.

use super::*;
use crate::support::make;
use crate::support::stores::on_both;
use hyrex::store::{ScheduleSource, SetSchedule, StoreError};

on_both!(
    a_schedule_is_read_back_as_it_was_registered,
    registered_again_it_changes_nothing,
    a_schedule_with_other_times_begins_now,
    other_settings_leave_its_times,
    a_registration_leaves_an_operators_switch,
    what_the_application_has_no_more_is_withdrawn_until_it_has_it,
    an_application_leaves_the_schedules_of_others,
    what_breaks_a_bound_is_refused_and_nothing_is_written,
    pythons_scheduler_sees_utc_tasks_of_five_fields_only,
);

async fn a_schedule_is_read_back_as_it_was_registered(s: &TestStore) {
    let new = schedule("30 2 * * mon", "Europe/Berlin", workflow("report"));
    put(s, vec![hourly("clean"), new.clone()]).await;
    let row = job(s, "workflow:report").await;
    assert_eq!((row.source, row.expression.as_str()), (ScheduleSource::Application, "30 2 * * mon"));
    assert_eq!((row.time_zone.as_str(), row.missed.as_str()), ("Europe/Berlin", "all"));
    assert_eq!((row.enabled, row.enabled_by.as_deref(), row.last), (true, None, None));
    assert_eq!(row.confirmed_until, at(0.0));
    let (Some(Target::Workflow(read)), Target::Workflow(put)) = (row.target().unwrap(), new.target) else {
        panic!("a workflow is read as one")
    };
    assert_eq!((read.nodes[1].name.as_str(), &read.nodes[1].waits_for[..]), ("b", &[0][..]));
    assert_eq!((read.workflow_name, read.queue), (put.workflow_name, put.queue));
    let Some(Target::Task(read)) = job(s, "task:clean").await.target().unwrap() else {
        panic!("a task is read as one")
    };
    let Target::Task(put) = task("clean") else { panic!("a task is put") };
    assert_eq!(NewRun { id: put.id, ..*read }, *put);
}

async fn registered_again_it_changes_nothing(s: &TestStore) {
    let all = vec![hourly("clean"), schedule("*/5 * * * * *", "UTC", workflow("report"))];
    put(s, all.clone()).await;
    let before = s.raw.everything().await;
    let withdrawn = s.schedules_put("shop".into(), all, Some(at(9.0))).await.unwrap();
    assert_eq!(withdrawn, Vec::<String>::new());
    assert_eq!(s.raw.everything().await, before);
}

async fn a_schedule_with_other_times_begins_now(s: &TestStore) {
    put(s, vec![hourly("clean"), hourly("sweep")]).await;
    let changed =
        vec![schedule("30 * * * *", "UTC", task("clean")), schedule("0 * * * *", "Asia/Tokyo", task("sweep"))];
    s.schedules_put("shop".into(), changed, Some(hour(5))).await.unwrap();
    for name in ["task:clean", "task:sweep"] {
        assert_eq!(job(s, name).await.confirmed_until, hour(5), "{name}");
    }
}

async fn other_settings_leave_its_times(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let changed = NewSchedule { missed: Missed::None, ..schedule("0 * * * *", "UTC", task("clean")) };
    s.schedules_put("shop".into(), vec![changed], Some(hour(5))).await.unwrap();
    let row = job(s, "task:clean").await;
    assert_eq!((row.missed.as_str(), row.confirmed_until), ("none", at(0.0)));
}

async fn a_registration_leaves_an_operators_switch(s: &TestStore) {
    put(s, vec![hourly("clean")]).await;
    let name = "task:clean".to_owned();
    let off = SetSchedule { name: name.clone(), enabled: false, actor: make::operator(), now: Some(at(1.0)) };
    assert!(s.schedule_set(off).await.unwrap());
    for new in [hourly("clean"), schedule("5 * * * *", "UTC", task("clean"))] {
        put(s, vec![new]).await;
        let row = job(s, &name).await;
        assert_eq!((row.enabled, row.enabled_by.as_deref()), (false, Some("ada")));
        assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_cron_job WHERE active").await, 0);
    }
}

async fn what_the_application_has_no_more_is_withdrawn_until_it_has_it(s: &TestStore) {
    put(s, vec![hourly("clean"), hourly("sweep"), schedule("@daily", "UTC", workflow("report"))]).await;
    for again in [false, true] {
        let withdrawn = s.schedules_put("shop".into(), vec![hourly("sweep")], Some(at(1.0))).await.unwrap();
        let expected = if again { vec![] } else { vec!["task:clean", "workflow:report"] };
        assert_eq!(withdrawn, expected);
        assert_eq!(names(s).await, ["task:sweep"]);
    }
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_cron_job WHERE active").await, 1);
    s.schedules_put("shop".into(), vec![hourly("clean")], Some(hour(2))).await.unwrap();
    assert_eq!(job(s, "task:clean").await.confirmed_until, hour(2), "it begins anew");
}

async fn an_application_leaves_the_schedules_of_others(s: &TestStore) {
    put(s, vec![hourly("clean"), hourly("sweep")]).await;
    let none = s.schedules_put("mail".into(), vec![hourly("digest")], None).await.unwrap();
    assert_eq!((none.len(), names(s).await.len()), (0, 3));
    assert_eq!(job(s, "task:digest").await.app.as_deref(), Some("mail"));
    // Whoever registers it last has it.
    s.schedules_put("mail".into(), vec![hourly("clean")], None).await.unwrap();
    assert_eq!(s.schedules_put("shop".into(), vec![], None).await.unwrap(), ["task:sweep"]);
    assert_eq!(names(s).await, ["task:clean"]);
}

async fn names(s: &TestStore) -> Vec<String> {
    s.schedules(None).await.unwrap().into_iter().map(|job| job.name).collect()
}

async fn what_breaks_a_bound_is_refused_and_nothing_is_written(s: &TestStore) {
    let wrong = Target::Task(Box::new(NewRun::new("clean", "no JSON")));
    let put = s.schedules_put("shop".into(), vec![hourly("sweep"), schedule("@daily", "UTC", wrong)], None).await;
    assert!(matches!(put, Err(StoreError::Bounds(_))), "{put:?}");
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_cron_job").await, 0);
}

async fn pythons_scheduler_sees_utc_tasks_of_five_fields_only(s: &TestStore) {
    put(
        s,
        vec![
            hourly("utc"),
            schedule("0 2 * * sun", "Etc/UTC", task("names")),
            schedule("0 2 * * *", "Europe/Berlin", task("zone")),
            schedule("0 0 2 * * *", "UTC", task("seconds")),
            schedule("0 2 */2 * mon", "UTC", task("both_days")),
            schedule("0 2 * * *", "UTC", workflow("flow")),
        ],
    )
    .await;
    let sees = "SELECT jobname || ' ' || schedule FROM hyrex_cron_job WHERE active ORDER BY jobname";
    let seen: Vec<String> = s.raw.texts(sees).await.into_iter().flatten().collect();
    assert_eq!(seen, ["task:names 0 2 * * 0", "task:utc 0 * * * *"]);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_cron_job WHERE jobname LIKE 'ScheduledTask-%'").await, 0);
    assert_eq!(s.raw.count("SELECT count(*) FROM hyrex_cron_job WHERE activated_at IS NULL").await, 0);
}
