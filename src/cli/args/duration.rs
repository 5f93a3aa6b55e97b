//! Durations as people type them: `90s`, `5m`, `1h30m`, `30d`.

use std::time::Duration;

const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 7 * 86_400)];

/// A duration with its unit.
pub(crate) fn with_unit(text: &str) -> Result<Duration, String> {
    let wrong = || "give numbers with units: s, m, h, d or w, like 90s, 12h or 30d".to_owned();
    if text.is_empty() {
        return Err(wrong());
    }
    let (mut seconds, mut rest) = (0u64, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let part = number.checked_mul(*size).ok_or_else(too_long)?;
        seconds = seconds.checked_add(part).ok_or_else(too_long)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    bounded(seconds)
}

/// The same; a bare number is seconds.
pub(crate) fn or_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds) => bounded(seconds),
        Err(_) => with_unit(text),
    }
}

fn bounded(seconds: u64) -> Result<Duration, String> {
    // A hundred years: what every clock and database can subtract from today.
    if seconds <= 100 * 366 * 86_400 { Ok(Duration::from_secs(seconds)) } else { Err(too_long()) }
}

fn too_long() -> String {
    "that is more than a hundred years".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(with_unit(text).unwrap().as_secs(), seconds, "{text}");
        }
        assert_eq!(or_seconds("90").unwrap().as_secs(), 90);
        assert_eq!(or_seconds("1h").unwrap().as_secs(), 3_600);
    }

    #[test]
    fn what_is_no_duration_is_told_what_one_is() {
        for text in ["", "30", "d", "3x", "-1d", "1.5h", "30 d", "5µ", "99999999999999999999d"] {
            assert!(with_unit(text).unwrap_err().contains("30d"), "{text}");
        }
        assert!(with_unit("99999999999w").unwrap_err().contains("hundred years"));
        assert!(or_seconds("99999999999").unwrap_err().contains("hundred years"));
    }
}
