//! Holds what the database has against the demo's own books. Each check is a pure function of the two.

use super::books::{Entries, Sent, Till};
use super::kind::{self, EXPORT_STEPS, Kind, MAIL_LIMIT, Must};
use super::look::Found;
use crate::cli::human;
use crate::model::{RunId, TaskStatus, WorkflowRunId};
use crate::store::{RunDetail, WorkflowNodeRow, WorkflowRunDetail};
use serde::Serialize;

/// Examples of what is wrong that are shown.
const EXAMPLES: usize = 3;

/// What came of one check.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// What has to hold.
    pub(crate) what: &'static str,
    /// Whether it does.
    pub(crate) ok: bool,
    /// Over what it was checked.
    pub(crate) over: String,
    /// What does not hold: how many, and the first of them.
    pub(crate) wrong: usize,
    /// The first few.
    pub(crate) examples: Vec<String>,
}

fn check(what: &'static str, over: String, wrong: Vec<String>) -> Check {
    Check { what, ok: wrong.is_empty(), over, wrong: wrong.len(), examples: wrong.into_iter().take(EXAMPLES).collect() }
}

/// All checks.
pub(crate) fn all(books: &Entries, found: &Found) -> Vec<Check> {
    vec![
        sends(books, found),
        ends(books, found),
        once(books, found),
        results(books, found),
        attempts(books, found),
        times(found),
        keys(books, found),
        till(books, found),
        logs(found),
        limit(books),
        called_off(books, found),
        workflows(books, found),
        schedules(books, found),
        queues(found),
    ]
}

/// Every acknowledged send is a run in the database, and no run is there that nobody sent. A campaign that is called
/// off may have sent mails whose acknowledgement it did not live to see.
fn sends(books: &Entries, found: &Found) -> Check {
    let mut wrong: Vec<_> = books
        .sent
        .keys()
        .filter(|run| !found.runs.contains_key(run))
        .map(|run| format!("{run} is not there"))
        .collect();
    for (id, run) in &found.runs {
        let unseen = Kind::of(&run.latest.row.task_name) == Some(Kind::CampaignMail);
        if !books.sent.contains_key(id) && !unseen {
            wrong.push(format!("{} was sent by nobody", named(run)));
        }
    }
    let over = format!("{} sends, {} runs", number(books.acknowledged as usize), number(found.runs.len()));
    check("every acknowledged send is one run", over, wrong)
}

/// Every run is over, in the way that was laid down when it was sent.
fn ends(books: &Entries, found: &Found) -> Check {
    let wrong = found.runs.values().filter_map(|run| {
        let must = books.sent.get(&run.id).map_or(Must::BeCanceled, |sent| sent.must);
        let row = &run.latest.row;
        let kind = run.latest.error.as_ref().map(|error| error.kind.as_str()).unwrap_or_default();
        let fits = match must {
            Must::Succeed => row.status == TaskStatus::Success,
            Must::Fail(expected) => row.status == TaskStatus::Failed && kind.ends_with(expected),
            Must::BeCanceled => row.status == TaskStatus::Canceled,
            Must::BeSkipped => row.status == TaskStatus::Skipped,
        };
        (!fits).then(|| format!("{} is {} {kind}, and had to {must:?}", named(run), row.status))
    });
    check("every run ended, and as it had to", runs(found), wrong.collect())
}

/// No run succeeded twice: neither do two attempts say so, nor did a handler return twice.
fn once(books: &Entries, found: &Found) -> Check {
    let wrong = found.runs.values().filter_map(|run| {
        let rows = run.attempts.iter().filter(|row| row.status == TaskStatus::Success).count();
        let returned = books.returned.get(&run.id).map_or(0, Vec::len);
        let fits = rows <= 1 && rows == returned && (rows == 0 || run.latest.row.status == TaskStatus::Success);
        (!fits).then(|| format!("{}: {rows} attempts succeeded, its handler returned {returned} times", named(run)))
    });
    let succeeded = found.runs.values().filter(|run| run.latest.row.status == TaskStatus::Success).count();
    check("no run succeeded twice", format!("{} successes", number(succeeded)), wrong.collect())
}

/// Each result is what the handler returned.
fn results(books: &Entries, found: &Found) -> Check {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let mut wrong = Vec::new();
    for (id, returned) in &books.returned {
        let Some(run) = found.runs.get(id) else { continue };
        let stored = run.latest.result.as_deref();
        if stored.and_then(parsed).is_none() || stored.and_then(parsed) != returned.last().and_then(|text| parsed(text))
        {
            wrong.push(format!("{} holds {}, not {returned:?}", named(run), stored.unwrap_or("nothing")));
        }
    }
    check("each result is what its handler returned", format!("{} results", number(books.returned.len())), wrong)
}

