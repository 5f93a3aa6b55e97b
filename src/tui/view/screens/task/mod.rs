//! One run. Where there is room: times, attempts and tree at the left, a text at the right; else one part at a time.

mod left;

use super::tasks::attempts;
use crate::model::text::human;
use crate::tui::state::model::Model;
use crate::tui::state::screens::task::{LEFT, TIMELINE, TaskScreen, TaskTab, Text, attempts_height};
use crate::tui::state::screens::tasks::run_for;
use crate::tui::view::pen::{Pen, Piece, padded, pieces_width};
use crate::tui::view::theme::{self, Slot};
use crate::tui::view::widgets::{doc, gauge, notice};
use ratatui::layout::Rect;

/// Draws the run.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let Some(division) = model.division() else { return };
    if screen.gone {
        let lines = ["no such run", "it was deleted, or never sent to this database; esc goes back"];
        return notice::draw(pen, area, Slot::Warn, &lines);
    }
    if division.boxes { roomy(pen, area, model, screen) } else { one_part(pen, area, model, screen) }
}

/// What stands beside the way: how the run stands.
pub(crate) fn summary(pen: &Pen<'_>, screen: &TaskScreen, room: u16) -> Vec<Piece> {
    let Some(shown) = screen.shown() else { return Vec::new() };
    let row = &shown.row;
    let status = format!("{} {}", pen.theme.glyphs.status(row.status), theme::status_word(row.status));
    let mut pieces = vec![(theme::status(row.status), status), (Slot::Text, format!("  attempt {}", attempts(row)))];
    if let Some(progress) = shown.progress.as_ref().filter(|_| row.status.is_held()) {
        let (percent, glyphs) = ((progress.fraction.clamp(0.0, 1.0) * 100.0) as u32, &pen.theme.glyphs);
        pieces.push((Slot::Active, format!("  {} {percent}%", gauge::gauge(glyphs, percent, 100, 10))));
    }
    let more = (Slot::Dim, format!("  queue {}  priority {}", row.queue, row.priority));
    if pieces_width(&pieces) + pieces_width(std::slice::from_ref(&more)) <= room {
        pieces.push(more);
    }
    pieces
}

fn roomy(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let left = LEFT.min(area.width / 2);
    let attempts = attempts_height(area.height);
    let boxes = [(0, TIMELINE), (TIMELINE, attempts), (TIMELINE + attempts, area.height - TIMELINE - attempts)];
    let [times, tried, tree] = boxes.map(|(y, height)| Rect::new(area.x, area.y + y, left, height));
    let inner = pen.boxed(times, &[(Slot::Strong, "Timeline".into())], &[]);
    left::timeline(pen, inner, model, screen);
    let inner = pen.boxed(tried, &[heading(screen, TaskTab::Attempts)], &[]);
    left::attempts(pen, inner, model, screen);
    let inner = pen.boxed(tree, &[heading(screen, TaskTab::Tree)], &[]);
    left::tree(pen, inner, model, screen);
    let right = Rect { x: area.x + left, width: area.width - left, ..area };
    let tabs: Vec<Piece> = Text::ALL.iter().flat_map(|text| tab(screen, TaskTab::Text(*text))).collect();
    let (_, pane) = screen.reading();
    let follows = screen.text == Text::Log && pane.follows();
    let state = follows.then(|| (Slot::Dim, "following".to_owned()));
    let inner = pen.boxed(right, &tabs, state.as_slice());
    text(pen, padded(inner), screen);
}

fn one_part(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TaskScreen) {
    let tabs: Vec<Piece> = TaskTab::ALL.iter().flat_map(|part| tab(screen, *part)).collect();
    pen.pieces(area.x + 1, area.y, area.width.saturating_sub(1), &tabs);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    match screen.tab {
        TaskTab::Text(_) => text(pen, padded(below), screen),
        TaskTab::Attempts => left::attempts(pen, below, model, screen),
        TaskTab::Tree => left::tree(pen, below, model, screen),
    }
}

fn text(pen: &mut Pen<'_>, area: Rect, screen: &TaskScreen) {
    let (lines, pane) = screen.reading();
    doc::draw(pen, area, lines, pane, matches!(screen.tab, TaskTab::Text(_)));
}

/// A part's name: in brackets where it is seen or has the keys.
fn tab(screen: &TaskScreen, part: TaskTab) -> [Piece; 2] {
    let seen = part == screen.tab || part == TaskTab::Text(screen.text) && matches!(screen.tab, TaskTab::Text(_));
    let mut name = part.name().to_owned();
    if part == TaskTab::Text(Text::Log) && screen.logged() > 0 {
        name.push_str(&format!(" {}", human::number(screen.logged() as u64)));
    }
    let slot = match part {
        _ if seen => Slot::Accent,
        TaskTab::Text(Text::Error) if screen.shown().is_some_and(|shown| shown.error.is_some()) => Slot::Bad,
        _ => Slot::Dim,
    };
    [(slot, if seen { format!("[{name}]") } else { format!(" {name} ") }), (Slot::Text, String::new())]
}

fn heading(screen: &TaskScreen, part: TaskTab) -> Piece {
    let count = match part {
        TaskTab::Attempts => screen.attempt_rows().len(),
        _ => screen.lines.len(),
    };
    let text = format!("{} {count}", part.name());
    if part == screen.tab { (Slot::Accent, format!("[{text}]")) } else { (Slot::Strong, text) }
}

/// How long an attempt ran, until now where it does.
fn ran(row: &crate::store::AttemptRow, model: &Model) -> Option<String> {
    run_for(row, model.now()).map(human::duration)
}
