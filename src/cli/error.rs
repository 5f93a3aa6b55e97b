//! What a command can end with, and the exit code of each: the one place that decides it.

use super::clean;
use crate::model::{BoundsError, PatternError, TaskStatus, WorkflowStatus};
use crate::store::{StoreError, masked};

/// Why a command did not do what it was asked. Each says what was wrong and what to do, in one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// No URL anywhere.
    #[error(
        "no database is named: give --url, or set HYREX_DATABASE_URL (also in a .env file), for example to \
         sqlite:hyrex.sqlite or postgres://user@host/database"
    )]
    NoUrl,
    /// A `.env` file that cannot be read.
    #[error("the file {path} cannot be read: {why}; mend it, or give --url")]
    DotEnv {
        /// The file.
        path: String,
        /// Why, without what stands in it.
        why: String,
    },
    /// No such SQLite file, and the command does not make one.
    #[error("there is no SQLite file at {0}: check the path, or make it with `hyrex init-db`")]
    NoFile(String),
    /// The database could not be opened or asked.
    #[error("could not {doing}: {error}")]
    Store {
        /// What was attempted.
        doing: &'static str,
        /// What came back.
        error: StoreError,
    },
    /// An argument that no command takes so; found after the parser.
    #[error("{0}")]
    Usage(String),
    /// A name or a key out of bounds.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A queue pattern that cannot be read.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// No run of this id.
    #[error("no run has the id {0}: `hyrex tasks list` shows ids; an id's last 6 or more digits will do")]
    NoRun(String),
    /// No workflow's run of this id.
    #[error("no workflow run has the id {0}: `hyrex workflows runs` shows ids; an id's last 6 or more digits will do")]
    NoWorkflowRun(String),
    /// Neither a run nor a definition.
    #[error("no workflow is named '{0}', and no run of one has that id: see `hyrex workflows list` and `… runs`")]
    NoWorkflow(String),
    /// No such schedule.
    #[error("no schedule is named '{0}', and none sends what is named so: see `hyrex cron list`")]
    NoJob(String),
    /// Several schedules send what is named so.
    #[error("several schedules send '{name}': {found}; give the whole name")]
    ManyJobs {
        /// What was given.
        name: String,
        /// The schedules.
        found: String,
    },
    /// A schedule that sends nothing.
    #[error("schedule '{0}' runs SQL and sends nothing: only who leads the schedules runs it, at its times")]
    SqlJob(String),
    /// A schedule whose row cannot be read.
    #[error("schedule '{job}' cannot be run: {why}")]
    UnreadJob {
        /// The schedule.
        job: String,
        /// Why.
        why: String,
    },
    /// Several runs end in these digits.
    #[error("{tail} is the end of several ids: {found}; give more digits")]
    Ambiguous {
        /// What was given.
        tail: String,
        /// The ids.
        found: String,
    },
    /// The run has no such attempt.
    #[error("run {run} has no attempt {number}: it has 0 to {last}")]
    NoAttempt {
        /// The run.
        run: String,
        /// What was asked for.
        number: i16,
        /// The number of its latest attempt.
        last: i16,
    },
    /// No such key.
    #[error("no key '{0}' is kept: `hyrex kv list` shows the keys")]
    NoKey(String),
    /// A retry of what has not ended.
    #[error("run {run} is {status}, and another attempt is under way or about to come: retry it once it is over")]
    NotEnded {
        /// The run.
        run: String,
        /// Where it stands.
        status: TaskStatus,
    },
    /// A retry of a workflow's node.
    #[error(
        "run {0} is a node of a workflow run, which is repaired as a whole: use `hyrex workflows retry` with the run and \
         the node that `hyrex tasks show` names"
    )]
    WorkflowNode(String),
    /// A cancel of what has ended.
    #[error("run {run} ended already, {status}: there is nothing to cancel")]
    AlreadyEnded {
        /// The run.
        run: String,
        /// How it ended.
        status: TaskStatus,
    },
    /// A cancel of a workflow's run that has ended.
    #[error("workflow run {run} ended already, {status}: there is nothing to cancel")]
    WorkflowAlreadyEnded {
        /// The run.
        run: String,
        /// How it ended.
        status: WorkflowStatus,
    },
    /// A retry of a workflow's run that cannot be.
    #[error("workflow run {run} was left as it is: {why}")]
    NotRepaired {
        /// The run.
        run: String,
        /// Why.
        why: String,
    },
    /// The workflow's run that was waited for did not succeed.
    #[error("{0}: `hyrex workflows show` tells more")]
    WorkflowEnded(String),
    /// The workflow's run that was waited for goes on.
    #[error(
        "workflow run {run} has not ended after {waited:?}, and goes on: `hyrex workflows show` tells where it stands"
    )]
    WorkflowNotOverInTime {
        /// The run.
        run: String,
        /// How long was waited.
        waited: std::time::Duration,
    },
    /// A cancel in the moment between two attempts of a Python worker.
    #[error("run {0} failed under a Python worker, which is about to make its next attempt: ask again in a minute")]
    BetweenAttempts(String),
    /// Of several runs, some were refused; each was said on a line of its own.
    #[error("{refused} of {asked} runs were left as they are: see above")]
    Refused {
        /// How many.
        refused: usize,
        /// Of how many.
        asked: usize,
    },
    /// Arguments that are no JSON object.
    #[error(
        "{what} {why}: give one JSON object, a key a parameter, like '{{\"to\": \"ada@example.com\"}}' (in a shell in \
         single quotes), @FILE or -"
    )]
    NotArguments {
        /// Where they stand.
        what: String,
        /// What is wrong with them, and where.
        why: String,
    },
    /// The run that was waited for failed.
    #[error("run {run} failed: {why}: `hyrex tasks show` tells more")]
    RunFailed {
        /// The run.
        run: String,
        /// Its error, on one line.
        why: String,
    },
    /// The run that was waited for ended without a result, and without failing.
    #[error("run {run} ended without a result: it is {status}")]
    RunEnded {
        /// The run.
        run: String,
        /// How it ended.
        status: TaskStatus,
    },
    /// The run that was waited for goes on.
    #[error("run {run} is not over after {waited:?}, and goes on: `hyrex tasks show` tells where it stands")]
    NotOverInTime {
        /// The run.
        run: String,
        /// How long was waited.
        waited: std::time::Duration,
    },
    /// Ctrl-C between two steps.
    #[error("stopped before the end: {0}")]
    Stopped(&'static str),
    /// The stand-alone binary has no tasks, and no application stands in the directory.
    #[error(
        "this command has no tasks to run, and no application was found from this directory upwards: write one whose \
         main returns hyrex::cli::run(app), and call run-worker in its folder (`hyrex run-worker --help` shows one)"
    )]
    NeedsApplication,
    /// The application of the directory runs something else.
    #[error(
        "the binary '{0}' of this folder led back here instead of running its tasks: let its main return \
         hyrex::cli::run(app) (`hyrex run-worker --help` shows one)"
    )]
    LedBack(String),
    /// A `Cargo.toml` that Cargo does not take.
    #[error("could not read {path}: {why}")]
    Manifest {
        /// The file.
        path: String,
        /// What Cargo says, on one line.
        why: String,
    },
    /// The demo without `--headless`, where nobody can look.
    #[error("the monitor needs a terminal, and a build with the feature `tui`: `hyrex demo --headless` needs neither")]
    NeedsHeadless,
    /// The monitor could not be shown.
    #[cfg(feature = "tui")]
    #[error("{0}")]
    Monitor(String),
    /// The worker ended badly.
    #[error("{0}")]
    Worker(String),
    /// The demo found the database and its own books at odds.
    #[error("the demo does not add up: {failed} of {checks} checks failed; they are listed above")]
    DoesNotAddUp {
        /// How many failed.
        failed: usize,
        /// Of how many.
        checks: usize,
    },
    /// The benchmark broke off.
    #[error("could not measure: {0}")]
    Bench(#[from] super::bench::error::BenchError),
    /// Standard input could not be read.
    #[error("could not read {what}: {why}")]
    Input {
        /// What was to be read.
        what: String,
        /// Why not.
        why: String,
    },
    /// The machine refused something: a file, a thread.
    #[error("could not {doing}: {error}")]
    System {
        /// What was attempted.
        doing: &'static str,
        /// The machine's answer.
        error: std::io::Error,
    },
    /// Nobody reads what is written (`| head`).
    #[error("the reader of the output went away")]
    BrokenPipe,
}