/// Attempts are numbered without gaps, no more than allowed; each that failed in its handler failed in the database.
fn attempts(books: &Entries, found: &Found) -> Check {
    let mut wrong = Vec::new();
    for run in found.runs.values() {
        let gapless = run.attempts.iter().zip(0..).all(|(row, number)| row.attempt_number == number);
        let within = run.attempts.len() <= usize::from(retries(books.sent.get(&run.id))) + 1;
        let failed = run.attempts.iter().filter(|row| row.status == TaskStatus::Failed);
        let with_error = failed.clone().filter(|row| row.error.is_some()).count();
        let (failed, noted) = (failed.count(), books.failed.get(&run.id).map_or(0, |failed| *failed as usize));
        if !(gapless && within && failed == noted && with_error == failed) {
            let attempts = run.attempts.len();
            let what = format!("{attempts} attempts, {failed} failed, {with_error} with an error; its handler {noted}");
            wrong.push(format!("{}: {what}", named(run)));
        }
    }
    let failed: usize = books.failed.values().map(|failed| *failed as usize).sum();
    check("each failure is an attempt with its error", format!("{} failures", number(failed)), wrong)
}

fn retries(sent: Option<&Sent>) -> u16 {
    sent.map_or(0, |sent| sent.kind.max_retries())
}

/// Nothing began before its time: delayed runs, and attempts that had to wait after a failure.
fn times(found: &Found) -> Check {
    let (mut timed, mut wrong) = (0, Vec::new());
    for run in found.runs.values() {
        for row in &run.attempts {
            let (Some(due), Some(started)) = (row.scheduled_start, row.started) else { continue };
            timed += 1;
            if started < due {
                wrong.push(format!("{}: attempt {} began at {started}, due {due}", named(run), row.attempt_number));
            }
        }
    }
    check("nothing began before its time", format!("{} starts", number(timed)), wrong)
}

/// Each idempotency key has one run, which answered every send, and which has the key.
fn keys(books: &Entries, found: &Found) -> Check {
    let mut wrong = Vec::new();
    let mut sends = 0;
    for (key, keyed) in &books.keys {
        sends += keyed.sends as usize;
        let kept = keyed.runs.iter().filter_map(|run| found.runs.get(run)).all(|run| {
            let kept = run.attempts.iter().find_map(|row| row.idempotency_key.as_deref());
            kept.is_some_and(|kept| key == &format!("{} {kept}", run.latest.row.task_name))
        });
        if keyed.runs.len() != 1 || !kept {
            wrong.push(format!("{key}: {} runs", keyed.runs.len()));
        }
    }
    let over = format!("{} keys, sent {} times", number(books.keys.len()), number(sends));
    check("each idempotency key is one run", over, wrong)
}

/// The till that handlers raised holds what they charged.
fn till(books: &Entries, found: &Found) -> Check {
    let fits = Till::read(found.till.as_deref()) == Some(books.till);
    let wrong =
        (!fits).then(|| format!("it holds {}, not {:?}", found.till.as_deref().unwrap_or("nothing"), books.till));
    let over = format!(
        "{} charges, {}.{:02} €",
        human::number(books.till.charges),
        human::number(books.till.cents / 100),
        books.till.cents % 100
    );
    check("the till in the key-value store is exact", over, wrong.into_iter().collect())
}

/// What exports logged while they ran is kept with their attempts, every line.
fn logs(found: &Found) -> Check {
    let wrong = found.logged.iter().filter(|(_, lines)| **lines as u64 != EXPORT_STEPS);
    let wrong = wrong.map(|(run, lines)| format!("{run} has {lines} lines of {EXPORT_STEPS}")).collect();
    let (exports, lines) = (number(found.logged.len()), number(found.logged.values().sum()));
    check("each line that a task logged is kept", format!("{exports} exports, {lines} lines"), wrong)
}

/// Never more mails at once than the queue's limit.
fn limit(books: &Entries) -> Check {
    let peak = books.mails_peak;
    let wrong = (peak > i64::from(MAIL_LIMIT)).then(|| format!("{peak} at once"));
    check(
        "the limited queue kept its limit",
        format!("at most {peak} of {MAIL_LIMIT} at once"),
        wrong.into_iter().collect(),
    )
}

