//! Opening connections, and knowing the file again: what is wrong with a path is said in one line.

use super::fault::{backoff, is_busy};
use crate::store::{Options, Result, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where the database is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In the memory of this process: the writer's connection is the only one.
    Memory,
    /// In a file, with what tells that file from another of the same name.
    File(PathBuf, FileId),
}

/// Device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl Place {
    /// The file at `path`, which must be there by now. Its name is the one that SQLite uses, past symbolic links: the
    /// log stands beside that.
    pub fn file(path: &Path) -> Result<Self> {
        let path = std::fs::canonicalize(path).map_err(|_| gone(path))?;
        let id = identify(&path).ok_or_else(|| gone(&path))?;
        Ok(Place::File(path, id))
    }

    /// The file; empty in memory.
    pub fn path(&self) -> &Path {
        match self {
            Place::Memory => Path::new(""),
            Place::File(path, _) => path,
        }
    }

    /// Whether the file that was opened still stands under its name: what is written to another is lost.
    pub fn check(&self) -> Result<()> {
        match self {
            Place::Memory => Ok(()),
            Place::File(path, id) if identify(path) == Some(*id) => Ok(()),
            Place::File(path, _) => Err(gone(path)),
        }
    }
}

fn gone(path: &Path) -> StoreError {
    let path = shown(path);
    StoreError::Unavailable(format!("{path} was deleted or replaced: put it back, or start this program again"))
}

#[cfg(unix)]
fn identify(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| FileId(found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identify(path: &Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|_| FileId(0, 0))
}

/// A path fit for a screen.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().filter(|c| !c.is_control()).collect()
}

/// The connection that writes.
pub(super) fn writer(path: Option<&Path>, options: &Options) -> Result<Connection> {
    let conn = match path {
        None => Connection::open_in_memory()?,
        Some(path) => open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?,
    };
    conn.busy_handler(Some(short_wait))?;
    if let Some(path) = path {
        journal(&conn, options).map_err(|error| at(path, error))?;
        if conn.is_readonly("main")? {
            return Err(wrong(path, "cannot be written: give this user the permission to write it"));
        }
    }
    let synchronous = if options.durable { "FULL" } else { "NORMAL" };
    conn.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; \
         PRAGMA journal_size_limit = 67108864;"
    ))?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(conn)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path, read_only: bool) -> Result<Connection> {
    // A reader of the log needs to write its index file, unless the whole store is to be read-only.
    let flags = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let conn = open(path, flags)?;
    conn.busy_handler(Some(long_wait))?;
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;")
        .map_err(|error| at(path, error.into()))?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    check_path(path, flags.contains(OpenFlags::SQLITE_OPEN_CREATE))?;
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|error| match std::fs::File::open(path) {
        Err(why) => wrong(path, &format!("cannot be opened: {}", reason(&why))),
        Ok(_) => at(path, error.into()),
    })?;
    conn.busy_handler(Some(long_wait))?;
    // The first look at the file, so that one that is no database is found here.
    conn.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).map_err(|error| at(path, error.into()))?;
    Ok(conn)
}

/// What SQLite would answer with "unable to open database file".
fn check_path(path: &Path, create: bool) -> Result<()> {
    if path.is_dir() {
        return Err(wrong(path, "is a directory: name a file"));
    }
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::metadata(directory) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            Err(wrong(path, &format!("cannot be made: the directory {} does not exist", shown(directory))))
        }
        Err(why) => Err(wrong(path, &format!("cannot be reached: {}", reason(&why)))),
        Ok(found) if !found.is_dir() => {
            Err(wrong(path, &format!("cannot be made: {} is not a directory", shown(directory))))
        }
        Ok(_) if !create && matches!(path.try_exists(), Ok(false)) => Err(wrong(path, "does not exist")),
        Ok(_) => Ok(()),
    }
}

fn reason(error: &std::io::Error) -> String {
    error.kind().to_string()
}

fn wrong(path: &Path, what: &str) -> StoreError {
    StoreError::Url(format!("the SQLite file {} {what}", shown(path)))
}

/// `error` with the path that it is about.
fn at(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Url(_) => wrong(path, "is not a SQLite database: name another file"),
        StoreError::ReadOnly(why) | StoreError::Unavailable(why) => wrong(path, &format!("cannot be used: {why}")),
        other => other,
    }
}

/// The change to WAL needs the file for itself, and does not always wait for it.
fn journal(conn: &Connection, options: &Options) -> Result<()> {
    let deadline = Instant::now() + options.call_timeout;
    for tries in 0.. {
        match conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => return Err(StoreError::Unavailable(format!("its journal stays in mode {mode}"))),
            Err(error) if is_busy(&error) && Instant::now() < deadline => std::thread::sleep(backoff(tries)),
            Err(error) if is_busy(&error) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::TimedOut(options.call_timeout))
}

/// The writer waits inside SQLite only shortly, and then looks at its deadline.
fn short_wait(tries: i32) -> bool {
    wait(tries, Duration::from_millis(100))
}

/// Readers of a log wait only while it is recovered.
fn long_wait(tries: i32) -> bool {
    wait(tries, super::PATIENCE)
}

/// Sleeps before the next try; `false` after about `most`.
fn wait(tries: i32, most: Duration) -> bool {
    let tries = u32::try_from(tries).unwrap_or_default();
    if u128::from(tries) * 5 > most.as_millis() {
        return false;
    }
    std::thread::sleep(backoff(tries));
    true
}
