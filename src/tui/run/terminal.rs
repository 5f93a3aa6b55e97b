//! The terminal: taken for the monitor, and given back as it was, whatever happens.

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use std::io::{self, Write};
use std::sync::Once;

use crate::tui::state::geometry::Size;

/// Most bytes of a text that goes to a clipboard: what terminals take at most.
const COPIED: usize = 74_994;

/// The terminal while it is ours. Dropping it gives it back.
pub(crate) struct Terminal {
    inside_tmux: bool,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is none, or does not take it.
    pub(crate) fn take(inside_tmux: bool, title: &str) -> io::Result<Self> {
        restore_on_panic();
        let terminal = Self { inside_tmux };
        enter()?;
        execute!(io::stdout(), SetTitle(title))?;
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
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
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
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Gives it back; nobody can be told when that fails.
fn leave() {
    let mut out = io::stdout().lock();
    let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show, SetTitle(""));
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Gives the terminal back before a panic is said, so that it can be read.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            leave();
            before(info);
        }));
    });
}

fn clipboard(text: &str, inside_tmux: bool) -> String {
    let end = (0..=text.len().min(COPIED * 3 / 4)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let coded = base64(text[..end].as_bytes());
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
