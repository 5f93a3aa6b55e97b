//! Runs of workflows.

use super::run::status;
use super::tasks::tail;
use crate::model::text::human;
use crate::store::WorkflowRunRow;
use crate::tui::state::model::Model;
use crate::tui::state::screens::runs::{CHOICES, RunsScreen, took};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::{Slot, Theme};
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{listing, notice};
use ratatui::layout::Rect;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &RunsScreen) {
    let Some(division) = model.division() else { return };
    let more: Vec<Piece> = screen.more.then(|| (Slot::Dim, "there are older ones".to_owned())).into_iter().collect();
    let inner = header::boxed(pen, area, division, &listing::title("Runs", &screen.list), &more);
    if screen.list.len() > 0 {
        let theme = pen.theme;
        return listing::draw(pen, inner, model.prefs.wide, &screen.list, |row| cells(theme, row, model));
    }
    match screen.choice > 0 || !screen.list.filter().is_empty() {
        true => notice::draw(pen, inner, Slot::Text, &["no run matches", "tab changes the state, / the filter"]),
        false => {
            notice::draw(pen, inner, Slot::Text, &["no workflow was sent yet", "`hyrex workflows send NAME` sends one"])
        }
    }
}

/// The strip of states.
pub(crate) fn strip(screen: &RunsScreen) -> Vec<Piece> {
    let piece = |(number, (word, _)): (usize, &(&str, _))| match number == screen.choice {
        true => (Slot::Accent, format!("[{word}]")),
        false => (Slot::Text, format!(" {word} ")),
    };
    CHOICES.iter().enumerate().map(piece).collect()
}

fn cells(theme: &Theme, row: &WorkflowRunRow, model: &Model) -> Vec<Cell> {
    let now = model.now();
    let (sign, slot, word) = status(theme, row.status);
    let time = |time: crate::model::Timestamp| model.prefs.times.column(time, now);
    let late = row.status.is_live() && row.deadline.is_some_and(|deadline| deadline < now);
    vec![
        Cell::new(tail(row.id.0), Slot::Dim),
        Cell::new(row.workflow_name.as_str(), Slot::Text),
        Cell::new(format!("{sign} {word}"), slot),
        Cell::maybe(
            row.nodes_left.map(|left| left.to_string()),
            if row.nodes_left == Some(0) { Slot::Dim } else { Slot::Text },
        ),
        Cell::maybe(row.queued.map(time), Slot::Text),
        Cell::maybe(took(row, now).map(human::duration), Slot::Text),
        Cell::maybe(row.deadline.filter(|_| row.status.is_live()).map(time), if late { Slot::Bad } else { Slot::Dim }),
        Cell::new(row.queue.as_str(), Slot::Dim),
        Cell::maybe(row.reason.as_deref(), Slot::Warn),
        Cell::maybe(row.idempotency_key.as_deref(), Slot::Dim),
    ]
}
