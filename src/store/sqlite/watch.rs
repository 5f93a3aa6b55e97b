//! Notices what other processes write to the file: inotify on its `-wal` file, then a look at `PRAGMA data_version`;
//! where inotify is not to be had, the look alone, less often the longer nothing comes.
//!
//! The sign of a write comes before its commit can be seen, and the disk may take its time in between: after the last
//! sign the thread looks several times more, ever later. While nothing is written it sleeps.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Sleeps before the looks that follow a sign.
const AFTER_SIGN: [u64; 9] = [0, 400, 600, 1_000, 3_000, 10_000, 30_000, 60_000, 150_000];
/// Longest sleep between two looks while signs keep coming and no look finds anything: they are our own commits.
const OWN_COMMITS: Duration = Duration::from_millis(4);

/// A thread that watches; it ends when this is dropped.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    #[cfg(target_os = "linux")]
    signs: Option<linux::Stopper>,
}

impl Watch {
    /// Watches the file at `path`. `look` looks whether another process has committed since the last look, and acts
    /// on it; it answers whether it found that lately.
    pub fn start(path: &Path, look: impl FnMut() -> bool + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        #[cfg(target_os = "linux")]
        if let Ok((signs, stopper)) = linux::Signs::new(path) {
            let stopped = Arc::clone(&stop);
            spawn(move || by_signs(signs, look, &stopped));
            return Self { stop, signs: Some(stopper) };
        }
        let stopped = Arc::clone(&stop);
        spawn(move || by_polling(look, &stopped));
        let _ = path;
        Self {
            stop,
            #[cfg(target_os = "linux")]
            signs: None,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        #[cfg(target_os = "linux")]
        if let Some(signs) = self.signs.take() {
            signs.wake();
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name("hyrex-sqlite-watch".into()).spawn(work) {
        tracing::warn!(%error, "cannot watch the database file: other processes are noticed by polling only");
    }
}

#[cfg(target_os = "linux")]
fn by_signs(mut signs: linux::Signs, mut look: impl FnMut() -> bool, stopped: &AtomicBool) {
    while !stopped.load(Ordering::Relaxed) {
        if !signs.wait() {
            return by_polling(look, stopped);
        }
        let (mut step, mut gap) = (0, Duration::from_micros(AFTER_SIGN[1]));
        while step < AFTER_SIGN.len() && !stopped.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_micros(AFTER_SIGN[step]));
            let found = look();
            if signs.arrived() {
                gap = if found { Duration::from_micros(AFTER_SIGN[1]) } else { (gap * 2).min(OWN_COMMITS) };
                std::thread::sleep(gap);
                step = 0;
            } else {
                step += 1;
            }
        }
    }
}

fn by_polling(mut look: impl FnMut() -> bool, stopped: &AtomicBool) {
    let (least, most) = (Duration::from_millis(20), Duration::from_millis(250));
    let mut gap = least;
    while !stopped.load(Ordering::Relaxed) {
        std::thread::sleep(gap);
        gap = if look() { least } else { (gap + Duration::from_millis(5)).min(most) };
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use inotify::{Events, Inotify, WatchDescriptor, WatchMask, Watches};
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::path::{Path, PathBuf};

    /// Signs of writes to the log of a database.
    pub struct Signs {
        inotify: Inotify,
        log: PathBuf,
        name: OsString,
        buffer: Vec<u8>,
    }

    /// Ends the wait of [`Signs`].
    pub struct Stopper(Watches, WatchDescriptor);

    /// Whether an event is about the log, and whether the log was made anew. Events of the directory bear the names
    /// of its files, those of the log itself none.
    fn seen(events: Events<'_>, log: &OsStr) -> (bool, bool) {
        let (mut any, mut made) = (false, false);
        for event in events {
            any |= event.name.is_none_or(|name| name == log);
            made |= event.name == Some(log);
        }
        (any, made)
    }

    impl Stopper {
        /// Removing a watch is itself a sign.
        pub fn wake(mut self) {
            let _ = self.0.remove(self.1);
        }
    }

    impl Signs {
        /// Watches the log, and its directory for the log to be made anew.
        pub fn new(database: &Path) -> io::Result<(Self, Stopper)> {
            let inotify = Inotify::init()?;
            let directory = database.parent().ok_or(io::ErrorKind::NotFound)?;
            let mut name = database.file_name().ok_or(io::ErrorKind::NotFound)?.to_owned();
            name.push("-wal");
            let made = inotify.watches().add(directory, WatchMask::CREATE | WatchMask::MOVED_TO)?;
            let stopper = Stopper(inotify.watches(), made);
            let signs = Self { inotify, log: directory.join(&name), name, buffer: vec![0; 4096] };
            signs.watch_log();
            Ok((signs, stopper))
        }

        /// The log may not be there yet: then the directory tells when it is.
        fn watch_log(&self) {
            let _ = self.inotify.watches().add(&self.log, WatchMask::MODIFY);
        }

        /// Sleeps until something is written; `false`: nothing will be heard any more.
        pub fn wait(&mut self) -> bool {
            loop {
                let Ok(events) = self.inotify.read_events_blocking(&mut self.buffer) else { return false };
                let (any, made) = seen(events, &self.name);
                if made {
                    self.watch_log();
                }
                if any {
                    return true;
                }
            }
        }

        /// Whether more was written meanwhile.
        pub fn arrived(&mut self) -> bool {
            let (mut any, mut made) = (false, false);
            while let Ok(events) = self.inotify.read_events(&mut self.buffer) {
                let (more, anew) = seen(events, &self.name);
                any |= more;
                made |= anew;
            }
            if made {
                self.watch_log();
            }
            any
        }
    }
}
