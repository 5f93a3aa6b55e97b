//! The executor under the cursor: what it is, what it holds, what it has handlers for.

use super::super::tasks::{attempts, tail};
use super::{process, status};
use crate::model::text::human;
use crate::store::{AttemptRow, ExecutorRow};
use crate::tui::state::json::{DocLine, Tone};
use crate::tui::state::model::Model;
use crate::tui::state::pane::Pane;
use crate::tui::state::screens::executors::{ExecutorsScreen, up};
use crate::tui::state::screens::tasks::run_for;
use crate::tui::view::header;
use crate::tui::view::pen::Pen;
use crate::tui::view::theme::Slot;
use crate::tui::view::widgets::doc;
use ratatui::layout::Rect;

/// Draws the executor under the cursor.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &ExecutorsScreen) {
    let (Some(division), Some(row)) = (model.division(), screen.list.row()) else { return };
    let title = vec![(Slot::Strong, row.worker_name.clone()), (Slot::Dim, format!("  {}", tail(row.id.0)))];
    let inner = header::boxed(pen, area, division, &title, &[]);
    let mut lines = facts(row, model);
    lines.extend([DocLine::default(), DocLine::new(Tone::Strong, "Holds")]);
    lines.extend(held(screen.held(), model));
    lines.extend([DocLine::default(), DocLine::new(Tone::Strong, "Handlers")]);
    lines.extend(handlers(row));
    doc::draw(pen, inner, &lines, &Pane::default(), false);
}

fn facts(row: &ExecutorRow, model: &Model) -> Vec<DocLine> {
    let fact = |name: &str, value: String| DocLine {
        pieces: vec![(Tone::Faint, format!("{name:<10}")), (Tone::Plain, value)],
        fold: None,
    };
    let mut facts = vec![fact("state", status(row).1.to_owned()), fact("queues", row.queue_pattern.clone())];
    facts.extend(row.slots.map(|slots| fact("slots", format!("{} of {slots} taken", row.held))));
    facts.extend(
        row.stuck
            .filter(|stuck| *stuck > 0)
            .map(|stuck| DocLine::new(Tone::Bad, format!("{stuck} taken by functions that outlived their timeout"))),
    );
    facts.extend(row.host.as_ref().map(|host| fact("process", process(host, row.pid))));
    facts.push(fact("version", row.version.clone().unwrap_or_else(|| "Python".into())));
    facts.push(fact("id", row.id.0.to_string()));
    facts.extend(row.started.map(|time| fact("started", model.prefs.times.whole(time))));
    facts.extend(row.stopped.map(|time| fact("stopped", model.prefs.times.whole(time))));
    facts.extend(up(row, model.now()).map(|up| fact("up", human::duration(up))));
    facts
}

fn held(rows: Option<&[AttemptRow]>, model: &Model) -> Vec<DocLine> {
    let line = |row: &AttemptRow| DocLine {
        pieces: vec![
            (Tone::Faint, format!("{}  ", tail(row.run.0))),
            (Tone::Active, format!("{:>7}  ", run_for(row, model.now()).map(human::duration).unwrap_or_default())),
            (Tone::Plain, row.task_name.clone()),
            (Tone::Faint, format!("  {}", attempts(row))),
        ],
        fold: None,
    };
    match rows {
        None => vec![DocLine::new(Tone::Faint, "reading")],
        Some([]) => vec![DocLine::new(Tone::Faint, "nothing")],
        Some(rows) => rows.iter().map(line).collect(),
    }
}

fn handlers(row: &ExecutorRow) -> Vec<DocLine> {
    match row.task_names.as_deref() {
        None => vec![DocLine::new(Tone::Faint, "unknown: it does not say")],
        Some([]) => vec![DocLine::new(Tone::Faint, "none")],
        Some(names) => names.iter().map(|name| DocLine::new(Tone::Plain, name.as_str())).collect(),
    }
}
