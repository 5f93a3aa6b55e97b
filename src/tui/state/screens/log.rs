//! What happened: the database's system events, and what this monitor said, in one list by time.

use super::{Env, Then};
use crate::model::Timestamp;
use crate::store::SystemEvent;
use crate::tui::state::action::Action;
use crate::tui::state::ask::{Answer, Ask};
use crate::tui::state::keymap::Scope;
use crate::tui::state::model::{Level, Notice};
use crate::tui::state::popup::Popup;
use crate::tui::state::table::{Column, Table};
use serde::Serialize;

/// Its columns.
pub(crate) const COLUMNS: [Column; 4] = [
    Column::new("TIME", 8, 11).key('t'),
    Column::new("EVENT", 12, 28).key('e'),
    Column::new("WHO", 6, 28).rank(1).key('w'),
    Column::new("WHAT", 20, 400),
];
/// Events that are read.
const READ: u32 = 500;

/// A line of the log.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: Timestamp,
    /// Its number among those of the same time: with it, the line's name.
    number: u128,
    /// What kind.
    pub(crate) name: String,
    /// Who did it, where that is known.
    pub(crate) who: String,
    /// What, as text.
    pub(crate) what: String,
    /// How it is meant, where this monitor said it.
    #[serde(skip)]
    pub(crate) level: Option<Level>,
}

/// A line's name: when, and its number.
pub(crate) type Key = (Timestamp, u128);

/// The log.
#[derive(Clone, Debug)]
pub(crate) struct LogScreen {
    /// Cursor, order.
    pub(crate) table: Table<Key>,
    filter: String,
    events: Option<Vec<Entry>>,
    /// Counts what may change what is shown.
    changes: u64,
    gathered: Option<(u64, usize, Option<Timestamp>)>,
    /// Those that match, in the order in which they are shown.
    pub(crate) shown: Vec<Entry>,
    ids: Vec<Key>,
}

impl Default for LogScreen {
    fn default() -> Self {
        let table = Table::new(0, true);
        Self {
            table,
            filter: String::new(),
            events: None,
            changes: 0,
            gathered: None,
            shown: Vec::new(),
            ids: Vec::new(),
        }
    }
}

impl LogScreen {
    pub(super) fn title(&self) -> String {
        "Log".to_owned()
    }

    pub(super) fn scopes(&self) -> &'static [Scope] {
        &[Scope::Log, Scope::List]
    }

    pub(super) fn ask(&self, _: &Env) -> Option<Ask> {
        Some(Ask::Log { limit: READ })
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        if let Answer::Log(events) = answer {
            self.events = Some(events.iter().filter_map(Entry::of_event).collect());
            self.changes += 1;
        }
    }

    pub(super) fn on_action(&mut self, action: Action, env: &Env) -> Vec<Then> {
        if self.table.on_action(action, &self.ids, &COLUMNS, env.division.table_rows().into()) {
            self.changes += 1;
            return Vec::new();
        }
        let Some(entry) = self.shown.get(self.table.at()) else { return Vec::new() };
        match action {
            Action::Open | Action::Raw => vec![Then::Popup(Popup::event(&entry.name, &entry.what))],
            Action::Copy => vec![Then::Copy(entry.what.clone(), "event")],
            _ => Vec::new(),
        }
    }

    pub(super) fn filter(&self) -> Option<&str> {
        Some(&self.filter)
    }

    pub(super) fn set_filter(&mut self, text: &str) -> Result<(), String> {
        self.filter = text.trim().to_owned();
        self.changes += 1;
        Ok(())
    }

    pub(super) fn settle(&mut self, env: &Env) {
        self.gather(env);
        self.table.settle(&self.ids, env.division.table_rows().into());
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.events.is_some()
    }

    fn gather(&mut self, env: &Env) {
        let stand = Some((self.changes, env.notices.len(), env.notices.back().map(|notice| notice.at)));
        if self.gathered == stand {
            return;
        }
        self.gathered = stand;
        let own = env.notices.iter().enumerate().map(|(number, notice)| Entry::of_notice(number, notice));
        let events = self.events.iter().flatten().cloned();
        let sought = self.filter.to_lowercase();
        let fits = |entry: &Entry| {
            sought.is_empty()
                || [&entry.name, &entry.who, &entry.what].iter().any(|text| text.to_lowercase().contains(&sought))
        };
        let mut shown: Vec<Entry> = own.chain(events).filter(fits).collect();
        let sort = self.table.sort();
        shown.sort_by(|a, b| {
            let by = match sort.column {
                1 => a.name.cmp(&b.name),
                2 => a.who.cmp(&b.who),
                _ => (a.at, a.number).cmp(&(b.at, b.number)),
            };
            let by = if sort.descending { by.reverse() } else { by };
            by.then_with(|| (b.at, b.number).cmp(&(a.at, a.number)))
        });
        self.ids = shown.iter().map(|entry| (entry.at, entry.number)).collect();
        self.shown = shown;
    }
}

impl Entry {
    fn of_notice(number: usize, notice: &Notice) -> Self {
        let name = match notice.level {
            Level::Info => "monitor",
            Level::Warn => "monitor: refused",
            Level::Error => "monitor: no answer",
        };
        let (number, what, level) = (number as u128, notice.text.clone(), Some(notice.level));
        Self { at: notice.at, number, name: name.into(), who: "this monitor".into(), what, level }
    }

    fn of_event(event: &SystemEvent) -> Option<Self> {
        let (at, number) = (event.at?, event.id.as_u128());
        Some(Self {
            at,
            number,
            name: event.name.clone(),
            who: who(&event.body),
            what: event.body.clone(),
            level: None,
        })
    }
}

/// Who did it, as our own events tell; empty: not said.
fn who(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        actor: Option<Actor>,
    }
    #[derive(serde::Deserialize)]
    struct Actor {
        user: String,
        host: String,
    }
    let actor = serde_json::from_str::<Body>(body).ok().and_then(|body| body.actor);
    actor.map_or_else(String::new, |actor| format!("{}@{}", actor.user, actor.host))
}
