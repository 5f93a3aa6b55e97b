//! From a message to another model and to effects. No clock, no input or output, no waiting.

mod act;
mod prompting;

pub(crate) use prompting::screen;
mod reply;

use super::action::Action;
use super::asking::{self, Cause};
use super::effect::Effect;
use super::keymap::{self, Scope};
use super::keys::Key;
use super::model::Model;
use super::msg::Msg;
use crate::model::Timestamp;

/// What is asked at the start.
pub(crate) fn start(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    asking::sync(model, Cause::Refresh, &mut effects);
    effects
}

/// Takes a message; what is to be done outside.
pub(crate) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut cause = Cause::Person;
    match msg {
        Msg::Key(key) => cause = on_key(model, key, &mut effects),
        Msg::Paste(text) => prompting::paste(model, &text),
        Msg::Resize(size) => {
            model.dirty |= model.size != size;
            model.size = size;
        }
        Msg::Clock(now) => on_clock(model, now),
        Msg::Reply(reply) => {
            cause = Cause::Answer;
            reply::on_reply(model, *reply);
        }
        Msg::Terminate => effects.push(Effect::Quit),
    }
    settle(model);
    asking::sync(model, cause, &mut effects);
    effects
}

fn on_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) -> Cause {
    model.dirty = true;
    if model.prompt.is_some() && keymap::meaning(key, &[]) != Some(Action::Quit) {
        return prompting::on_key(model, key, effects);
    }
    let scopes: &'static [Scope] = match model.popups.last() {
        Some(popup) => popup.scopes(),
        None => model.history.screen().scopes(),
    };
    match keymap::meaning(key, scopes) {
        Some(action) => act::on_action(model, action, effects),
        None => Cause::Person,
    }
}

fn on_clock(model: &mut Model, now: Timestamp) {
    // The header's clock, the age of old data, and nothing else changes with time alone.
    model.dirty |= model.clock.timestamp() != now.timestamp();
    model.clock = now;
    if model.flash.as_ref().is_some_and(|(_, until)| *until <= now) {
        model.flash = None;
        model.dirty = true;
    }
}

/// Brings cursors into sight, whatever has changed.
fn settle(model: &mut Model) {
    let division = model.env().division;
    let env = super::screens::Env { division, prefs: &model.prefs, notices: &model.notices };
    model.history.screen_mut().settle(&env);
    if let Some(popup) = model.popups.last_mut() {
        popup.settle(division);
    }
}