/// What was cancelled did no more work: no mail of a campaign that was called off went out.
fn called_off(books: &Entries, found: &Found) -> Check {
    let below: Vec<&RunDetail> = found.runs.values().filter(|run| is_below(run, books)).collect();
    let wrong = below.iter().filter_map(|run| {
        let idle = run.latest.row.status == TaskStatus::Canceled && !books.returned.contains_key(&run.id);
        (!idle).then(|| format!("{} is {}", named(run), run.latest.row.status))
    });
    let trees = human::counted(books.called_off.len() as u64, "tree", "trees");
    let over = format!("{trees}, {} runs", number(below.len()));
    check("cancelled trees stayed cancelled", over, wrong.collect())
}

fn is_below(run: &RunDetail, books: &Entries) -> bool {
    books.called_off.contains(&run.latest.row.root)
}

/// Every workflow's run ended as its nodes did, and none of these began before those that it waits for had succeeded
/// (or, where it runs last, had ended).
fn workflows(books: &Entries, found: &Found) -> Check {
    let missing = books.workflows.keys().filter(|run| !found.workflows.contains_key(run));
    let mut wrong: Vec<_> = missing.map(|run| format!("{run} is not there")).collect();
    for (id, run) in &found.workflows {
        let (status, left) = (run.row.status, run.row.nodes_left.unwrap_or_default());
        match books.workflows.get(id) {
            None => wrong.push(format!("{} {id} was sent by nobody", run.row.workflow_name)),
            Some(must) if *must != status || left != 0 => {
                wrong.push(format!("{} {id} is {status} with {left} nodes left, not {must}", run.row.workflow_name));
            }
            Some(_) => {}
        }
        wrong.extend(too_early(run).map(|node| format!("{id}: node {node} began before its time")));
    }
    let nodes: usize = found.workflows.values().map(|run| run.nodes.len()).sum();
    let over = format!("{} runs, {} nodes", number(found.workflows.len()), number(nodes));
    check("each node began after those before it", over, wrong)
}

/// The nodes of a run that began before the end of one that they wait for.
fn too_early(run: &WorkflowRunDetail) -> impl Iterator<Item = &str> {
    let began = |node: &WorkflowNodeRow, before: &WorkflowNodeRow| {
        node.row.started.is_some_and(|started| before.row.finished.is_none_or(|finished| finished > started))
    };
    let after = run.edges.iter().filter_map(|(from, to)| Some((run.nodes.get(*from)?, run.nodes.get(*to)?)));
    let succeeded = |node: &WorkflowNodeRow| node.row.status == TaskStatus::Success;
    let early =
        after.filter(move |(before, node)| began(node, before) || node.row.started.is_some() && !succeeded(before));
    let last = run.nodes.iter().filter(|node| node.finally);
    let hasty = last.filter(move |node| run.nodes.iter().any(|other| !other.finally && began(node, other)));
    early.map(|(_, node)| node.name.as_str()).chain(hasty.map(|node| node.name.as_str()))
}

/// From the first to the last time of a schedule none is missing and none stands twice, and each is one run.
fn schedules(books: &Entries, found: &Found) -> Check {
    let mut wrong = Vec::new();
    for (name, times) in &books.schedules {
        for pair in times.sent.windows(2) {
            let apart = (pair[1].0 - pair[0].0).num_seconds();
            if apart != times.every {
                wrong.push(format!("{name}: {apart} s from {} to the next", pair[0].0));
            }
        }
        let there =
            |run: uuid::Uuid| found.runs.contains_key(&RunId(run)) || found.workflows.contains_key(&WorkflowRunId(run));
        let lost = times.sent.iter().filter(|(_, run)| !run.is_some_and(there));
        wrong.extend(lost.map(|(time, _)| format!("{name}: nothing was sent for {time}")));
    }
    let times: usize = books.schedules.values().map(|times| times.sent.len()).sum();
    let over = format!("{} schedules, {} times", number(books.schedules.len()), number(times));
    check("each time of a schedule is one run", over, wrong)
}

/// Nothing is left in the queues.
fn queues(found: &Found) -> Check {
    let wrong = found.queues.iter().filter_map(|queue| {
        let (queued, held, scheduled) = (queue.queued.count, queue.held.count, queue.scheduled.count);
        let left = queued + held + scheduled > 0;
        left.then(|| format!("{}: {queued} queued, {held} held, {scheduled} scheduled", queue.settings.name))
    });
    check("the queues are empty", format!("{} queues", kind::queues().len()), wrong.collect())
}

fn runs(found: &Found) -> String {
    format!("{} runs", number(found.runs.len()))
}

fn number(count: usize) -> String {
    human::number(count as u64)
}

fn named(run: &RunDetail) -> String {
    format!("{} {}", run.latest.row.task_name, run.id)
}
