//! How things look: twelve named slots, each a style in the depth of colour that the terminal has, and the glyphs.

mod glyphs;
mod palette;

pub(crate) use glyphs::{Glyphs, status, status_word};
use ratatui::style::{Modifier, Style};

/// What a piece of the screen is, whatever it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// As the terminal shows text.
    Text,
    /// Of less weight.
    Dim,
    /// Headings.
    Strong,
    /// Names that lead somewhere; keys.
    Accent,
    /// It went well.
    Good,
    /// It may want to be looked at.
    Warn,
    /// It wants to be looked at.
    Bad,
    /// It is under way.
    Active,
    /// The row under the cursor.
    Cursor,
    /// A marked row.
    Mark,
    /// Lines of boxes.
    Border,
    /// The header and the row of hints.
    Bar,
}

impl Slot {
    /// Every slot, in the order of the palette.
    pub(crate) const ALL: [Slot; 12] = [
        Slot::Text,
        Slot::Dim,
        Slot::Strong,
        Slot::Accent,
        Slot::Good,
        Slot::Warn,
        Slot::Bad,
        Slot::Active,
        Slot::Cursor,
        Slot::Mark,
        Slot::Border,
        Slot::Bar,
    ];
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// None: weight, underlines and reversed rows only.
    Mono,
    /// Its own sixteen.
    Ansi,
    /// 256.
    Indexed,
    /// Any.
    True,
}

/// The looks.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    styles: [Style; 12],
    /// What is drawn for states, lines and cut text.
    pub(crate) glyphs: Glyphs,
}

impl Theme {
    /// The looks in that depth of colour, on a dark or a light ground, with or without characters beyond ASCII.
    pub(crate) fn new(depth: Depth, light: bool, ascii: bool) -> Self {
        let glyphs = if ascii { Glyphs::ASCII } else { Glyphs::UNICODE };
        Self { styles: palette::styles(depth, light), glyphs }
    }

    /// The style of a slot.
    pub(crate) fn style(&self, slot: Slot) -> Style {
        self.styles[slot as usize]
    }

    /// The style of a slot under a cursor.
    pub(crate) fn under_cursor(&self, slot: Slot) -> Style {
        let cursor = self.style(Slot::Cursor);
        let text = self.style(slot);
        // Reversed, a colour of the text would be the ground's.
        if cursor.add_modifier.contains(Modifier::REVERSED) { cursor } else { text.patch(cursor) }
    }
}
