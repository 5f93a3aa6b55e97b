//! What can be seen of a store, held against the model.

use super::book::{Attempt, Book, Key, Queue};
use super::player::{KEYS, QUEUES, TASKS, Verdict, same};
use super::verbs::Settled;
use hyrex::model::{AttemptId, ClaimedRun, ExecutorId, ExecutorStatus, Fence, RunId, TaskError, TaskStatus};
use hyrex::store::{
    AttemptRow, CancelOutcome, Capped, KvQuery, LogsQuery, QueueSettings, RetryOutcome, RunFilter, RunsQuery, Store,
    TickAnswer,
};
use std::collections::BTreeSet;

fn fine<T>(what: &str, answer: hyrex::store::Result<T>) -> Verdict<T> {
    answer.map_err(|error| format!("{what}: the store fails: {error}"))
}

/// Everything that stands.
pub async fn all(book: &Book, store: &dyn Store) -> Verdict {
    for run in &book.order {
        run_of(book, store, *run).await?;
    }
    for at in 0..8 {
        look(book, store, at, 0).await?;
    }
    Ok(())
}

/// One look of a reader; what kind it was.
pub async fn look(book: &Book, store: &dyn Store, at: u8, pick: u16) -> Verdict<&'static str> {
    let chosen = (!book.order.is_empty()).then(|| book.order[pick as usize % book.order.len()]);
    match (at % 8, chosen) {
        (0, Some(run)) => run_of(book, store, run).await.map(|()| "run"),
        (1, Some(run)) => tree(book, store, run).await.map(|()| "tree"),
        (2, _) => states(book, store).await.map(|()| "states"),
        (3, _) => lists(book, store, pick).await.map(|()| "lists"),
        (4, _) => queues(book, store).await.map(|()| "queues"),
        (5, _) => executors(book, store).await.map(|()| "executors"),
        (6, _) => kv(book, store).await.map(|()| "kv"),
        _ => counts(book, store).await.map(|()| "counts"),
    }
}

pub async fn run_of(book: &Book, store: &dyn Store, run: RunId) -> Verdict {
    let detail = fine("run", store.run(run).await)?.ok_or_else(|| format!("run: {run} is gone"))?;
    same("run: attempts", detail.attempts.len(), book.runs[&run].attempts.len())?;
    for (number, row) in detail.attempts.iter().enumerate() {
        row_of(book, (run, number as i16), row)?;
        logs(book, store, (run, number as i16)).await?;
    }
    let attempt = book.attempt(book.latest(run));
    same("run: result", detail.latest.result.as_ref(), attempt.result.as_ref())?;
    error(attempt, detail.latest.error.as_ref())?;
    let progress = detail.latest.progress.map(|progress| (progress.fraction, progress.at));
    let expected = attempt.progress.filter(|(claim, ..)| *claim == attempt.claim).map(|(_, part, at)| (part, at));
    same("run: progress", progress, expected)?;
    same("run: arguments", detail.latest.args.as_str(), book.args(book.latest(run)))
}

pub fn row_of(book: &Book, key: Key, row: &AttemptRow) -> Verdict {
    let (facts, attempt) = (book.facts(key), book.attempt(key));
    let what = |part: &str| format!("attempt {} of {}: {part}", key.1, key.0);
    same(&what("id"), Some(row.id), attempt.id)?;
    same(&what("status"), row.status, attempt.status)?;
    same(&what("its run, root and parent"), (row.run, Some(row.root), row.parent), (key.0, facts.root, facts.parent))?;
    same(&what("task and queue"), (&row.task_name, &row.queue), (&facts.task_name, &facts.queue))?;
    same(&what("number and retries"), (row.attempt_number, row.max_retries), (key.1, attempt.max_retries))?;
    same(&what("priority"), row.priority, facts.priority)?;
    same(&what("executor"), row.executor, attempt.executor)?;
    let times = (row.queued, row.started, row.finished);
    same(&what("queued, started, finished"), times, (attempt.queued, attempt.started, attempt.finished))?;
    if attempt.scheduled.is_some() {
        same(&what("scheduled start"), row.scheduled_start, attempt.scheduled)?;
    }
    let key_of_run = facts.idempotency_key.as_ref().filter(|_| key.1 == 0);
    same(&what("idempotency key"), row.idempotency_key.as_ref(), key_of_run)?;
    match attempt.status {
        TaskStatus::Lost => same(&what("error"), row.error.is_some(), true),
        _ => same(&what("error"), row.error.as_ref(), attempt.error.as_ref().map(|error| &error.message)),
    }
}

/// The words in which a store says that an executor was lost are its own.
pub fn error(attempt: &Attempt, seen: Option<&TaskError>) -> Verdict {
    match attempt.status {
        TaskStatus::Lost => same("error: kind", seen.map(|error| error.kind.as_str()), Some("lost")),
        _ => same("error", seen, attempt.error.as_ref()),
    }
}

