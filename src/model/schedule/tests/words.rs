//! Schedules in plain words.

use std::collections::HashMap;

use super::random::{expression, seeded};
use super::*;

#[test]
fn common_schedules_read_well() {
    let cases = [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/15 * * * mon-fri", "every 15 minutes on weekdays"),
        ("0 * * * *", "every hour"),
        ("30 * * * *", "every hour at minute 30"),
        ("0 */6 * * *", "every 6 hours"),
        ("15 */6 * * *", "every 6 hours from 00:15 to 18:15"),
        ("0 9-17 * * 1-5", "every hour from 09:00 to 17:00 on weekdays"),
        ("*/5 9-17 * * *", "every 5 minutes from 09:00 to 17:55"),
        ("0 2 * * *", "at 02:00 every day"),
        ("0,30 8,20 * * *", "at 08:00, 08:30, 20:00 and 20:30 every day"),
        ("30 9 1 * mon", "at 09:30 on the 1st and on Mondays"),
        ("0 0 * * 0", "at 00:00 on Sundays"),
        ("0 0 * * 6,0", "at 00:00 on weekends"),
        ("0 0 * * 5-7", "at 00:00 from Friday to Sunday"),
        ("0 0 1,15 * *", "at 00:00 on the 1st and 15th"),
        ("0 0 1 1 *", "at 00:00 on the 1st in January"),
        ("0 0 * 3-5 *", "at 00:00 every day from March to May"),
        ("0 0 1-7 * *", "at 00:00 on the 1st to 7th"),
        ("0 0 */2 * *", "at 00:00 on every 2nd day from the 1st to the 31st"),
        ("0 0 13 * */5", "at 00:00 on Fridays and Sundays that are the 13th"),
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("*/10 * 9-17 * * *", "every 10 seconds from 09:00:00 to 17:59:50"),
        ("15 30 9 * * *", "at 09:30:15 every day"),
        ("30 * * * * *", "at second 30 of every minute"),
        ("* 30 2 * * *", "every second of minute 30 of hour 2"),
    ];
    for (expression, words) in cases {
        assert_eq!(utc(expression).describe(), words, "{expression}");
    }
}

#[test]
fn odd_schedules_are_told_in_full() {
    let cases = [
        ("5,10-20,50 * * * *", "at minutes 5, 10 to 20 and 50 of every hour"),
        ("*/7 2 * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of hour 2 every day"),
        ("*/15 1,2,4 * * *", "every 15 minutes of hours 1, 2 and 4"),
        ("5 0,1,2,4,8,16,23 * * *", "at minute 5 of hours 0 to 2, 4, 8, 16 and 23 every day"),
        ("5,30 * 0-3 * * *", "at seconds 5 and 30 of every minute of hours 0 to 3 every day"),
        (
            "0 0 1,3,8-10 2,7-12 1,3",
            "at 00:00 on the 1st, 3rd and 8th to 10th and on Mondays and Wednesdays in February and July to December",
        ),
    ];
    for (expression, words) in cases {
        assert_eq!(utc(expression).describe(), words, "{expression}");
    }
}

#[test]
fn schedules_that_differ_never_read_the_same() {
    let mut random = seeded();
    let mut told: HashMap<String, (String, _)> = HashMap::new();
    for _ in 0..10_000 {
        let expression = expression(&mut random);
        let Ok(schedule) = Schedule::parse(&expression, "UTC") else { continue };
        let comes = meaning(&schedule);
        let words = schedule.describe();
        assert!(words.is_ascii() && !words.contains("  ") && words.len() < 900, "{expression}: {words}");
        if let Some((other, meant)) = told.insert(words.clone(), (expression.clone(), comes.clone())) {
            assert_eq!(meant, comes, "'{expression}' and '{other}' are both told as '{words}'");
        }
    }
    assert!(told.len() > 5_000, "only {} different ones", told.len());
}

/// The values, with days reduced to which of the 31 × 7 pairs of day and weekday it comes on.
fn meaning(schedule: &Schedule) -> ([Values; 4], Vec<bool>) {
    let of = |field| schedule.crontab.of(field);
    let pairs = (1..=31).flat_map(|day| (0..7).map(move |weekday| (day, weekday)));
    let comes = |(day, weekday)| match (of(Field::DayOfMonth).contains(day), of(Field::DayOfWeek).contains(weekday)) {
        (day, weekday) if schedule.crontab.either_day => day || weekday,
        (day, weekday) => day && weekday,
    };
    ([of(Field::Second), of(Field::Minute), of(Field::Hour), of(Field::Month)], pairs.map(comes).collect())
}
