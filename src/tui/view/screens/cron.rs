//! The schedules, what the one under the cursor did beside them; and what one did by itself.

use super::tasks::tail;
use crate::model::Timestamp;
use crate::model::text::human;
use crate::store::{ScheduleRunRow, ScheduleSource};
use crate::tui::state::json::{DocLine, Tone};
use crate::tui::state::model::Model;
use crate::tui::state::pane::Pane;
use crate::tui::state::screens::cron::history::HistoryScreen;
use crate::tui::state::screens::cron::{CronScreen, ScheduleLine};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::Slot;
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{doc, listing, notice};
use ratatui::layout::Rect;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &CronScreen) {
    let Some(division) = model.division() else { return };
    let width = division.list_width().min(area.width);
    let title = listing::title("Schedules", &screen.list);
    let inner = header::boxed(pen, Rect { width, ..area }, division, &title, &[]);
    if width < area.width {
        beside(pen, Rect { x: area.x + width, width: area.width - width, ..area }, model, screen);
    }
    if screen.list.len() > 0 {
        return listing::draw(pen, inner, model.prefs.wide, &screen.list, |line| cells(line, model));
    }
    let lines = match screen.list.all().is_empty() {
        true => ["there is no schedule here", "a worker registers those of its application"],
        false => ["no schedule matches", "/ changes the filter, esc clears it"],
    };
    notice::draw(pen, inner, Slot::Text, &lines);
}

/// How many are on.
pub(crate) fn summary(screen: &CronScreen) -> Vec<Piece> {
    let on = screen.list.all().iter().filter(|line| line.row.enabled).count();
    vec![(Slot::Good, format!("{on} on")), (Slot::Dim, format!("   {} off", screen.list.all().len() - on))]
}

fn cells(line: &ScheduleLine, model: &Model) -> Vec<Cell> {
    let row = &line.row;
    let text = if row.enabled { Slot::Text } else { Slot::Dim };
    let time = |time: Timestamp| model.prefs.times.column(time, model.now());
    let zone = if row.time_zone == "UTC" { String::new() } else { format!(" {}", row.time_zone) };
    vec![
        Cell::new(row.name.as_str(), text),
        Cell::new(format!("{}{zone}", row.expression), text),
        match &line.words {
            Ok(words) => Cell::new(words.as_str(), text),
            Err(why) => Cell::new(why.as_str(), Slot::Bad),
        },
        Cell::new(line.sends(), text),
        Cell::maybe(row.last.map(time), Slot::Dim),
        Cell::maybe(line.next.map(time), Slot::Text),
        if row.enabled { Cell::new("on", Slot::Good) } else { Cell::new("off", Slot::Warn) },
        Cell::new(row.missed.as_str(), Slot::Dim),
        Cell::new(row.app.as_deref().unwrap_or("Python"), Slot::Dim),
    ]
}

fn beside(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &CronScreen) {
    let (Some(division), Some(line)) = (model.division(), screen.list.row()) else { return };
    let inner = header::boxed(pen, area, division, &[(Slot::Strong, line.row.name.clone())], &[]);
    let mut lines = facts(line, model);
    lines.extend([DocLine::default(), DocLine::new(Tone::Strong, "Last times")]);
    match screen.history() {
        None => lines.push(DocLine::new(Tone::Faint, "reading")),
        Some([]) => lines.push(DocLine::new(Tone::Faint, "none has come yet")),
        Some(rows) => lines.extend(rows.iter().map(|row| time_line(row, model))),
    }
    doc::draw(pen, inner, &lines, &Pane::default(), false);
}

fn facts(line: &ScheduleLine, model: &Model) -> Vec<DocLine> {
    let row = &line.row;
    let fact = |name: &str, value: String| DocLine {
        pieces: vec![(Tone::Faint, format!("{name:<10}")), (Tone::Plain, value)],
        fold: None,
    };
    let mut facts = vec![
        fact("schedule", format!("{}  ({})", row.expression, row.time_zone)),
        fact("in words", line.words.clone().unwrap_or_else(|why| why)),
        fact("sends", line.sends()),
        fact("missed", row.missed.clone()),
        fact("whose", source(row.source, row.app.as_deref())),
    ];
    if !row.enabled {
        let by = row.enabled_by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        facts.push(DocLine::new(Tone::Warn, format!("switched off{by}")));
    }
    facts.extend(row.last.map(|time| fact("last", model.prefs.times.whole(time))));
    facts.extend(line.next.map(|time| fact("next", model.prefs.times.whole(time))));
    facts
}

fn source(source: ScheduleSource, app: Option<&str>) -> String {
    match source {
        ScheduleSource::Application => format!("application {}", app.unwrap_or_default()),
        ScheduleSource::PythonTask => "a task of Python's".into(),
        ScheduleSource::Sql => "SQL that somebody wrote".into(),
        ScheduleSource::System => "Python's own upkeep: it is never run here".into(),
    }
}

fn time_line(row: &ScheduleRunRow, model: &Model) -> DocLine {
    let (slot, word) = status(row);
    let tone = if slot == Slot::Bad { Tone::Bad } else { Tone::Text };
    let what = row.error.clone().or_else(|| row.run.map(tail)).unwrap_or_default();
    DocLine {
        pieces: vec![
            (Tone::Plain, format!("{:>11}  ", model.prefs.times.column(row.time, model.now()))),
            (tone, format!("{word:<8}")),
            (Tone::Faint, format!("{:>6}  {what}", late(row).unwrap_or_default())),
        ],
        fold: None,
    }
}

fn status(row: &ScheduleRunRow) -> (Slot, &str) {
    match (&row.status, &row.error) {
        (Some(status), Some(_)) => (Slot::Bad, status),
        (Some(status), None) => (if row.done.is_some() { Slot::Good } else { Slot::Warn }, status),
        (None, _) => (Slot::Dim, "-"),
    }
}

fn late(row: &ScheduleRunRow) -> Option<String> {
    row.done.map(|done| human::duration(human::between(row.time, done)))
}

/// Draws what a schedule did.
pub(crate) fn draw_history(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &HistoryScreen) {
    let Some(division) = model.division() else { return };
    let more: Vec<Piece> = screen.more.then(|| (Slot::Dim, "there are older ones".to_owned())).into_iter().collect();
    let inner = header::boxed(pen, area, division, &listing::title("Times", &screen.list), &more);
    if screen.list.len() == 0 {
        let lines: &[&str] =
            if screen.list.all().is_empty() { &["no time of it has come yet"] } else { &["no time matches"] };
        return notice::draw(pen, inner, Slot::Text, lines);
    }
    listing::draw(pen, inner, model.prefs.wide, &screen.list, |row| {
        let (slot, word) = status(row);
        vec![
            Cell::new(model.prefs.times.column(row.time, model.now()), Slot::Text),
            Cell::new(word, slot),
            Cell::maybe(late(row), Slot::Text),
            Cell::maybe(row.run.map(tail), Slot::Dim),
            Cell::new(row.error.as_deref().unwrap_or_default(), Slot::Bad),
        ]
    });
}
