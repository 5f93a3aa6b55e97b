//! When a worker asks, leads and sends.

use super::*;
use crate::model::NewRun;
use crate::model::schedule::Target;
use crate::store::ScheduleSource;

/// Such a second after the epoch.
fn at(second: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(second, 0).unwrap()
}

fn task(id: i64, expression: &str, missed: &str, confirmed: i64) -> ScheduleRow {
    let target = Target::Task(Box::new(NewRun::new(format!("t{id}"), "{}"))).to_columns();
    ScheduleRow {
        id,
        name: format!("task:t{id}"),
        source: ScheduleSource::Application,
        expression: expression.into(),
        time_zone: "UTC".into(),
        missed: missed.into(),
        app: Some("test".into()),
        enabled: true,
        enabled_by: None,
        confirmed_until: at(confirmed),
        last: None,
        left_over: Vec::new(),
        target_kind: Some(target.kind.into()),
        target_name: Some(target.name),
        target_args: Some(target.args),
    }
}

fn sql(id: i64, expression: &str) -> ScheduleRow {
    ScheduleRow { target_kind: None, target_name: None, target_args: None, ..task(id, expression, "all", 0) }
}

fn jobs(rows: Vec<ScheduleRow>) -> Jobs {
    let mut jobs = Jobs::default();
    assert_eq!(jobs.load(rows, at(1000)), []);
    jobs
}

/// The jobs and seconds of a round.
fn times(round: &Round) -> Vec<(i64, i64)> {
    round.firings.iter().map(|firing| (firing.job, firing.time.timestamp())).collect()
}

fn round(jobs: &mut Jobs, now: i64) -> Vec<(i64, i64)> {
    let Some(round) = jobs.take(Way::Runs, at(now)) else { return Vec::new() };
    jobs.sent(&round);
    times(&round)
}

#[test]
fn a_job_is_sent_once_at_each_of_its_seconds() {
    let mut jobs = jobs(vec![task(1, "* * * * * *", "last", 100), task(2, "*/3 * * * * *", "last", 100)]);
    assert_eq!(jobs.next(Way::Runs), Some(at(101)));
    assert_eq!(round(&mut jobs, 100), []);
    assert_eq!(round(&mut jobs, 102), [(1, 101), (1, 102), (2, 102)]);
    assert_eq!(round(&mut jobs, 102), []);
    assert_eq!(jobs.next(Way::Runs), Some(at(103)));
    assert_eq!(round(&mut jobs, 103), [(1, 103)]);
}

#[test]
fn what_was_missed_is_made_up_as_the_job_says() {
    let hourly = |id, missed| task(id, "0 * * * *", missed, 0);
    let mut jobs = jobs(vec![hourly(1, "last"), hourly(2, "all"), hourly(3, "none")]);
    let now = 3 * 3600 + 1800;
    assert_eq!(round(&mut jobs, now), [(1, 10800), (2, 3600), (2, 7200), (2, 10800)]);
    assert_eq!(jobs.next(Way::Runs), Some(at(4 * 3600)), "nor is the third one looked at again before its time");
    assert_eq!(round(&mut jobs, 4 * 3600).len(), 3);
}

#[test]
fn a_clock_that_was_set_back_silences_nothing() {
    let (year, day) = (365 * 86_400, 86_400);
    let mut jobs = Jobs::default();
    assert_eq!(
        jobs.load(vec![task(1, "0 * * * *", "all", year), task(2, "* * * * * *", "last", day + 30)], at(day)),
        []
    );
    assert_eq!(jobs.next(Way::Runs), Some(at(day)), "the times of a minute are tried anew, and found written down");
    assert_eq!(round(&mut jobs, day), [(1, day)], "what is confirmed a little ahead waits for it");
    assert_eq!(jobs.next(Way::Runs), Some(at(day + 31)));
}

