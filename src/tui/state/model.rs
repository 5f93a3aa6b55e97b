//! All that the monitor knows.

use super::ask::Ask;
use super::connection::Connection;
use super::effect::Slot;
use super::geometry::{Division, Size};
use super::history::History;
use super::popup::Popup;
use super::prefs::Prefs;
use super::prompt::Prompt;
use super::screens::{Env, Screen};
use crate::model::Timestamp;
use crate::store::Names;
use std::collections::VecDeque;

/// Notices that are kept.
const NOTICES: usize = 500;

/// Where the monitor looks, and what it may do there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The database, without its password.
    pub(crate) location: String,
    /// Whether the database refuses writes.
    pub(crate) read_only: bool,
    /// A data set's own time, at which it stands still.
    pub(crate) frozen: Option<Timestamp>,
}

/// How a line to whoever looks is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// It was done.
    Info,
    /// It does not go.
    Warn,
    /// The store does not answer.
    Error,
}

/// A line to whoever looks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    /// When.
    pub(crate) at: Timestamp,
    /// How it is meant.
    pub(crate) level: Level,
    /// The line.
    pub(crate) text: String,
}

/// A slot of questions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// What was asked last.
    pub(crate) ask: Option<Ask>,
    /// Counts its questions.
    pub(crate) generation: u64,
}

/// All that the monitor knows. Only [`update`](super::update::update) changes it.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// The terminal's size.
    pub(crate) size: Size,
    /// This machine's time, to the second.
    pub(crate) clock: Timestamp,
    /// Where it looks.
    pub(crate) place: Place,
    /// How it stands with the database.
    pub(crate) connection: Connection,
    /// What a person has set.
    pub(crate) prefs: Prefs,
    /// What was seen; the visible screen.
    pub(crate) history: History,
    /// What is open above the screen, the topmost last.
    pub(crate) popups: Vec<Popup>,
    /// The line that is typed.
    pub(crate) prompt: Option<Prompt>,
    /// Commands typed before, the oldest first.
    pub(crate) commands: Vec<String>,
    /// Filters typed before.
    pub(crate) filters: Vec<String>,
    /// The line at the right of the row of hints, and until when.
    pub(crate) flash: Option<(Notice, Timestamp)>,
    /// What was said, the newest last.
    pub(crate) notices: VecDeque<Notice>,
    /// Names that stand in the database.
    pub(crate) names: Names,
    /// The id of a run that is looked for.
    pub(crate) sought: Option<String>,
    /// What is asked, by slot.
    pub(crate) asked: [Asked; Slot::ALL.len()],
    /// Whether there is something to draw.
    pub(crate) dirty: bool,
}

impl Model {
    /// A monitor that begins with `screen`.
    pub(crate) fn new(place: Place, screen: Screen, size: Size, clock: Timestamp) -> Self {
        Self {
            size,
            clock,
            place,
            connection: Connection::default(),
            prefs: Prefs::default(),
            history: History::new(screen),
            popups: Vec::new(),
            prompt: None,
            commands: Vec::new(),
            filters: Vec::new(),
            flash: None,
            notices: VecDeque::new(),
            names: Names::default(),
            sought: None,
            asked: std::array::from_fn(|_| Asked::default()),
            dirty: true,
        }
    }

    /// How the terminal is divided; `None`: it is too small.
    pub(crate) fn division(&self) -> Option<Division> {
        Division::of(self.size, self.prefs.header_folded)
    }

    /// The database's time when what is shown was read.
    pub(crate) fn now(&self) -> Timestamp {
        self.place.frozen.or(self.connection.data_at).unwrap_or(self.clock)
    }

    /// What a screen may know; sized as if there were room, where there is none.
    pub(crate) fn env(&self) -> Env<'_> {
        let least = Division { header: 1, crumbs: false, top: 1, content: Size::new(20, 3), hints: true, boxes: false };
        Env { division: self.division().unwrap_or(least), prefs: &self.prefs, notices: &self.notices }
    }

    /// Says something to whoever looks, for some seconds; it stays in the log.
    pub(crate) fn say(&mut self, level: Level, text: impl Into<String>) {
        let notice = Notice { at: self.clock, level, text: text.into() };
        let seconds = if level == Level::Info { 4 } else { 8 };
        self.flash = Some((notice.clone(), self.clock + std::time::Duration::from_secs(seconds)));
        if self.notices.len() == NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
        self.dirty = true;
    }
}
