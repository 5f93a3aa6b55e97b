//! `tasks show`: everything about one run.

use super::list::{attempt, took};
use super::view::{JsonText, RowView};
use crate::cli::args::TasksShowArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::page::Page;
use crate::cli::session::{Access, Session};
use crate::cli::style::Style;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::world::Screen;
use crate::cli::{human, ids};
use crate::model::{Progress, RunId, TaskError, TaskStatus, Timestamp};
use crate::store::{AttemptDetail, Reason, RunDetail, SharedStore, Tree};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most runs of a tree that are counted.
const TREE: u32 = 1_000;

const ATTEMPTS: [Column; 6] = [
    Column::new("ATTEMPT", 7).right(),
    Column::new("STATUS", 7),
    Column::new("STARTED", 23),
    Column::new("TOOK", 5).right().rank(1),
    Column::new("EXECUTOR", ids::SHOWN).rank(2),
    Column::new("ERROR", 12),
];

/// What a run sent, directly and through others.
#[derive(Serialize)]
struct TreeView {
    runs: usize,
    /// Whether there are more than were counted.
    more: bool,
    statuses: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct RunView<'a> {
    #[serde(flatten)]
    row: RowView<'a>,
    args: JsonText<'a>,
    result: Option<JsonText<'a>>,
    failure: Option<&'a TaskError>,
    progress: Option<&'a Progress>,
    /// Why it is not running, the most decisive first; empty: it does not wait.
    waits: Vec<WaitsView<'a>>,
    tree: &'a TreeView,
    attempts: Vec<RowView<'a>>,
}

#[derive(Serialize)]
struct WaitsView<'a> {
    /// One line.
    text: String,
    #[serde(flatten)]
    reason: &'a Reason,
}

/// What is shown: a run, one of its attempts whole, and what it sent.
struct Found {
    run: RunDetail,
    attempt: AttemptDetail,
    tree: TreeView,
    /// The name of the workflow that it is a node of.
    workflow: Option<String>,
    /// Why it is not running, where it waits.
    waits: Vec<Reason>,
    now: Timestamp,
}

/// Runs `hyrex tasks show`.
pub(crate) async fn run(args: TasksShowArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let found = find(&store, &args).await;
    store.close().await;
    let found = found?;
    let attempt = &found.attempt;
    let view = RunView {
        row: RowView::new(&attempt.row),
        args: JsonText::new(&attempt.args),
        result: attempt.result.as_deref().map(JsonText::new),
        failure: attempt.error.as_ref(),
        progress: attempt.progress.as_ref(),
        waits: found.waits.iter().map(|reason| WaitsView { text: reason.to_string(), reason }).collect(),
        tree: &found.tree,
        attempts: found.run.attempts.iter().map(RowView::new).collect(),
    };
    session.answer(&view, |screen| page(&found, screen, args.full))
}

async fn find(store: &SharedStore, args: &TasksShowArgs) -> Result<Found, CliError> {
    let id = ids::find_run(store.as_ref(), &args.id).await?;
    let run = store.run(id).await.doing("read the run")?.ok_or_else(|| CliError::NoRun(id.to_string()))?;
    let attempt = chosen(store, &run, args.attempt).await?;
    let tree = store.tree(run.latest.row.root, TREE).await.doing("read the run's tree")?;
    let now = store.now().await.doing("read the run")?;
    let waits = store.waiting(id, None).await.doing("read why the run waits")?;
    let waits = waits.map(|waiting| waiting.reasons()).unwrap_or_default();
    Ok(Found { attempt, tree: summary(&tree, id), workflow: workflow(store, &run).await?, waits, now, run })
}

async fn workflow(store: &SharedStore, run: &RunDetail) -> Result<Option<String>, CliError> {
    let Some(id) = run.latest.row.workflow_run else { return Ok(None) };
    Ok(store.workflow_row(id).await.doing("read the workflow's run")?.map(|(row, _)| row.workflow_name))
}

/// The attempt asked for, else the latest.
async fn chosen(store: &SharedStore, run: &RunDetail, number: Option<i16>) -> Result<AttemptDetail, CliError> {
    let Some(number) = number else { return Ok(run.latest.clone()) };
    let missing = || CliError::NoAttempt { run: run.id.to_string(), number, last: run.latest.row.attempt_number };
    let row = run.attempts.iter().find(|row| row.attempt_number == number).ok_or_else(missing)?;
    store.attempt(row.id).await.doing("read the attempt")?.ok_or_else(missing)
}

