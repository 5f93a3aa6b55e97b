//! The report for people.

use super::report::{Report, Shown};
use super::statistics::Summary;
use crate::cli::human;
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::world::Screen;

const COLUMNS: [Column; 8] = [
    Column::new("MEASUREMENT", 11),
    Column::new("OURS", 6).right(),
    Column::new("", 4),
    Column::new("SPREAD", 8).right().rank(2),
    Column::new("BASE", 6).right().rank(1),
    Column::new("SHARE", 5).right(),
    Column::new("TARGET", 6).right(),
    Column::new("", 6),
];

impl Report {
    /// For people.
    pub(crate) fn text(&self, screen: Screen) -> String {
        let database = &self.database;
        let settings: Vec<_> = database.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let mut text = format!(
            "{} at {}\n{}\n{}\n{}\n",
            Style::Bold.paint(&database.name, screen.colours),
            Cell::new(&database.location).text(),
            Cell::new(settings.join(", ")).text(),
            Cell::new(self.machine.line()).text(),
            self.amount()
        );
        if self.busy {
            let share = self.others_took * 100.0;
            text.push_str(&format!(
                "The machine was busy: others took {share:.0} % of it. Only shares say something.\n"
            ));
        }
        if self.debug_build {
            text.push_str("This is a build without optimisation: the figures say nothing. Build with --release.\n");
        }
        text.push('\n');
        text.push_str(&self.table().render(screen.width, screen.colours));
        text.push_str(&format!("\n{}\n", self.verdict()));
        text
    }

    fn amount(&self) -> String {
        let settings = &self.settings;
        let rounds = human::counted(settings.rounds as u64, "round", "rounds");
        let jobs = human::counted(settings.jobs as u64, "run", "runs");
        let seconds = self.seconds;
        format!("{rounds}, {jobs} a backlog, a worker of {} slots; {seconds:.0} s in all", settings.concurrency)
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&COLUMNS);
        for measure in &self.measures {
            for figure in &measure.figures {
                let name = match figure.name {
                    "rate" => measure.name.to_owned(),
                    figure => format!("{} {figure}", measure.name),
                };
                table.row(row(name, figure));
            }
        }
        table
    }

    fn verdict(&self) -> String {
        let goals =
            self.measures.iter().flat_map(|measure| &measure.figures).filter_map(|figure| figure.target.as_ref());
        let met: Vec<bool> = goals.filter_map(|goal| goal.met).collect();
        format!(
            "{} of {} met. OURS is the median of the rounds; SHARE that of OURS by BASE, round by round.",
            met.iter().filter(|met| **met).count(),
            human::counted(met.len() as u64, "target", "targets"),
        )
    }
}

fn row(name: String, figure: &Shown) -> Vec<Cell> {
    let goal = figure.target.as_ref();
    let target = goal.map(|goal| match goal.kind {
        "at_most" => format!("≤ {}", short(goal.value)),
        _ => format!("≥ {:.2} ×", goal.value),
    });
    let spread = |summary: &Summary| format!("{}–{}", short(summary.low), short(summary.high));
    let verdict = match goal.and_then(|goal| goal.met) {
        Some(true) => Cell::new("met").style(Style::Good),
        Some(false) => Cell::new("missed").style(Style::Bad),
        None => Cell::new(""),
    };
    vec![
        Cell::new(name),
        Cell::maybe(figure.ours.as_ref().map(|summary| short(summary.median))),
        Cell::new(figure.unit),
        Cell::new(figure.ours.as_ref().map(spread).unwrap_or_default()).style(Style::Dim),
        Cell::new(figure.base.as_ref().map(|base| short(base.summary.median)).unwrap_or_default()),
        Cell::new(figure.share.as_ref().map(|share| format!("{:.2} ×", share.median)).unwrap_or_default()),
        Cell::new(target.unwrap_or_default()),
        verdict,
    ]
}

/// A figure with as many digits as it deserves: `12,345`, `123`, `1.23`.
pub(crate) fn short(value: f64) -> String {
    match value {
        value if value >= 1_000.0 => human::number(value.round() as u64),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn figures_have_the_digits_that_they_deserve() {
        let shown = [12_345.4, 999.6, 42.25, 0.049].map(short);
        assert_eq!(shown, ["12,345", "1000", "42.2", "0.05"]);
    }
}