impl CliError {
    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        use CliError::*;
        match self {
            BrokenPipe => 0,
            #[cfg(feature = "tui")]
            Monitor(_) => 1,
            Usage(_) | Bounds(_) | Pattern(_) | NotArguments { .. } | NeedsApplication | LedBack(_) | NeedsHeadless => {
                2
            }
            NoUrl
            | DotEnv { .. }
            | NoFile(_)
            | Store { .. }
            | NoRun(_)
            | NoWorkflowRun(_)
            | NoWorkflow(_)
            | NoJob(_)
            | ManyJobs { .. }
            | SqlJob(_)
            | UnreadJob { .. }
            | WorkflowAlreadyEnded { .. }
            | NotRepaired { .. }
            | WorkflowEnded(_)
            | WorkflowNotOverInTime { .. }
            | Ambiguous { .. }
            | NoAttempt { .. }
            | NoKey(_)
            | NotEnded { .. }
            | WorkflowNode(_)
            | BetweenAttempts(_)
            | AlreadyEnded { .. }
            | Refused { .. }
            | Manifest { .. }
            | Stopped(_)
            | RunFailed { .. }
            | RunEnded { .. }
            | NotOverInTime { .. }
            | Worker(_)
            | DoesNotAddUp { .. }
            | Bench(_)
            | Input { .. }
            | System { .. } => 1,
        }
    }

    /// What is said on standard error: one line, nothing hostile in it, no password; `None`: nothing.
    pub(crate) fn line(&self) -> Option<String> {
        match self {
            CliError::BrokenPipe => None,
            error => Some(format!("hyrex: {}", without_passwords(&clean::line(&error.to_string())))),
        }
    }
}

