//! Text as a terminal shows it: widths in columns, cut between graphemes.

use super::grid::Glyph;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that the text takes.
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(columns).sum()
}

/// The text within so many columns, with `…` (ASCII: `~`) where something is missing.
pub(super) fn cut(text: &str, room: usize, ascii: bool) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(1);
    let fits = |grapheme: &&str| {
        let wide = columns(grapheme);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    let mut kept: String = text.graphemes(true).take_while(fits).collect();
    if room > 0 {
        kept.push(if ascii { '~' } else { '…' });
    }
    kept
}

/// What stands in each column. A control character is shown as `?`; what shows nothing of itself is left out.
pub(super) fn glyphs(text: &str) -> impl Iterator<Item = Glyph> + '_ {
    let shown = text.graphemes(true).filter(|grapheme| columns(grapheme) > 0);
    shown.flat_map(|grapheme| std::iter::once(glyph(grapheme)).chain((1..columns(grapheme)).map(|_| Glyph::Rest)))
}

/// What all texts begin with.
pub(super) fn common<'a>(mut texts: impl Iterator<Item = &'a str>) -> &'a str {
    let first = texts.next().unwrap_or("");
    texts.fold(first, |common, text| {
        let alike = common.graphemes(true).zip(text.graphemes(true)).take_while(|(one, other)| one == other);
        &common[..alike.map(|(one, _)| one.len()).sum()]
    })
}

fn columns(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) { 1 } else { grapheme.width() }
}

fn glyph(grapheme: &str) -> Glyph {
    let mut chars = grapheme.chars();
    match (chars.next(), chars.next()) {
        _ if grapheme.contains(char::is_control) => Glyph::Char('?'),
        (Some(char), None) => Glyph::Char(char),
        _ => Glyph::Cluster(grapheme.into()),
    }
}
