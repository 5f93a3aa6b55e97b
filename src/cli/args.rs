//! The command line as clap reads it: commands, options, and help that teaches.

mod bench;
mod cron;
#[cfg(feature = "tui")]
mod dev;
mod duration;
#[cfg(feature = "tui")]
mod looks;
mod prune;
mod send;
#[cfg(feature = "tui")]
mod tui;
mod workflows;

pub(crate) use bench::BenchArgs;
pub(crate) use cron::{CronCommand, CronHistoryArgs, CronNameArgs, CronNextArgs};
#[cfg(feature = "tui")]
pub(crate) use dev::DevArgs;
#[cfg(feature = "tui")]
pub(crate) use looks::LooksArgs;
pub(crate) use prune::PruneArgs;
pub(crate) use send::SendArgs;
#[cfg(feature = "tui")]
pub(crate) use tui::TuiArgs;
pub(crate) use workflows::{
    WorkflowsCancelArgs, WorkflowsCommand, WorkflowsRetryArgs, WorkflowsRunsArgs, WorkflowsSendArgs, WorkflowsShowArgs,
};

use super::help;
use crate::model::TaskStatus;
use crate::store::Limit;
use clap::{Args, Parser, Subcommand};

/// Background tasks over PostgreSQL or SQLite: send, run, look, retry, cancel
#[derive(Debug, Parser)]
#[command(name = "hyrex", version, after_help = help::TOP, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Global {
    /// The database: postgres://user@host/database, sqlite:path [else HYREX_DATABASE_URL, also from .env]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(crate) url: Option<String>,
    /// Answer with one JSON document, for scripts
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make or complete the tables in the database
    #[command(after_help = help::INIT_DB)]
    InitDb,
    /// Run the application's tasks until told to stop
    #[command(after_help = help::RUN_WORKER)]
    RunWorker(WorkerArgs),
    /// Run the application's tasks and watch them, in one process: for the laptop
    #[cfg(feature = "tui")]
    #[command(after_help = help::DEV)]
    Dev(DevArgs),
    /// Run a built-in shop application and watch it; nothing is needed for it
    #[command(after_help = help::DEMO)]
    Demo(DemoArgs),
    /// Send a run of a task by the task's name
    #[command(after_help = help::SEND)]
    Send(SendArgs),
    /// List, show, retry and cancel runs of tasks
    #[command(subcommand, after_help = help::TASKS)]
    Tasks(TasksCommand),
    /// List, show, send, retry and cancel workflows
    #[command(subcommand, after_help = help::WORKFLOWS)]
    Workflows(WorkflowsCommand),
    /// List schedules; run them now, switch them on and off
    #[command(subcommand, after_help = help::CRON)]
    Cron(CronCommand),
    /// List queues; pause, resume and limit them
    #[command(subcommand, after_help = help::QUEUES)]
    Queues(QueuesCommand),
    /// List the processes that run tasks
    #[command(subcommand, after_help = help::EXECUTORS)]
    Executors(ExecutorsCommand),
    /// Read and write the key-value store
    #[command(subcommand, after_help = help::KV)]
    Kv(KvCommand),
    /// Watch it live: queues, runs, logs, in a terminal
    #[cfg(feature = "tui")]
    #[command(alias = "studio-tui", after_help = help::TUI)]
    Tui(TuiArgs),
    /// Delete runs that ended long ago, with all that is kept of them
    #[command(after_help = help::PRUNE)]
    Prune(PruneArgs),
    /// Measure what this machine and this database give, beside bare loops of the same minute
    #[command(after_help = help::BENCH)]
    Bench(BenchArgs),
    /// Print what makes a shell complete this command's words
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `run-worker`; what is not given is as the application set it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WorkerArgs {
    /// Queues to serve: names or globs (* ? [abc] [!abc]), separated by commas or given again [default: all]
    #[arg(short, long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) queues: Vec<String>,
    /// Asynchronous tasks at once
    #[arg(short, long, value_name = "N", value_parser = up_to(10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Blocking tasks at once, each on a thread of its own
    #[arg(long, value_name = "N", value_parser = up_to(1_000))]
    pub(crate) blocking: Option<u32>,
    /// Seconds that running tasks are given to end after SIGTERM or Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) grace: Option<std::time::Duration>,
    /// The worker's name in lists [default: made of host and process]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Stand-alone: build the application of this directory with optimisations
    #[arg(long)]
    pub(crate) release: bool,
    /// Stand-alone: which binary of this directory is the application
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
}

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// Without the monitor: work for some seconds, then check what the database holds
    #[arg(long)]
    pub(crate) headless: bool,
    /// With --headless: seconds of load, before what was sent is run to its end
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = up_to(86_400), requires = "headless")]
    pub(crate) seconds: u32,
    /// Orders a second that the shop's customers place, about [default: 5; with --headless 40]
    #[arg(long, value_name = "N", value_parser = up_to(100_000))]
    pub(crate) rate: Option<u32>,
    /// The monitor.
    #[cfg(feature = "tui")]
    #[command(flatten)]
    pub(crate) looks: LooksArgs,
}

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// List runs by their latest attempt, the newest first
    #[command(after_help = help::TASKS_LIST)]
    List(TasksListArgs),
    /// Show one run: its attempts, arguments, result, error, progress and what it sent
    #[command(after_help = help::TASKS_SHOW)]
    Show(TasksShowArgs),
    /// Show what an attempt logged while it ran
    #[command(after_help = help::TASKS_LOGS)]
    Logs(TasksLogsArgs),
    /// Draw the tree of runs that a run belongs to: who sent what, and where each stands
    #[command(after_help = help::TASKS_TREE)]
    Tree(TasksTreeArgs),
    /// Give runs that ended one more attempt; a run that succeeded is sent again
    #[command(after_help = help::TASKS_RETRY)]
    Retry(RunIds),
    /// Cancel runs: waiting ones at once, running ones are asked to end
    #[command(after_help = help::TASKS_CANCEL)]
    Cancel(TasksCancelArgs),
}

