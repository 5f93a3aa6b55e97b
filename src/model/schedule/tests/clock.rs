//! The days when the clock is moved: a table with an expectation for each case, and cron(8) played minute by minute.

use chrono::{Datelike, TimeDelta, Timelike};

use super::oracle::{Oracle, Reading};
use super::random::{expression, seeded};
use super::*;

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";
const LORD_HOWE: &str = "Australia/Lord_Howe";

/// What comes on one day of a zone, by the clock there.
fn on(zone: &str, day: &str, expression: &str) -> Vec<String> {
    let schedule = Schedule::parse(expression, zone).unwrap();
    let in_zone = |time: Timestamp| time.with_timezone(&schedule.zone());
    let from = at(&format!("{day}T00:00:00Z")) - TimeDelta::days(1);
    let times = schedule.between(from, from + TimeDelta::days(3)).map(in_zone);
    times.filter(|time| time.format("%F").to_string() == day).map(|time| time.format("%H:%M%:z").to_string()).collect()
}

fn check(zone: &str, day: &str, cases: &[(&str, &[&str])]) {
    for (expression, times) in cases {
        assert_eq!(on(zone, day, expression), *times, "{expression} in {zone} on {day}");
    }
}

/// 02:00 CET becomes 03:00 CEST.
#[test]
fn berlin_skips_an_hour_in_march() {
    check(
        BERLIN,
        "2026-03-29",
        &[
            // A fixed time before the jump, at it, within what is skipped, and after.
            ("59 1 * * *", &["01:59+01:00"]),
            ("0 2 * * *", &["03:00+02:00"]),
            ("30 2 * * *", &["03:00+02:00"]),
            ("0 3 * * *", &["03:00+02:00"]),
            ("30 3 * * *", &["03:30+02:00"]),
            // Several that are skipped come as one, and as one with what stands at the jump.
            ("0,15,30 2 * * *", &["03:00+02:00"]),
            ("0 2,3 * * *", &["03:00+02:00"]),
            // A wildcard follows the clock.
            ("30 * * * *", &HALF_PAST[..]),
            ("*/30 2 * * *", &[]),
            (
                "30 */2 * * *",
                &[
                    "00:30+01:00",
                    "04:30+02:00",
                    "06:30+02:00",
                    "08:30+02:00",
                    "10:30+02:00",
                    "12:30+02:00",
                    "14:30+02:00",
                    "16:30+02:00",
                    "18:30+02:00",
                    "20:30+02:00",
                    "22:30+02:00",
                ],
            ),
            // `0-59` is no wildcard, though it holds as much as `*`.
            ("0-59 2 * * *", &["03:00+02:00"]),
        ],
    );
}

const HALF_PAST: [&str; 23] = [
    "00:30+01:00",
    "01:30+01:00",
    "03:30+02:00",
    "04:30+02:00",
    "05:30+02:00",
    "06:30+02:00",
    "07:30+02:00",
    "08:30+02:00",
    "09:30+02:00",
    "10:30+02:00",
    "11:30+02:00",
    "12:30+02:00",
    "13:30+02:00",
    "14:30+02:00",
    "15:30+02:00",
    "16:30+02:00",
    "17:30+02:00",
    "18:30+02:00",
    "19:30+02:00",
    "20:30+02:00",
    "21:30+02:00",
    "22:30+02:00",
    "23:30+02:00",
];

