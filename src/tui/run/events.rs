//! Keys, sizes and signals as messages.

use crate::tui::state::geometry::Size;
use crate::tui::state::keys::{Code, Key};
use crate::tui::state::msg::Msg;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What an event of the terminal says to the monitor, if anything.
pub(crate) fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => of_key(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(Size::new(width, height))),
        _ => None,
    }
}

/// A key as the keymap names it. With ctrl, terminals send some keys as others: ctrl-\ as ctrl-4.
fn of_key(event: KeyEvent) -> Option<Key> {
    let (ctrl, shift) =
        (event.modifiers.contains(KeyModifiers::CONTROL), event.modifiers.contains(KeyModifiers::SHIFT));
    if event.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let code = match event.code {
        KeyCode::Char('4') if ctrl => Code::Char('\\'),
        KeyCode::Char('5') if ctrl => Code::Char(']'),
        KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        KeyCode::Char(c) if !c.is_control() => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let named = !matches!(code, Code::Char(_) | Code::BackTab | Code::Tab);
    Some(Key { code, ctrl: ctrl && !named, shift: shift && named })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        of_key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn keys_are_named_alike_whatever_a_terminal_sends() {
        assert_eq!(read(KeyCode::Char('4'), KeyModifiers::CONTROL).as_deref(), Some("ctrl-\\"));
        assert_eq!(read(KeyCode::Char('T'), KeyModifiers::SHIFT).as_deref(), Some("shift-t"));
        assert_eq!(read(KeyCode::Char('?'), KeyModifiers::SHIFT).as_deref(), Some("?"));
        assert_eq!(read(KeyCode::Left, KeyModifiers::SHIFT).as_deref(), Some("shift-left"));
        assert_eq!(read(KeyCode::Char('x'), KeyModifiers::ALT), None);
        assert_eq!(read(KeyCode::F(5), KeyModifiers::NONE), None);
    }
}