/// `text` with the password of each URL in it masked.
pub(crate) fn without_passwords(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains("://") { masked(word) } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// Says what was attempted when a verb of a store failed.
pub(crate) trait Doing<T> {
    /// The error as `could not DOING: …`.
    fn doing(self, doing: &'static str) -> Result<T, CliError>;
}

impl<T> Doing<T> for Result<T, StoreError> {
    fn doing(self, doing: &'static str) -> Result<T, CliError> {
        self.map_err(|error| of_store(doing, error))
    }
}

/// What a store said when it was asked to do something.
pub(crate) fn of_store(doing: &'static str, error: StoreError) -> CliError {
    match error {
        StoreError::Bounds(error) => CliError::Bounds(error),
        error => CliError::Store { doing, error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        let error = CliError::Usage("unexpected 'postgres://a:s3cret@h/db' and postgres://b:s3cret@i".into());
        let line = error.line().unwrap();
        assert!(!line.contains("s3cret"), "{line}");
        assert!(line.contains("postgres://a:***@h/db"), "{line}");
    }

    #[test]
    fn an_error_is_one_line_whatever_it_quotes() {
        let line = CliError::NoKey("a\nb\x1b[31m".into()).line().unwrap();
        assert_eq!(line, r"hyrex: no key 'a\nb\x1b[31m' is kept: `hyrex kv list` shows the keys");
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        assert_eq!((CliError::BrokenPipe.exit_code(), CliError::BrokenPipe.line()), (0, None));
    }
}
