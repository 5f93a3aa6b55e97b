//! What is refused, and in which words.

use super::*;

/// The fields that are asked for where there are too many or too few.
const FIELDS: &str = "needs five (minute hour day-of-month month day-of-week), or six with the second first";
const FORMS: &str = "as *, a value, a range a-b, a step */n or a-b/n, or a list of these with commas";

fn said(expression: &str) -> String {
    Schedule::parse(expression, "UTC").expect_err(expression).to_string()
}

#[test]
fn a_wrong_field_is_pointed_at_with_what_it_may_hold() {
    let cases = [
        ("61 * * * *", "minute '61': '61' is not within 0-59; this field takes 0-59"),
        ("0 24 * * *", "hour '24': '24' is not within 0-23; this field takes 0-23"),
        ("0 0 0 * *", "day of month '0': '0' is not within 1-31; this field takes 1-31"),
        ("0 0 1 13 *", "month '13': '13' is not within 1-12; this field takes 1-12 or jan-dec"),
        ("0 0 * * 8", "day of week '8': '8' is not within 0-7; this field takes 0-7 (0 and 7 are Sunday) or sun-sat"),
        ("60 * * * * *", "second '60': '60' is not within 0-59; this field takes 0-59"),
        ("1,5,x * * * *", "minute '1,5,x': 'x' is not a value; this field takes 0-59"),
        ("1,,5 * * * *", "minute '1,,5': a value is missing; this field takes 0-59"),
        ("1- * * * *", "minute '1-': a value is missing; this field takes 0-59"),
        ("-5 * * * *", "minute '-5': a value is missing; this field takes 0-59"),
        ("30-10 * * * *", "minute '30-10': the range 30-10 runs backwards; this field takes 0-59"),
        ("*/0 * * * *", "minute '*/0': the step '0' is not within 1-59; this field takes 0-59"),
        ("*/60 * * * *", "minute '*/60': the step '60' is not within 1-59; this field takes 0-59"),
        ("*/ * * * *", "minute '*/': the step '' is not within 1-59; this field takes 0-59"),
        ("5/15 * * * *", "minute '5/15': '5/15' is a step without a range: write '5-59/15'; this field takes 0-59"),
        ("0 9 ? * MON", "day of month '?': '?' is not a value; this field takes 1-31"),
        ("0 9 L * *", "day of month 'L': 'L' is not a value; this field takes 1-31"),
        ("0 0 * mon *", "month 'mon': 'mon' is not a value; this field takes 1-12 or jan-dec"),
        (
            "0 0 * * monday",
            "day of week 'monday': 'monday' is not a value; this field takes 0-7 (0 and 7 are Sunday) or sun-sat",
        ),
        ("1* * * * *", "minute '1*': '1*' is not a value; this field takes 0-59"),
        (
            "99999999999999999999 * * * *",
            "minute '99999999999999999999': '99999999999999999999' is not within 0-59; this field takes 0-59",
        ),
    ];
    for (expression, words) in cases {
        assert_eq!(said(expression), format!("the cron expression '{expression}': {words}, {FORMS}"));
    }
}

#[test]
fn what_is_no_expression_is_refused_in_words() {
    assert_eq!(said("* * * *"), format!("the cron expression '* * * *' has 4 fields, and {FIELDS}"));
    assert_eq!(said("x"), format!("the cron expression 'x' has 1 field, and {FIELDS}"));
    assert_eq!(said("0 0 0 1 1 * 2030"), format!("the cron expression '0 0 0 1 1 * 2030' has 7 fields, and {FIELDS}"));
    assert!(said(" \t ").starts_with("the cron expression is empty: "));
    assert!(said("@reboot").starts_with("@reboot is not a time: "));
    assert!(said("@every 5m").starts_with("the cron expression '@every 5m' is none of @hourly, @daily, "));
    assert_eq!(said(&"*".repeat(2000)), "the cron expression has 2000 bytes, and at most 1024 are allowed");
    assert!(!said("\x1b[2J 0 0 0 0").contains('\x1b'));
}

#[test]
fn what_never_comes_is_refused() {
    for expression in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 feb */2", "* * * 31 jun *"] {
        let words = format!("the cron expression '{expression}' never comes: no year has such a day");
        assert_eq!(said(expression), words);
    }
    // Either of two restricted days is enough.
    assert_eq!(utc("0 0 30 2 1").after(at("2026-01-01T00:00:00Z")), Some(at("2026-02-02T00:00:00Z")));
}

#[test]
fn an_unknown_zone_is_refused() {
    let said = Schedule::parse("@daily", "Europe/Atlantis").unwrap_err().to_string();
    assert_eq!(
        said,
        "there is no time zone 'Europe/Atlantis': use a name of the IANA database, such as Europe/Berlin or UTC"
    );
}
