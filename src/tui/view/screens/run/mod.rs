//! A workflow's run: the graph, the list or the time above, the nodes and the node under the cursor below.

mod gantt;
mod node;

use super::tasks::{attempts, state_cell, tail};
use crate::model::picture::Mark;
use crate::model::text::human;
use crate::model::{TaskStatus, WorkflowStatus};
use crate::store::WorkflowRunDetail;
use crate::tui::state::model::Model;
use crate::tui::state::screens::run::nodes::{NodeLine, urgency};
use crate::tui::state::screens::run::{RunScreen, View};
use crate::tui::state::screens::runs::took;
use crate::tui::state::screens::tasks::run_for;
use crate::tui::view::header;
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::{self, Slot, Theme};
use crate::tui::view::widgets::table::Cell;
use crate::tui::view::widgets::{dag, listing, notice};
use ratatui::layout::Rect;

/// Draws a run.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &RunScreen) {
    let Some(division) = model.division() else { return };
    let Some(detail) = screen.detail() else {
        return notice::draw(pen, area, Slot::Warn, &["there is no such run any more", "esc goes up"]);
    };
    let parts = screen.parts(&model.env());
    let above = Rect { height: parts.above.min(area.height), ..area };
    let inner = header::boxed(pen, above, division, &title(screen), &state(screen, parts.inner.height.into()));
    match (screen.seen(), &screen.graph) {
        (View::Graph, Some(Ok(graph))) => dag::draw(pen, inner, graph, &marks(detail, model)),
        (View::Gantt, _) => gantt::draw(pen, inner, model, screen, detail),
        _ => list(pen, inner, model, screen),
    }
    if parts.below > 0 {
        let below = Rect { y: above.bottom(), height: area.height - above.height, ..area };
        let nodes = Rect { width: parts.nodes, ..below };
        if parts.nodes > 0 {
            let inner = header::boxed(pen, nodes, division, &listing::title("Nodes", &screen.list), &[]);
            list(pen, inner, model, screen);
        }
        let pane = Rect { x: below.x + parts.nodes, width: below.width - parts.nodes, ..below };
        node::draw(pen, pane, model, screen);
    }
}

/// How a run stands: its status, how many nodes are where, since when.
pub(crate) fn summary(pen: &Pen<'_>, model: &Model, screen: &RunScreen, room: u16) -> Vec<Piece> {
    let Some(detail) = screen.detail() else { return Vec::new() };
    let row = &detail.row;
    let (sign, slot, word) = status(pen.theme, row.status);
    let mut pieces = vec![(slot, format!("{sign} {word}"))];
    pieces.extend(row.reason.as_ref().map(|reason| (Slot::Dim, format!(" ({reason})"))));
    let count = |statuses: u8| detail.nodes.iter().filter(|node| urgency(node.row.status) == statuses).count();
    pieces.push((Slot::Text, format!("   {}/{} nodes", count(5), detail.nodes.len())));
    for (kind, slot, word) in [(0, Slot::Bad, "failed"), (1, Slot::Active, "running"), (3, Slot::Dim, "waiting")] {
        if count(kind) > 0 {
            pieces.push((slot, format!("   {} {word}", count(kind))));
        }
    }
    if room >= 70 {
        let sent = row.queued.map(|time| format!("   sent {}", model.prefs.times.column(time, model.now())));
        pieces.extend(sent.map(|sent| (Slot::Dim, sent)));
    }
    pieces.extend(took(row, model.now()).map(|took| (Slot::Dim, format!("   {}", human::duration(took)))));
    pieces
}

/// The sign, the slot and the word of a workflow run's status.
pub(crate) fn status(theme: &Theme, status: WorkflowStatus) -> (&'static str, Slot, &'static str) {
    let task = match status {
        WorkflowStatus::Success => TaskStatus::Success,
        WorkflowStatus::Failed => TaskStatus::Failed,
        WorkflowStatus::Running => TaskStatus::Running,
        WorkflowStatus::UpForCancel => TaskStatus::UpForCancel,
        WorkflowStatus::Canceled => TaskStatus::Canceled,
        WorkflowStatus::Asleep => TaskStatus::AwaitStartTime,
    };
    (theme.glyphs.status(task), theme::status(task), theme::status_word(task))
}

fn title(screen: &RunScreen) -> Vec<Piece> {
    let all = listing::title("Nodes", &screen.list);
    match (screen.seen(), &screen.graph) {
        (View::Graph, Some(Ok(graph))) => {
            vec![(Slot::Strong, "Graph".into()), (Slot::Dim, format!("  {}", graph.form()))]
        }
        (View::List, Some(Err(why))) => all.into_iter().chain([(Slot::Warn, format!("  no graph: {why}"))]).collect(),
        (View::Gantt, _) => vec![(Slot::Strong, "Time".into())],
        _ => all,
    }
}

/// What of a picture is not seen, and whether the cursor keeps to what runs.
fn state(screen: &RunScreen, rows: usize) -> Vec<Piece> {
    let mut state = Vec::new();
    if let (View::Graph, Some(Ok(graph))) = (screen.seen(), &screen.graph) {
        let height = graph.picture().height();
        if height > rows {
            let last = (graph.top() + rows).min(height);
            state.push((Slot::Warn, format!("rows {}-{last} of {height}  ", graph.top() + 1)));
        }
    }
    let word = if screen.follows { "following" } else { "f follows" };
    state.push((if screen.follows { Slot::Good } else { Slot::Dim }, word.to_owned()));
    state
}

/// What is told of each node in the picture: its state, how long it took, which attempt.
fn marks(detail: &WorkflowRunDetail, model: &Model) -> Vec<Option<Mark>> {
    let mark = |node: &crate::store::WorkflowNodeRow| {
        let took = run_for(&node.row, model.now()).map(human::duration).unwrap_or_default();
        let attempt = if node.row.attempt_number > 0 { format!(" {}", attempts(&node.row)) } else { String::new() };
        Some(Mark { status: node.row.status, note: format!("{took}{attempt}").trim().to_owned() })
    };
    detail.nodes.iter().map(mark).collect()
}

fn list(pen: &mut Pen<'_>, area: Rect, model: &Model, screen: &RunScreen) {
    if screen.list.len() == 0 {
        return notice::draw(pen, area, Slot::Text, &["no node matches"]);
    }
    let theme = pen.theme;
    listing::draw(pen, area, model.prefs.wide, &screen.list, |node| cells(theme, node, model));
}

fn cells(theme: &Theme, node: &NodeLine, model: &Model) -> Vec<Cell> {
    let row = &node.row;
    let name = if node.finally { format!("{} (finally)", node.name) } else { node.name.clone() };
    let why = match (&row.error, node.waits_for.as_slice()) {
        (Some(error), _) => Cell::new(error.as_str(), Slot::Bad),
        (None, []) => Cell::new("", Slot::Dim),
        (None, waits) => Cell::new(waits.join(", "), Slot::Dim),
    };
    vec![
        Cell::new(name, Slot::Text),
        state_cell(theme, row.status),
        Cell::new(attempts(row), if row.attempt_number > 0 { Slot::Warn } else { Slot::Dim }),
        Cell::maybe(row.started.map(|time| model.prefs.times.column(time, model.now())), Slot::Text),
        Cell::maybe(run_for(row, model.now()).map(human::duration), Slot::Text),
        Cell::new(row.task_name.as_str(), Slot::Dim),
        Cell::maybe(row.executor.map(|id| tail(id.0)), Slot::Dim),
        why,
    ]
}
