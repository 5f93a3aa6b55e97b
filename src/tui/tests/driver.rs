//! Presses keys, and answers what the monitor asks from a real store.

use super::{data, snap};
use crate::store::SharedStore;
use crate::tui::run::source::Source;
use crate::tui::state::ask::Trouble;
use crate::tui::state::effect::{Effect, When};
use crate::tui::state::geometry::Size;
use crate::tui::state::keys::Key;
use crate::tui::state::model::{Model, Place};
use crate::tui::state::msg::{Msg, Reply};
use crate::tui::state::screens::tab::Tab;
use crate::tui::state::update::{start, update};
use crate::tui::view::theme::{Depth, Theme};
use crate::tui::view::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::VecDeque;
use std::time::Duration;

/// A monitor without a terminal.
pub(super) struct Driver {
    pub(super) model: Model,
    source: Source,
    theme: Theme,
    /// Effects that are not about asking.
    pub(super) effects: Vec<Effect>,
    /// The store does not answer.
    pub(super) away: bool,
}

impl Driver {
    /// A monitor of that size; it has read its first screen.
    pub(super) async fn new(store: SharedStore, width: u16, height: u16) -> Self {
        let mut driver = Self::unread(store, width, height);
        let first = start(&mut driver.model);
        driver.answer(first).await;
        driver
    }

    /// A monitor that was answered nothing yet.
    pub(super) fn unread(store: SharedStore, width: u16, height: u16) -> Self {
        let place = Place { location: "sqlite::memory:".into(), read_only: true, frozen: None };
        let model = Model::new(place, Tab::Tasks.screen(), Size::new(width, height), data::now());
        let source = Source::new(store, Some(data::now()));
        Self { model, source, theme: Theme::new(Depth::True, false, false), effects: Vec::new(), away: false }
    }

    /// Draws with ASCII only.
    pub(super) fn ascii(mut self) -> Self {
        self.theme = Theme::new(Depth::True, false, true);
        self.model.prefs.ascii = true;
        self
    }

    /// Presses keys, divided by blanks: `<enter>` and `ctrl-k` are one key, another word is typed letter by letter.
    pub(super) async fn keys(&mut self, script: &str) {
        for word in script.split_whitespace() {
            let named =
                word.starts_with('<') && word.len() > 1 || word.starts_with("ctrl-") || word.starts_with("shift-");
            let keys: Vec<Key> = match named {
                true => vec![word.parse().unwrap()],
                false => self.apart().into_iter().chain(word.chars().map(Key::char)).collect(),
            };
            for key in keys {
                self.send(Msg::Key(key)).await;
            }
        }
    }

    /// The blank before the next word of a line.
    fn apart(&self) -> Option<Key> {
        let line = self.model.prompt.as_ref().map(|prompt| prompt.line.text()).filter(|text| !text.is_empty())?;
        (!line.ends_with(' ')).then(|| Key::char(' '))
    }

    /// Sends a message, and answers what it leads to.
    pub(super) async fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.answer(effects).await;
    }

    async fn answer(&mut self, effects: Vec<Effect>) {
        let mut open: VecDeque<Effect> = effects.into();
        while let Some(effect) = open.pop_front() {
            let Effect::Ask(request) = effect else {
                self.effects.push(effect);
                continue;
            };
            // What follows an answer after the interval is another day's work.
            if request.when == When::Next {
                continue;
            }
            let answer = match self.away {
                true => {
                    Err(Trouble { message: "the database is away: refused".into(), retry_in: Duration::from_secs(4) })
                }
                false => Ok(self.source.answer(&request.ask).await.unwrap()),
            };
            let (slot, generation, took) = (request.slot, request.generation, Duration::from_millis(3));
            let reply = Reply { slot, generation, answer, at: data::now(), took };
            open.extend(update(&mut self.model, Msg::Reply(Box::new(reply))));
        }
    }

    /// The frame.
    pub(super) fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        view(&self.model, &self.theme, &mut buffer);
        buffer
    }

    /// The frame as text with its slots.
    pub(super) fn snap(&self) -> String {
        snap::snap(&self.buffer(), &self.theme)
    }

    /// The frame's rows.
    pub(super) fn rows(&self) -> Vec<String> {
        snap::rows(&self.buffer())
    }

    /// Whether some row holds this.
    pub(super) fn shows(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }
}
