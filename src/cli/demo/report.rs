//! What is printed at the end: what happened, queue by queue, and whether it adds up.

use super::check::Check;
use super::figures::{Figures, Spread};
use super::kind::queues;
use crate::cli::human;
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::world::Screen;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything about one demo, as scripts read it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Where it ran.
    pub(crate) location: String,
    /// Seconds of load.
    pub(crate) seconds: f64,
    /// Seconds until the last run was over, after that.
    pub(crate) drain_seconds: f64,
    /// Sends that were acknowledged, duplicates included.
    pub(crate) acknowledged: u64,
    /// Runs that ended in a second of load and drain.
    pub(crate) runs_per_second: f64,
    /// The figures of all queues.
    pub(crate) total: Figures,
    /// By queue.
    pub(crate) queues: BTreeMap<String, Figures>,
    /// The checks.
    pub(crate) checks: Vec<Check>,
    /// Whether all hold.
    pub(crate) adds_up: bool,
}

const QUEUES: [Column; 11] = [
    Column::new("QUEUE", 9),
    Column::new("RUNS", 4).right(),
    Column::new("SUCCEEDED", 9).right(),
    Column::new("RETRIED", 7).right(),
    Column::new("FAILED", 6).right(),
    Column::new("CANCELED", 8).right().rank(3),
    Column::new("WAIT p50", 8).right().rank(1),
    Column::new("p95", 5).right().rank(4),
    Column::new("p99", 5).right().rank(1),
    Column::new("RUN p50", 7).right().rank(2),
    Column::new("p99", 5).right().rank(5),
];

impl Report {
    /// For people.
    pub(crate) fn text(&self, screen: Screen, prefix: &str) -> String {
        let mut text = self.summary(screen);
        text.push('\n');
        text.push_str(&self.table(prefix).render(screen.width, screen.colours));
        text.push_str("\nWAIT is from queued to started, RUN from started to finished.\n\n");
        text.push_str(&self.checked(screen));
        text
    }

    fn summary(&self, screen: Screen) -> String {
        let total = &self.total;
        let ended = total.runs - total.open;
        let count = |number: usize| human::number(number as u64);
        let mut text = String::new();
        let mut line = |name: &str, number: String, what: String| {
            let name = Style::Bold.paint(&format!("{name:<11}"), screen.colours);
            text.push_str(&format!("{name}{number:>8}  {what}\n"));
        };
        let sends = format!("sends acknowledged in {:.1} s, for {} runs", self.seconds, count(total.runs));
        line("sent", human::number(self.acknowledged), sends);
        line("ended", count(ended), format!("runs, the last {:.1} s after the last order", self.drain_seconds));
        line("succeeded", count(total.succeeded), "runs".into());
        line("retried", count(total.retried), "attempts failed, panicked or were lost, and another followed".into());
        line(
            "failed",
            count(total.failed),
            "runs for good: declined cards, a warehouse that times out, rows without a price".into(),
        );
        line(
            "canceled",
            count(total.canceled),
            "runs: campaigns that were called off, and nodes behind one that failed".into(),
        );
        line(
            "throughput",
            format!("{:.0}", self.runs_per_second),
            "runs a second: what the shop asks for, not the most there is".into(),
        );
        line("latency", shown(total.wait.p50_us), latency(&total.wait));
        text
    }

    fn table(&self, prefix: &str) -> Table {
        let mut table = Table::new(&QUEUES);
        for queue in queues() {
            let name = format!("{prefix}{queue}");
            let Some(figures) = self.queues.get(&name) else { continue };
            table.row(row(queue, figures));
        }
        table.row(row("all", &self.total));
        table
    }

    fn checked(&self, screen: Screen) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let mark = if check.ok {
                Style::Good.paint("✓", screen.colours)
            } else {
                Style::Bad.paint("✗", screen.colours)
            };
            text.push_str(&format!("{mark} {:<42} {}\n", check.what, Style::Dim.paint(&check.over, screen.colours)));
            for example in &check.examples {
                text.push_str(&format!("    {}\n", Cell::new(example).text()));
            }
            if check.wrong > check.examples.len() {
                text.push_str(&format!(
                    "    … and {} more\n",
                    human::number((check.wrong - check.examples.len()) as u64)
                ));
            }
        }
        text.push_str(if self.adds_up { "\nEverything adds up.\n" } else { "\nIt does not add up.\n" });
        text
    }
}

fn latency(wait: &Spread) -> String {
    format!(
        "from queued to started, the median; p95 {}, p99 {}, longest {}",
        shown(wait.p95_us),
        shown(wait.p99_us),
        shown(wait.max_us)
    )
}

fn shown(micros: u64) -> String {
    human::duration(Duration::from_micros(micros))
}

fn row(queue: &str, figures: &Figures) -> Vec<Cell> {
    let count = |number: usize| Cell::new(human::number(number as u64));
    let time = |micros: u64| Cell::new(shown(micros));
    vec![
        Cell::new(queue),
        count(figures.runs),
        count(figures.succeeded),
        count(figures.retried),
        count(figures.failed),
        count(figures.canceled),
        time(figures.wait.p50_us),
        time(figures.wait.p95_us),
        time(figures.wait.p99_us),
        time(figures.run.p50_us),
        time(figures.run.p99_us),
    ]
}
