//! Durations, ages, sizes and counts in the few characters that a column has.

use crate::model::Timestamp;
use std::time::Duration;

/// A duration: `340µs`, `12ms`, `3.4s`, `2m05s`, `3h12m`, `5d04h`.
pub(crate) fn duration(duration: Duration) -> String {
    let (micros, seconds) = (duration.as_micros(), duration.as_secs());
    match seconds {
        0 if micros < 1_000 => format!("{micros}µs"),
        0 => format!("{}ms", micros / 1_000),
        1..=9 => format!("{:.1}s", (micros / 100_000) as f64 / 10.0),
        10..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// From `from` to `to`; nothing below zero (clocks of two machines may disagree).
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    (to - from).to_std().unwrap_or_default()
}

/// How long ago, or how soon: `3.4s ago`, `in 5m00s`.
pub(crate) fn ago(time: Timestamp, now: Timestamp) -> String {
    if time > now {
        format!("in {}", duration(between(now, time)))
    } else {
        format!("{} ago", duration(between(time, now)))
    }
}

/// A point in time as people read it, UTC, to the millisecond.
pub(crate) fn time(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

/// The time of day, for lines of a log.
pub(crate) fn clock(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn number(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count that may be more: `10,000+`.
pub(crate) fn capped(count: u32, more: bool) -> String {
    format!("{}{}", number(count), if more { "+" } else { "" })
}

/// A size in bytes: `812 B`, `14.2 KiB`, `3.0 MiB`.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..=1023 => format!("{bytes} B"),
        1024..=1_048_575 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// `1 run`, `2 runs`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fit_a_column() {
        let shown = |micros| duration(Duration::from_micros(micros));
        assert_eq!(shown(340), "340µs");
        assert_eq!(shown(12_900), "12ms");
        assert_eq!(shown(9_999_999), "9.9s");
        assert_eq!(shown(59_999_999), "59s");
        assert_eq!(shown(125_000_000), "2m05s");
        assert_eq!(shown(11_520_000_000), "3h12m");
        assert_eq!(shown(446_400_000_000), "5d04h");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(number(7u32), "7");
        assert_eq!(number(1_000u32), "1,000");
        assert_eq!(number(12_345_678u64), "12,345,678");
        assert_eq!(capped(10_000, true), "10,000+");
    }

    #[test]
    fn a_time_to_come_is_said_as_such() {
        let now = crate::model::time::from_micros(1_000_000_000_000_000);
        assert_eq!(ago(now + Duration::from_secs(300), now), "in 5m00s");
        assert_eq!(ago(now - Duration::from_secs(3), now), "3.0s ago");
    }
}
