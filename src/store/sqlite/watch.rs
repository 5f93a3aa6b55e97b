//! Notices what other processes write to the file: inotify on its `-wal` file, then a look at `PRAGMA data_version`;
//! where inotify is not to be had, the look alone, less often the longer nothing comes.
//!
//! The sign of a write comes before its commit can be seen, and the disk may take its time in between: after the last
//! sign the thread looks several times more, ever later. While nothing is written it sleeps.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::time::Instant;

/// Waits, in microseconds, before the looks that follow a sign, as long as no other sign comes.
const AFTER_SIGN: [u64; 16] =
    [300, 300, 400, 500, 500, 1_000, 1_000, 1_000, 2_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000];
/// Two looks are at least so far apart.
const LEAST: Duration = Duration::from_micros(300);
/// And so far while signs keep coming and no look finds anything: they are our own commits.
const OWN_COMMITS: Duration = Duration::from_millis(4);
/// After so long without a sign, the next one is not taken for one of a row of our own commits.
const QUIET: Duration = Duration::from_millis(2);

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
        follow(&mut signs, &mut look, stopped);
    }
}

/// Looks from one sign on until nothing has come for a while. A sign begins the looks anew, a little later where it is
/// one of many that brought nothing.
#[cfg(target_os = "linux")]
fn follow(signs: &mut linux::Signs, look: &mut impl FnMut() -> bool, stopped: &AtomicBool) {
    let mut gap = LEAST;
    let mut found = look();
    let (mut looked, mut signed) = (Instant::now(), Instant::now());
    let mut step = 0;
    while step < AFTER_SIGN.len() && !stopped.load(Ordering::Relaxed) {
        if signs.wait_for(Duration::from_micros(AFTER_SIGN[step])) {
            let in_a_row = !found && signed.elapsed() < QUIET;
            gap = if in_a_row { (gap * 2).min(OWN_COMMITS) } else { LEAST };
            signed = Instant::now();
            std::thread::sleep(gap.saturating_sub(looked.elapsed()));
            signs.forget();
            step = 0;
        } else {
            step += 1;
        }
        found = look();
        looked = Instant::now();
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
    use rustix::event::{PollFd, PollFlags, Timespec};
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

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

        /// Sleeps so long at most; whether something was written.
        pub fn wait_for(&mut self, most: Duration) -> bool {
            let deadline = Instant::now() + most;
            loop {
                let rest = deadline.saturating_duration_since(Instant::now());
                let timeout = Timespec { tv_sec: 0, tv_nsec: rest.subsec_nanos().into() };
                let mut fds = [PollFd::new(&self.inotify, PollFlags::IN)];
                match rustix::event::poll(&mut fds, Some(&timeout)) {
                    Ok(0) => return false,
                    Ok(_) if self.arrived() => return true,
                    _ if rest.is_zero() => return false,
                    _ => {}
                }
            }
        }

        /// Passes over what was written until now: a look follows.
        pub fn forget(&mut self) {
            self.arrived();
        }

        fn arrived(&mut self) -> bool {
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