/// Which runs to list.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TasksListArgs {
    /// Only these statuses, separated by commas: failed, running, … or a group: waiting, held, finished, troubled
    #[arg(short, long, value_name = "STATUS", value_delimiter = ',', value_parser = statuses)]
    pub(crate) status: Vec<StatusSet>,
    /// Only this queue
    #[arg(short, long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// Only this task
    #[arg(short, long, value_name = "NAME")]
    pub(crate) task: Option<String>,
    /// Only runs that this executor holds or held
    #[arg(long, value_name = "ID")]
    pub(crate) executor: Option<uuid::Uuid>,
    /// Only the nodes of this workflow run
    #[arg(long, value_name = "ID")]
    pub(crate) workflow_run: Option<uuid::Uuid>,
    /// Runs at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = up_to(100_000))]
    pub(crate) limit: u32,
    /// Only what is older than this attempt: the attempt_id of the last row of the page before
    #[arg(long, value_name = "ATTEMPT_ID")]
    pub(crate) before: Option<uuid::Uuid>,
}

/// One status or a group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatusSet(pub(crate) Vec<TaskStatus>);

fn statuses(text: &str) -> Result<StatusSet, String> {
    let group: &[TaskStatus] = match text.to_ascii_lowercase().as_str() {
        "waiting" => &TaskStatus::WAITING,
        "held" => &TaskStatus::HELD,
        "finished" => &TaskStatus::FINISHED,
        "troubled" => &TaskStatus::TROUBLED,
        name => return name.replace('-', "_").parse().map(|s| StatusSet(vec![s])).map_err(|_| known_statuses()),
    };
    Ok(StatusSet(group.to_vec()))
}

fn known_statuses() -> String {
    let names: Vec<_> = TaskStatus::ALL.iter().map(|status| status.as_str().to_ascii_lowercase()).collect();
    format!("give one of {}, or a group: waiting, held, finished, troubled", names.join(", "))
}

/// Which run to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct TasksShowArgs {
    /// The run, or one of its attempts: a whole id, or its last 6 or more digits
    pub(crate) id: String,
    /// Which attempt's result, error and progress, 0 is the first [default: the latest]
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(i16).range(0..))]
    pub(crate) attempt: Option<i16>,
    /// Show long arguments, results and errors whole
    #[arg(long)]
    pub(crate) full: bool,
}

/// Whose log to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct TasksLogsArgs {
    /// The run, or one of its attempts: a whole id, or its last 6 or more digits
    pub(crate) id: String,
    /// Which attempt, 0 is the first [default: the latest]
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(i16).range(0..))]
    pub(crate) attempt: Option<i16>,
    /// Go on as lines are logged, into the next attempts, until the run is over
    #[arg(short, long, conflicts_with = "attempt")]
    pub(crate) follow: bool,
}

