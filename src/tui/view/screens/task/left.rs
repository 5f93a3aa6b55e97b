//! Times, attempts and tree of a run.

use super::ran;
use crate::model::text::human;
use crate::model::text::tree::{Strokes, lines};
use crate::model::{TaskStatus, Timestamp};
use crate::store::AttemptRow;
use crate::tui::state::model::Model;
use crate::tui::state::screens::task::{ATTEMPTS, TREE, TaskScreen};
use crate::tui::state::screens::tasks::waited;
use crate::tui::view::pen::Pen;
use crate::tui::view::screens::tasks::{state_cell, tail};
use crate::tui::view::theme::{self, Slot};
use crate::tui::view::widgets::table::{self, Cell, Row};
use ratatui::layout::Rect;

/// When what happened to the attempt, and what comes next.
pub(super) fn timeline(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let Some(shown) = screen.shown() else { return };
    let row = &shown.row;
    let glyph = |status: TaskStatus| pen.theme.glyphs.status(status);
    let time = |time: Timestamp| model.prefs.times.whole(time);
    let by = row.executor.map(|executor| format!("by {}", tail(executor.0))).unwrap_or_default();
    let mut steps: Vec<(Slot, String, String, String)> = Vec::new();
    let mut step = |slot, sign: &str, name: &str, when: String, what: String| {
        steps.push((slot, format!("{sign} {name:<9}"), when, what));
    };
    if let Some(due) = row.scheduled_start.filter(|due| row.queued != Some(*due)) {
        step(Slot::Dim, glyph(TaskStatus::AwaitStartTime), "due", time(due), String::new());
    }
    if let Some(queued) = row.queued {
        let waited = waited(row, model.now()).map(human::duration).unwrap_or_default();
        step(Slot::Text, glyph(TaskStatus::Queued), "queued", time(queued), format!("waited {waited}"));
    }
    if let Some(started) = row.started {
        step(Slot::Active, glyph(TaskStatus::Running), "started", time(started), by);
    }
    let ran = ran(row, model).map(|ran| format!("ran {ran}")).unwrap_or_default();
    match row.finished {
        Some(finished) => {
            let (slot, word) = (theme::status(row.status), theme::status_word(row.status));
            step(slot, glyph(row.status), word, time(finished), ran);
        }
        None if row.status.is_held() => step(Slot::Active, " ", "", String::new(), ran),
        None => {}
    }
    let next = next(row, screen);
    if !next.is_empty() {
        step(Slot::Dim, " ", "next", next.into(), String::new());
    }
    for ((slot, name, when, what), y) in steps.into_iter().zip(area.top()..area.bottom()) {
        let used = pen.text(area.x + 1, y, area.width.saturating_sub(1), &name, slot);
        let x = area.x + 1 + used + 1;
        let used = pen.text(x, y, area.right().saturating_sub(x), &when, Slot::Text);
        let x = x + used + 2;
        pen.text(x, y, area.right().saturating_sub(x), &what, Slot::Dim);
    }
}

/// What follows from how the attempt ended.
fn next(row: &AttemptRow, screen: &TaskScreen) -> &'static str {
    let latest = screen.data.as_ref().is_some_and(|data| data.detail.latest.row.id == row.id);
    match row.status {
        TaskStatus::Failed | TaskStatus::Lost if !latest => "another attempt was made",
        TaskStatus::Failed | TaskStatus::Lost if row.attempt_number >= row.max_retries => {
            "none: its retries are used up"
        }
        TaskStatus::Failed | TaskStatus::Lost => "another attempt is about to be made",
        TaskStatus::Stopped => "none, until somebody retries it",
        TaskStatus::UpForCancel => "its worker is asked to end it",
        _ => "",
    }
}

/// The attempts, the latest first.
pub(super) fn attempts(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let rows = screen.attempt_rows();
    let shown = screen.shown().map(|shown| shown.row.id);
    let theme = pen.theme;
    let row = |at: usize| {
        let row = rows[at];
        let started = row.started.map(|started| model.prefs.times.column(started, model.now()));
        let cells = vec![
            Cell::new((i32::from(row.attempt_number) + 1).to_string(), Slot::Text),
            state_cell(theme, row.status),
            Cell::maybe(started, Slot::Text),
            Cell::maybe(ran(row, model), Slot::Text),
            Cell::maybe(row.executor.map(|executor| tail(executor.0)), Slot::Dim),
        ];
        Row { cells, marked: rows.len() > 1 && Some(row.id) == shown }
    };
    table::draw(pen, area, (&ATTEMPTS, false), &screen.attempts, (rows.len(), row));
}

/// The runs of the same root, each below its sender.
pub(super) fn tree(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let Some(data) = &screen.data else { return };
    let strokes = if pen.theme.glyphs.ascii { Strokes::ASCII } else { Strokes::BOX };
    let runs: Vec<_> = data.tree.runs.iter().map(|row| (row.row.run, row.parent_run)).collect();
    let theme = pen.theme;
    let lines = lines(data.tree.root, &runs, strokes);
    let row = |at: usize| {
        let line = &lines[at];
        let row = &data.tree.runs[line.index].row;
        let this = row.run == data.detail.id;
        let cells = vec![
            Cell::new(format!("{}{}", line.prefix, row.task_name), if this { Slot::Strong } else { Slot::Text }),
            state_cell(theme, row.status),
            Cell::new(tail(row.run.0), Slot::Dim),
            Cell::maybe(ran(row, model), Slot::Text),
        ];
        Row { cells, marked: this }
    };
    table::draw(pen, area, (&TREE, false), &screen.tree, (lines.len(), row));
}
