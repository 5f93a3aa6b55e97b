//! A workflow's run: its graph, its nodes as a list or along the time, and the node under the cursor.

pub(crate) mod nodes;
pub(crate) mod parts;

use super::task::TaskScreen;
use super::{Env, Screen, Then};
use crate::model::{RunId, WorkflowRunId};
use crate::store::{AttemptRow, RunDetail, WorkflowRunDetail};
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::graph::{Graph, Room};
use crate::tui::state::keymap::Scope;
use crate::tui::state::listing::Listing;
use crate::tui::state::popup::Popup;
use nodes::{NodeLine, urgency};
use parts::Parts;

/// What of a run is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// Its graph.
    #[default]
    Graph,
    /// Its nodes, a row each.
    List,
    /// Its nodes along the time.
    Gantt,
}

/// A workflow's run.
#[derive(Clone, Debug)]
pub(crate) struct RunScreen {
    run: WorkflowRunId,
    /// What was read; `None` within: there is no such run.
    pub(crate) data: Option<Option<Box<WorkflowRunDetail>>>,
    /// What of it is seen.
    pub(crate) view: View,
    /// The graph, or why there is none.
    pub(crate) graph: Option<Result<Graph, String>>,
    /// The nodes.
    pub(crate) list: Listing<NodeLine>,
    /// Whether the cursor keeps to what runs.
    pub(crate) follows: bool,
    /// The node under the cursor.
    pub(crate) side: Option<Box<RunDetail>>,
    /// The node that the cursor is to stand on, once it is read.
    sought: Option<RunId>,
}

impl View {
    /// The one after this.
    fn next(self) -> Self {
        match self {
            View::Graph => View::List,
            View::List => View::Gantt,
            View::Gantt => View::Graph,
        }
    }
}

impl RunScreen {
    /// A run that was not read yet.
    pub(crate) fn new(run: WorkflowRunId) -> Self {
        let list = Listing::new(0, false);
        Self { run, data: None, view: View::Graph, graph: None, list, follows: true, side: None, sought: None }
    }

    /// A run, with the cursor on one of its nodes once it is read.
    pub(crate) fn at(run: WorkflowRunId, node: RunId) -> Self {
        let mut screen = Self::new(run);
        (screen.follows, screen.sought) = (false, Some(node));
        screen
    }

    /// The run, where it was found.
    pub(crate) fn detail(&self) -> Option<&WorkflowRunDetail> {
        self.data.as_ref()?.as_deref()
    }

    /// The node under the cursor.
    pub(crate) fn node(&self) -> Option<&NodeLine> {
        self.list.row()
    }

    /// What is seen: the list, where there is no graph.
    pub(crate) fn seen(&self) -> View {
        match (self.view, &self.graph) {
            (View::Graph, Some(Err(_))) => View::List,
            (view, _) => view,
        }
    }

    /// How the content is divided.
    pub(crate) fn parts(&self, env: &Env) -> Parts {
        Parts::of(env.division, self.seen() == View::Graph)
    }

