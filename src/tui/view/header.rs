//! The rows above and below the content: where we are, how it stands, what the keys are.

use super::pen::{Pen, Piece, columns, pieces_width};
use super::theme::Slot;
use crate::model::text::human;
use crate::tui::state::geometry::Division;
use crate::tui::state::keymap::{self, Scope};
use crate::tui::state::model::{Level, Model};
use crate::tui::state::prompt::Prompt;
use crate::tui::state::screens::tab::TABS;
use ratatui::layout::{Position, Rect};

/// An answer that takes longer is slow.
const SLOW_MS: u128 = 250;
/// And longer than this, very slow.
const VERY_SLOW_MS: u128 = 1_000;

/// A box where there is room for boxes; what is inside of it. Without boxes, a list begins at its headings.
pub(crate) fn boxed(pen: &mut Pen<'_>, area: Rect, division: Division, left: &[Piece], right: &[Piece]) -> Rect {
    if division.boxes { pen.boxed(area, left, right) } else { area }
}

/// The header's rows.
pub(crate) fn draw(pen: &mut Pen<'_>, model: &Model, division: Division) {
    let width = model.size.width;
    let bar = Rect::new(0, 0, width, division.header);
    pen.fill(bar, Slot::Bar);
    if division.header == 1 {
        let status = status(model, width >= 100);
        let from = right(pen, 0, width, &status);
        let tabs = tabs(model, true);
        let used = pen.pieces(0, 0, from, &tabs);
        place(pen, model, used + 1, 0, from.saturating_sub(used + 2));
        return;
    }
    let from = right(pen, 0, width, &status(model, true));
    pen.text(1, 0, 5, "hyrex", Slot::Strong);
    place(pen, model, 8, 0, from.saturating_sub(9));
    let keys = [(Slot::Dim, ": command   / filter   ? help ".to_owned())];
    let from = right(pen, 1, width, &keys);
    pen.pieces(1, 1, from.saturating_sub(1), &tabs(model, false));
}

fn place(pen: &mut Pen<'_>, model: &Model, x: u16, y: u16, width: u16) {
    pen.text(x, y, width, &model.place.location, Slot::Dim);
}

/// Pieces at the right end of a row; where they begin.
fn right(pen: &mut Pen<'_>, y: u16, width: u16, pieces: &[Piece]) -> u16 {
    let from = width.saturating_sub(pieces_width(pieces));
    pen.pieces(from, y, width - from, pieces);
    from
}

/// How it stands: live, paused or stale; how long an answer takes; whether it may be written; the time.
fn status(model: &Model, whole: bool) -> Vec<Piece> {
    let gap = if whole { "   " } else { " " };
    let mut pieces = vec![connection(model), (Slot::Text, gap.into())];
    if let Some(latency) = model.connection.latency {
        let slot = match latency.as_millis() {
            ms if ms > VERY_SLOW_MS => Slot::Bad,
            ms if ms > SLOW_MS => Slot::Warn,
            _ => Slot::Dim,
        };
        let name = if whole { "db " } else { "" };
        pieces.extend([(slot, format!("{name}{}", millis(latency))), (Slot::Text, gap.into())]);
    }
    let access = if model.place.read_only { (Slot::Good, "RO".into()) } else { (Slot::Dim, "rw".into()) };
    pieces.extend([access, (Slot::Text, gap.into()), clock(model), (Slot::Text, " ".into())]);
    pieces
}

/// Below ten milliseconds the figure only flickers.
fn millis(latency: std::time::Duration) -> String {
    match latency.as_millis() {
        0..=9 => "<10ms".into(),
        ms => format!("{ms}ms"),
    }
}

fn clock(model: &Model) -> Piece {
    match model.place.frozen {
        Some(at) => (Slot::Warn, format!("frozen {}", model.prefs.times.clock(at))),
        None => (Slot::Text, model.prefs.times.clock(model.clock)),
    }
}

fn connection(model: &Model) -> Piece {
    if let Some(away) = &model.connection.trouble {
        let age = model.connection.heard_at.map(|at| format!("STALE {}, ", age(seconds(at, model.clock))));
        let retry = seconds(model.clock, away.retry_at).as_secs();
        let retry = if retry == 0 { "retrying".to_owned() } else { format!("retry in {retry}s") };
        return (Slot::Bad, format!("{}{retry}", age.unwrap_or_else(|| "NO ANSWER, ".into())));
    }
    match model.connection.heard_at {
        _ if model.prefs.paused => (Slot::Warn, "PAUSED".into()),
        None => (Slot::Warn, "reading".into()),
        Some(_) if model.place.frozen.is_some() => (Slot::Warn, "DATA SET".into()),
        Some(_) => (Slot::Good, format!("LIVE {}", refresh(model.prefs.refresh))),
    }
}

