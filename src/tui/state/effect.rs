//! What is to be done outside: asking the store, the clipboard, the terminal.

use super::ask::Ask;
use std::time::Duration;

/// Something to be done, in the order in which it was said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Ask the store; what this slot asked before is asked no more.
    Ask(Request),
    /// Ask nothing more in this slot.
    Hold(Slot),
    /// Copy a text to the clipboard of whoever looks.
    Copy(String),
    /// Hand the terminal back to the shell until it is continued.
    Suspend,
    /// Leave.
    Quit,
}

/// A question, and when to ask it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// Who wants to know.
    pub(crate) slot: Slot,
    /// Counts the slot's questions: answers to older ones are dropped.
    pub(crate) generation: u64,
    /// The question.
    pub(crate) ask: Ask,
    /// When to ask it.
    pub(crate) when: When,
    /// How often to ask it again; `None`: once.
    pub(crate) every: Option<Duration>,
}

/// Who wants to know. Each slot asks one question at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The visible screen.
    Screen,
    /// The pane beside a list.
    Side,
    /// What is open above the screen.
    Popup,
    /// Completion.
    Names,
}

impl Slot {
    /// Every slot, in the order of their numbers.
    pub(crate) const ALL: [Slot; 4] = [Slot::Screen, Slot::Side, Slot::Popup, Slot::Names];
}

/// When a question is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// At once.
    Now,
    /// When the cursor has rested for a moment.
    Rested,
    /// After the interval: it goes on from an answer that just came.
    Next,
}
