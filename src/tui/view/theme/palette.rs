//! The colours of the slots, by depth and ground.

use super::{Depth, Slot};
use ratatui::style::{Color, Modifier, Style};

/// The styles of all slots. Without colours nothing but `Color::Reset` stands in them: then no colour is ever written.
pub(super) fn styles(depth: Depth, light: bool) -> [Style; 12] {
    Slot::ALL.map(|slot| match depth {
        Depth::Mono => mono(slot),
        Depth::Ansi => ansi(slot, light),
        Depth::Indexed => colours(slot, indexed(slot, light).map(Color::Indexed)),
        Depth::True => colours(slot, rgb(slot, light).map(|(r, g, b)| Color::Rgb(r, g, b))),
    })
}

fn mono(slot: Slot) -> Style {
    match slot {
        Slot::Text | Slot::Good | Slot::Active | Slot::Border => Style::new(),
        Slot::Dim => Style::new().add_modifier(Modifier::DIM),
        Slot::Strong | Slot::Accent | Slot::Warn | Slot::Mark => Style::new().add_modifier(Modifier::BOLD),
        Slot::Bad => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Slot::Cursor | Slot::Bar => Style::new().add_modifier(Modifier::REVERSED),
    }
}

fn ansi(slot: Slot, light: bool) -> Style {
    let style = Style::new();
    match slot {
        Slot::Text => style,
        Slot::Dim | Slot::Border => style.fg(Color::DarkGray),
        Slot::Strong => style.add_modifier(Modifier::BOLD),
        Slot::Accent => style.fg(if light { Color::Blue } else { Color::Cyan }),
        Slot::Good => style.fg(Color::Green),
        Slot::Warn => style.fg(if light { Color::Magenta } else { Color::Yellow }),
        Slot::Bad => style.fg(Color::Red).add_modifier(Modifier::BOLD),
        Slot::Active => style.fg(if light { Color::Cyan } else { Color::LightBlue }),
        Slot::Cursor => style.add_modifier(Modifier::REVERSED),
        Slot::Mark => style.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        Slot::Bar => style.add_modifier(Modifier::REVERSED),
    }
}

/// Ground for the cursor and the bars, colour of the text for the others.
fn colours(slot: Slot, colour: Option<Color>) -> Style {
    let style = Style::new();
    match (slot, colour) {
        (_, None) => style,
        (Slot::Cursor, Some(colour)) => style.bg(colour).add_modifier(Modifier::BOLD),
        (Slot::Bar, Some(colour)) => style.bg(colour),
        (Slot::Strong | Slot::Bad | Slot::Mark, Some(colour)) => style.fg(colour).add_modifier(Modifier::BOLD),
        (_, Some(colour)) => style.fg(colour),
    }
}

fn indexed(slot: Slot, light: bool) -> Option<u8> {
    let (dark, bright) = match slot {
        Slot::Text => return None,
        Slot::Dim => (245, 243),
        Slot::Strong => (255, 232),
        Slot::Accent => (80, 25),
        Slot::Good => (114, 28),
        Slot::Warn => (179, 130),
        Slot::Bad => (203, 160),
        Slot::Active => (75, 26),
        Slot::Cursor => (238, 252),
        Slot::Mark => (176, 90),
        Slot::Border => (240, 250),
        Slot::Bar => (235, 254),
    };
    Some(if light { bright } else { dark })
}

fn rgb(slot: Slot, light: bool) -> Option<(u8, u8, u8)> {
    let (dark, bright) = match slot {
        Slot::Text => return None,
        Slot::Dim => ((139, 144, 156), (110, 115, 125)),
        Slot::Strong => ((240, 240, 245), (20, 22, 28)),
        Slot::Accent => ((95, 205, 215), (0, 95, 150)),
        Slot::Good => ((135, 205, 130), (20, 120, 50)),
        Slot::Warn => ((222, 175, 95), (160, 95, 0)),
        Slot::Bad => ((245, 105, 105), (190, 25, 35)),
        Slot::Active => ((100, 170, 245), (20, 90, 190)),
        Slot::Cursor => ((58, 64, 80), (210, 220, 235)),
        Slot::Mark => ((205, 140, 230), (130, 45, 160)),
        Slot::Border => ((82, 88, 102), (185, 190, 200)),
        Slot::Bar => ((32, 36, 46), (228, 232, 240)),
    };
    Some(if light { bright } else { dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_none_is_written() {
        for style in styles(Depth::Mono, false) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn slots_that_must_be_told_apart_are() {
        for depth in [Depth::Ansi, Depth::Indexed, Depth::True] {
            for light in [false, true] {
                let styles = styles(depth, light);
                let of = |slot: Slot| styles[slot as usize];
                for (a, b) in [(Slot::Good, Slot::Bad), (Slot::Text, Slot::Cursor), (Slot::Warn, Slot::Bad)] {
                    assert_ne!(of(a), of(b), "{depth:?} {a:?} {b:?}");
                }
            }
        }
    }
}