async fn logs(book: &Book, store: &dyn Store, key: Key) -> Verdict {
    let expected: Vec<_> = book.logs.iter().filter(|((of, ..), _)| *of == key).collect();
    if expected.is_empty() && key.1 > 0 {
        return Ok(());
    }
    let attempt = book.attempt(key).id.expect("an attempt that was learned");
    let page = fine("logs", store.logs(LogsQuery { attempt, after: None, limit: 100 }).await)?;
    let seen: Vec<_> = page.items.iter().map(|line| (line.claim, line.seq, &line.message)).collect();
    let expected: Vec<_> = expected.into_iter().map(|((_, claim, seq), text)| (*claim, *seq, text)).collect();
    same("logs", seen, expected)
}

pub async fn tree(book: &Book, store: &dyn Store, run: RunId) -> Verdict {
    let root = book.runs[&run].facts.root.expect("every run has one");
    let tree = fine("tree", store.tree(root, 1000).await)?;
    let of_root = |id: &&RunId| book.runs[*id].facts.root == Some(root);
    let expected: BTreeSet<_> = book.order.iter().filter(of_root).map(|id| (*id, parent_run(book, *id))).collect();
    let seen: BTreeSet<_> = tree.runs.iter().map(|row| (row.row.run, row.parent_run)).collect();
    same("tree: size", tree.runs.len(), expected.len())?;
    same("tree", seen, expected)?;
    tree.runs.iter().try_for_each(|row| row_of(book, book.latest(row.row.run), &row.row))
}

fn parent_run(book: &Book, run: RunId) -> Option<RunId> {
    let parent = match book.node(run) {
        Some(node) => book.flows[node.flow].new.parent,
        None => book.runs[&run].facts.parent,
    };
    parent.and_then(|parent| book.find(parent)).map(|key| key.0)
}

pub async fn states(book: &Book, store: &dyn Store) -> Verdict {
    let states = fine("run_states", store.run_states(book.order.clone()).await)?;
    for (run, state) in book.order.iter().zip(states) {
        let state = state.ok_or_else(|| format!("run_states: {run} is gone"))?;
        let key = book.latest(*run);
        let attempt = book.attempt(key);
        let seen = (Some(state.attempt), state.status, state.attempt_number, state.max_retries);
        same("run_states", seen, (attempt.id, attempt.status, key.1, attempt.max_retries))?;
        same("run_states: result", state.result.as_ref(), attempt.result.as_ref())?;
        if attempt.status == TaskStatus::Failed {
            error(attempt, state.error.as_ref())?;
        }
    }
    Ok(())
}

pub async fn lists(book: &Book, store: &dyn Store, pick: u16) -> Verdict {
    let status = TaskStatus::ALL[pick as usize % 11];
    let statuses = if pick.is_multiple_of(3) { vec![] } else { vec![status] };
    let queue = (pick.is_multiple_of(2)).then(|| QUEUES[pick as usize % 3].to_owned());
    let filter = RunFilter { statuses: statuses.clone(), queue: queue.clone(), ..RunFilter::default() };
    let rows = fine("runs", store.runs(RunsQuery { filter, before: None, limit: 1000 }).await)?.items;
    let fits = |key: &Key| {
        let of_status = statuses.is_empty() || statuses.contains(&book.attempt(*key).status);
        of_status && queue.as_ref().is_none_or(|queue| book.facts(*key).queue == *queue)
    };
    let mut expected: Vec<_> = book.order.iter().map(|run| book.latest(*run)).filter(fits).collect();
    expected.sort_by_key(|key| std::cmp::Reverse(book.attempt(*key).id));
    let seen: Vec<Key> = rows.iter().map(|row| (row.run, row.attempt_number)).collect();
    same(&format!("runs with {statuses:?} in {queue:?}"), seen, expected)?;
    rows.iter().try_for_each(|row| row_of(book, book.latest(row.run), row))
}

async fn queues(book: &Book, store: &dyn Store) -> Verdict {
    let rows = fine("queues", store.queues(Some(book.now)).await)?;
    let mut names: Vec<&str> = QUEUES.into_iter().filter(|name| is_known(book, name)).collect();
    names.sort_unstable();
    same("queues: names", rows.iter().map(|row| row.settings.name.as_str()).collect(), names)?;
    for row in rows {
        let name = row.settings.name.clone();
        let of = |status: &[TaskStatus]| in_queue(book, &name, status);
        let counts = (row.queued, row.held, row.scheduled);
        let exactly = |keys: Vec<Key>| Capped { count: keys.len() as u32, more: false };
        let (queued, held) = (of(&[TaskStatus::Queued]), of(&[TaskStatus::Running, TaskStatus::UpForCancel]));
        let oldest = queued.iter().filter_map(|key| book.attempt(*key).queued).min();
        let expected = (exactly(queued), exactly(held), exactly(of(&[TaskStatus::AwaitStartTime])));
        same(&format!("queues: {name}"), counts, expected)?;
        let age = oldest.map(|oldest| (book.now - oldest).to_std().unwrap_or_default());
        same(&format!("queues: oldest in {name}"), row.oldest, age)?;
        settings(&name, &row.settings, &book.queues.get(&name).cloned().unwrap_or_default())?;
    }
    Ok(())
}

