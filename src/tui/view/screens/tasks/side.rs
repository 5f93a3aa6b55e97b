//! The run under the cursor, beside the list.

use super::{attempts, tail};
use crate::model::text::human;
use crate::store::{AttemptDetail, RunDetail};
use crate::tui::state::json::{self, DocLine, Tone};
use crate::tui::state::model::Model;
use crate::tui::state::pane::Pane;
use crate::tui::state::screens::tasks::{TasksScreen, run_for, waited};
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, padded};
use crate::tui::view::theme::{self, Slot};
use crate::tui::view::widgets::{doc, notice};
use ratatui::layout::Rect;

/// Lines of arguments and results that are shown.
const LINES: usize = 40;

/// Draws the run under the cursor as far as it was read.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &TasksScreen) {
    let (Some(division), Some(row)) = (model.division(), screen.row()) else { return };
    let title = vec![(Slot::Strong, row.task_name.clone()), (Slot::Dim, format!("  {}", tail(row.run.0)))];
    let inner = header::boxed(pen, area, division, &title, &[]);
    match screen.side.as_ref().filter(|detail| detail.id == row.run) {
        Some(detail) => doc::draw(pen, padded(inner), &lines(pen, detail, model), &Pane::default(), false),
        None => notice::draw(pen, inner, Slot::Dim, &["reading"]),
    }
}

/// What is told of a run.
pub(crate) fn lines(pen: &Pen<'_>, detail: &RunDetail, model: &Model) -> Vec<DocLine> {
    let AttemptDetail { row, args, result, error, progress } = &detail.latest;
    let now = model.now();
    let tone = match theme::status(row.status) {
        Slot::Bad => Tone::Bad,
        Slot::Good => Tone::Text,
        Slot::Active => Tone::Active,
        _ => Tone::Plain,
    };
    let state = format!("{} {}", pen.theme.glyphs.status(row.status), theme::status_word(row.status));
    let mut lines = vec![DocLine {
        pieces: vec![(tone, state), (Tone::Faint, format!("  attempt {}  queue {}", attempts(row), row.queue))],
        fold: None,
    }];
    let fact = |name: &str, value: String| DocLine {
        pieces: vec![(Tone::Faint, format!("{name:<10}")), (Tone::Plain, value)],
        fold: None,
    };
    let times =
        [("queued", row.queued), ("due", row.scheduled_start), ("started", row.started), ("ended", row.finished)];
    lines.extend(times.into_iter().filter_map(|(name, time)| Some(fact(name, model.prefs.times.whole(time?)))));
    lines.extend(waited(row, now).map(|d| fact("waited", human::duration(d))));
    lines.extend(run_for(row, now).map(|d| fact("ran", human::duration(d))));
    lines.extend(progress.as_ref().map(|p| fact("progress", format!("{:.0}% {}", p.fraction * 100.0, p.message))));
    if let Some(error) = error {
        lines.extend([DocLine::default(), DocLine::new(Tone::Bad, format!("{}: {}", error.kind, error.message))]);
        lines.extend(error.chain.iter().map(|cause| DocLine::new(Tone::Faint, format!("  caused by {cause}"))));
    }
    for (name, text) in [("Arguments", Some(args)), ("Result", result.as_ref())] {
        let Some(text) = text else { continue };
        lines.extend([DocLine::default(), DocLine::new(Tone::Strong, name)]);
        lines.extend(json::lines(text).into_iter().take(LINES).map(|line| DocLine { fold: None, ..line }));
    }
    lines
}