/// 03:00 CEST becomes 02:00 CET.
#[test]
fn berlin_repeats_an_hour_in_october() {
    check(
        BERLIN,
        "2026-10-25",
        &[
            ("30 1 * * *", &["01:30+02:00"]),
            ("0 2 * * *", &["02:00+02:00"]),
            ("30 2 * * *", &["02:30+02:00"]),
            ("0 3 * * *", &["03:00+01:00"]),
            ("0,30 2 * * *", &["02:00+02:00", "02:30+02:00"]),
            ("*/30 2 * * *", &["02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00"]),
            (
                "0 */2 * * *",
                &[
                    "00:00+02:00",
                    "02:00+02:00",
                    "02:00+01:00",
                    "04:00+01:00",
                    "06:00+01:00",
                    "08:00+01:00",
                    "10:00+01:00",
                    "12:00+01:00",
                    "14:00+01:00",
                    "16:00+01:00",
                    "18:00+01:00",
                    "20:00+01:00",
                    "22:00+01:00",
                ],
            ),
        ],
    );
    assert_eq!(on(BERLIN, "2026-10-25", "@hourly").len(), 25);
    assert_eq!(on(BERLIN, "2026-10-25", "* * * * *").len(), 25 * 60);
}

/// 02:00 EST becomes 03:00 EDT, 02:00 EDT becomes 01:00 EST.
#[test]
fn new_york_skips_an_hour_in_march_and_repeats_one_in_november() {
    check(
        NEW_YORK,
        "2026-03-08",
        &[
            ("30 1 * * *", &["01:30-05:00"]),
            ("30 2 * * *", &["03:00-04:00"]),
            ("30 2 8 3 *", &["03:00-04:00"]),
            ("30 2 * * 0", &["03:00-04:00"]),
            ("30 2 * * 1", &[]),
            ("*/30 1-3 * * *", &["01:00-05:00", "01:30-05:00", "03:00-04:00", "03:30-04:00"]),
        ],
    );
    check(
        NEW_YORK,
        "2026-11-01",
        &[
            ("0 1 * * *", &["01:00-04:00"]),
            ("30 1 * * *", &["01:30-04:00"]),
            ("0 2 * * *", &["02:00-05:00"]),
            (
                "30 * 1 11 *",
                &[
                    "00:30-04:00",
                    "01:30-04:00",
                    "01:30-05:00",
                    "02:30-05:00",
                    "03:30-05:00",
                    "04:30-05:00",
                    "05:30-05:00",
                    "06:30-05:00",
                    "07:30-05:00",
                    "08:30-05:00",
                    "09:30-05:00",
                    "10:30-05:00",
                    "11:30-05:00",
                    "12:30-05:00",
                    "13:30-05:00",
                    "14:30-05:00",
                    "15:30-05:00",
                    "16:30-05:00",
                    "17:30-05:00",
                    "18:30-05:00",
                    "19:30-05:00",
                    "20:30-05:00",
                    "21:30-05:00",
                    "22:30-05:00",
                    "23:30-05:00",
                ],
            ),
            ("*/30 1 * * *", &["01:00-04:00", "01:30-04:00", "01:00-05:00", "01:30-05:00"]),
        ],
    );
}

/// By half an hour: 02:00 becomes 02:30 in October, and 01:30 in April.
#[test]
fn lord_howe_moves_the_clock_by_half_an_hour() {
    check(
        LORD_HOWE,
        "2026-10-04",
        &[
            ("0 2 * * *", &["02:30+11:00"]),
            ("15 2 * * *", &["02:30+11:00"]),
            ("30 2 * * *", &["02:30+11:00"]),
            ("45 2 * * *", &["02:45+11:00"]),
            ("*/15 2 * * *", &["02:30+11:00", "02:45+11:00"]),
        ],
    );
    check(
        LORD_HOWE,
        "2026-04-05",
        &[
            ("15 1 * * *", &["01:15+11:00"]),
            ("30 1 * * *", &["01:30+11:00"]),
            ("45 1 * * *", &["01:45+11:00"]),
            ("0 2 * * *", &["02:00+10:30"]),
            (
                "*/15 1 * * *",
                &["01:00+11:00", "01:15+11:00", "01:30+11:00", "01:45+11:00", "01:30+10:30", "01:45+10:30"],
            ),
        ],
    );
    assert_eq!(on(LORD_HOWE, "2026-04-05", "@hourly").len(), 24);
}