/// Counts the descendants of `run`.
fn summary(tree: &Tree, run: RunId) -> TreeView {
    let mut children: HashMap<RunId, Vec<(RunId, TaskStatus)>> = HashMap::new();
    for row in &tree.runs {
        if let Some(parent) = row.parent_run {
            children.entry(parent).or_default().push((row.row.run, row.row.status));
        }
    }
    let (mut view, mut seen, mut open) =
        (TreeView { runs: 0, more: tree.more, statuses: BTreeMap::new() }, HashSet::from([run]), vec![run]);
    while let Some(parent) = open.pop() {
        for (child, status) in children.remove(&parent).unwrap_or_default() {
            if seen.insert(child) {
                view.runs += 1;
                *view.statuses.entry(status.as_str()).or_default() += 1;
                open.push(child);
            }
        }
    }
    view
}

fn page(found: &Found, screen: Screen, full: bool) -> String {
    let (attempt, tree) = (&found.attempt, &found.tree);
    let mut page = Page::new(screen, full);
    head(&mut page, found);
    // Of a run that succeeded the last word may be older than its end.
    if let Some(progress) = attempt.progress.as_ref().filter(|_| attempt.row.status != TaskStatus::Success) {
        page.field("progress", format!("{:.0} %  {}", progress.fraction * 100.0, progress.message));
    }
    if tree.runs > 0 {
        page.field("sent", sent(tree));
    }
    page.json("arguments", &attempt.args);
    if let Some(result) = &attempt.result {
        page.json("result", result);
    }
    if let Some(error) = &attempt.error {
        page.block("error", &error_text(error));
    }
    page.finish(&attempts(&found.run, found.now))
}

fn head(page: &mut Page, found: &Found) {
    let (run, row, now) = (&found.run, &found.attempt.row, found.now);
    // The key stands on the first row, which is not among the attempts of a run that has more than a thousand.
    let key = run.attempts.iter().find_map(|row| row.idempotency_key.as_deref());
    let when = |time: Timestamp| format!("{}  ({})", human::time(time), human::ago(time, now));
    page.field("run", run.id.to_string());
    page.field("task", &row.task_name);
    page.styled("status", format!("{}  try {}", row.status, attempt(row)), Style::of_task(row.status));
    // It is the run that waits, by its latest attempt.
    if row.id == run.latest.row.id {
        found.waits.iter().for_each(|reason| page.field("waits", reason.to_string()));
    }
    page.field("queue", format!("{}  priority {}", row.queue, row.priority));
    page.maybe("timeout", row.timeout_seconds.map(|seconds| format!("{seconds} s an attempt")));
    page.maybe("key", key);
    page.maybe("queued", row.queued.map(when));
    page.maybe("starts", row.scheduled_start.filter(|time| *time > now).map(when));
    page.maybe("started", row.started.map(when));
    page.maybe("finished", row.finished.map(when));
    page.maybe("took", took(row, now));
    page.maybe("executor", row.executor.map(|id| id.to_string()));
    page.maybe("parent", row.parent.map(|id| format!("attempt {id}")));
    page.maybe("root", Some(row.root).filter(|root| *root != run.id).map(|root| root.to_string()));
    page.maybe("workflow", found.workflow.as_deref());
    page.maybe("its run", row.workflow_run.map(|run| run.to_string()));
    page.maybe("node", row.workflow_run.map(|_| row.node_name.as_deref().unwrap_or(&row.task_name)));
}

fn sent(tree: &TreeView) -> String {
    let runs = human::counted(tree.runs as u64, "run", "runs");
    let statuses: Vec<_> =
        tree.statuses.iter().map(|(status, n)| format!("{} {status}", human::number(*n as u64))).collect();
    format!("{runs}{}: {}", if tree.more { " or more" } else { "" }, statuses.join(", "))
}

/// An error as people read it: what it says, what caused it, where it arose.
fn error_text(error: &TaskError) -> String {
    let mut text = match (error.kind.is_empty(), error.message.is_empty()) {
        (false, false) => format!("{}: {}", error.kind, error.message),
        _ => format!("{}{}", error.kind, error.message),
    };
    for cause in &error.chain {
        text.push_str(&format!("\ncaused by: {cause}"));
    }
    if let Some(place) = &error.place {
        text.push_str(&format!("\nat {place}"));
    }
    text
}

fn attempts(run: &RunDetail, now: Timestamp) -> Table {
    let mut table = Table::new(&ATTEMPTS);
    for row in &run.attempts {
        table.row(vec![
            Cell::new(row.attempt_number.to_string()),
            Cell::new(row.status.as_str()).style(Style::of_task(row.status)),
            Cell::maybe(row.started.map(human::clock)),
            Cell::maybe(took(row, now)),
            Cell::maybe(row.executor.map(|id| ids::tail(id.0))),
            Cell::new(row.error.as_deref().unwrap_or_default()).style(Style::Dim),
        ]);
    }
    table
}
