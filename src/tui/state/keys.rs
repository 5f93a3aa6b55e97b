//! Keys, whichever terminal they come from: what the keymap and the tests name.

use std::fmt;
use std::str::FromStr;

/// A key with what is held beside it. An upper-case letter is itself, not a letter with shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Which.
    pub(crate) code: Code,
    /// Whether ctrl is held.
    pub(crate) ctrl: bool,
    /// Whether shift is held, where the key is no character.
    pub(crate) shift: bool,
}

/// A key by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// A character.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Tabulator with shift.
    BackTab,
    /// Removes what stands before the cursor.
    Backspace,
    /// Removes what stands at the cursor.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// The keys that have a name of their own.
const NAMED: [(&str, Code); 15] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("shift-tab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
];

impl Key {
    /// A key by itself.
    pub(crate) const fn of(code: Code) -> Self {
        Self { code, ctrl: false, shift: false }
    }

    /// A character.
    pub(crate) const fn char(c: char) -> Self {
        Self::of(Code::Char(c))
    }

    /// A character with ctrl.
    pub(crate) const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, shift: false }
    }

    /// A key with shift.
    pub(crate) const fn shift(code: Code) -> Self {
        Self { code, ctrl: false, shift: true }
    }

    /// The character that it types, where it types one.
    pub(crate) fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = String::new();
        if self.ctrl {
            name.push_str("ctrl-");
        }
        if self.shift {
            name.push_str("shift-");
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((named, _)), _) => name.push_str(named),
            (None, Code::Char(c)) if c.is_ascii_uppercase() => {
                name.push_str("shift-");
                name.push(c.to_ascii_lowercase());
            }
            (None, Code::Char(c)) => name.push(c),
            (None, _) => {}
        }
        f.pad(&name)
    }
}

impl FromStr for Key {
    type Err = String;

    /// Reads `ctrl-k`, `shift-left`, `enter`, `<enter>`, `J`, `/`.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare = match text.strip_prefix('<').and_then(|t| t.strip_suffix('>')) {
            Some(inner) if !inner.is_empty() => inner,
            _ => text,
        };
        let code = |name: &str| NAMED.iter().find(|(named, _)| *named == name).map(|(_, code)| *code);
        if let Some(code) = code(bare) {
            return Ok(Key::of(code));
        }
        let (held, name) = bare.rsplit_once('-').filter(|(_, name)| !name.is_empty()).unwrap_or(("", bare));
        let mut chars = name.chars();
        let single = chars.next().filter(|_| chars.next().is_none()).map(Code::Char);
        let code = code(name).or(single).ok_or_else(|| format!("'{text}' is no key"))?;
        match (held, code) {
            ("", code) => Ok(Key::of(code)),
            ("ctrl", Code::Char(c)) => Ok(Key::ctrl(c)),
            ("shift", Code::Char(c)) => Ok(Key::char(c.to_ascii_uppercase())),
            ("shift", code) => Ok(Key::shift(code)),
            _ => Err(format!("'{text}' is no key")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_shown() {
        for text in
            ["ctrl-k", "shift-left", "enter", "shift-tab", "shift-j", "/", "-", "space", "ctrl-space", "ctrl-\\"]
        {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("<enter>".parse::<Key>().unwrap(), Key::of(Code::Enter));
        assert_eq!("<".parse::<Key>().unwrap(), Key::char('<'));
        assert!("hyper-x".parse::<Key>().is_err() && "".parse::<Key>().is_err());
    }
}