    pub(super) fn title(&self) -> String {
        let digits = self.run.0.simple().to_string();
        format!("run {}", &digits[digits.len() - 8..])
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        match self.seen() {
            View::Graph => &[Scope::Run, Scope::Graph],
            View::List | View::Gantt => &[Scope::Run, Scope::List],
        }
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::WorkflowRun(self.run))
    }

    pub(super) fn side(&self, env: &Env) -> Option<Ask> {
        let node = self.node().filter(|_| self.parts(env).below > 0)?;
        Some(Ask::Run(node.row.run))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Answer::WorkflowRun(data) = answer else { return };
        self.data = Some(data);
        let Some(detail) = self.detail() else { return };
        let (dag, broken) = match detail.dag() {
            Ok(dag) => (Some(dag), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let lines = nodes::lines(detail, dag.as_ref().map_or(&[], |dag| dag.order()));
        self.list.take(lines);
        match (&mut self.graph, dag) {
            (Some(Ok(graph)), Some(dag)) if *graph.dag() == dag => {}
            (graph, Some(dag)) => *graph = Some(Ok(Graph::new(dag, UNKNOWN))),
            (graph, None) => *graph = broken.map(Err),
        }
        self.find_sought();
        self.follow();
    }

    pub(super) fn on_side(&mut self, answer: Answer) {
        if let Answer::Run(detail) = answer {
            self.side = detail;
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.moved(action, env) {
            self.follows = false;
            return Vec::new();
        }
        match action {
            Action::NextView => self.turn(),
            Action::Follow => {
                self.follows = !self.follows;
                self.follow();
                return vec![Then::Say(if self.follows { "following what runs" } else { "not following" }.into())];
            }
            Action::ZoomFit | Action::ZoomIn | Action::ZoomOut => {
                if let Some(Ok(graph)) = &mut self.graph {
                    graph.on_action(action);
                }
            }
            action => return self.on_node(action),
        }
        Vec::new()
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(self.list.filter())
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.list.set_filter(text);
        if !text.trim().is_empty() {
            // A picture of some nodes would be another graph: what was found is a list.
            self.view = View::List;
        }
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        let parts = self.parts(env);
        let room = Room { width: parts.inner.width, height: parts.inner.height, ascii: env.prefs.ascii, marks: true };
        self.list.settle(self.rows(env));
        let node = self.list.row().map(|node| node.number);
        if let Some(Ok(graph)) = &mut self.graph {
            graph.fit(room);
            // The cursor of a picture is that of the list.
            node.filter(|node| !graph.nodes().contains(node)).into_iter().for_each(|node| graph.select(node));
            graph.settle();
        }
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.data.is_some()
    }

    /// Rows of the list that are seen, under its headings.
    fn rows(&self, env: &Env) -> u16 {
        let parts = self.parts(env);
        match self.seen() {
            View::Graph => parts.below.saturating_sub(3),
            View::List | View::Gantt => parts.inner.height.saturating_sub(1),
        }
    }

    /// Moves the cursor; `false`: the action is no move.
    fn moved(&mut self, action: Action, env: &Env) -> bool {
        let rows = self.rows(env);
        match (self.seen(), &mut self.graph) {
            (View::Graph, Some(Ok(graph))) if !is_zoom(action) => {
                let moved = graph.on_action(action);
                let nodes = graph.nodes().iter().filter_map(|node| self.list.all().get(*node));
                // Of folded siblings the one that wants to be looked at.
                let node = nodes.min_by_key(|node| urgency(node.row.status)).map(|node| node.number);
                node.filter(|_| moved).into_iter().for_each(|node| self.list.table.select(node));
                moved
            }
            (View::Graph, _) => false,
            _ => self.list.on_action(action, rows),
        }
    }

    /// Puts the cursor on what runs, else on what went wrong, where the cursor keeps to it.
    fn follow(&mut self) {
        let rank = |node: &NodeLine| match urgency(node.row.status) {
            1 => 0,
            0 => 1,
            other => other,
        };
        let nodes = self.list.all().iter().filter(|_| self.follows);
        if let Some(node) = nodes.min_by_key(|node| (rank(node), node.place)).map(|node| node.number) {
            self.list.table.select(node);
        }
    }

    fn find_sought(&mut self) {
        let Some(run) = self.sought.take() else { return };
        if let Some(node) = self.list.all().iter().find(|node| node.row.run == run).map(|node| node.number) {
            self.list.table.select(node);
        }
    }

    /// To the next view. A graph shows all nodes: a filter does not outlast it.
    fn turn(&mut self) {
        self.view = self.view.next();
        if self.view == View::Graph {
            self.list.set_filter("");
        }
    }

    fn on_node(&mut self, action: Action) -> Vec<Then> {
        let Some(node) = self.list.row() else { return Vec::new() };
        match action {
            Action::Open => vec![Then::Open(Screen::Task(Box::new(TaskScreen::new(node.row.run))))],
            Action::Copy => vec![Then::Copy(node.row.run.to_string(), "run id of the node")],
            Action::Raw => vec![Then::Popup(Popup::json("Node", &node.row))],
            _ => Vec::new(),
        }
    }
}

/// Before it is known how much room there is.
const UNKNOWN: Room = Room { width: 80, height: 20, ascii: false, marks: true };

fn is_zoom(action: Action) -> bool {
    matches!(action, Action::ZoomFit | Action::ZoomIn | Action::ZoomOut)
}

/// Opens the workflow's run of which a run is a node, with the cursor on that node.
pub(crate) fn of_node(row: &AttemptRow) -> Then {
    match row.workflow_run {
        Some(run) => Then::Open(Screen::Run(Box::new(RunScreen::at(run, row.run)))),
        None => Then::Refuse("it is no node of a workflow".into()),
    }
}
