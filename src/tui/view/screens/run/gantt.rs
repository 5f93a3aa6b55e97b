//! The nodes of a run along the time: when each waited in its queue, when it ran.

use crate::model::text::human;
use crate::model::{TaskStatus, Timestamp};
use crate::store::WorkflowRunDetail;
use crate::tui::state::model::Model;
use crate::tui::state::screens::run::RunScreen;
use crate::tui::state::screens::run::nodes::NodeLine;
use crate::tui::state::screens::tasks::run_for;
use crate::tui::view::pen::{Pen, columns};
use crate::tui::view::theme::{self, Slot};
use ratatui::layout::Rect;
use std::time::Duration;

/// Columns of a name at most.
const NAME: u16 = 28;
/// Columns of a duration behind its bar.
const NOTE: u16 = 8;

/// The time that is seen, and the columns for it.
struct Scale {
    from: Timestamp,
    whole: Duration,
    columns: u16,
}

impl Scale {
    fn of(detail: &WorkflowRunDetail, now: Timestamp, columns: u16) -> Self {
        let rows = || detail.nodes.iter().map(|node| &node.row);
        let starts = rows().flat_map(|row| [row.queued, row.started]).chain([detail.row.queued]).flatten();
        let from = starts.min().unwrap_or(now);
        let live = detail.row.status.is_live().then_some(now);
        let ends = rows().filter_map(|row| row.finished).chain(detail.row.finished).chain(live);
        let to = ends.max().unwrap_or(now);
        Self { from, whole: human::between(from, to).max(Duration::from_millis(1)), columns: columns.max(1) }
    }

    /// The column of a time.
    fn column(&self, time: Timestamp) -> u16 {
        let share = human::between(self.from, time).as_secs_f64() / self.whole.as_secs_f64();
        ((share * f64::from(self.columns)) as u16).min(self.columns - 1)
    }
}

/// Draws the rows that fit, under the time.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &RunScreen, detail: &WorkflowRunDetail) {
    let list = &screen.list;
    let names = (0..list.len()).filter_map(|at| list.get(at)).map(|node| columns(&node.name));
    let name = names.max().unwrap_or(0).min(NAME).min(area.width / 3);
    let left = name + 5;
    let scale = Scale::of(detail, model.now(), area.width.saturating_sub(left + NOTE));
    pen.text(area.x + 2, area.y, name, "NODE", Slot::Strong);
    ruler(pen, Rect { x: area.x + left, width: scale.columns, height: 1, ..area }, &scale);
    for (at, y) in (list.table.top()..list.len()).zip(area.y + 1..area.bottom()) {
        let Some(node) = list.get(at) else { break };
        let row = Rect { y, height: 1, ..area };
        pen.under_cursor(at == list.table.at());
        if at == list.table.at() {
            pen.fill(row, Slot::Text);
            pen.text(row.x, y, 1, ">", Slot::Accent);
        }
        draw_row(pen, row, (name, left), node, &scale, model.now());
        pen.under_cursor(false);
    }
}

/// Times from the beginning, as far apart as they can be read.
fn ruler(pen: &mut Pen<'_>, area: Rect, scale: &Scale) {
    let steps = u32::from(area.width / 16).clamp(1, 8);
    for step in 0..=steps {
        let text = human::duration(scale.whole * step / steps);
        let x = area.x + (u32::from(area.width) * step / steps) as u16;
        let text = if step == 0 { "0".to_owned() } else { text };
        pen.text(x, area.y, NOTE, &text, Slot::Dim);
    }
}

fn draw_row(pen: &mut Pen<'_>, area: Rect, (name, left): (u16, u16), node: &NodeLine, scale: &Scale, now: Timestamp) {
    let row = &node.row;
    let slot = theme::status(row.status);
    let sign = pen.theme.glyphs.status(row.status);
    pen.text(area.x + 2, area.y, 1, sign, slot);
    pen.text(area.x + 4, area.y, name, &node.name, Slot::Text);
    let [full, empty] = pen.theme.glyphs.gauge;
    let end = row.finished.unwrap_or(now);
    let x = area.x + left;
    if let Some(queued) = row.queued.filter(|_| row.status != TaskStatus::AwaitDeps) {
        let until = row.started.unwrap_or(end);
        bar(pen, (x, area.y), (scale.column(queued), scale.column(until)), empty, Slot::Dim);
    }
    let Some(started) = row.started else { return };
    let (from, to) = (scale.column(started), scale.column(end));
    bar(pen, (x, area.y), (from, to), full, slot);
    let took = run_for(row, now).map(human::duration).unwrap_or_default();
    pen.text(x + to + 2, area.y, NOTE, &took, Slot::Dim);
}

fn bar(pen: &mut Pen<'_>, (x, y): (u16, u16), (from, to): (u16, u16), glyph: &str, slot: Slot) {
    let width = to.saturating_sub(from) + 1;
    pen.text(x + from, y, width, &glyph.repeat(width.into()), slot);
}
