//! When expressions come: literals.

use super::*;

/// The next times after noon on Thursday, 1 January 2026, by month, day, hour, minute and second.
fn next(expression: &str, count: usize) -> Vec<String> {
    let schedule = utc(expression);
    let times = schedule.between(at("2026-01-01T12:00:00Z"), at("2099-01-01T00:00:00Z")).take(count);
    times.map(|time| time.format("%y-%m-%d %H:%M:%S").to_string()).collect()
}

#[test]
fn the_forms_of_crontab_5() {
    assert_eq!(next("*/30 * * * *", 2), ["26-01-01 12:30:00", "26-01-01 13:00:00"]);
    assert_eq!(next("10-40/15 9 * * *", 3), ["26-01-02 09:10:00", "26-01-02 09:25:00", "26-01-02 09:40:00"]);
    assert_eq!(next("5,50-51 12 * * *", 3), ["26-01-01 12:05:00", "26-01-01 12:50:00", "26-01-01 12:51:00"]);
    assert_eq!(next("0 0 1 JAN,jul *", 2), ["26-07-01 00:00:00", "27-01-01 00:00:00"]);
    assert_eq!(next("0 0 * * Mon-Wed/2", 2), ["26-01-05 00:00:00", "26-01-07 00:00:00"]);
}

#[test]
fn sunday_is_0_and_7_and_sun() {
    for expression in ["0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "@weekly"] {
        assert_eq!(next(expression, 2), ["26-01-04 00:00:00", "26-01-11 00:00:00"], "{expression}");
    }
    for expression in ["0 0 * * 5-7", "0 0 * * fri-sun", "0 0 * * 0,5,6"] {
        assert_eq!(
            next(expression, 4),
            ["26-01-02 00:00:00", "26-01-03 00:00:00", "26-01-04 00:00:00", "26-01-09 00:00:00"]
        );
    }
}

#[test]
fn either_day_when_both_are_restricted_else_both() {
    assert_eq!(next("0 0 13 * 5", 3), ["26-01-02 00:00:00", "26-01-09 00:00:00", "26-01-13 00:00:00"]);
    // `*/13` begins with `*`, so it is not restricted: Fridays that are the 1st, 14th or 27th.
    assert_eq!(next("0 0 */13 * 5", 2), ["26-02-27 00:00:00", "26-03-27 00:00:00"]);
    assert_eq!(next("0 0 13 * */7", 2), ["26-09-13 00:00:00", "26-12-13 00:00:00"]);
}

#[test]
fn nicknames_stand_for_what_crontab_5_says() {
    assert_eq!(next("@hourly", 2), ["26-01-01 13:00:00", "26-01-01 14:00:00"]);
    assert_eq!(next("@daily", 1), next("@midnight", 1));
    assert_eq!(next("@daily", 1), ["26-01-02 00:00:00"]);
    assert_eq!(next("@monthly", 1), ["26-02-01 00:00:00"]);
    assert_eq!(next("@yearly", 1), ["27-01-01 00:00:00"]);
    assert_eq!(next(" @Annually ", 1), ["27-01-01 00:00:00"]);
}

#[test]
fn six_fields_begin_with_the_second() {
    assert_eq!(next("*/20 * * * * *", 3), ["26-01-01 12:00:20", "26-01-01 12:00:40", "26-01-01 12:01:00"]);
    assert_eq!(next("15 30 9 * * *", 1), ["26-01-02 09:30:15"]);
}

#[test]
fn the_rarest_days_are_found_and_the_last_year_ends() {
    assert_eq!(next("0 0 29 2 *", 3), ["28-02-29 00:00:00", "32-02-29 00:00:00", "36-02-29 00:00:00"]);
    assert_eq!(next("0 0 29 2 */7", 2), ["32-02-29 00:00:00", "60-02-29 00:00:00"]);
    assert_eq!(utc("@yearly").after(at("2099-06-01T00:00:00Z")), Some(at("2100-01-01T00:00:00Z")));
    assert_eq!(utc("@yearly").after(at("2100-06-01T00:00:00Z")), None);
    for extreme in [Timestamp::MIN_UTC, Timestamp::MAX_UTC] {
        assert_eq!(utc("@yearly").after(extreme).is_some(), extreme == Timestamp::MIN_UTC);
    }
}

#[test]
fn after_is_after_and_between_includes_its_end() {
    let hourly = utc("@hourly");
    assert_eq!(hourly.after(at("2026-01-01T00:00:00Z")), Some(at("2026-01-01T01:00:00Z")));
    assert_eq!(hourly.after(at("2026-01-01T00:59:59.999999Z")), Some(at("2026-01-01T01:00:00Z")));
    assert_eq!(hourly.between(at("2026-01-01T00:00:00Z"), at("2026-01-01T02:00:00Z")).count(), 2);
    assert_eq!(hourly.between(at("2026-01-01T02:00:00Z"), at("2026-01-01T00:00:00Z")).count(), 0);
}

#[test]
fn what_others_can_run_is_told_in_numbers() {
    let portable = |expression: &str, zone: &str| Schedule::parse(expression, zone).unwrap().portable();
    let cases = [
        ("*/15 9-17 * JAN-mar,6 MON-FRI", Some("0,15,30,45 9-17 * 1-3,6 1-5")),
        ("@weekly", Some("0 0 * * 0")),
        ("0 0 * * fri-sun", Some("0 0 * * 0,5-6")),
        ("0 0 1,2 * 7", Some("0 0 1-2 * 0")),
        // Either of two days, one of which is every day; both of two days, which others take for either.
        ("0 0 1-31 * mon", Some("0 0 * * *")),
        ("0 0 */2 * mon", None),
        ("0 0 0 * * *", None),
    ];
    for (expression, numbers) in cases {
        assert_eq!(portable(expression, "UTC").as_deref(), numbers, "{expression}");
    }
    assert_eq!(portable("@daily", "Europe/London"), None);
    assert!(portable("@daily", "Etc/UTC").is_some());
}
