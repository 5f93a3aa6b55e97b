//! Small pictures of figures: a part of a whole, and a course in bars.

use crate::tui::view::theme::Glyphs;

/// How much of `whole` is taken, as a bar of `width` columns.
pub(crate) fn gauge(glyphs: &Glyphs, part: u32, whole: u32, width: u16) -> String {
    let width = usize::from(width);
    let full = match whole {
        0 => 0,
        whole => (part as usize * width).div_ceil(whole as usize).min(width),
    };
    format!("{}{}", glyphs.gauge[0].repeat(full), glyphs.gauge[1].repeat(width - full))
}

/// A course of figures as bars, the last `width` of them; the greatest is the highest.
pub(crate) fn spark(glyphs: &Glyphs, figures: &[u64], width: u16) -> String {
    let figures = &figures[figures.len().saturating_sub(width.into())..];
    let most = figures.iter().copied().max().unwrap_or(0).max(1);
    figures.iter().map(|figure| glyphs.bars[(figure * 7).div_ceil(most).min(7) as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_is_full_at_the_whole_and_shows_the_least_part() {
        let shown = |part, whole| gauge(&Glyphs::UNICODE, part, whole, 4);
        assert_eq!(
            [shown(0, 8), shown(1, 8), shown(4, 8), shown(9, 8), shown(1, 0)],
            ["░░░░", "█░░░", "██░░", "████", "░░░░"]
        );
    }

    #[test]
    fn a_course_keeps_its_end() {
        assert_eq!(spark(&Glyphs::UNICODE, &[9, 0, 1, 8], 3), "▁▂█");
        assert_eq!(spark(&Glyphs::UNICODE, &[], 3), "");
    }
}