#[test]
fn seconds_follow_the_same_rule() {
    let berlin = Schedule::parse("*/20 30 2 * * *", BERLIN).unwrap();
    let skipped = berlin.between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z"));
    assert_eq!(skipped.collect::<Vec<_>>(), [at("2026-03-29T01:00:00Z")]);
    let repeated = berlin.between(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z"));
    assert_eq!(
        repeated.collect::<Vec<_>>(),
        [at("2026-10-25T00:30:00Z"), at("2026-10-25T00:30:20Z"), at("2026-10-25T00:30:40Z")]
    );
}

/// Samoa left out 30 December 2011: a correction, which nothing is made up for.
#[test]
fn a_day_that_is_left_out_is_a_correction() {
    let apia = Schedule::parse("0 2 * * *", "Pacific/Apia").unwrap();
    let days = apia.between(at("2011-12-29T00:00:00Z"), at("2012-01-01T00:00:00Z"));
    let shown: Vec<_> = days.map(|time| time.with_timezone(&apia.zone()).format("%d %H:%M").to_string()).collect();
    assert_eq!(shown, ["29 02:00", "31 02:00", "01 02:00"]);
}

#[test]
fn random_schedules_around_a_change_come_as_cron_8_would_run_them() {
    let changes = [
        (BERLIN, "2026-03-29T01:00:00Z"),
        (BERLIN, "2026-10-25T01:00:00Z"),
        (NEW_YORK, "2026-03-08T07:00:00Z"),
        (NEW_YORK, "2026-11-01T06:00:00Z"),
        (LORD_HOWE, "2026-04-04T15:00:00Z"),
        (LORD_HOWE, "2026-10-03T15:30:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
        ("America/Santiago", "2026-09-06T04:00:00Z"),
        ("Asia/Kathmandu", "2026-01-01T00:00:00Z"),
    ];
    let mut random = seeded();
    let mut came = 0;
    for _ in 0..1_500 {
        let (zone, change) = *random.choice(&changes).unwrap();
        let expression = loop {
            let expression = expression(&mut random);
            let dense = expression.split_ascii_whitespace().count() == 5 && !expression.starts_with("0 0 ");
            if dense && Schedule::parse(&expression, zone).is_ok() {
                break expression;
            }
        };
        let schedule = Schedule::parse(&expression, zone).unwrap();
        let (from, to) = (at(change) - TimeDelta::hours(5), at(change) + TimeDelta::hours(5));
        let found: Vec<Timestamp> = schedule.between(from, to).collect();
        assert_eq!(found, played(&Oracle::new(&expression), &schedule, from, to), "{expression} in {zone}");
        came += found.len();
    }
    assert!(came > 3_000, "only {came} times came");
}

/// cron(8), awake at each minute: what the clock shows now, and what it left out since the minute before.
fn played(oracle: &Oracle, schedule: &Schedule, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let comes = |reading: Reading| oracle.has_day(reading) && oracle.has_time(reading);
    let shown = |time: Timestamp| time.with_timezone(&schedule.zone()).naive_local();
    let (mut ran, mut seen) = (Vec::new(), std::collections::HashSet::new());
    let mut time = from - TimeDelta::hours(4);
    while time <= to {
        let (before, now) = (shown(time - TimeDelta::minutes(1)), shown(time));
        let first = seen.insert(reading(now));
        let mut due = comes(reading(now)) && (first || oracle.wildcard);
        let mut left_out = before + TimeDelta::minutes(1);
        while left_out < now {
            due |= !oracle.wildcard && comes(reading(left_out));
            left_out += TimeDelta::minutes(1);
        }
        if due && time > from {
            ran.push(time);
        }
        time += TimeDelta::minutes(1);
    }
    ran
}

fn reading(shown: chrono::NaiveDateTime) -> Reading {
    Reading {
        year: shown.year().into(),
        month: shown.month(),
        day: shown.day(),
        hour: shown.hour(),
        minute: shown.minute(),
        second: shown.second(),
        weekday: shown.weekday().num_days_from_sunday(),
    }
}