fn in_queue(book: &Book, queue: &str, statuses: &[TaskStatus]) -> Vec<Key> {
    let fits = |key: &Key| book.facts(*key).queue == queue && statuses.contains(&book.attempt(*key).status);
    book.all().into_iter().filter(fits).collect()
}

fn is_known(book: &Book, queue: &str) -> bool {
    use TaskStatus::*;
    book.queues.contains_key(queue)
        || !in_queue(book, queue, &[Queued, Running, UpForCancel, AwaitStartTime]).is_empty()
}

async fn executors(book: &Book, store: &dyn Store) -> Verdict {
    let rows = fine("executors", store.executors(1000, Some(book.now)).await)?;
    let seen: BTreeSet<_> = rows.iter().map(|row| (row.id, row.status.as_str(), row.held)).collect();
    let held = |id: &ExecutorId| book.held_by(*id).len() as u32;
    let expected = book.executors.iter().map(|(id, executor)| (*id, executor.status.as_str(), held(id))).collect();
    same("executors", seen, expected)
}

async fn kv(book: &Book, store: &dyn Store) -> Verdict {
    let query = KvQuery { prefix: String::new(), after: None, limit: 100, preview: 100 };
    let rows = fine("kv_list", store.kv_list(query).await)?.items;
    let seen: Vec<_> = rows.iter().map(|row| (&row.key, &row.value)).collect();
    same("kv_list", seen, book.kv.iter().collect())?;
    for key in KEYS {
        same("kv_get", fine("kv_get", store.kv_get(key).await)?.as_ref(), book.kv.get(key))?;
    }
    Ok(())
}

pub async fn counts(book: &Book, store: &dyn Store) -> Verdict {
    let counts = fine("status_counts", store.status_counts().await)?;
    for status in TaskStatus::ALL {
        let latest = book.order.iter().map(|run| book.latest(*run));
        let expected = latest.filter(|key| book.attempt(*key).status == status).count() as u32;
        let seen = counts.iter().find(|(of, _)| *of == status).map_or(0, |(_, capped)| capped.count);
        same(&format!("status_counts: {status}"), seen, expected)?;
    }
    Ok(())
}

/// What a tick told.
pub fn tick(book: &mut Book, executor: ExecutorId, answer: &TickAnswer) -> Verdict {
    same("tick: now", answer.now, book.now)?;
    same("tick: own status", answer.own, book.executor(executor).map(|executor| executor.status))?;
    let asked = |key: &Key| book.attempt(*key).status == TaskStatus::UpForCancel;
    let held = book.held_by(executor);
    let cancels: Vec<Key> = held.iter().copied().filter(asked).collect();
    same("tick: cancels", ids(&answer.cancels), attempts(book, &cancels))?;
    same("tick: workflows", answer.workflows, book.workflows_seen())?;
    let waiting = book.all().into_iter().filter(|key| book.attempt(*key).status == TaskStatus::AwaitStartTime);
    let next_due = waiting.filter_map(|key| book.attempt(key).scheduled).min();
    same("tick: next due", answer.next_due, next_due)?;
    let mut lanes: Vec<_> = answer.lanes.iter().map(|lane| (lane.queue.as_str(), lane.task_name.as_str())).collect();
    // Their order is the database's: it matters only to itself, where it goes on after a cut.
    lanes.sort_unstable();
    same("tick: lanes", lanes, expected_lanes(book))?;
    for settings_of in &answer.queues {
        let stands = book.queues.get(&settings_of.name).cloned().unwrap_or_default();
        settings(&settings_of.name, settings_of, &stands)?;
    }
    let tells = |(_, queue): &(&String, &Queue)| queue.limit().is_some() || queue.paused_at.is_some();
    let expected: BTreeSet<_> = book.queues.iter().filter(tells).map(|(name, _)| name.as_str()).collect();
    same("tick: queues", answer.queues.iter().map(|queue| queue.name.as_str()).collect(), expected)?;
    if let Some(told) = &answer.held {
        same("tick: held", ids(told), attempts(book, &held))?;
    }
    peers(book, executor, answer)
}

fn ids(fences: &[Fence]) -> BTreeSet<(AttemptId, i32)> {
    fences.iter().map(|fence| (fence.attempt, fence.claim)).collect()
}

