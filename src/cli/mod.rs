//! The command line: in an application's own binary by [`run`], in the stand-alone one by [`run_standalone`].
//!
//! A command opens a store, asks or tells it something, and answers once: a table for people, one JSON document for
//! scripts. It knows the stores' traits and never a backend (but for the bare loops of `bench`). What it prints of tasks' data has passed through `clean`.

mod acted;
#[cfg(feature = "tui")]
mod alongside;
mod application;
mod args;
#[doc(hidden)]
pub mod bench;
mod completions;
mod cron;
mod demo;
#[cfg(feature = "tui")]
mod dev;
mod error;
mod executors;
mod help;
#[cfg(test)]
mod help_tests;
mod ids;
mod init_db;
mod kv;
mod page;
mod prune;
mod queues;
#[cfg(test)]
mod screen_tests;
mod send;
mod session;
mod style;
mod table;
mod tasks;
mod telemetry;
#[cfg(feature = "tui")]
mod tui;
mod worker;
mod workflows;
mod world;

use crate::model::text::{clean, human, indent};
use crate::sdk::HyrexApp;
use args::{Cli, Command};
use clap::Parser;
use error::{CliError, without_passwords};
use session::Session;
use std::ffi::OsString;
use std::process::ExitCode;
use world::World;

/// The whole command line in an application's own binary, `run-worker` included.
///
/// ```no_run
/// use hyrex::prelude::*;
///
/// fn main() -> std::process::ExitCode {
///     let greet = Task::new("greet", TaskConfig::new(), |()| async { Ok("hello") });
///     hyrex::cli::run(HyrexApp::new("greeter").registry(registry![greet]))
/// }
/// ```
pub fn run(app: HyrexApp) -> ExitCode {
    run_with(app, std::env::args_os())
}

/// The same with other arguments than the process's own, the first of which is the program's name: for applications
/// that have commands of their own.
pub fn run_with(app: HyrexApp, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_from(Some(&app), args, World::of_process()).into()
}

/// The whole command line without an application of its own: its `run-worker` builds and runs the one of the current
/// directory.
pub fn run_standalone() -> ExitCode {
    run_from(None, std::env::args_os(), World::of_process()).into()
}

/// Runs one command line in the surroundings given; the exit code.
pub(crate) fn run_from(app: Option<&HyrexApp>, args: impl IntoIterator<Item = OsString>, mut world: World) -> u8 {
    let words: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error, &mut world),
    };
    let mut session = Session::new(world, cli.global);
    let done = match cli.command {
        Command::RunWorker(args) if app.is_none() => application::run(&args, &words, &mut session),
        #[cfg(feature = "tui")]
        Command::Dev(args) if app.is_none() => application::run(&args.worker, &words, &mut session),
        Command::Completions { shell } => completions::run(shell, words.first().map(OsString::as_os_str), &mut session),
        command => run_command(app, command, &mut session),
    };
    let Err(error) = done else { return 0 };
    if let Some(line) = error.line() {
        session.world.say(&line);
    }
    error.exit_code()
}

fn run_command(app: Option<&HyrexApp>, command: Command, session: &mut Session) -> Result<(), CliError> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| CliError::System { doing: "start threads", error })?;
    let done = runtime.block_on(async {
        match command {
            Command::InitDb => init_db::run(session).await,
            Command::RunWorker(args) => worker::run(args, app.ok_or(CliError::NeedsApplication)?, session).await,
            #[cfg(feature = "tui")]
            Command::Dev(args) => dev::run(args, app.ok_or(CliError::NeedsApplication)?, session).await,
            Command::Demo(args) => demo::run(args, session).await,
            Command::Send(args) => send::run(args, app, session).await,
            Command::Tasks(command) => tasks::run(command, session).await,
            Command::Workflows(command) => workflows::run(command, app, session).await,
            Command::Cron(command) => cron::run(command, session).await,
            Command::Queues(command) => queues::run(command, session).await,
            Command::Executors(command) => executors::run(command, session).await,
            Command::Kv(command) => kv::run(command, session).await,
            #[cfg(feature = "tui")]
            Command::Tui(args) => tui::run(args, session).await,
            Command::Bench(args) => bench::run(args, session).await,
            Command::Prune(args) => prune::run(args, session).await,
            // Needs no threads: it is answered before they are there.
            Command::Completions { .. } => Ok(()),
        }
    });
    // A blocking function that does not return does not keep the process.
    runtime.shutdown_background();
    done
}

/// Says what clap found wrong, or the help that was asked for.
fn misunderstood(error: &clap::Error, world: &mut World) -> u8 {
    let rendered = error.render();
    if !error.use_stderr() {
        let text = if world.screen.colours { rendered.ansi().to_string() } else { rendered.to_string() };
        return match world.print(text) {
            Ok(()) => 0,
            Err(error) => error.exit_code(),
        };
    }
    let text = clean::block(&rendered.to_string());
    let lines: Vec<_> = text.trim_end().split('\n').map(without_passwords).collect();
    world.say(&lines.join("\n"));
    2
}
