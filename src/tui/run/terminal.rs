//! The terminal: taken for the monitor, and given back as it was, whatever happens.
//!
//! It is written to by a descriptor of our own, so that standard output and standard error can be led elsewhere meanwhile.

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};

use crate::tui::state::geometry::Size;

/// Most bytes of a text that goes to a clipboard: what terminals take at most.
const COPIED: usize = 74_994;

/// Where the terminal is: what standard output was when it was taken first.
static SCREEN: OnceLock<File> = OnceLock::new();

/// Whether it is ours at this moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives it back.
pub(crate) struct Terminal {
    inside_tmux: bool,
    /// What standard error was, while it and standard output are led elsewhere.
    errors: Option<File>,
}

impl Terminal {
    /// Takes the terminal; what else this process prints goes to `aside` meanwhile.
    ///
    /// # Errors
    /// When it is none, or does not take it.
    pub(crate) fn take(inside_tmux: bool, title: &str, aside: Option<&File>) -> io::Result<Self> {
        restore_on_panic(aside.is_some());
        if SCREEN.get().is_none() {
            // Only the first can be too late, and then the other one is as good.
            let _ = SCREEN.set(File::from(rustix::io::dup(rustix::stdio::stdout())?));
        }
        let mut terminal = Self { inside_tmux, errors: None };
        enter()?;
        execute!(screen()?, SetTitle(title))?;
        if let Some(aside) = aside {
            terminal.errors = Some(File::from(rustix::io::dup(rustix::stdio::stderr())?));
            rustix::stdio::dup2_stdout(aside)?;
            rustix::stdio::dup2_stderr(aside)?;
        }
        Ok(terminal)
    }

    /// Its size.
    pub(crate) fn size(&self) -> Size {
        let (width, height) = size().unwrap_or((80, 24));
        Size::new(width, height)
    }

    /// Writes a frame, whole.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        screen()?.write_all(bytes)
    }

    /// Copies a text to the clipboard of whoever looks, by OSC 52; through tmux where we are inside of it.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(crate) fn copy(&self, text: &str) -> io::Result<()> {
        self.write(clipboard(text, self.inside_tmux).as_bytes())
    }

    /// Gives the terminal to the shell until it continues us.
    ///
    /// # Errors
    /// When it cannot be taken back.
    pub(crate) fn suspend(&self) -> io::Result<()> {
        leave();
        // Stops this process, all threads of it, until it is continued.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
        enter()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
        if let (Some(errors), Ok(screen)) = (&self.errors, screen()) {
            // Where that fails, what is said goes where it went meanwhile.
            let _ = rustix::stdio::dup2_stdout(screen);
            let _ = rustix::stdio::dup2_stderr(errors);
        }
    }
}

fn screen() -> io::Result<&'static File> {
    SCREEN.get().ok_or_else(|| io::Error::other("the terminal was not taken"))
}

fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(screen()?, EnterAlternateScreen, EnableBracketedPaste)
}

/// Gives it back; nobody can be told when that fails.
fn leave() {
    if let Ok(mut screen) = screen() {
        // Gathered, so that it goes out in one piece.
        let mut out = Vec::new();
        let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show, SetTitle(""));
        let _ = screen.write_all(&out);
    }
    let _ = disable_raw_mode();
    TAKEN.store(false, Ordering::SeqCst);
}

/// Gives the terminal back before a panic of the monitor is said, so that it can be read. A panic of another thread (a
/// task of a worker in this process) ends nothing here: the monitor stays, and what is said about it must not tear the
/// screen, so that it is said only where it goes elsewhere.
fn restore_on_panic(said_elsewhere: bool) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (before, own) = (std::panic::take_hook(), std::thread::current().id());
        std::panic::set_hook(Box::new(move |info| {
            let taken = TAKEN.load(Ordering::SeqCst);
            if taken && std::thread::current().id() == own {
                leave();
            } else if taken && !said_elsewhere {
                return;
            }
            before(info);
        }));
    });
}

fn clipboard(text: &str, inside_tmux: bool) -> String {
    let end = (0..=text.len().min(COPIED * 3 / 4)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let coded = base64(&text.as_bytes()[..end]);
    match inside_tmux {
        true => format!("\x1bPtmux;\x1b\x1b]52;c;{coded}\x07\x1b\\"),
        false => format!("\x1b]52;c;{coded}\x07"),
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let bits = part.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= part.len() { letter.into() } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let coded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(coded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn what_is_copied_cannot_end_the_sequence() {
        let copied = clipboard("a\x07\x1b\\b", false);
        assert_eq!(copied.matches(['\x07', '\x1b']).count(), 2);
        assert!(clipboard(&"é".repeat(100_000), true).len() < COPIED + 20);
    }
}
