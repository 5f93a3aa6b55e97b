//! `tasks logs`: what an attempt logged, and with `--follow` what it goes on to log.

use crate::cli::args::TasksLogsArgs;
use crate::cli::error::{CliError, Doing};
use crate::cli::session::{Access, Session};
use crate::cli::{clean, human, ids};
use crate::model::{AttemptId, LogLine, RunId, Timestamp};
use crate::store::{LogCursor, LogsQuery, RunDetail, RunState, SharedStore};
use serde::Serialize;
use std::time::Duration;

/// Most lines that a store gives at once.
const PAGE: u32 = 1_000;
/// How often `--follow` looks for more.
const LOOK: Duration = Duration::from_millis(500);

/// How far a log was printed: the attempt, its number, its last line.
type Place = (AttemptId, i16, Option<LogCursor>);

/// A line as scripts read it.
#[derive(Serialize)]
struct LineView<'a> {
    attempt: i16,
    claim: i32,
    seq: i32,
    at: Timestamp,
    level: &'a str,
    target: &'a str,
    message: &'a str,
}

/// Runs `hyrex tasks logs`.
pub(crate) async fn run(args: TasksLogsArgs, session: &mut Session) -> Result<(), CliError> {
    let store = session.open(Access::Read).await?;
    let done = match args.follow {
        true => follow(&store, &args.id, session).await,
        false => once(&store, &args, session).await,
    };
    store.close().await;
    done
}

async fn once(store: &SharedStore, args: &TasksLogsArgs, session: &mut Session) -> Result<(), CliError> {
    let run = ids::find_run(store.as_ref(), &args.id).await?;
    let detail = store.run(run).await.doing("read the run")?.ok_or_else(|| CliError::NoRun(args.id.clone()))?;
    let (attempt, number) = chosen(&detail, args.attempt)?;
    let lines = lines_after(store, attempt, None).await?;
    let views: Vec<_> = lines.iter().map(|line| view(number, line)).collect();
    session.answer(&views, |_| match lines.is_empty() {
        true => format!("attempt {number} of run {run} logged nothing\n"),
        false => text(&lines, None),
    })
}

fn chosen(detail: &RunDetail, number: Option<i16>) -> Result<(AttemptId, i16), CliError> {
    let last = detail.latest.row.attempt_number;
    let number = number.unwrap_or(last);
    let found = detail.attempts.iter().find(|row| row.attempt_number == number);
    let found = found.ok_or_else(|| CliError::NoAttempt { run: detail.id.to_string(), number, last })?;
    Ok((found.id, number))
}

/// Prints lines as they come, from attempt to attempt, until the run is over and its last line is out.
async fn follow(store: &SharedStore, typed: &str, session: &mut Session) -> Result<(), CliError> {
    let run = ids::find_run(store.as_ref(), typed).await?;
    let mut place: Option<Place> = None;
    loop {
        // The state is read before the lines: what a run logged is there when its end is.
        let state = state(store, run, typed).await?;
        for (attempt, number) in to_read(store, run, place, &state).await? {
            let after = place.filter(|(at, ..)| *at == attempt).and_then(|(.., seq)| seq);
            if after.is_none() && place.is_some_and(|(at, ..)| at != attempt) && !session.json() {
                session.world.print(format!("--- attempt {number}\n"))?;
            }
            let lines = lines_after(store, attempt, after).await?;
            print_lines(session, number, &lines, after)?;
            place = Some((attempt, number, lines.last().map(|line| (line.claim, line.seq)).or(after)));
        }
        if state.is_over() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn state(store: &SharedStore, run: RunId, typed: &str) -> Result<RunState, CliError> {
    let states = store.run_states(vec![run]).await.doing("read the run")?;
    states.into_iter().next().flatten().ok_or_else(|| CliError::NoRun(typed.to_owned()))
}

/// The attempts that may have lines not yet printed: the one in hand, and those after it.
async fn to_read(
    store: &SharedStore,
    run: RunId,
    place: Option<Place>,
    state: &RunState,
) -> Result<Vec<(AttemptId, i16)>, CliError> {
    let latest = (state.attempt, state.attempt_number);
    let Some((_, from, _)) = place else { return Ok(vec![latest]) };
    if from == state.attempt_number {
        return Ok(vec![latest]);
    }
    let detail = store.run(run).await.doing("read the run")?;
    let attempts = detail.iter().flat_map(|detail| &detail.attempts).map(|row| (row.id, row.attempt_number));
    Ok(attempts.filter(|(_, number)| (from..=state.attempt_number).contains(number)).collect())
}

fn print_lines(
    session: &mut Session,
    attempt: i16,
    lines: &[LogLine],
    after: Option<LogCursor>,
) -> Result<(), CliError> {
    if session.json() {
        return lines.iter().try_for_each(|line| session.answer_line(&view(attempt, line)));
    }
    if lines.is_empty() { Ok(()) } else { session.world.print(text(lines, after)) }
}

async fn lines_after(
    store: &SharedStore,
    attempt: AttemptId,
    mut after: Option<LogCursor>,
) -> Result<Vec<LogLine>, CliError> {
    let mut lines = Vec::new();
    loop {
        let page = store.logs(LogsQuery { attempt, after, limit: PAGE }).await.doing("read the log")?;
        lines.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(lines),
        }
    }
}

fn view(attempt: i16, line: &LogLine) -> LineView<'_> {
    LineView {
        attempt,
        claim: line.claim,
        seq: line.seq,
        at: line.at,
        level: &line.level,
        target: &line.target,
        message: &line.message,
    }
}

/// Lines for people; where numbers are missing, a line that says how many, and where a claim begins anew, that.
fn text(lines: &[LogLine], after: Option<LogCursor>) -> String {
    let mut text = String::new();
    let mut last = after;
    for line in lines {
        text.push_str(&between(last, (line.claim, line.seq)));
        last = Some((line.claim, line.seq));
        let level = clean::line(&line.level);
        let (target, message) = (clean::line(&line.target), clean::line(&line.message));
        text.push_str(&format!("{} {level:<5} {target}: {message}\n", human::clock(line.at)));
    }
    text
}

/// What is to be said between two lines.
fn between(last: Option<LogCursor>, next: LogCursor) -> String {
    let again = last.is_some_and(|(claim, _)| claim != next.0);
    let expected = last.filter(|_| !again).map_or(0, |(_, seq)| seq + 1);
    let mut said = String::new();
    if again {
        said.push_str("--- given back and begun again\n");
    }
    if next.1 > expected {
        let missing = (next.1 - expected) as u64;
        said.push_str(&format!("… {} left out\n", human::counted(missing, "line", "lines")));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(claim: i32, seq: i32, message: &str) -> LogLine {
        LogLine {
            claim,
            seq,
            at: Timestamp::default(),
            level: "INFO".into(),
            target: "shop".into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_cut_is_said_and_nothing_hostile_passes() {
        let shown = text(&[line(1, 0, "a"), line(1, 200, "b\x1b[2J\nc"), line(2, 0, "d")], None);
        let expected = "1970-01-01 00:00:00.000 INFO  shop: a\n… 199 lines left out\n\
                        1970-01-01 00:00:00.000 INFO  shop: b\\x1b[2J\\nc\n--- given back and begun again\n\
                        1970-01-01 00:00:00.000 INFO  shop: d\n";
        assert_eq!(shown, expected);
    }
}
