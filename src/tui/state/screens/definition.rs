//! The graph of a workflow as it is defined.

use super::runs::RunsScreen;
use super::{Env, Screen, Then};
use crate::model::dag::Dag;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::graph::{Graph, Room};
use crate::tui::state::keymap::Scope;

/// A definition.
#[derive(Clone, Debug)]
pub(crate) struct DefinitionScreen {
    workflow: String,
    /// The graph, or why there is none.
    pub(crate) graph: Option<Result<Graph, String>>,
}

impl DefinitionScreen {
    /// A definition that was not read yet.
    pub(crate) fn new(workflow: &str) -> Self {
        Self { workflow: workflow.to_owned(), graph: None }
    }

    pub(super) fn title(&self) -> String {
        format!("{} definition", self.workflow)
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Definition, Scope::Graph]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Definition(self.workflow.clone()))
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Answer::Definition(structure) = answer else { return };
        let read = match structure.as_deref().map(Dag::from_structure) {
            None => Err("no definition of it is kept".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(dag)) => Ok(dag),
        };
        match (&mut self.graph, read) {
            (Some(Ok(graph)), Ok(dag)) if *graph.dag() == dag => {}
            (graph, read) => *graph = Some(read.map(|dag| Graph::new(dag, UNKNOWN))),
        }
    }

    pub(super) fn on_action(&mut self, action: Action, _: &Env) -> Vec<Then> {
        if let Action::Open | Action::NextView = action {
            return vec![Then::Open(Screen::Runs(RunsScreen::new(Some(self.workflow.clone()))))];
        }
        let Some(Ok(graph)) = &mut self.graph else { return Vec::new() };
        if !graph.on_action(action) && action == Action::Copy {
            let name = graph.nodes().first().and_then(|node| graph.dag().nodes().get(*node));
            return name.map(|node| Then::Copy(node.name.clone(), "name")).into_iter().collect();
        }
        Vec::new()
    }

    pub(super) fn settle(&mut self, env: &Env) {
        let frame = if env.division.boxes { 2 } else { 0 };
        let size = env.division.content;
        let room = Room {
            width: size.width.saturating_sub(frame),
            height: size.height.saturating_sub(frame),
            ascii: env.prefs.ascii,
            marks: false,
        };
        if let Some(Ok(graph)) = &mut self.graph {
            graph.fit(room);
            graph.settle();
        }
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.graph.is_some()
    }
}

/// Before it is known how much room there is.
const UNKNOWN: Room = Room { width: 80, height: 20, ascii: false, marks: false };
