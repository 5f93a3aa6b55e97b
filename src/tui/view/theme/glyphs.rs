//! Characters of one column, also in terminals that show ambiguous ones in two (but for lines and blocks), and ASCII
//! for all others.

use super::Slot;
use crate::model::TaskStatus;

/// What is drawn for states, lines and cut text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyphs {
    /// Whether nothing beyond ASCII is drawn.
    pub(crate) ascii: bool,
    /// Where a text is cut.
    pub(crate) more: &'static str,
    /// Corners of a box: above left, above right, below left, below right.
    pub(crate) corners: [&'static str; 4],
    /// A line from left to right.
    pub(crate) across: &'static str,
    /// A line from top to bottom.
    pub(crate) down: &'static str,
    /// Beside a marked row.
    pub(crate) mark: &'static str,
    /// Sorted, the least first; the greatest first.
    pub(crate) sorted: [&'static str; 2],
    /// Between two steps of the way.
    pub(crate) step: &'static str,
    /// Unfolded, folded.
    pub(crate) folds: [&'static str; 2],
    /// Eight heights of a bar, the lowest first.
    pub(crate) bars: [&'static str; 8],
    /// Full and empty part of a gauge.
    pub(crate) gauge: [&'static str; 2],
    states: [&'static str; 11],
}

impl Glyphs {
    /// Lines, blocks and signs.
    pub(crate) const UNICODE: Self = Self {
        ascii: false,
        more: "⋯",
        corners: ["╭", "╮", "╰", "╯"],
        across: "─",
        down: "│",
        mark: "┃",
        sorted: ["▴", "▾"],
        step: "›",
        folds: ["▾", "▸"],
        bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        gauge: ["█", "░"],
        states: ["✓", "✗", "▸", "◌", "⊖", "⊘", "!", "▪", "⊝", "⋯", "◷"],
    };

    /// For terminals and fonts that know no others.
    pub(crate) const ASCII: Self = Self {
        ascii: true,
        more: "~",
        corners: ["+", "+", "+", "+"],
        across: "-",
        down: "|",
        mark: "|",
        sorted: ["^", "v"],
        step: ">",
        folds: ["v", ">"],
        bars: ["_", "_", ".", ".", ":", ":", "|", "|"],
        gauge: ["#", "."],
        states: ["+", "x", ">", "o", "-", "/", "!", "=", "%", ".", "@"],
    };

    /// The sign of a status.
    pub(crate) fn status(&self, status: TaskStatus) -> &'static str {
        self.states[status as usize]
    }
}

/// The slot that a status is shown in.
pub(crate) fn status(status: TaskStatus) -> Slot {
    match status {
        TaskStatus::Success => Slot::Good,
        TaskStatus::Failed | TaskStatus::Lost | TaskStatus::Stopped => Slot::Bad,
        TaskStatus::Running => Slot::Active,
        TaskStatus::UpForCancel => Slot::Warn,
        TaskStatus::Queued => Slot::Text,
        TaskStatus::Canceled | TaskStatus::Skipped | TaskStatus::AwaitDeps | TaskStatus::AwaitStartTime => Slot::Dim,
    }
}

/// The word for a status in a column.
pub(crate) fn status_word(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Success => "success",
        TaskStatus::Failed => "failed",
        TaskStatus::Running => "running",
        TaskStatus::Queued => "queued",
        TaskStatus::UpForCancel => "canceling",
        TaskStatus::Canceled => "canceled",
        TaskStatus::Lost => "lost",
        TaskStatus::Stopped => "stopped",
        TaskStatus::Skipped => "skipped",
        TaskStatus::AwaitDeps => "waiting",
        TaskStatus::AwaitStartTime => "scheduled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn each_glyph_is_one_column_and_each_state_has_its_own() {
        for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
            let all = glyphs.states.iter().chain(&glyphs.bars).chain(&glyphs.corners).chain(&glyphs.gauge);
            assert!(all.chain([&glyphs.more, &glyphs.mark]).all(|glyph| glyph.width() == 1));
            for (number, state) in glyphs.states.iter().enumerate() {
                assert!(!glyphs.states[..number].contains(state), "{state}");
            }
        }
        assert!(Glyphs::ASCII.states.iter().all(|glyph| glyph.is_ascii()));
    }
}
