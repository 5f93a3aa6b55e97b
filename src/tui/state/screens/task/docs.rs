//! The texts about an attempt.

use super::Text;
use crate::model::{LogLine, TaskError};
use crate::store::{AttemptDetail, AttemptRow};
use crate::tui::state::json::{DocLine, Tone, lines, plain};

/// The text of that kind.
pub(super) fn doc(text: Text, shown: &AttemptDetail, log: Option<&[LogLine]>) -> Vec<DocLine> {
    match text {
        Text::Error => error(shown),
        Text::Args => lines(&shown.args),
        Text::Result => shown.result.as_deref().map_or_else(|| note(no_result(shown)), lines),
        Text::Log => match log {
            None => note("reading"),
            Some([]) => note("nothing was logged"),
            Some(log) => logged(log),
        },
        Text::Meta => facts(&shown.row),
    }
}

fn note(text: &str) -> Vec<DocLine> {
    vec![DocLine::new(Tone::Faint, text)]
}

fn no_result(shown: &AttemptDetail) -> &'static str {
    if shown.row.status.is_finished() { "it returned nothing" } else { "it has not ended" }
}

fn error(shown: &AttemptDetail) -> Vec<DocLine> {
    let Some(TaskError { kind, message, chain, place }) = &shown.error else {
        let kept = shown.row.error.is_none() && shown.row.status == crate::model::TaskStatus::Failed;
        return note(if kept { "it failed, and no error is kept: a Python worker keeps none" } else { "no error" });
    };
    let mut doc = vec![DocLine::new(Tone::Bad, kind.clone())];
    doc.extend(plain(message, Tone::Plain));
    if let Some(place) = place {
        doc.push(DocLine { pieces: vec![(Tone::Faint, "at ".into()), (Tone::Name, place.clone())], fold: None });
    }
    for cause in chain {
        doc.push(DocLine::default());
        doc.push(DocLine::new(Tone::Faint, "caused by"));
        doc.extend(plain(cause, Tone::Plain));
    }
    doc
}

/// A line a line; where numbers are left out, how many.
fn logged(log: &[LogLine]) -> Vec<DocLine> {
    let mut doc = Vec::with_capacity(log.len());
    let mut last: Option<(i32, i32)> = None;
    for line in log {
        match last {
            Some((claim, _)) if claim != line.claim => {
                doc.push(DocLine::new(Tone::Faint, format!("claimed again, for the {}. time", line.claim)));
            }
            Some((_, seq)) if line.seq > seq.saturating_add(1) => {
                doc.push(DocLine::new(Tone::Faint, format!("{} lines left out", line.seq - seq - 1)));
            }
            _ => {}
        }
        last = Some((line.claim, line.seq));
        let pieces = vec![
            (Tone::Faint, line.at.format("%H:%M:%S%.3f ").to_string()),
            (tone(&line.level), format!("{:<5} ", line.level)),
            (Tone::Faint, format!("{}: ", line.target)),
            (Tone::Plain, line.message.clone()),
        ];
        doc.push(DocLine { pieces, fold: None });
    }
    doc
}

fn tone(level: &str) -> Tone {
    match level {
        "ERROR" => Tone::Bad,
        "WARN" => Tone::Warn,
        "INFO" => Tone::Active,
        _ => Tone::Faint,
    }
}

fn facts(row: &AttemptRow) -> Vec<DocLine> {
    let id = |id: uuid::Uuid| Some(id.to_string());
    let time = |time: Option<crate::model::Timestamp>| time.map(|t| t.format("%Y-%m-%d %H:%M:%S%.6fZ").to_string());
    let facts = [
        ("task", Some(row.task_name.clone())),
        ("queue", Some(row.queue.clone())),
        ("run", id(row.run.0)),
        ("attempt", id(row.id.0)),
        ("root", id(row.root.0)),
        ("sent by attempt", row.parent.and_then(|parent| id(parent.0))),
        ("workflow run", row.workflow_run.and_then(|run| id(run.0))),
        ("node", row.node_name.clone()),
        ("executor", row.executor.and_then(|executor| id(executor.0))),
        ("idempotency key", row.idempotency_key.clone()),
        ("priority", Some(row.priority.to_string())),
        ("retries", Some(row.max_retries.to_string())),
        ("timeout", row.timeout_seconds.map(|seconds| format!("{seconds}s"))),
        ("due", time(row.scheduled_start)),
        ("queued", time(row.queued)),
        ("started", time(row.started)),
        ("ended", time(row.finished)),
    ];
    let line = |(name, value): (&str, Option<String>)| {
        let pieces = vec![(Tone::Faint, format!("{name:<16}")), (Tone::Plain, value?)];
        Some(DocLine { pieces, fold: None })
    };
    facts.into_iter().filter_map(line).collect()
}
