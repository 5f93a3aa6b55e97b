//! What an attempt logs: the first 200 lines, which are written while it runs, and the last 800, which ride in its
//! completion. A gap in the numbers marks what was cut.

use crate::model::{LogLine, Timestamp, bounds};
use std::collections::VecDeque;

/// Lines kept from the beginning.
pub(crate) const FIRST: i32 = 200;
/// Lines kept from the end.
pub(crate) const LAST: usize = 800;
/// Longest message, in bytes; what is longer is cut, and says so.
const MAX_MESSAGE: usize = 8 * 1024;
/// Most bytes of messages kept from the end.
const MAX_LAST_BYTES: usize = 1 << 20;

/// The lines of one attempt that are not known to be written.
#[derive(Default)]
pub(crate) struct Book {
    next: i32,
    first: Vec<LogLine>,
    last: VecDeque<LogLine>,
    last_bytes: usize,
    /// Whether the attempt stands in the list of those that have lines to write.
    listed: bool,
    closed: bool,
}

impl Book {
    /// Adds a line; whether the attempt is now to be listed as having lines to write.
    pub fn push(&mut self, claim: i32, at: Timestamp, level: &str, target: &str, message: &str) -> bool {
        if self.closed {
            return false;
        }
        let seq = self.next;
        let line = LogLine { claim, seq, at, level: level.into(), target: target.into(), message: cut(message) };
        self.next = self.next.saturating_add(1);
        if line.seq < FIRST {
            self.first.push(line);
            return !std::mem::replace(&mut self.listed, true);
        }
        self.last_bytes += line.message.len();
        self.last.push_back(line);
        while self.last.len() > LAST || self.last_bytes > MAX_LAST_BYTES {
            let Some(gone) = self.last.pop_front() else { break };
            self.last_bytes -= gone.message.len();
        }
        false
    }

    /// The lines to write now; they stay until [`Book::written`].
    pub fn unwritten(&mut self) -> Vec<LogLine> {
        self.listed = false;
        if self.closed { Vec::new() } else { self.first.clone() }
    }

    /// The first lines up to this number are written.
    pub fn written(&mut self, seq: i32) {
        self.first.retain(|line| line.seq > seq);
    }

    /// A copy of all lines not known to be written.
    pub fn so_far(&self) -> Vec<LogLine> {
        self.first.iter().chain(&self.last).cloned().collect()
    }

    /// All lines not known to be written; later ones are dropped.
    pub fn close(&mut self) -> Vec<LogLine> {
        self.closed = true;
        let mut lines = std::mem::take(&mut self.first);
        lines.extend(std::mem::take(&mut self.last));
        lines
    }
}

/// The message within its bound, and without U+0000.
fn cut(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return bounds::without_nul(message);
    }
    let mut end = MAX_MESSAGE;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} … ({} bytes more)", bounds::without_nul(&message[..end]), message.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(lines: usize) -> Book {
        let mut book = Book::default();
        for number in 0..lines {
            book.push(1, Timestamp::default(), "INFO", "test", &format!("line {number}"));
        }
        book
    }

    #[test]
    fn up_to_a_thousand_lines_are_all_kept() {
        let lines = filled(1000).close();
        assert_eq!(lines.len(), 1000);
        assert!(lines.iter().enumerate().all(|(at, line)| line.seq == at as i32));
    }

    #[test]
    fn of_many_lines_the_first_and_the_last_are_kept_and_the_gap_shows() {
        let lines = filled(5000).close();
        let seqs: Vec<i32> = lines.iter().map(|line| line.seq).collect();
        assert_eq!(seqs, (0..200).chain(4200..5000).collect::<Vec<_>>());
        assert_eq!(lines[200].message, "line 4200");
    }

    #[test]
    fn written_lines_are_not_given_again_and_unanswered_ones_are() {
        let mut book = filled(3);
        assert_eq!(book.unwritten().len(), 3);
        assert_eq!(book.unwritten().len(), 3, "nobody said that they were written");
        book.written(1);
        assert_eq!(book.unwritten().len(), 1);
        assert_eq!(book.close().iter().map(|line| line.seq).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn an_attempt_is_listed_once_until_its_lines_are_taken() {
        let mut book = Book::default();
        let push = |book: &mut Book| book.push(1, Timestamp::default(), "INFO", "test", "x");
        assert!(push(&mut book));
        assert!(!push(&mut book));
        book.unwritten();
        assert!(push(&mut book));
    }

    #[test]
    fn long_messages_are_cut_at_a_character_and_say_so() {
        let mut book = Book::default();
        book.push(1, Timestamp::default(), "INFO", "test", &"é".repeat(5000));
        let message = book.close().remove(0).message;
        assert!(message.ends_with("(1808 bytes more)"), "{}", &message[message.len() - 30..]);
    }

    #[test]
    fn large_lines_at_the_end_stay_within_a_bound() {
        let mut book = Book::default();
        for _ in 0..1000 {
            book.push(1, Timestamp::default(), "INFO", "test", &"x".repeat(MAX_MESSAGE));
        }
        let bytes: usize = book.close().iter().skip(200).map(|line| line.message.len()).sum();
        assert!((MAX_LAST_BYTES / 2..=MAX_LAST_BYTES).contains(&bytes), "{bytes}");
    }
}
