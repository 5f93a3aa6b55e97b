//! The lists of the overview: queues, failures by error, what needs attention.

use super::{framed, is_focused};
use crate::model::text::human;
use crate::store::{Attention, FailureGroup, Severity};
use crate::tui::state::listing::{Listed, Listing};
use crate::tui::state::model::Model;
use crate::tui::state::screens::overview::{Focus, OverviewScreen};
use crate::tui::state::screens::queues::Queue;
use crate::tui::view::pen::Pen;
use crate::tui::view::screens::queues;
use crate::tui::view::theme::{Glyphs, Slot};
use crate::tui::view::widgets::table::{self, Cell};
use crate::tui::view::widgets::{listing, notice};
use ratatui::layout::Rect;

/// The queues.
pub(super) fn queues(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &OverviewScreen) {
    let empty = ["no queue is known yet", "a queue is known once a worker serves it or a run waits in it"];
    let glyphs = pen.theme.glyphs;
    let part = Part { area, title: "Queues", list: &screen.queues, empty: &empty, focus: Focus::Queues };
    draw(pen, model, screen, part, |line| queue(&glyphs, line));
}

/// Failures by error.
pub(super) fn failures(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &OverviewScreen) {
    let empty = ["nothing failed for good within the hour"];
    let part = Part {
        area,
        title: "Failures by error, last hour",
        list: &screen.failures,
        empty: &empty,
        focus: Focus::Failures,
    };
    draw(pen, model, screen, part, |group| failure(group, model));
}

/// What needs attention.
pub(super) fn attention(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &OverviewScreen) {
    let empty = ["nothing needs attention"];
    let glyphs = pen.theme.glyphs;
    let part = Part { area, title: "Needs attention", list: &screen.attention, empty: &empty, focus: Focus::Attention };
    draw(pen, model, screen, part, |line| needs(&glyphs, line));
}

struct Part<'a, R: Listed> {
    area: Rect,
    title: &'a str,
    list: &'a Listing<R>,
    empty: &'a [&'a str],
    focus: Focus,
}

fn draw<R: Listed>(
    pen: &mut Pen<'_>,
    model: &Model,
    screen: &OverviewScreen,
    part: Part<'_, R>,
    cells: impl Fn(&R) -> Vec<Cell>,
) {
    let Some(division) = model.division() else { return };
    let focused = is_focused(screen, part.focus);
    let inner = framed(pen, part.area, division.boxes, &listing::title(part.title, part.list), focused);
    match part.list.len() {
        0 => notice::draw(pen, inner, Slot::Dim, part.empty),
        _ => table::unfocused(pen, !focused, |pen| listing::draw(pen, inner, model.prefs.wide, part.list, cells)),
    }
}

/// Those of a queue's cells that the overview has columns for.
fn queue(glyphs: &Glyphs, queue: &Queue) -> Vec<Cell> {
    let cells = queues::cells(glyphs, queue);
    [0, 1, 2, 3, 4, 5, 8, 9, 10].iter().filter_map(|cell| cells.get(*cell).cloned()).collect()
}

fn failure(group: &FailureGroup, model: &Model) -> Vec<Cell> {
    let error = match &group.error_type {
        Some(kind) => format!("{kind}: {}", group.message),
        None => group.message.clone(),
    };
    vec![
        Cell::new(human::capped(group.count.count, group.count.more), Slot::Bad),
        Cell::new(group.task_name.as_str(), Slot::Text),
        Cell::new(model.prefs.times.column(group.last, model.now()), Slot::Dim),
        Cell::new(error, Slot::Dim),
    ]
}

fn needs(glyphs: &Glyphs, line: &Attention) -> Vec<Cell> {
    use crate::model::TaskStatus::{Failed, Lost};
    let (slot, sign) = match line.severity {
        Severity::Error => (Slot::Bad, glyphs.status(Failed)),
        Severity::Warning => (Slot::Warn, glyphs.status(Lost)),
    };
    vec![Cell::pieces(vec![(slot, format!("{sign} ")), (Slot::Text, line.text.clone())])]
}
