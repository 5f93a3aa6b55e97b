//! A text as lines with tones: JSON a line a member and foldable, anything else as it stands.
//!
//! Reads what is no JSON, or breaks off, as far as it goes: what tasks wrote is shown, not judged.

use crate::model::text::{human, indent};

/// Bytes of a text that are shown.
pub(crate) const SHOWN: usize = 256 * 1024;
/// Characters of a line before it is divided.
const LONGEST: usize = 2_000;

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it stands.
    Plain,
    /// Of less weight: brackets, notes.
    Faint,
    /// A key, a name.
    Name,
    /// A string.
    Text,
    /// A number, a word like `true`.
    Value,
    /// A heading.
    Strong,
    /// It went wrong.
    Bad,
    /// It may want to be looked at.
    Warn,
    /// It is under way.
    Active,
}

/// A line of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DocLine {
    /// Its pieces.
    pub(crate) pieces: Vec<(Tone, String)>,
    /// The line that closes what this one opens, and what stands in its place when it is folded.
    pub(crate) fold: Option<Fold>,
}

/// What can be folded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fold {
    /// The last line of it.
    pub(crate) end: usize,
    /// What stands for it: ` … 6 members }`.
    pub(crate) summary: String,
}

impl DocLine {
    /// A line of one tone.
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { pieces: vec![(tone, text.into())], fold: None }
    }

    /// The line without its tones.
    pub(crate) fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// The lines of a text that may be JSON.
pub(crate) fn lines(text: &str) -> Vec<DocLine> {
    let (shown, cut) = beginning(text);
    let is_json = matches!(shown.trim_start().bytes().next(), Some(b'{' | b'['));
    let mut lines = if is_json { json_lines(&shown) } else { plain(&shown, Tone::Plain) };
    if cut {
        let (shown, whole) = (human::size(SHOWN), human::size(text.len()));
        lines.push(DocLine::new(
            Tone::Faint,
            format!("the first {shown} of {whole}; `hyrex tasks show --full` prints all"),
        ));
    }
    lines
}

/// The lines of a text as it stands.
pub(crate) fn plain(text: &str, tone: Tone) -> Vec<DocLine> {
    text.lines().flat_map(divided).map(|line| DocLine::new(tone, line)).collect()
}

fn beginning(text: &str) -> (String, bool) {
    if text.len() <= SHOWN {
        return (text.to_owned(), false);
    }
    let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    (text[..end].to_owned(), true)
}

/// A line in parts that a wrapping pane can scroll through.
fn divided(line: &str) -> Vec<String> {
    if line.len() <= LONGEST {
        return vec![line.to_owned()];
    }
    let chars: Vec<char> = line.chars().collect();
    chars.chunks(LONGEST).map(|part| part.iter().collect()).collect()
}

fn json_lines(text: &str) -> Vec<DocLine> {
    let indented = indent::indented(text);
    let mut lines = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for line in indented.lines().flat_map(divided) {
        let closes = matches!(line.trim_start().bytes().next(), Some(b'}' | b']'));
        let number = lines.len();
        if let Some((from, members)) = open.pop_if(|_| closes) {
            let summary = format!(" {} {}", human::counted(members as u64, "member", "members"), line.trim_start());
            let opened: &mut DocLine = &mut lines[from];
            opened.fold = Some(Fold { end: number, summary });
        } else if let Some((_, members)) = open.last_mut() {
            *members += 1;
        }
        let opens = matches!(line.bytes().next_back(), Some(b'{' | b'['));
        lines.push(DocLine { pieces: pieces(&line), fold: None });
        if opens {
            open.push((number, 0));
        }
    }
    lines
}

/// A line of indented JSON, by what its parts are.
fn pieces(line: &str) -> Vec<(Tone, String)> {
    let body = line.trim_start();
    let mut pieces = vec![(Tone::Plain, line[..line.len() - body.len()].to_owned())];
    let mut rest = body;
    while !rest.is_empty() {
        let (tone, length) = piece(rest, pieces.len() == 1);
        pieces.push((tone, rest[..length].to_owned()));
        rest = &rest[length..];
    }
    pieces
}

fn piece(rest: &str, first: bool) -> (Tone, usize) {
    if rest.starts_with('"') {
        let end = string_end(rest);
        let key = first && rest[end..].starts_with(": ");
        return (if key { Tone::Name } else { Tone::Text }, end);
    }
    let punctuation = |c: char| "{}[],: ".contains(c);
    let of_kind = rest.chars().next().is_some_and(punctuation);
    let end = rest.find(|c: char| punctuation(c) != of_kind || c == '"').filter(|end| *end > 0).unwrap_or(rest.len());
    (if of_kind { Tone::Faint } else { Tone::Value }, end)
}

/// Where the string at the start of `text` ends; the text's end, where it breaks off.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_have_tones_and_can_be_folded() {
        let lines = lines(r#"{"to":"ada","vars":{"a":1,"b":[true,null]},"n":-2.5}"#);
        let texts: Vec<String> = lines.iter().map(DocLine::text).collect();
        assert_eq!(texts[1], r#"  "to": "ada","#);
        assert_eq!(lines[1].pieces[1], (Tone::Name, r#""to""#.into()));
        assert_eq!(lines[1].pieces[3], (Tone::Text, r#""ada""#.into()));
        let vars = lines[2].fold.as_ref().unwrap();
        assert_eq!((vars.end, vars.summary.as_str()), (8, " 2 members },"));
        assert_eq!(lines[0].fold.as_ref().unwrap().summary, " 3 members }");
    }

    #[test]
    fn a_text_too_long_says_so() {
        let long = lines(&"x".repeat(SHOWN + 10));
        assert!(long.last().unwrap().text().starts_with("the first 256.0 KiB of 256.0 KiB"));
        assert!(long.iter().all(|line| line.text().len() <= LONGEST.max(100)));
    }

    proptest! {
        #[test]
        fn anything_is_read(text in "[\\[\\]{}\",:a\\\\ 1é\n]{0,60}") {
            for line in lines(&text) {
                prop_assert!(line.fold.is_none_or(|fold| fold.end < 200));
            }
        }
    }
}
