//! The executors, and what the one under the cursor holds beside them.

mod side;

use super::tasks::tail;
use crate::model::ExecutorStatus;
use crate::model::text::human;
use crate::store::ExecutorRow;
use crate::tui::state::model::Model;
use crate::tui::state::screens::executors::{Beat, ExecutorsScreen, beat, up};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::{Glyphs, Slot};
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{gauge, listing, notice};
use ratatui::layout::Rect;

/// Draws the list.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &ExecutorsScreen) {
    let Some(division) = model.division() else { return };
    let width = division.list_width().min(area.width);
    let title = listing::title("Executors", &screen.list);
    let inner = header::boxed(pen, Rect { width, ..area }, division, &title, &[]);
    if width < area.width {
        side::draw(pen, Rect { x: area.x + width, width: area.width - width, ..area }, model, screen);
    }
    match (screen.list.len(), screen.list.all().is_empty()) {
        (0, true) => notice::draw(pen, inner, Slot::Text, &["no executor was ever started here", "`hyrex run-worker`"]),
        (0, false) => {
            notice::draw(pen, inner, Slot::Text, &["no executor matches", "/ changes the filter, esc clears it"])
        }
        _ => {
            let glyphs = pen.theme.glyphs;
            listing::draw(pen, inner, model.prefs.wide, &screen.list, |row| cells(&glyphs, row, model));
        }
    }
}

/// How many work, and how many of their slots are taken.
pub(crate) fn summary(screen: &ExecutorsScreen) -> Vec<Piece> {
    let running = || screen.list.all().iter().filter(|row| row.status == ExecutorStatus::Running);
    let held: u64 = running().map(|row| u64::from(row.held)).sum();
    let slots: u64 = running().filter_map(|row| row.slots).map(u64::from).sum();
    let silent = running().filter(|row| beat(row) == Beat::Silent).count();
    let mut pieces = vec![(Slot::Active, format!("{} at work", running().count()))];
    if slots > 0 {
        pieces.push((Slot::Dim, format!("   {held} of {slots} slots")));
    }
    if silent > 0 {
        pieces.push((Slot::Bad, format!("   {silent} silent")));
    }
    pieces
}

/// What an executor's status is shown as.
pub(crate) fn status(row: &ExecutorRow) -> (Slot, &'static str) {
    match (row.status, beat(row)) {
        (ExecutorStatus::Running, Beat::Silent) => (Slot::Bad, "silent"),
        (ExecutorStatus::Running, _) => (Slot::Active, "running"),
        (ExecutorStatus::Shutdown, _) => (Slot::Dim, "stopped"),
        (ExecutorStatus::Lost, _) => (Slot::Bad, "lost"),
        (ExecutorStatus::Unknown, _) => (Slot::Dim, "unknown"),
    }
}

fn cells(glyphs: &Glyphs, row: &ExecutorRow, model: &Model) -> Vec<Cell> {
    let (slot, word) = status(row);
    let gone = row.status != ExecutorStatus::Running;
    let text = if gone { Slot::Dim } else { Slot::Text };
    vec![
        Cell::new(tail(row.id.0), Slot::Dim),
        Cell::new(row.worker_name.as_str(), text),
        Cell::new(format!("{} {word}", sign(glyphs, slot)), slot),
        taken(row, text),
        utilization(glyphs, row),
        Cell::new(row.queue_pattern.as_str(), text),
        sign_of_life(row),
        Cell::maybe(up(row, model.now()).map(human::duration), text),
        Cell::maybe(row.host.as_ref().map(|host| process(host, row.pid)), Slot::Dim),
        stuck(row),
        Cell::maybe(row.version.as_deref(), Slot::Dim),
    ]
}

fn sign(glyphs: &Glyphs, slot: Slot) -> &'static str {
    use crate::model::TaskStatus::{Canceled, Lost, Running};
    glyphs.status(match slot {
        Slot::Active => Running,
        Slot::Bad => Lost,
        _ => Canceled,
    })
}

fn taken(row: &ExecutorRow, slot: Slot) -> Cell {
    match row.slots {
        Some(slots) => Cell::new(format!("{}/{slots}", row.held), slot),
        None => Cell::new(row.held.to_string(), slot),
    }
}

fn utilization(glyphs: &Glyphs, row: &ExecutorRow) -> Cell {
    let slots = row.slots.filter(|_| row.status == ExecutorStatus::Running);
    Cell::maybe(slots.map(|slots| gauge::gauge(glyphs, row.held, slots, 8)), Slot::Active)
}

fn sign_of_life(row: &ExecutorRow) -> Cell {
    let slot = match beat(row) {
        Beat::None => return Cell::maybe(None::<String>, Slot::Dim),
        Beat::Fresh => Slot::Good,
        Beat::Late => Slot::Warn,
        Beat::Silent => Slot::Bad,
    };
    Cell::maybe(row.silent_for.map(crate::tui::state::prefs::coarse), slot)
}

fn stuck(row: &ExecutorRow) -> Cell {
    match row.stuck {
        Some(0) => Cell::new("0", Slot::Dim),
        stuck => Cell::maybe(stuck.map(|stuck| stuck.to_string()), Slot::Bad),
    }
}

/// Which process on which machine.
pub(crate) fn process(host: &str, pid: Option<u32>) -> String {
    pid.map_or_else(|| host.to_owned(), |pid| format!("{host}/{pid}"))
}
