//! Which missed times are made up.

use super::*;

const CONFIRMED: &str = "2026-03-01T06:00:00Z";

fn due(missed: Missed, expression: &str, now: &str) -> Vec<String> {
    let times = missed.due(&utc(expression), at(CONFIRMED), at(now));
    times.into_iter().map(|time| time.format("%H:%M:%S").to_string()).collect()
}

#[test]
fn after_a_gap_the_last_is_made_up_or_all_or_none() {
    let now = "2026-03-01T09:30:00Z";
    assert_eq!(due(Missed::Last, "@hourly", now), ["09:00:00"]);
    assert_eq!(due(Missed::All, "@hourly", now), ["07:00:00", "08:00:00", "09:00:00"]);
    assert!(due(Missed::None, "@hourly", now).is_empty());
    for missed in Missed::EACH {
        assert!(due(missed, "@hourly", "2026-03-01T06:59:59.9Z").is_empty());
    }
}

#[test]
fn what_is_less_than_a_minute_past_is_not_missed() {
    for missed in Missed::EACH {
        assert_eq!(due(missed, "@hourly", "2026-03-01T07:00:00Z"), ["07:00:00"]);
        assert_eq!(due(missed, "@hourly", "2026-03-01T07:00:59Z"), ["07:00:00"]);
        assert_eq!(due(missed, "*/10 * * * * *", "2026-03-01T06:00:31Z"), ["06:00:10", "06:00:20", "06:00:30"]);
    }
    assert_eq!(due(Missed::Last, "* * * * * *", "2026-03-01T08:00:00Z").len(), 60);
}

#[test]
fn of_all_the_newest_thousand_are_made_up_and_found_fast() {
    let seconds = Missed::All.due(&utc("* * * * * *"), at("2020-01-01T00:00:00Z"), at("2026-03-01T00:00:00.5Z"));
    assert_eq!((seconds.len(), seconds[0]), (1000, at("2026-02-28T23:43:21Z")));
    assert_eq!(seconds.last(), Some(&at("2026-03-01T00:00:00Z")));
    let january = Missed::All.due(&utc("* * * 1 1 *"), at("2020-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
    assert_eq!((january.len(), january[999]), (1000, at("2026-01-01T23:59:59Z")));
    let exactly = Missed::All.due(&utc("* * * * *"), at("2026-01-01T00:00:00Z"), at("2026-01-01T16:40:00Z"));
    assert_eq!((exactly.len(), exactly[0]), (1000, at("2026-01-01T00:01:00Z")));
}

#[test]
fn its_words_are_read_back() {
    for missed in Missed::EACH {
        assert_eq!(missed.to_string().parse(), Ok(missed));
    }
    let said = "latest".parse::<Missed>().unwrap_err().to_string();
    assert_eq!(said, "'latest' says nothing about missed times: use last, all or none");
}
