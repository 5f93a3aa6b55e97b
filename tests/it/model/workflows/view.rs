//! What readers see of workflows' runs, held against the model.

use super::player::WORKFLOWS;
use crate::model::book::Book;
use crate::model::player::{Verdict, fine, pick, same};
use crate::model::view::row_of;
use hyrex::model::{RunId, TaskStatus, WorkflowStatus};
use hyrex::store::{Store, WorkflowRunRow, WorkflowRunsQuery};

/// One run as its readers see it, and it among others.
pub async fn look(book: &Book, store: &dyn Store, pick_of: u16) -> Verdict {
    states(book, store).await?;
    list(book, store, pick_of).await?;
    let all: Vec<usize> = (0..book.flows.len()).collect();
    let Some(place) = pick(&all, pick_of) else { return Ok(()) };
    detail(book, store, place).await?;
    node(book, store, place, pick_of).await
}

fn row(book: &Book, place: usize, seen: &WorkflowRunRow) -> Verdict {
    let (flow, what) = (&book.flows[place], format!("run {place} of a workflow"));
    let names = |name: &str, queue: &str, key: Option<&String>| (name.to_owned(), queue.to_owned(), key.cloned());
    let expected = names(&flow.new.workflow_name, &flow.new.queue, flow.new.idempotency_key.as_ref());
    same(&what, names(&seen.workflow_name, &seen.queue, seen.idempotency_key.as_ref()), expected)?;
    same(&what, (seen.id, seen.status, seen.reason.as_deref()), (flow.new.id, flow.status, flow.reason))?;
    same(&what, (seen.parent, seen.root), (flow.new.parent, flow.new.root))?;
    let times = (seen.queued, seen.started, seen.finished, seen.deadline);
    same(&what, times, (Some(flow.queued), Some(flow.started), flow.finished, flow.deadline))?;
    let left = flow.counted.then(|| book.counts(place).left as i32);
    same(&what, (seen.timeout_seconds, seen.nodes_left), (flow.new.timeout_seconds.map(|s| s as i32), left))
}

/// A run with all its nodes.
pub async fn detail(book: &Book, store: &dyn Store, place: usize) -> Verdict {
    let flow = &book.flows[place];
    let detail = fine("workflow_run", store.workflow_run(flow.new.id).await)?.ok_or("workflow_run: it is gone")?;
    row(book, place, &detail.row)?;
    same("workflow_run: arguments", &detail.args, &flow.new.args)?;
    let seen: Vec<_> = detail.nodes.iter().map(|node| (node.row.run, node.name.as_str(), node.finally)).collect();
    let expected = flow.new.nodes.iter().map(|node| (node.run, node.name.as_str(), node.finally)).collect();
    same("workflow_run: nodes", seen, expected)?;
    detail.nodes.iter().try_for_each(|node| row_of(book, book.latest(node.row.run), &node.row))?;
    let to = |to: usize| flow.new.nodes[to].waits_for.iter().map(move |from| (*from, to));
    let mut edges: Vec<(usize, usize)> = (0..flow.new.nodes.len()).flat_map(to).collect();
    edges.sort_unstable();
    same("workflow_run: edges", detail.edges, edges)?;
    let alone = fine("workflow_row", store.workflow_row(flow.new.id).await)?.ok_or("workflow_row: it is gone")?;
    same("workflow_row", alone, (detail.row, detail.args))
}

async fn node(book: &Book, store: &dyn Store, place: usize, pick_of: u16) -> Verdict {
    let flow = &book.flows[place].new;
    let node = &flow.nodes[pick_of as usize % flow.nodes.len()];
    let seen = fine("workflow_node", store.workflow_node(flow.id, &node.name).await)?.ok_or("workflow_node: gone")?;
    let key = book.latest(node.run);
    let attempt = book.attempt(key);
    let stands = (attempt.id, attempt.status, key.1, attempt.max_retries);
    same("workflow_node", (Some(seen.attempt), seen.status, seen.attempt_number, seen.max_retries), stands)?;
    same("workflow_node: result", seen.result.as_ref(), attempt.result.as_ref())?;
    if attempt.status == TaskStatus::Failed {
        crate::model::view::error(attempt, seen.error.as_ref())?;
    }
    let nobody = fine("workflow_node", store.workflow_node(flow.id, "nobody").await)?;
    same("workflow_node: nobody", nobody.map(|state| state.status), None)
}

async fn states(book: &Book, store: &dyn Store) -> Verdict {
    let ids = book.flows.iter().map(|flow| flow.new.id).collect();
    let seen = fine("workflow_states", store.workflow_states(ids).await)?;
    let seen = seen.into_iter().map(|state| state.map(|state| (state.status, state.cause.map(|cause| cause.as_str()))));
    let expected = book.flows.iter().map(|flow| Some((flow.status, flow.reason)));
    same("workflow_states", seen.collect::<Vec<_>>(), expected.collect())
}

async fn list(book: &Book, store: &dyn Store, pick_of: u16) -> Verdict {
    use WorkflowStatus::*;
    let name = pick_of.is_multiple_of(2).then(|| WORKFLOWS[pick_of as usize / 2 % 2].to_owned());
    let statuses =
        [vec![], vec![Running], vec![Failed, Canceled], vec![Success, UpForCancel]][pick_of as usize % 4].clone();
    let fits = |place: &usize| {
        let flow = &book.flows[*place];
        let of_name = name.as_ref().is_none_or(|name| flow.new.workflow_name == *name);
        of_name && (statuses.is_empty() || statuses.contains(&flow.status))
    };
    let mut expected: Vec<usize> = (0..book.flows.len()).filter(fits).collect();
    expected.sort_by_key(|place| std::cmp::Reverse(book.flows[*place].new.id));
    let query =
        WorkflowRunsQuery { workflow_name: name.clone(), statuses: statuses.clone(), before: None, limit: 1000 };
    let page = fine("workflow_runs", store.workflow_runs(query).await)?.items;
    let ids = |rows: Vec<usize>| rows.into_iter().map(|place| book.flows[place].new.id).collect::<Vec<_>>();
    let seen = page.iter().map(|row| row.id).collect();
    same(&format!("workflow_runs of {name:?} in {statuses:?}"), seen, ids(expected.clone()))?;
    page.iter().zip(expected).try_for_each(|(seen, place)| row(book, place, seen))
}

/// What is seen at the end of a sequence.
pub async fn all(book: &Book, store: &dyn Store) -> Verdict {
    for place in 0..book.flows.len() {
        detail(book, store, place).await?;
    }
    look(book, store, 0).await?;
    crate::model::view::states(book, store).await?;
    crate::model::view::lists(book, store, 3).await?;
    crate::model::view::counts(book, store).await?;
    // Each way by which a run came to be: the first and the last, and the latest that has attempts.
    let several = |run: &&RunId| book.runs[*run].attempts.len() > 1;
    let some = [book.order.first(), book.order.last(), book.order.iter().rev().find(several)];
    for run in some.into_iter().flatten() {
        crate::model::view::run_of(book, store, *run).await?;
        crate::model::view::tree(book, store, *run).await?;
    }
    Ok(())
}
