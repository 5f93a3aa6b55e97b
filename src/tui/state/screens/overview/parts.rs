//! How the overview is divided: figures above, the queues in the middle, failures and attention below.

use crate::tui::state::geometry::Division;

/// Rows of the figures in boxes.
const FIGURES: u16 = 6;
/// Rows of the figures where there is little room.
const SHORT: u16 = 3;

/// Rows of the parts, with their boxes or headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Figures.
    pub(crate) figures: u16,
    /// The queues.
    pub(crate) queues: u16,
    /// Failures and attention.
    pub(crate) below: u16,
    /// Rows that a box, or a heading, takes of a part.
    pub(crate) frame: u16,
}

impl Parts {
    /// Divides the content. `queues`: how many there are; what they do not need is for the others.
    pub(crate) fn of(division: Division, queues: usize) -> Self {
        let height = division.content.height;
        let frame = if division.boxes { 2 } else { 1 };
        let figures = if division.boxes { FIGURES } else { SHORT }.min(height);
        let rest = height - figures;
        let wanted = u16::try_from(queues).unwrap_or(u16::MAX).saturating_add(frame + 1);
        let most = rest.saturating_sub((rest / 3).max(frame + 2));
        let queues = wanted.clamp((frame + 2).min(most), most);
        Self { figures, queues, below: rest - queues, frame }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::geometry::Size;

    #[test]
    fn the_parts_are_the_content_and_each_shows_something() {
        for height in 5..100 {
            for width in [20, 80, 120, 200] {
                for queues in [0, 3, 500] {
                    let division = Division::of(Size::new(width, height), false).unwrap();
                    let parts = Parts::of(division, queues);
                    assert_eq!(parts.figures + parts.queues + parts.below, division.content.height);
                    assert!(height < 24 || parts.below > parts.frame + 1, "{height}");
                }
            }
        }
    }
}
