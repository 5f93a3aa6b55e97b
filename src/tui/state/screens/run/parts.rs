//! How the content of a run's screen is divided: the picture or the list above, the nodes and the node under the cursor
//! below, where there is room.

use crate::tui::state::geometry::{Division, Size};

/// Rows of the lower part where it stands in boxes, and without.
const BELOW: [u16; 2] = [12, 5];
/// The upper part is not lower than this while there is a lower one.
const LEAST_ABOVE: u16 = 9;

/// The parts of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Rows of the upper part, with its box where it has one.
    pub(crate) above: u16,
    /// Rows of the lower part; 0: there is none.
    pub(crate) below: u16,
    /// Columns of the list of nodes in the lower part; 0: there is none.
    pub(crate) nodes: u16,
    /// What is inside of the upper part.
    pub(crate) inner: Size,
}

impl Parts {
    /// Divides the content; beside a picture there is room for the list of nodes.
    pub(crate) fn of(division: Division, picture: bool) -> Self {
        let Size { width, height } = division.content;
        let [boxed, plain] = BELOW;
        let wanted = match division.boxes {
            true => (height / 3).max(boxed),
            false => plain,
        };
        let below = if height >= wanted + LEAST_ABOVE { wanted } else { 0 };
        let above = height - below;
        let frame = if division.boxes { 2 } else { 0 };
        let nodes = if picture && division.boxes && below > 0 { width / 2 } else { 0 };
        let inner = Size::new(width.saturating_sub(frame), above.saturating_sub(frame));
        Self { above, below, nodes, inner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_content() {
        for height in 5..100 {
            for width in [20, 80, 120, 200] {
                let division = Division::of(Size::new(width, height), false).unwrap();
                for picture in [false, true] {
                    let parts = Parts::of(division, picture);
                    assert_eq!(parts.above + parts.below, division.content.height);
                    assert!(parts.below == 0 || parts.above >= LEAST_ABOVE);
                }
            }
        }
        let small = Division::of(Size::new(80, 24), false).unwrap();
        assert_eq!(Parts::of(small, true).inner, Size::new(80, 16));
    }
}
