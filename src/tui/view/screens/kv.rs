//! Folders and keys, the value under the cursor beside them; and a value by itself.

use crate::model::text::human;
use crate::tui::state::model::Model;
use crate::tui::state::pane::Pane;
use crate::tui::state::screens::kv::KvScreen;
use crate::tui::state::screens::kv::level::{KvEntry, kind};
use crate::tui::state::screens::kv::value::ValueScreen;
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::Slot;
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{doc, listing, notice};
use ratatui::layout::Rect;

/// Draws what stands below a prefix.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &KvScreen) {
    let Some(division) = model.division() else { return };
    let width = division.list_width().min(area.width);
    let name = if screen.prefix.is_empty() { "Keys" } else { &screen.prefix };
    let more = (Slot::Warn, "there are more: / narrows".to_owned());
    let right: Vec<Piece> = screen.more.then_some(more).into_iter().collect();
    let title = listing::title(name, &screen.list);
    let inner = header::boxed(pen, Rect { width, ..area }, division, &title, &right);
    if width < area.width {
        beside(pen, Rect { x: area.x + width, width: area.width - width, ..area }, model, screen);
    }
    if screen.list.len() > 0 {
        let folder = pen.theme.glyphs.folds[1];
        return listing::draw(pen, inner, model.prefs.wide, &screen.list, |entry| cells(folder, entry, model, screen));
    }
    match screen.whole_prefix() {
        prefix if prefix.is_empty() => {
            notice::draw(pen, inner, Slot::Text, &["no key was written yet", "`hyrex kv set KEY VALUE` writes one"])
        }
        prefix => {
            let line = format!("no key begins with {prefix}");
            notice::draw(pen, inner, Slot::Text, &[&line, "/ changes what keys go on with, esc goes up"])
        }
    }
}

/// How many keys there are, or that there are more.
pub(crate) fn summary(screen: &KvScreen) -> Vec<Piece> {
    let keys: u64 = screen.list.all().iter().map(|entry| u64::from(entry.folder.unwrap_or(1))).sum();
    let more = if screen.more || screen.list.all().iter().any(|entry| entry.more) { "+" } else { "" };
    vec![(Slot::Dim, format!("{}{more} {}", human::number(keys), if keys == 1 { "key" } else { "keys" }))]
}

fn cells(folder: &str, entry: &KvEntry, model: &Model, screen: &KvScreen) -> Vec<Cell> {
    let name = entry.name.strip_prefix(&screen.prefix).filter(|rest| !rest.is_empty()).unwrap_or(&entry.name);
    let written = model.prefs.times.column(entry.written, model.now());
    let more = if entry.more { "+" } else { "" };
    let (name, kind) = match entry.folder {
        Some(keys) => {
            (Cell::new(format!("{folder} {name}"), Slot::Accent), format!("{}{more} keys", human::number(keys)))
        }
        None => (Cell::new(format!("  {name}"), Slot::Text), entry.kind().to_owned()),
    };
    let size = format!("{}{more}", human::size(entry.size as usize));
    vec![
        name,
        Cell::new(kind, Slot::Dim),
        Cell::new(size, Slot::Text),
        Cell::new(written, Slot::Dim),
        Cell::new(entry.preview.as_str(), Slot::Good),
    ]
}

fn beside(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &KvScreen) {
    let (Some(division), Some(entry)) = (model.division(), screen.list.row()) else { return };
    let inner = header::boxed(pen, area, division, &[(Slot::Strong, entry.name.clone())], &[]);
    match (entry.folder, screen.value()) {
        (Some(_), _) => notice::draw(pen, inner, Slot::Dim, &["a folder: enter opens it"]),
        (None, None) => notice::draw(pen, inner, Slot::Dim, &["reading"]),
        (None, Some((_, lines))) => doc::draw(pen, inner, lines, &Pane::default(), false),
    }
}

/// Draws one value.
pub(crate) fn draw_value(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &ValueScreen) {
    let Some(division) = model.division() else { return };
    let title = vec![(Slot::Strong, "Value".to_owned())];
    let inner = header::boxed(pen, area, division, &title, &[]);
    match &screen.row {
        Some(None) => notice::draw(pen, inner, Slot::Warn, &["there is no such key any more"]),
        _ if screen.doc.is_empty() => notice::draw(pen, inner, Slot::Dim, &["it is empty"]),
        _ => doc::draw(pen, inner, &screen.doc, &screen.pane, true),
    }
}

/// What is said of a value.
pub(crate) fn value_summary(model: &Model, screen: &ValueScreen) -> Vec<Piece> {
    let Some(Some(row)) = &screen.row else { return Vec::new() };
    let written = crate::tui::state::prefs::Times::whole(model.prefs.times, row.written);
    vec![(Slot::Dim, format!("{}   {}   written {written}", kind(&row.value), human::size(row.size as usize)))]
}
