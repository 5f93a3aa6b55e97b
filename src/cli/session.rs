//! One invocation under way: its surroundings, what every command takes, and how it answers.

use super::args::Global;
use super::error::{CliError, Doing};
use super::world::{Screen, World};
use super::{clean, error};
use crate::store::{Actor, Options, SharedStore, StoreError, StoreUrl, Tables, masked, open};
use serde::Serialize;
use std::path::Path;

/// The variable that names the database.
pub(crate) const URL_VARIABLE: &str = "HYREX_DATABASE_URL";

/// What a command means to do with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look: the database itself refuses writes.
    Read,
    /// Change what stands.
    Act,
    /// Make what is missing: the SQLite file, the tables.
    Create,
}

/// What a command works with.
pub(crate) struct Session {
    /// Its surroundings.
    pub(crate) world: World,
    global: Global,
}

impl Session {
    /// A session of the options given.
    pub(crate) fn new(world: World, global: Global) -> Self {
        Self { world, global }
    }

    /// Whether scripts read the answer.
    pub(crate) fn json(&self) -> bool {
        self.global.json
    }

    /// Who reads the answer.
    pub(crate) fn screen(&self) -> Screen {
        self.world.screen
    }

    /// The URL given, set, or in a `.env` file.
    ///
    /// # Errors
    /// [`CliError::NoUrl`], [`CliError::DotEnv`].
    pub(crate) fn url(&self) -> Result<String, CliError> {
        if let Some(url) = &self.global.url {
            return Ok(url.clone());
        }
        if let Some(url) = self.world.var(URL_VARIABLE) {
            return Ok(url.to_owned());
        }
        match dot_env(&self.world.dir)? {
            Some(url) if !url.is_empty() => Ok(url),
            _ => Err(CliError::NoUrl),
        }
    }

    /// The URL that is named anywhere, else that of a SQLite file of this folder, which is made with its directory.
    ///
    /// # Errors
    /// As [`Session::url`]; a directory that cannot be made.
    #[cfg(feature = "tui")]
    pub(crate) fn url_or_own_file(&mut self) -> Result<String, CliError> {
        match self.url() {
            Err(CliError::NoUrl) => {
                let file = self.own_folder()?.join("dev.sqlite");
                let url = format!("sqlite:{}", file.display());
                self.global.url = Some(url.clone());
                Ok(url)
            }
            named => named,
        }
    }

    /// The directory `.hyrex` of this folder, made where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    #[cfg(feature = "tui")]
    pub(crate) fn own_folder(&self) -> Result<std::path::PathBuf, CliError> {
        let folder = self.world.dir.join(".hyrex");
        let doing = "make the directory .hyrex for what `dev` keeps";
        let system = |error| CliError::System { doing, error };
        std::fs::create_dir_all(&folder).map_err(system)?;
        // What it holds is of this machine alone.
        std::fs::write(folder.join(".gitignore"), "*\n").map_err(system)?;
        Ok(folder)
    }

    /// The URL where `--url` gives one.
    pub(crate) fn given_url(&self) -> Option<&str> {
        self.global.url.as_deref()
    }

    /// Opens the store and holds its tables against what this program needs.
    ///
    /// # Errors
    /// As [`Session::url`]; a file that is not there; whatever the store says.
    pub(crate) async fn open(&self, access: Access) -> Result<SharedStore, CliError> {
        let store = self.open_unchecked(access).await?;
        match access {
            Access::Create => {}
            Access::Read => readable(&store).await.doing("use the database")?,
            Access::Act => store.check_schema().await.doing("use the database")?,
        }
        Ok(store)
    }

