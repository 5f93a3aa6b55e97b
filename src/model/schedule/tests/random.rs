//! Random expressions against the oracle. The seed is printed; `HYREX_SEED` plays it again.

use super::oracle::Oracle;
use super::*;

/// Expressions that are tried.
const EXPRESSIONS: usize = 100_000;
/// 1970 to 2050.
const STARTS: std::ops::Range<i64> = 0..80 * 365 * 86_400;

/// How many of a kind were met.
#[derive(Default)]
struct Met {
    never: usize,
    six: usize,
    both: usize,
}

#[test]
fn a_hundred_thousand_random_expressions_come_when_the_oracle_says() {
    let mut random = seeded();
    let halves: Vec<Met> = std::thread::scope(|scope| {
        let half = |mut random: fastrand::Rng| scope.spawn(move || compared(&mut random, EXPRESSIONS / 2));
        let halves = [half(random.fork()), half(random.fork())];
        halves.map(|half| half.join().expect("both halves agree")).into()
    });
    let met = |count: fn(&Met) -> usize| halves.iter().map(count).sum::<usize>();
    let (never, six, both) = (met(|m| m.never), met(|m| m.six), met(|m| m.both));
    assert!(never > 20 && six > 10_000 && both > 10_000, "never {never}, six fields {six}, both days {both}");
}

fn compared(random: &mut fastrand::Rng, count: usize) -> Met {
    let mut met = Met::default();
    for _ in 0..count {
        let expression = expression(random);
        let oracle = Oracle::new(&expression);
        match Schedule::parse(&expression, "UTC") {
            Ok(schedule) => {
                met.six += usize::from(schedule.crontab.seconds);
                met.both += usize::from(schedule.crontab.either_day);
                let time = random.i64(STARTS);
                let found = schedule.after(moment(time)).map(|time| time.timestamp());
                assert_eq!(found, oracle.next_utc(time), "{expression} after {}", moment(time));
            }
            Err(ScheduleError::Never { .. }) => {
                assert_eq!(oracle.next_utc(0), None, "{expression} comes");
                met.never += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    met
}

#[test]
fn all_times_of_four_years_are_those_of_the_oracle() {
    let (from, to) = (at("2027-12-31T23:59:59Z"), at("2031-12-31T23:59:59Z"));
    let written =
        ["*/45 */7 * * *", "7 3 29 2 *", "0 12 13 * FRI", "30 6 */10 * sun-tue", "0 0 31 * *", "59 23 1-7 */3 1"];
    for expression in written {
        let oracle = Oracle::new(expression);
        let next = |time: &i64| oracle.next_utc(*time).filter(|time| *time <= to.timestamp());
        let expected: Vec<i64> = std::iter::successors(next(&from.timestamp()), next).collect();
        let found: Vec<i64> = utc(expression).between(from, to).map(|time| time.timestamp()).collect();
        assert!(!expected.is_empty() && found == expected, "{expression}: {} and {}", found.len(), expected.len());
    }
}

#[test]
fn whatever_is_written_is_read_or_refused_on_one_line() {
    let mut random = seeded();
    let mut read = 0;
    for _ in 0..20_000 {
        let mut text: Vec<char> = expression(&mut random).chars().collect();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(0..text.len());
            text[at] =
                *random.choice(&['*', '/', '-', ',', ' ', '@', '9', '0', 'x', '\0', '\n', 'ß', '?', 'L', '#']).unwrap();
        }
        match Schedule::parse(&text.iter().collect::<String>(), "UTC") {
            Ok(schedule) => {
                schedule.describe();
                read += 1;
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
        }
    }
    assert!((500..19_500).contains(&read), "{read} were read");
}

pub(super) fn seeded() -> fastrand::Rng {
    let seed = std::env::var("HYREX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("HYREX_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).expect("a time of our days")
}

/// Five fields or six, or a nickname.
pub(super) fn expression(random: &mut fastrand::Rng) -> String {
    if random.u32(0..100) == 0 {
        let nicknames = ["@hourly", "@daily", "@MIDNIGHT", "@weekly", "@monthly", "@yearly", "@annually"];
        return (*random.choice(&nicknames).unwrap()).to_owned();
    }
    let fields = Field::ALL.into_iter().skip(usize::from(random.u32(0..4) > 0));
    let texts: Vec<String> = fields.map(|field| text(random, field)).collect();
    texts.join(*random.choice(&[" ", " ", "  ", "\t"]).unwrap())
}

fn text(random: &mut fastrand::Rng, field: Field) -> String {
    match random.u32(0..10) {
        0..4 => "*".into(),
        4..6 => element(random, field),
        _ => (0..random.u32(1..4)).map(|_| element(random, field)).collect::<Vec<_>>().join(","),
    }
}

fn element(random: &mut fastrand::Rng, field: Field) -> String {
    let (low, high) = field.bounds();
    let first = random.u32(low..=high);
    let step = random.u32(1..=high);
    let last = random.u32(first..=high);
    let (from, to) = (value(random, field, first), value(random, field, last));
    match random.u32(0..5) {
        0 => format!("*/{step}"),
        1 => format!("{from}-{to}/{step}"),
        2 => format!("{from}-{to}"),
        _ => from,
    }
}

/// A number, or its name in any case.
fn value(random: &mut fastrand::Rng, field: Field, value: u32) -> String {
    let (low, _) = field.bounds();
    match field.names().get((value - low) as usize) {
        Some(name) if random.bool() => {
            name.chars().map(|c| if random.bool() { c.to_ascii_uppercase() } else { c }).collect()
        }
        _ if random.u32(0..8) == 0 => format!("{value:02}"),
        _ => value.to_string(),
    }
}
