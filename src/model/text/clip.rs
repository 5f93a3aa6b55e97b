//! Text within a number of columns, by what a terminal shows.

use unicode_width::UnicodeWidthStr;

/// `text` within `width` columns, with `…` where something is missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    cut_with(text, width, "…")
}

/// `text` within `width` columns, with `mark`, one column wide, where something is missing. Looks at the beginning only:
/// the text may be long.
pub(crate) fn cut_with(text: &str, width: usize, mark: &str) -> String {
    if fits(text, width) {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars().take(4 * width + 4) {
        kept.push(c);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    if width > 0 {
        kept.push_str(mark);
    }
    kept
}

fn fits(text: &str, width: usize) -> bool {
    // Sixteen bytes a column: more than any script needs, marks included.
    text.len() <= width || (text.len() <= 16 * width + 64 && text.width() <= width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_respects_wide_and_combined_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("発注書", 4), "発…");
        assert_eq!(cut("anything", 0), "");
        assert!(cut("❤️❤️❤️", 3).width() <= 3);
    }
}
