//! The list of runs, and the run under the cursor beside it.

pub(super) mod side;

use crate::model::text::human;
use crate::model::{TaskStatus, Timestamp};
use crate::store::{AttemptRow, Capped};
use crate::tui::state::model::Model;
use crate::tui::state::screens::tasks::{COLUMNS, MOST, TasksScreen, run_for, waited};
use crate::tui::state::strip::CHOICES;
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece, pieces_width};
use crate::tui::view::theme::{self, Slot};
use crate::tui::view::widgets::notice;
use crate::tui::view::widgets::table::{self, Cell, Row};
use ratatui::layout::Rect;
use uuid::Uuid;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TasksScreen) {
    let Some(division) = model.division() else { return };
    let width = division.list_width().min(area.width);
    let list = header::boxed(pen, Rect { width, ..area }, division, &title(screen), &state(screen));
    if width < area.width {
        side::draw(pen, Rect { x: area.x + width, width: area.width - width, ..area }, model, screen);
    }
    let rows = screen.list.as_ref().map_or(&[][..], |list| &list.rows);
    if rows.is_empty() {
        return empty(pen, list, screen);
    }
    let theme = pen.theme;
    let row = |at: usize| row(theme, &rows[at], model, screen);
    table::draw(pen, list, (&COLUMNS, model.prefs.wide), &screen.table, (rows.len(), row));
}

/// The strip of states with their counts; short where there is little room.
pub(crate) fn strip(pen: &Pen<'_>, screen: &TasksScreen, room: u16) -> Vec<Piece> {
    let pieces = |words: bool| -> Vec<Piece> {
        let of_choice = |(number, choice): (usize, &crate::tui::state::strip::Choice)| {
            let count = screen.list.as_ref().map_or(Some(0), |list| counted(&list.counts, choice.statuses));
            let sign = choice.statuses.first().map_or("", |status| pen.theme.glyphs.status(*status));
            let word = if words || choice.statuses.is_empty() { choice.word } else { "" };
            let count = count.map_or_else(String::new, short);
            let text = [sign, word, &count].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            let chosen = number == screen.choice;
            let slot =
                if chosen { Slot::Accent } else { choice.statuses.first().map_or(Slot::Text, |s| theme::status(*s)) };
            (slot, if chosen { format!("[{text}]") } else { format!(" {text} ") })
        };
        CHOICES.iter().enumerate().map(of_choice).collect()
    };
    let whole = pieces(true);
    if pieces_width(&whole) <= room { whole } else { pieces(false) }
}

/// Runs in these statuses together; `None` for all, which nobody counts.
fn counted(counts: &[(TaskStatus, Capped)], statuses: &[TaskStatus]) -> Option<u64> {
    let in_choice = counts.iter().filter(|(status, _)| statuses.contains(status));
    (!statuses.is_empty()).then(|| in_choice.map(|(_, count)| u64::from(count.count)).sum())
}

/// A count in four characters: `812`, `2104`, `10k`.
fn short(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { format!("{}k+", count / 1_000) }
}

fn title(screen: &TasksScreen) -> Vec<Piece> {
    let count = screen.list.as_ref().map_or(0, |list| list.rows.len());
    let choice = CHOICES.get(screen.choice).map_or("", |choice| choice.word);
    vec![(Slot::Strong, "Tasks".into()), (Slot::Dim, format!(" {choice} ")), (Slot::Text, human::number(count as u64))]
}

/// What the list does not show.
fn state(screen: &TasksScreen) -> Vec<Piece> {
    let mut state = Vec::new();
    let Some(list) = &screen.list else { return state };
    if screen.table.marked() > 0 {
        state.push((Slot::Mark, format!("{} marked  ", screen.table.marked())));
    }
    if let Some(looked_at) = list.looked_at {
        let looked_at = human::number(looked_at);
        state.push((Slot::Warn, format!("looked at the newest {looked_at} rows: m goes on")));
    } else if list.more && !screen.is_by_time() {
        state.push((Slot::Warn, format!("order of the newest {}", human::number(MOST))));
    } else if list.more {
        state.push((Slot::Dim, "there are older ones".into()));
    }
    state
}

fn empty(pen: &mut Pen<'_>, area: Rect, screen: &TasksScreen) {
    let narrowed = screen.choice > 0 || !screen.filter_text().is_empty();
    let looked = screen.list.as_ref().and_then(|list| list.looked_at).map(human::number);
    match looked {
        Some(looked) => {
            let line = format!("none among the newest {looked} rows");
            notice::draw(pen, area, Slot::Warn, &[&line, "m looks further back"]);
        }
        None if narrowed => {
            notice::draw(pen, area, Slot::Text, &["no run matches", "tab changes the state, / the filter"])
        }
        None => notice::draw(pen, area, Slot::Text, &["no run was sent yet", "`hyrex send TASK` sends one"]),
    }
}

fn row(theme: &theme::Theme, row: &AttemptRow, model: &Model, screen: &TasksScreen) -> Row {
    let now = model.now();
    let duration = |d: Option<std::time::Duration>| Cell::maybe(d.map(human::duration), Slot::Text);
    let cells = vec![
        Cell::new(tail(row.run.0), Slot::Dim),
        Cell::new(row.task_name.as_str(), Slot::Text),
        state_cell(theme, row.status),
        Cell::new(attempts(row), if row.attempt_number > 0 { Slot::Warn } else { Slot::Dim }),
        Cell::new(row.priority.to_string(), Slot::Dim),
        Cell::maybe(queued(row, model, now), Slot::Text),
        duration(waited(row, now)),
        duration(run_for(row, now)),
        Cell::new(row.queue.as_str(), Slot::Text),
        Cell::maybe(row.executor.map(|id| tail(id.0)), Slot::Dim),
        Cell::new(row.error.as_deref().unwrap_or_default(), Slot::Bad),
    ];
    Row { cells, marked: screen.table.is_marked(&row.run) }
}

/// A status with its sign.
pub(crate) fn state_cell(theme: &theme::Theme, status: TaskStatus) -> Cell {
    Cell::new(format!("{} {}", theme.glyphs.status(status), theme::status_word(status)), theme::status(status))
}

/// Which attempt of how many.
pub(crate) fn attempts(row: &AttemptRow) -> String {
    format!("{}/{}", i32::from(row.attempt_number) + 1, i32::from(row.max_retries).max(row.attempt_number.into()) + 1)
}

fn queued(row: &AttemptRow, model: &Model, now: Timestamp) -> Option<String> {
    let time = match row.status {
        TaskStatus::AwaitStartTime => row.scheduled_start.or(row.queued),
        _ => row.queued,
    };
    time.map(|time| model.prefs.times.column(time, now))
}

/// The end of an id: the beginning is a time, and the same for all that were sent within a minute.
pub(crate) fn tail(id: Uuid) -> String {
    let digits = id.simple().to_string();
    digits[digits.len() - 8..].to_owned()
}
