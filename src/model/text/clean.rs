//! Makes what tasks wrote fit for a terminal: no character of theirs can move the cursor, colour, hide or reorder text.
//!
//! Invariant: what comes out holds no control, bidirectional or invisible formatting character (but `\n` in
//! [`block`]). Everything that a command prints of task data passes through here, in the table's cells and the page's
//! lines, so that a command cannot forget it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` on one line, each hostile character shown as an escape: `\n`, `\x1b`, `\u{202e}`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hostile) { Cow::Owned(escaped(text, |_| false)) } else { Cow::Borrowed(text) }
}

/// `text` on several lines: as [`line`], but line ends stay line ends, and a tab becomes four spaces.
pub(crate) fn block(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    escaped(&text, |c| c == '\n')
}

/// JSON text with hostile characters as `\uXXXX`. Sound for valid JSON only: there such characters stand within
/// strings, but for `\r`, which may stand between tokens and becomes a space.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let passes = |c: char| c == '\n' || c == '\t' || !is_hostile(c);
    if text.chars().all(passes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\r' => out.push(' '),
            c if passes(c) => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal may do something else with `c` than show it.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control() || is_bidi(c) || is_invisible(c)
}

/// Characters that reorder what stands around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that show nothing and make two texts look the same, or that break lines.
///
/// The joiners U+200C and U+200D are not among them: scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if keep(c) || !is_hostile(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(line("\x1b[31mred\x07"), r"\x1b[31mred\x07");
        assert_eq!(line("a\nb\tc\r"), r"a\nb\tc\r");
        assert_eq!(line("\u{9b}2J"), r"\x9b2J");
        assert_eq!(line("evil\u{202e}gpj.exe"), r"evil\u{202e}gpj.exe");
        assert_eq!(line("\u{7f}"), r"\x7f");
    }

    #[test]
    fn ordinary_text_is_not_touched() {
        for text in ["", "order-7", "größe", "発注", "👩‍👩‍👧", "a\\b"] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\r\nb\n\tc\rd\x1b"), "a\nb\n    c\\rd\\x1b");
    }

    #[test]
    fn json_is_escaped_in_its_own_way() {
        assert_eq!(json("{\"a\":\"\u{9b}\u{202e}\u{e0041}\"}\r\n"), "{\"a\":\"\\u009b\\u202e\\udb40\\udc41\"} \n");
    }

    proptest! {
        #[test]
        fn nothing_hostile_passes(text in any::<String>(), ch in any::<char>()) {
            let text = format!("{text}{ch}");
            prop_assert!(!line(&text).chars().any(is_hostile));
            prop_assert!(!block(&text).chars().any(|c| c != '\n' && is_hostile(c)));
        }

        #[test]
        fn json_means_the_same_as_before(text in any::<String>(), ch in any::<char>()) {
            let value = serde_json::Value::String(format!("{text}{ch}"));
            let written = serde_json::to_string(&value).unwrap();
            let shown = json(&written);
            prop_assert!(!shown.chars().any(is_hostile));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
