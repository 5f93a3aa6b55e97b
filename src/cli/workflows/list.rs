//! `workflows list`: what workers have defined.

use super::view::DefinitionView;
use crate::cli::error::{CliError, Doing};
use crate::cli::human;
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::model::dag::{Dag, DagError};
use crate::store::WorkflowDef;

/// Names of nodes that a row tells.
const TOLD: usize = 8;

const COLUMNS: [Column; 4] = [
    Column::new("WORKFLOW", 12),
    Column::new("NODES", 5).right(),
    Column::new("EDGES", 5).right().rank(2),
    Column::new("OF", 16).rank(1),
];

/// A definition with its graph; `None`: none is kept.
type Read = (WorkflowDef, Option<Result<Dag, DagError>>);

/// Runs `hyrex workflows list`.
pub(crate) async fn run(session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let defs = store.workflow_defs().await.doing("list workflows");
    store.close().await;
    let read = |def: WorkflowDef| {
        let dag = def.dag_structure.as_deref().map(Dag::from_structure);
        (def, dag)
    };
    let defs: Vec<Read> = defs?.into_iter().map(read).collect();
    let view = |(def, dag): &'_ Read| -> (String, Option<Dag>) {
        (def.workflow_name.clone(), dag.as_ref().and_then(|dag| dag.as_ref().ok()).cloned())
    };
    let owned: Vec<_> = defs.iter().map(view).collect();
    let views: Vec<_> = owned.iter().map(|(name, dag)| DefinitionView::new(name, dag.as_ref())).collect();
    session.answer(&views, |screen| match defs.as_slice() {
        [] => "no workflow is defined: a worker whose application registers one writes it when it starts\n".into(),
        defs => table(defs).render(screen.width, screen.colours),
    })
}

fn table(defs: &[Read]) -> Table {
    let mut table = Table::new(&COLUMNS);
    for (def, dag) in defs {
        table.row(match dag {
            Some(Ok(dag)) => vec![
                Cell::new(&def.workflow_name),
                Cell::new(human::number(dag.nodes().len() as u64)),
                Cell::new(human::number(dag.edges().count() as u64)),
                Cell::new(nodes(dag)).style(Style::Dim),
            ],
            Some(Err(error)) => unread(def, error.to_string(), Style::Bad),
            None => unread(def, "no graph of it is kept".into(), Style::Dim),
        });
    }
    table
}

fn unread(def: &WorkflowDef, why: String, style: Style) -> Vec<Cell> {
    let nothing = || Cell::maybe(None::<&str>);
    vec![Cell::new(&def.workflow_name), nothing(), nothing(), Cell::new(why).style(style)]
}

fn nodes(dag: &Dag) -> String {
    let mut names: Vec<_> = dag.order().iter().take(TOLD).map(|node| dag.nodes()[*node].name.clone()).collect();
    if dag.nodes().len() > TOLD {
        names.push("…".into());
    }
    names.join(", ")
}