fn refresh(every: std::time::Duration) -> String {
    match every.subsec_millis() {
        0 => format!("{}s", every.as_secs()),
        _ => format!("{:.1}s", every.as_secs_f64()),
    }
}

/// `14s`, `2m05s`.
fn age(age: std::time::Duration) -> String {
    if age.as_secs() < 60 { format!("{}s", age.as_secs()) } else { human::duration(age) }
}

/// Whole seconds between two times.
fn seconds(from: crate::model::Timestamp, to: crate::model::Timestamp) -> std::time::Duration {
    std::time::Duration::from_secs(human::between(from, to).as_secs())
}

/// The screens with a digit, the one we are at in brackets; the others by their digit alone where there is little room.
fn tabs(model: &Model, short: bool) -> Vec<Piece> {
    let at = model.history.screen().tab();
    let tab = |facts: &crate::tui::state::screens::tab::TabFacts| match (facts.tab == at, short) {
        (true, _) => (Slot::Accent, format!("[{} {}]", facts.digit, facts.name)),
        (false, true) => (Slot::Dim, format!(" {} ", facts.digit)),
        (false, false) => (Slot::Text, format!(" {} {} ", facts.digit, facts.name)),
    };
    TABS.iter().map(tab).collect()
}

/// The row with the way here and what the screen says of itself.
pub(crate) fn crumbs(pen: &mut Pen<'_>, model: &Model, y: u16) {
    let width = model.size.width;
    let step = format!(" {} ", pen.theme.glyphs.step);
    let mut way = vec![(Slot::Text, " ".to_owned()), (Slot::Strong, model.history.way().join(&step))];
    if let Some(filter) = model.history.screen().filter().filter(|filter| !filter.is_empty()) {
        way.extend([(Slot::Dim, step), (Slot::Accent, filter.to_owned())]);
    }
    let used = pieces_width(&way);
    let strip = super::screens::crumbs(pen, model, width.saturating_sub(used + 3));
    let from = width.saturating_sub(pieces_width(&strip) + 1);
    pen.pieces(from, y, width - from, &strip);
    pen.pieces(0, y, from, &way);
}

/// The last row: a prompt, or the keys that are used most, and what was said last at the right.
pub(crate) fn foot(pen: &mut Pen<'_>, model: &Model, y: u16) -> Option<Position> {
    let width = model.size.width;
    pen.fill(Rect::new(0, y, width, 1), Slot::Bar);
    if let Some(prompt) = &model.prompt {
        return Some(prompt_row(pen, prompt, y, width));
    }
    let mut from = width;
    if let Some((notice, _)) = &model.flash {
        let slot = match notice.level {
            Level::Info => Slot::Good,
            Level::Warn => Slot::Warn,
            Level::Error => Slot::Bad,
        };
        let most = width.saturating_sub(2).min(width * 3 / 4);
        from = width - columns(&notice.text).min(most) - 1;
        pen.text(from, y, most, &notice.text, slot);
    }
    let mut x = 1;
    for (key, hint) in hints(model) {
        let needs = columns(&key) + columns(hint) + 4;
        if x + needs > from {
            break;
        }
        x += pen.text(x, y, from - x, &key, Slot::Accent) + 1;
        x += pen.text(x, y, from - x, hint, Slot::Dim) + 2;
    }
    None
}

/// The bindings that tell a hint where we are: those of this screen, then those of everywhere, then those of every list.
fn hints(model: &Model) -> Vec<(String, &'static str)> {
    let scopes = match model.popups.last() {
        Some(popup) => popup.scopes(),
        None => model.history.screen().scopes(),
    };
    let mut told: Vec<&keymap::Binding> = keymap::bindings(scopes);
    told.retain(|binding| !binding.hint.is_empty());
    told.sort_by_key(|binding| match binding.scope {
        Scope::Global => 1,
        Scope::List | Scope::Text => 2,
        _ => 0,
    });
    told.iter().map(|binding| (binding.key.to_string(), binding.hint)).collect()
}

fn prompt_row(pen: &mut Pen<'_>, prompt: &Prompt, y: u16, width: u16) -> Position {
    pen.text(1, y, 1, &prompt.sign().to_string(), Slot::Accent);
    let (text, cursor) = (prompt.line.text(), prompt.line.cursor());
    let error = prompt.error.as_deref().unwrap_or_default();
    let room = width.saturating_sub(4);
    // Scrolled so that the cursor is seen.
    let before = columns(&text[..cursor]);
    let mut from = 0;
    while columns(&text[from..cursor]) >= room.max(1) {
        from += text[from..].chars().next().map_or(1, char::len_utf8);
    }
    let used = pen.text(2, y, room, &text[from..], Slot::Strong);
    if !error.is_empty() {
        let x = 2 + used + 2;
        pen.text(x, y, width.saturating_sub(x + 1), error, Slot::Bad);
    }
    Position::new((2 + before.min(room.saturating_sub(1))).min(width.saturating_sub(1)), y)
}