#[test]
fn what_python_left_behind_is_sent_though_its_time_was_confirmed() {
    let left = ScheduleRow { left_over: vec![at(60), at(120)], ..task(1, "* * * * *", "none", 600) };
    let mut jobs = jobs(vec![left]);
    assert_eq!(round(&mut jobs, 601), [(1, 60), (1, 120)]);
    assert_eq!(jobs.next(Way::Runs), Some(at(660)));
}

#[test]
fn a_row_that_cannot_be_read_is_told_of_once_and_harms_no_other() {
    let mut jobs = Jobs::default();
    let rows = || vec![task(1, "0 0 * * L5", "last", 0), task(2, "* * * * *", "last", 0), task(3, "@daily", "some", 0)];
    let broken: Vec<String> = jobs.load(rows(), at(0)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(broken, ["task:t1", "task:t3"]);
    assert_eq!(jobs.load(rows(), at(0)), []);
    assert_eq!(round(&mut jobs, 60), [(2, 60)]);
}

#[test]
fn what_is_off_and_pythons_upkeep_are_left_alone() {
    let off = ScheduleRow { enabled: false, ..task(1, "* * * * * *", "all", 0) };
    let upkeep = ScheduleRow { source: ScheduleSource::System, ..sql(2, "* * * * * *") };
    let mut jobs = jobs(vec![off, upkeep]);
    assert_eq!((jobs.next(Way::Runs), jobs.next(Way::Sql)), (None, None));
    assert_eq!(jobs.take(Way::Sql, at(99)), None);
}

#[test]
fn sql_has_a_way_of_its_own_one_time_of_one_job_at_once() {
    let mut jobs = jobs(vec![sql(1, "*/5 * * * * *"), sql(2, "*/5 * * * * *"), task(3, "*/5 * * * * *", "all", 0)]);
    assert_eq!(times(&jobs.take(Way::Runs, at(10)).unwrap()), [(3, 5), (3, 10)]);
    for expected in [(1, 5), (1, 10), (2, 5), (2, 10)] {
        let round = jobs.take(Way::Sql, at(10)).unwrap();
        assert_eq!((times(&round), round.confirmed.len()), (vec![expected], 1));
        jobs.sent(&round);
    }
    assert_eq!(jobs.take(Way::Sql, at(10)), None);
}

#[test]
fn a_mountain_is_sent_in_rounds() {
    let rows = (1..=5).map(|id| task(id, "* * * * *", "all", 0)).collect();
    let (mut jobs, now) = (jobs(rows), 700 * 60);
    let rounds: Vec<Vec<(i64, i64)>> = (0..2).map(|_| round(&mut jobs, now)).collect();
    assert_eq!(rounds.iter().map(Vec::len).collect::<Vec<_>>(), [2000, 1500]);
    let mut all = rounds.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), round(&mut jobs, now).len()), (3500, 0));
}

#[test]
fn a_job_that_is_refused_is_set_aside_and_the_others_go_on() {
    let mut jobs = jobs((1..=3).map(|id| task(id, "* * * * *", "last", 0)).collect());
    let all = jobs.take(Way::Runs, at(60)).unwrap();
    assert_eq!((times(&all).len(), jobs.refused(&all, at(120))), (3, None));
    let mut sent = Vec::new();
    while let Some(round) = jobs.take(Way::Runs, at(60)) {
        assert_eq!(round.confirmed.len(), 1, "one by one");
        match round.firings[0].job {
            2 => assert_eq!(jobs.refused(&round, at(120)).as_deref(), Some("task:t2")),
            job => {
                sent.push(job);
                jobs.sent(&round);
            }
        }
    }
    assert_eq!((sent, jobs.next(Way::Runs)), (vec![1, 3], Some(at(120))));
    assert_eq!(jobs.take(Way::Runs, at(120)).unwrap().confirmed.len(), 3, "together again");
}

fn fence(executor: ExecutorId, fence: i64) -> LeaderFence {
    LeaderFence { holder: executor.to_string(), fence }
}

