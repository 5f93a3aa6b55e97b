//! All at a glance.

mod figures;
mod lists;

use crate::tui::state::model::Model;
use crate::tui::state::screens::overview::{Focus, OverviewAnswer, OverviewScreen};
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::Slot;
use ratatui::layout::Rect;

/// Draws the overview.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &OverviewScreen) {
    let (Some(division), Some(data)) = (model.division(), &screen.data) else { return };
    let parts = screen.parts(&model.env());
    let top = Rect { height: parts.figures.min(area.height), ..area };
    let queues = Rect { y: top.bottom(), height: parts.queues.min(area.bottom() - top.bottom()), ..area };
    let below = Rect { y: queues.bottom(), height: area.bottom() - queues.bottom(), ..area };
    let (left, right) = halves(below);
    if division.boxes {
        let (now, course) = halves(top);
        figures::course(pen, now, data);
        figures::now(pen, course, model, data);
        lists::failures(pen, left, model, screen);
        lists::attention(pen, right, model, screen);
    } else {
        figures::short(pen, top, data);
        lists::attention(pen, below, model, screen);
    }
    lists::queues(pen, queues, model, screen);
}

/// What needs attention, in a word.
pub(crate) fn summary(screen: &OverviewScreen) -> Vec<Piece> {
    let Some(data) = &screen.data else { return Vec::new() };
    match data.attention.len() {
        0 => vec![(Slot::Good, "nothing needs attention".into())],
        1 => vec![(Slot::Warn, "1 needs attention".into())],
        many => vec![(Slot::Warn, format!("{many} need attention"))],
    }
}

/// Runs in one of these statuses.
fn counted(data: &OverviewAnswer, statuses: &[crate::model::TaskStatus]) -> String {
    let counts = || data.counts.iter().filter(|(status, _)| statuses.contains(status)).map(|(_, count)| count);
    let sum: u64 = counts().map(|count| u64::from(count.count)).sum();
    let more = if counts().any(|count| count.more) { "+" } else { "" };
    format!("{}{more}", crate::model::text::human::number(sum))
}

/// A box where there is room for boxes, else a line with the title above.
fn framed(pen: &mut Pen<'_>, area: Rect, boxes: bool, title: &[Piece], focused: bool) -> Rect {
    let mut title = title.to_vec();
    if let Some((slot, _)) = title.first_mut().filter(|_| focused) {
        *slot = Slot::Accent;
    }
    if boxes {
        return pen.boxed(area, &title, &[]);
    }
    let line = pen.theme.glyphs.across.repeat(area.width.into());
    pen.text(area.x, area.y, area.width, &line, Slot::Border);
    title.insert(0, (Slot::Border, " ".into()));
    title.push((Slot::Border, " ".into()));
    pen.pieces(area.x + 1, area.y, area.width.saturating_sub(2), &title);
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

fn is_focused(screen: &OverviewScreen, focus: Focus) -> bool {
    screen.focus == focus
}

fn halves(area: Rect) -> (Rect, Rect) {
    let width = area.width / 2;
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}
