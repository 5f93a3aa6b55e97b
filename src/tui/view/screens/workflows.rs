//! The workflows, and the graph of a definition.

use super::run::status;
use crate::model::text::human;
use crate::store::WorkflowRow;
use crate::tui::state::model::Model;
use crate::tui::state::screens::definition::DefinitionScreen;
use crate::tui::state::screens::workflows::{WorkflowsScreen, last, median};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::{Slot, Theme};
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{dag, listing, notice};
use ratatui::layout::Rect;

/// Runs whose states are shown in a row.
const STRIP: usize = 20;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &WorkflowsScreen) {
    let Some(division) = model.division() else { return };
    let inner = header::boxed(pen, area, division, &listing::title("Workflows", &screen.list), &[]);
    if screen.list.len() > 0 {
        let theme = pen.theme;
        return listing::draw(pen, inner, model.prefs.wide, &screen.list, |row| cells(theme, row, model));
    }
    match screen.list.all().is_empty() {
        true => notice::draw(
            pen,
            inner,
            Slot::Text,
            &["no workflow was registered here", "a worker registers those of its application"],
        ),
        false => notice::draw(pen, inner, Slot::Text, &["no workflow matches", "/ changes the filter, esc clears it"]),
    }
}

/// How many runs go on.
pub(crate) fn summary(screen: &WorkflowsScreen) -> Vec<Piece> {
    let live: u64 = screen.list.all().iter().map(|row| u64::from(row.live.count)).sum();
    vec![(if live > 0 { Slot::Active } else { Slot::Dim }, format!("{live} live"))]
}

fn cells(theme: &Theme, row: &WorkflowRow, model: &Model) -> Vec<Cell> {
    let now = model.now();
    // The newest at the right, as time goes.
    let strip: Vec<Piece> = row
        .recent
        .iter()
        .take(STRIP)
        .rev()
        .map(|run| status(theme, run.status))
        .map(|(sign, slot, _)| (slot, sign.to_owned()))
        .collect();
    let state = row.recent.first().map(|run| status(theme, run.status));
    let live = human::capped(row.live.count, row.live.more);
    vec![
        Cell::new(row.name.as_str(), Slot::Text),
        Cell::pieces(strip),
        Cell::new(live, if row.live.count > 0 { Slot::Active } else { Slot::Dim }),
        Cell::new(human::capped(row.last_day.count, row.last_day.more), Slot::Text),
        Cell::maybe(median(row).map(human::duration), Slot::Text),
        Cell::maybe(last(row).map(|time| model.prefs.times.column(time, now)), Slot::Text),
        state.map_or_else(|| Cell::new("-", Slot::Dim), |(sign, slot, word)| Cell::new(format!("{sign} {word}"), slot)),
    ]
}

/// Draws a definition.
pub(crate) fn draw_definition(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &DefinitionScreen) {
    let Some(division) = model.division() else { return };
    let form = screen.graph.as_ref().and_then(|graph| graph.as_ref().ok()).map_or("", |graph| graph.form());
    let title = [(Slot::Strong, "Graph".to_owned()), (Slot::Dim, format!("  {form}"))];
    let inner = header::boxed(pen, area, division, &title, &[]);
    match &screen.graph {
        Some(Ok(graph)) => dag::draw(pen, inner, graph, &[]),
        Some(Err(why)) => notice::draw(pen, inner, Slot::Warn, &[why, "enter opens its runs"]),
        None => {}
    }
}