fn attempts(book: &Book, keys: &[Key]) -> BTreeSet<(AttemptId, i32)> {
    let pair = |key: &Key| (book.attempt(*key).id.expect("a claimed attempt"), book.attempt(*key).claim);
    keys.iter().map(pair).collect()
}

fn expected_lanes(book: &Book) -> Vec<(&'static str, &'static str)> {
    let mut lanes: Vec<_> = QUEUES.into_iter().flat_map(|queue| TASKS.map(|task| (queue, task))).collect();
    let is_there = |(queue, task): &(&str, &str)| {
        in_queue(book, queue, &[TaskStatus::Queued]).into_iter().any(|key| book.facts(key).task_name == *task)
    };
    lanes.retain(is_there);
    lanes.sort_unstable();
    lanes
}

/// The others that are at work; the number of their beats is learned from the first sight of them.
fn peers(book: &mut Book, executor: ExecutorId, answer: &TickAnswer) -> Verdict {
    let Some(peers) = &answer.peers else { return Ok(()) };
    let at_work =
        |(id, other): &&(ExecutorId, super::book::Executor)| *id != executor && other.status == ExecutorStatus::Running;
    let expected: BTreeSet<_> = book.executors.iter().filter(at_work).map(|(id, _)| *id).collect();
    same("tick: peers", peers.iter().map(|peer| peer.id).collect(), expected)?;
    for peer in peers {
        let known = book.executor_mut(peer.id).expect("a peer that is known");
        let number = peer.beat_number.ok_or("tick: a peer of ours without a beat number")?;
        same("tick: a peer's beat number", number, known.beats.unwrap_or(number))?;
        known.beats = Some(number);
        same("tick: a peer's last beat", peer.last_heartbeat, Some(known.last_beat))?;
    }
    Ok(())
}

/// A queue's settings.
pub fn settings(name: &str, seen: &QueueSettings, stands: &Queue) -> Verdict {
    let what = format!("settings of {name}");
    same(&what, seen.name.as_str(), name)?;
    same(&what, (seen.concurrency_limit, seen.app_limit), (stands.limit(), stands.app_limit))?;
    same(&what, seen.limit_by_operator, stands.operator_limit.is_some())?;
    same(&what, seen.paused_at.is_some(), stands.paused_at.is_some())
}

/// What a claim says of its run.
pub fn claimed(book: &Book, run: &ClaimedRun) -> Verdict {
    let key = (run.run, run.attempt_number);
    let (facts, attempt) = (book.facts(key), book.attempt(key));
    let fence = (Some(run.fence.attempt), Some(run.fence.executor), run.fence.claim);
    same("claim: fence", fence, (attempt.id, attempt.executor, attempt.claim))?;
    let lineage = (run.root, run.parent);
    same("claim: root and parent", lineage, (facts.root.expect("every run has one"), facts.parent))?;
    let facts_of = (run.task_name.as_str(), run.queue.as_str(), run.args.as_str(), run.priority);
    let expected = (facts.task_name.as_str(), facts.queue.as_str(), book.args(key), facts.priority);
    same("claim: facts", facts_of, expected)?;
    let node = book.node(run.run).map(|node| (book.flows[node.flow].new.id, node.name.clone()));
    same("claim: node", run.workflow_run.zip(run.node_name.clone()), node)?;
    same("claim: retries", run.max_retries, attempt.max_retries)?;
    same("claim: times", (run.queued, Some(run.started)), (attempt.queued, attempt.started))
}

pub fn settled_name(settled: Settled) -> String {
    match settled {
        Settled::Applied(status, true) => format!("{status}, next"),
        Settled::Applied(status, false) => status.to_string(),
        Settled::AlreadyApplied => "already applied".into(),
        Settled::Refused(status) => format!("refused by {status}"),
        Settled::Gone => "gone".into(),
    }
}

pub fn cancel_name(outcome: &CancelOutcome) -> &'static str {
    match outcome {
        CancelOutcome::Canceled => "cancelled",
        CancelOutcome::Asked => "asked",
        CancelOutcome::AskedPython => "asked Python",
        CancelOutcome::BetweenAttempts => "between attempts",
        CancelOutcome::AlreadyAsked => "already asked",
        CancelOutcome::AlreadyEnded(_) => "already ended",
        CancelOutcome::NotFound => "not found",
    }
}

pub fn retry_name(outcome: &RetryOutcome) -> &'static str {
    match outcome {
        RetryOutcome::Queued(_) => "queued",
        RetryOutcome::SentAgain(_) => "sent again",
        RetryOutcome::NotEnded(_) => "not ended",
        RetryOutcome::WorkflowNode => "workflow node",
        RetryOutcome::NotFound => "not found",
    }
}
