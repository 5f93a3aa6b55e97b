//! The queues.

use crate::model::text::human;
use crate::store::Capped;
use crate::tui::state::model::Model;
use crate::tui::state::prefs::coarse;
use crate::tui::state::screens::queues::{COLUMNS, Queue, QueuesScreen, Standing};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::{Glyphs, Slot};
use crate::tui::view::widgets::gauge::{gauge, spark};
use crate::tui::view::widgets::notice;
use crate::tui::view::widgets::table::{self, Cell, Row};
use ratatui::layout::Rect;

/// Columns of the gauge.
const GAUGE: u16 = 8;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &QueuesScreen) {
    let Some(division) = model.division() else { return };
    let (shown, all) = (screen.shown.len(), screen.count());
    let count = if shown == all { shown.to_string() } else { format!("{shown} of {all}") };
    let title = [(Slot::Strong, "Queues ".to_owned()), (Slot::Text, count)];
    let list = header::boxed(pen, area, division, &title, &[]);
    if screen.shown.is_empty() {
        let lines: [&str; 2] = match all {
            0 => ["no queue is known yet", "a queue is known once a worker serves it or a run waits in it"],
            _ => ["no queue matches", "/ changes the filter, esc clears it"],
        };
        return notice::draw(pen, list, Slot::Text, &lines);
    }
    let glyphs = pen.theme.glyphs;
    let row = |at: usize| row(&glyphs, &screen.shown[at], screen);
    table::draw(pen, list, (&COLUMNS, model.prefs.wide), &screen.table, (shown, row));
}

/// What stands beside the way: what waits and runs in all of them.
pub(crate) fn figures(_: &Pen<'_>, screen: &QueuesScreen) -> Vec<Piece> {
    let sum = |of: fn(&Queue) -> Capped| -> String {
        let counts: Vec<Capped> = screen.shown.iter().map(of).collect();
        let total: u64 = counts.iter().map(|count| u64::from(count.count)).sum();
        format!("{}{}", human::number(total), if counts.iter().any(|count| count.more) { "+" } else { "" })
    };
    let held = sum(|queue| queue.row.held);
    let queued = sum(|queue| queue.row.queued);
    vec![(Slot::Active, format!("{held} running  ")), (Slot::Text, format!("{queued} queued"))]
}

fn row(glyphs: &Glyphs, queue: &Queue, screen: &QueuesScreen) -> Row {
    Row { cells: cells(glyphs, queue), marked: screen.table.is_marked(&queue.row.settings.name) }
}

/// The cells of a queue.
pub(super) fn cells(glyphs: &Glyphs, queue: &Queue) -> Vec<Cell> {
    let (settings, held) = (&queue.row.settings, queue.row.held.count);
    let (word, slot) = match queue.standing {
        Standing::Paused => ("paused", Slot::Warn),
        Standing::Unserved => ("no exec", if queue.row.queued.count > 0 { Slot::Bad } else { Slot::Dim }),
        Standing::Full => ("full", Slot::Active),
        Standing::Served => ("active", Slot::Good),
    };
    let limit = match (settings.concurrency_limit, queue.slots) {
        (Some(limit), _) => limit.to_string(),
        (None, 0) => "-".into(),
        (None, slots) => slots.to_string(),
    };
    let course: Vec<u64> = queue.course.chunks(2).map(|minutes| minutes.iter().sum()).collect();
    let count = |count: Capped| human::capped(count.count, count.more);
    let waits = if queue.row.queued.count > 0 { Slot::Text } else { Slot::Dim };
    vec![
        Cell::new(settings.name.as_str(), Slot::Text),
        Cell::new(word, slot),
        Cell::new(format!("{held}/{limit}"), Slot::Text),
        Cell::new(gauge(glyphs, held, queue.most(), GAUGE), Slot::Active),
        Cell::new(count(queue.row.queued), waits),
        Cell::maybe(queue.row.oldest.map(coarse), Slot::Text),
        Cell::new(count(queue.row.scheduled), Slot::Dim),
        Cell::new(queue.executors.to_string(), Slot::Dim),
        Cell::new(queue.done.to_string(), if queue.done > 0 { Slot::Text } else { Slot::Dim }),
        Cell::new(queue.failed.to_string(), if queue.failed > 0 { Slot::Bad } else { Slot::Dim }),
        Cell::new(spark(glyphs, &course, 15), Slot::Accent),
        Cell::new(settings.paused_by.clone().unwrap_or_default(), Slot::Warn),
    ]
}
