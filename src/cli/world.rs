//! What surrounds a command: environment, streams, terminal. Handed in, so that tests need no process of their own.

use super::error::CliError;
use std::collections::HashMap;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

/// The surroundings of one invocation.
pub(crate) struct World {
    /// Environment variables; those that are not UTF-8 are left out.
    pub(crate) env: HashMap<String, String>,
    /// Where a `.env` file is looked for, upwards.
    pub(crate) dir: PathBuf,
    /// Standard input.
    pub(crate) stdin: Box<dyn Read + Send>,
    /// Standard output.
    pub(crate) out: Box<dyn Write + Send>,
    /// Standard error.
    pub(crate) err: Box<dyn Write + Send>,
    /// Who reads the output.
    pub(crate) screen: Screen,
}

/// What the output goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Whether it is a terminal.
    pub(crate) terminal: bool,
    /// Its columns; `None`: not a terminal, nothing is cut.
    pub(crate) width: Option<usize>,
    /// Whether colours are wanted.
    pub(crate) colours: bool,
}

impl World {
    /// The process's own.
    pub(crate) fn of_process() -> Self {
        let env: HashMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let screen = Screen::of_stdout(&env);
        Self {
            env,
            dir: std::env::current_dir().unwrap_or_default(),
            stdin: Box::new(std::io::stdin()),
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            screen,
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the locale takes more than ASCII; where none is said it is taken to.
    pub(crate) fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.var(name));
        locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }

    /// Writes to standard output, and sees to it that it arrives.
    pub(crate) fn print(&mut self, text: impl AsRef<[u8]>) -> Result<(), CliError> {
        let written = self.out.write_all(text.as_ref()).and_then(|()| self.out.flush());
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => CliError::BrokenPipe,
            _ => CliError::System { doing: "write the output", error },
        })
    }

    /// Writes a line to standard error; that nobody reads it there is no failure.
    pub(crate) fn say(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }
}

impl Screen {
    fn of_stdout(env: &HashMap<String, String>) -> Self {
        let stdout = std::io::stdout();
        let terminal = stdout.is_terminal();
        let size = terminal.then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten();
        let width = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
        let plain = env.get("NO_COLOR").is_some_and(|v| !v.is_empty()) || env.get("TERM").is_some_and(|t| t == "dumb");
        Self { terminal, width, colours: terminal && !plain }
    }
}
