//! The table, or one JSON object a line.

use crate::measure::Series;

/// What a case measures.
pub struct Heading<'a> {
    /// The case.
    pub case: &'a str,
    /// Its metrics, with their units.
    pub metrics: &'a [&'a str],
    /// What more there is to say.
    pub note: &'a str,
}

/// Above this share of the machine in others' hands, absolute figures say little.
const BUSY: f64 = 0.15;

/// Prints a case's figures.
pub fn print(json: bool, heading: &Heading<'_>, series: &[Series], busy: f64) {
    if json {
        return series.iter().for_each(|one| print_json(heading, one, &series[0], busy));
    }
    let busy_word = if busy > BUSY { format!("  [busy: others took {:.0} %]", busy * 100.0) } else { String::new() };
    println!("\n{}{}{}", heading.case, if heading.note.is_empty() { "" } else { ": " }, heading.note);
    series.iter().for_each(|one| print_line(heading, one, &series[0], &busy_word));
}

fn print_line(heading: &Heading<'_>, one: &Series, base: &Series, busy: &str) {
    let first = std::ptr::eq(one, base);
    // What cannot be had (a server's processor time where there is no server) is left out.
    let figures: Vec<_> = heading
        .metrics
        .iter()
        .enumerate()
        .filter_map(|(metric, name)| {
            let summary = one.summary(metric)?;
            let share = one.share_of(base, metric).filter(|_| !first);
            let share = share.map_or_else(String::new, |share| format!(" {share:.2} ×"));
            let (low, high) = (short(summary.low), short(summary.high));
            Some(format!("{:>8} {name} ({low}–{high}){share}", short(summary.median)))
        })
        .collect();
    let target = one.target.map_or_else(String::new, |target| {
        format!(
            " (target {target:.2}: {})",
            if one.share_of(base, 0).is_some_and(|share| share >= target) { "met" } else { "MISSED" }
        )
    });
    println!("  {:<34} {}{target}{busy}", one.name, figures.join("   "));
}

fn print_json(heading: &Heading<'_>, one: &Series, base: &Series, busy: f64) {
    let metrics: serde_json::Map<_, _> = heading
        .metrics
        .iter()
        .enumerate()
        .map(|(metric, name)| (name.to_string(), serde_json::json!(one.summary(metric))))
        .collect();
    let line = serde_json::json!({
        "case": heading.case, "variant": one.name, "figures": metrics, "share_of_first": one.share_of(base, 0),
        "target": one.target, "rounds": one.samples.len(), "others_took": busy,
    });
    println!("{line}");
}

/// A figure with as many digits as it deserves: `12,345`, `123`, `1.23`.
fn short(value: f64) -> String {
    if value >= 1000.0 {
        let whole = value.round() as u64;
        let (millions, thousands, units) = (whole / 1_000_000, whole / 1000 % 1000, whole % 1000);
        return match millions {
            0 => format!("{thousands},{units:03}"),
            _ => format!("{millions},{thousands:03},{units:03}"),
        };
    }
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