fn seen(jobs: Option<i64>, leader: Option<LeaderFence>, free_at: i64) -> SchedulerSeen {
    SchedulerSeen { jobs, free_at: leader.is_some().then(|| at(free_at)), leader }
}

#[test]
fn the_place_is_wanted_where_there_is_a_job_and_nobody_leads() {
    let (own, other, now) = (ExecutorId::new(), ExecutorId::new(), Instant::now());
    let wants = |seen: SchedulerSeen| {
        let mut scheduler = Scheduler::default();
        scheduler.learn(&seen, at(100), own, now, now);
        scheduler.ask()
    };
    assert_eq!(wants(seen(None, None, 0)), Want::Nothing);
    assert_eq!(wants(seen(Some(0), None, 0)), Want::Lead);
    assert_eq!(wants(seen(Some(0), Some(fence(other, 1)), 101)), Want::Nothing);
    assert_eq!(wants(seen(Some(0), Some(fence(other, 1)), 100)), Want::Lead, "its lease is over");
    assert_eq!(wants(seen(Some(0), Some(fence(own, 1)), 115)), Want::Lead, "the answer was lost");
}

#[test]
fn who_leads_reads_the_jobs_when_they_change_and_each_minute() {
    let (own, start) = (ExecutorId::new(), Instant::now());
    let mut scheduler = Scheduler::default();
    scheduler.led(fence(own, 3), start);
    let mut tick = |jobs, second: u64| {
        let now = start + Duration::from_secs(second);
        scheduler.learn(&seen(Some(jobs), Some(fence(own, 3)), 999), at(100), own, now, now);
        let want = scheduler.ask();
        if want == Want::Read {
            (scheduler.asking, scheduler.read_at) = (false, Some(now));
        }
        want
    };
    assert_eq!(
        (tick(7, 1), tick(7, 2), tick(8, 3), tick(8, 4)),
        (Want::Read, Want::Nothing, Want::Read, Want::Nothing)
    );
    assert_eq!((tick(8, 62), tick(8, 63), tick(8, 64)), (Want::Nothing, Want::Read, Want::Nothing));
}

#[test]
fn a_tick_from_before_it_led_does_not_take_the_place_away_and_a_later_one_does() {
    let (own, other, start) = (ExecutorId::new(), ExecutorId::new(), Instant::now());
    let mut scheduler = Scheduler::default();
    let led = start + Duration::from_secs(1);
    scheduler.led(fence(own, 3), led);
    let taken = seen(Some(0), Some(fence(other, 2)), 999);
    scheduler.learn(&taken, at(100), own, start, led);
    assert!(scheduler.leader.is_some());
    scheduler.learn(&taken, at(100), own, led, led);
    assert_eq!((scheduler.leader.take(), scheduler.ask()), (None, Want::Nothing));
}

#[test]
fn the_place_is_let_go_when_there_is_no_job_any_more() {
    let (own, now) = (ExecutorId::new(), Instant::now());
    let mut scheduler = Scheduler::default();
    scheduler.led(fence(own, 3), now);
    scheduler.learn(&seen(None, Some(fence(own, 3)), 999), at(100), own, now, now);
    assert_eq!(scheduler.ask(), Want::Release);
}

#[test]
fn it_wakes_up_when_a_job_is_due_by_the_databases_clock() {
    let (own, now) = (ExecutorId::new(), Instant::now());
    let jobs = jobs(vec![task(1, "* * * * *", "last", 90)]);
    let mut scheduler = Scheduler { jobs, ..Scheduler::default() };
    assert_eq!(scheduler.due(at(100), now), None, "who does not lead sends nothing");
    scheduler.led(fence(own, 1), now);
    scheduler.ask();
    assert_eq!(scheduler.due(at(100), now), Some(now + Duration::from_secs(20)));
    assert_eq!(scheduler.due(at(130), now), Some(now));
    scheduler.firing[Way::Runs as usize] = true;
    assert_eq!(scheduler.due(at(130), now), None, "one round at a time");
}