/// Whose tree to draw.
#[derive(Clone, Debug, Args)]
pub(crate) struct TasksTreeArgs {
    /// The run, or one of its attempts: a whole id, or its last 6 or more digits
    pub(crate) id: String,
    /// Runs at most, the first that were sent
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000, value_parser = up_to(10_000))]
    pub(crate) limit: u32,
    /// Draw with - | and ` also where the locale is UTF-8
    #[arg(long)]
    pub(crate) ascii: bool,
}

/// Which runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunIds {
    /// The runs: whole ids, or their last 6 or more digits
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
}

/// Which runs to cancel, and how far.
#[derive(Clone, Debug, Args)]
pub(crate) struct TasksCancelArgs {
    /// Which.
    #[command(flatten)]
    pub(crate) runs: RunIds,
    /// Also everything that they sent, and what they still send
    #[arg(long)]
    pub(crate) subtree: bool,
}

/// What can be done with queues.
#[derive(Debug, Subcommand)]
pub(crate) enum QueuesCommand {
    /// List queues with what waits and runs in each
    #[command(after_help = help::QUEUES_LIST)]
    List,
    /// Let no run of the queue begin; sending goes on
    #[command(after_help = help::QUEUES_PAUSE)]
    Pause {
        /// The queue
        name: String,
    },
    /// Let runs of the queue begin again
    #[command(after_help = help::QUEUES_RESUME)]
    Resume {
        /// The queue
        name: String,
    },
    /// Let at most N runs of the queue be under way at once, over all workers
    #[command(after_help = help::QUEUES_LIMIT)]
    Limit {
        /// The queue
        name: String,
        /// How many; none: no limit; application: what the application says
        #[arg(value_name = "N|none|application", value_parser = limit)]
        limit: Limit,
    },
}

fn limit(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit::Unlimited),
        "application" => Ok(Limit::Application),
        number => match number.parse::<u32>() {
            Ok(number) if (1..=i32::MAX as u32).contains(&number) => Ok(Limit::At(number)),
            Ok(0) => Err("a limit is at least 1; to let nothing begin, use `hyrex queues pause`".into()),
            _ => Err("give a number from 1 to 2147483647, or none, or application".into()),
        },
    }
}

/// What can be done with executors.
#[derive(Debug, Subcommand)]
pub(crate) enum ExecutorsCommand {
    /// List executors: those at work, then those that ended
    #[command(after_help = help::EXECUTORS_LIST)]
    List {
        /// Executors at most
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50, value_parser = up_to(1_000))]
        limit: u32,
    },
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KvCommand {
    /// Print a key's value
    #[command(after_help = help::KV_GET)]
    Get {
        /// The key
        key: String,
        /// Print exactly the value's bytes also on a terminal, which will obey escape sequences in it
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Write a key
    #[command(after_help = help::KV_SET)]
    Set {
        /// The key
        key: String,
        /// The value, at most 1 MiB; - reads it from standard input
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Remove a key
    #[command(after_help = help::KV_DELETE)]
    Delete {
        /// The key
        key: String,
    },
    /// List keys in the order of their bytes
    #[command(after_help = help::KV_LIST)]
    List {
        /// Only keys that start so
        #[arg(default_value = "")]
        prefix: String,
        /// Keys at most
        #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = up_to(100_000))]
        limit: u32,
        /// Only keys after this one
        #[arg(long, value_name = "KEY")]
        after: Option<String>,
    },
}

/// A number from 1 to `most`.
fn up_to(most: u32) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(most))
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    if (0.0..=86_400.0).contains(&seconds) {
        Ok(std::time::Duration::from_secs_f64(seconds))
    } else {
        Err("give 0 to 86400 seconds".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_the_commands_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn statuses_are_read_in_any_case_and_by_group() {
        assert_eq!(statuses("Failed").unwrap().0, [TaskStatus::Failed]);
        assert_eq!(statuses("await-start-time").unwrap().0, [TaskStatus::AwaitStartTime]);
        assert_eq!(statuses("troubled").unwrap().0, TaskStatus::TROUBLED);
        assert!(statuses("done").unwrap_err().contains("up_for_cancel"));
    }

    #[test]
    fn a_limit_of_nothing_is_a_pause() {
        assert_eq!(limit("none").unwrap(), Limit::Unlimited);
        assert_eq!(limit("application").unwrap(), Limit::Application);
        assert_eq!(limit("3").unwrap(), Limit::At(3));
        assert!(limit("0").unwrap_err().contains("pause"));
        assert!(limit("-1").is_err());
    }
}