    /// Opens the store, whatever stands in it.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(crate) async fn open_unchecked(&self, access: Access) -> Result<SharedStore, CliError> {
        let url = self.url()?;
        if access != Access::Create {
            file_must_exist(&url)?;
        }
        let options =
            Options { read_only: access == Access::Read, application_name: "hyrex-cli".into(), ..Options::default() };
        open(&url, options).await.doing("open the database")
    }

    /// Opens the store for the monitor: its calls are short, and it says who it is.
    ///
    /// # Errors
    /// As [`Session::open`].
    #[cfg(feature = "tui")]
    pub(crate) async fn open_for_monitor(&self, read_only: bool) -> Result<SharedStore, CliError> {
        let url = self.url()?;
        file_must_exist(&url)?;
        let call_timeout = std::time::Duration::from_secs(5);
        let options = Options { read_only, call_timeout, application_name: "hyrex-tui".into(), ..Options::default() };
        let store = open(&url, options).await.doing("open the database")?;
        readable(&store).await.doing("use the database")?;
        Ok(store)
    }

    /// Answers: `value` as one JSON document for scripts, else what `text` makes for people.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn answer(
        &mut self,
        value: &impl Serialize,
        text: impl FnOnce(Screen) -> String,
    ) -> Result<(), CliError> {
        let shown = if self.json() { json(value, true)? } else { text(self.screen()) };
        self.world.print(shown)
    }

    /// Answers with one more JSON document on a line of its own, for what has no end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn answer_line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let line = json(value, false)?;
        self.world.print(line)
    }

    /// Says something to people beside the answer.
    pub(crate) fn note(&mut self, line: &str) {
        let line = error::without_passwords(&clean::line(line));
        self.world.say(&format!("hyrex: {line}"));
    }

    /// Who acts, for the database's books.
    pub(crate) fn actor(&self) -> Actor {
        let user = ["USER", "LOGNAME"].iter().find_map(|name| self.world.var(name)).unwrap_or("unknown");
        let host = gethostname::gethostname();
        Actor { user: clean::line(user).into_owned(), host: host.to_string_lossy().into_owned(), operator: true }
    }
}

/// `value` as JSON that a terminal can show, and a line end.
fn json(value: &impl Serialize, pretty: bool) -> Result<String, CliError> {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    // Only a map with keys that are no strings fails, and no answer of ours has one.
    let text = text.map_err(|error| CliError::System { doing: "write the answer", error: error.into() })?;
    Ok(format!("{}\n", clean::json(&text)))
}

/// The URL of the nearest `.env` file, upwards from `dir`.
fn dot_env(dir: &Path) -> Result<Option<String>, CliError> {
    let Some(path) = dir.ancestors().map(|dir| dir.join(".env")).find(|path| path.is_file()) else { return Ok(None) };
    let broken = |error: dotenvy::Error| CliError::DotEnv { path: path.display().to_string(), why: why(&error) };
    for pair in dotenvy::from_path_iter(&path).map_err(broken)? {
        let (name, value) = pair.map_err(broken)?;
        if name == URL_VARIABLE {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// What is wrong with a `.env` file, without what stands in it: that may be a password.
fn why(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(line, _) => match line.split_once('=') {
            Some((name, _)) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_ ".contains(&b)) => {
                format!("the value of {} breaks off; put it in quotes", name.trim())
            }
            _ => "a line of it is no NAME=value".into(),
        },
        dotenvy::Error::Io(error) => error.to_string(),
        _ => "it names a variable that cannot be read".into(),
    }
}

/// Refuses a SQLite file that is not there: to look at a typing error must not make a database of it.
fn file_must_exist(url: &str) -> Result<(), CliError> {
    match StoreUrl::parse(url).doing("open the database")? {
        StoreUrl::SqliteFile(path) if !path.exists() => Err(CliError::NoFile(masked(&path.display().to_string()))),
        _ => Ok(()),
    }
}

/// Whether it can be looked at: tables of ours, or the Python SDK's alone.
async fn readable(store: &SharedStore) -> Result<(), StoreError> {
    match store.check_schema().await {
        Err(StoreError::Schema(_)) if store.tables().await? == Tables::Python => Ok(()),
        checked => checked,
    }
}
