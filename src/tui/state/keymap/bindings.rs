//! The table of keys.

use super::Scope::{self, *};
use super::{Action, Binding, Key};
use crate::tui::state::keys::Code;

const fn key(scope: Scope, key: Key, action: Action, help: &'static str, hint: &'static str) -> Binding {
    Binding { scope, key, action, help, hint }
}

/// Another key of the binding before it.
const fn also(scope: Scope, key: Key, action: Action) -> Binding {
    Binding { scope, key, action, help: "", hint: "" }
}

const fn c(c: char) -> Key {
    Key::char(c)
}

const fn k(code: Code) -> Key {
    Key::of(code)
}

/// Every binding. A new one needs its help, and a hint where it belongs to the six or eight that are used most.
pub(crate) static BINDINGS: &[Binding] = &[
    key(Global, c(':'), Action::Command, "a command: a screen by its name, a run by its id, a setting", "command"),
    key(Global, c('/'), Action::Filter, "filter the list; search in a text", "filter"),
    key(Global, c('?'), Action::Help, "what the keys do", "help"),
    key(Global, c('1'), Action::Tab(1), "the screen of that digit", ""),
    also(Global, c('2'), Action::Tab(2)),
    also(Global, c('3'), Action::Tab(3)),
    also(Global, c('4'), Action::Tab(4)),
    also(Global, c('5'), Action::Tab(5)),
    also(Global, c('6'), Action::Tab(6)),
    also(Global, c('7'), Action::Tab(7)),
    also(Global, c('8'), Action::Tab(8)),
    key(Global, k(Code::Esc), Action::Up, "close, clear the filter, or one level up", ""),
    key(Global, c('q'), Action::Leave, "one level up; from the top: quit", "quit"),
    key(Global, c('['), Action::HistoryBack, "back", ""),
    key(Global, c(']'), Action::HistoryForward, "forward", ""),
    key(Global, c('-'), Action::HistoryLast, "the screen seen before this one", ""),
    key(Global, c('p'), Action::Pause, "pause reading, or go on", "pause"),
    key(Global, Key::ctrl('r'), Action::Refresh, "read now", ""),
    key(Global, Key::ctrl('e'), Action::Header, "fold the header", ""),
    key(Global, c('T'), Action::TimeFormat, "times as ages, in UTC, in local time", ""),
    key(Global, Key::ctrl('z'), Action::Suspend, "suspend, until `fg`", ""),
    key(Global, Key::ctrl('c'), Action::Quit, "quit", ""),
    key(List, k(Code::Enter), Action::Open, "open what is under the cursor", "open"),
    key(List, c('k'), Action::RowUp, "a row up", ""),
    also(List, k(Code::Up), Action::RowUp),
    key(List, c('j'), Action::RowDown, "a row down", ""),
    also(List, k(Code::Down), Action::RowDown),
    key(List, Key::ctrl('b'), Action::PageUp, "a page up", ""),
    also(List, k(Code::PageUp), Action::PageUp),
    key(List, Key::ctrl('f'), Action::PageDown, "a page down", ""),
    also(List, k(Code::PageDown), Action::PageDown),
    key(List, c('g'), Action::Top, "to the first row, and keep to it", ""),
    also(List, k(Code::Home), Action::Top),
    key(List, c('G'), Action::Bottom, "to the last row", ""),
    also(List, k(Code::End), Action::Bottom),
    key(List, c(' '), Action::Mark, "mark, or take the mark away", "mark"),
    key(List, Key::ctrl(' '), Action::MarkRange, "mark from the last mark to here", ""),
    key(List, Key::ctrl('\\'), Action::ClearMarks, "take all marks away", ""),
    key(List, Key::shift(Code::Left), Action::SortLeft, "sort by the column to the left", ""),
    key(List, Key::shift(Code::Right), Action::SortRight, "sort by the column to the right", ""),
    key(List, c('O'), Action::SortTurn, "turn the order round; shift and a heading's marked letter sorts by it", ""),
    key(List, Key::ctrl('w'), Action::Wide, "show every column", "wide"),
    key(List, c('c'), Action::Copy, "copy the id (OSC 52)", "copy"),
    key(List, c('y'), Action::Raw, "show the row as JSON", ""),
    key(Tasks, k(Code::Tab), Action::NextChoice, "the next state of the strip", "state"),
    key(Tasks, k(Code::BackTab), Action::PreviousChoice, "the state before", ""),
    key(Tasks, c('m'), Action::Further, "look further back, where the search stopped at its bound", ""),
    key(Text, c('k'), Action::RowUp, "a line up", ""),
    also(Text, k(Code::Up), Action::RowUp),
    key(Text, c('j'), Action::RowDown, "a line down", ""),
    also(Text, k(Code::Down), Action::RowDown),
    key(Text, c('h'), Action::Left, "to the left", ""),
    also(Text, k(Code::Left), Action::Left),
    key(Text, c('l'), Action::Right, "to the right", ""),
    also(Text, k(Code::Right), Action::Right),
    key(Text, Key::ctrl('b'), Action::PageUp, "a page up", ""),
    also(Text, k(Code::PageUp), Action::PageUp),
    key(Text, Key::ctrl('f'), Action::PageDown, "a page down", ""),
    also(Text, k(Code::PageDown), Action::PageDown),
    key(Text, c('g'), Action::Top, "to the first line", ""),
    also(Text, k(Code::Home), Action::Top),
    key(Text, c('G'), Action::Bottom, "to the last line", ""),
    also(Text, k(Code::End), Action::Bottom),
    key(Text, c('z'), Action::Fold, "fold or unfold the object under the cursor", "fold"),
    key(Text, c('a'), Action::FoldAll, "fold or unfold all", ""),
    key(Text, c('n'), Action::FindNext, "the next place that `/` found", ""),
    key(Text, c('N'), Action::FindPrevious, "the place before", ""),
    key(Text, c('W'), Action::Wrap, "wrap long lines, or cut them", "wrap"),
];
