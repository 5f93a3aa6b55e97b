//! What actions do: those of the whole monitor here, the others on the screen.

use super::prompting;
use crate::tui::state::action::Action;
use crate::tui::state::asking::Cause;
use crate::tui::state::effect::{Effect, Slot};
use crate::tui::state::model::{Level, Model};
use crate::tui::state::popup::Popup;
use crate::tui::state::prompt::{Prompt, PromptKind};
use crate::tui::state::screens::tab::{self, Tab};
use crate::tui::state::screens::{Env, Screen, Then};

/// Does what a key means.
pub(super) fn on_action(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> Cause {
    match action {
        Action::Quit => effects.push(Effect::Quit),
        Action::Leave => leave(model, effects),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Command => prompting::open(model, Prompt::new(PromptKind::Command, "")),
        Action::Filter => filter(model),
        Action::Help => model.popups.push(Popup::help(model.history.screen().scopes())),
        Action::Up => up(model),
        Action::Tab(digit) => go_to(model, digit),
        Action::HistoryBack => visit(model, |history| history.back(), "there is nothing further back"),
        Action::HistoryForward => visit(model, |history| history.forward(), "there is nothing further on"),
        Action::HistoryLast => visit(model, |history| history.last(), "no other screen was seen yet"),
        Action::Pause => pause(model, effects),
        Action::Refresh => return Cause::Refresh,
        Action::Header => model.prefs.header_folded ^= true,
        Action::Wide => model.prefs.wide ^= true,
        Action::TimeFormat => {
            model.prefs.times = model.prefs.times.next();
            model.say(Level::Info, format!("times: {}", model.prefs.times.name()));
        }
        action => below(model, action, effects),
    }
    Cause::Person
}

/// Hands an action to what is open, else to the screen.
fn below(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let division = model.env().division;
    if let Some(popup) = model.popups.last_mut() {
        popup.on_action(action, division);
        return;
    }
    let env = Env { division, prefs: &model.prefs, notices: &model.notices };
    for then in model.history.screen_mut().on_action(action, &env) {
        follow(model, then, effects);
    }
}

/// Does what a screen wants to follow.
pub(super) fn follow(model: &mut Model, then: Then, effects: &mut Vec<Effect>) {
    match then {
        Then::Open(screen) => model.history.open(screen),
        Then::Popup(popup) => model.popups.push(popup),
        Then::Copy(text, what) => {
            model.say(Level::Info, format!("{what} copied"));
            effects.push(Effect::Copy(text));
        }
        Then::Find(id) => model.sought = Some(id),
        Then::Say(text) => model.say(Level::Info, text),
        Then::Refuse(text) => model.say(Level::Warn, text),
    }
}

fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.popups.pop().is_none() && !model.history.up() {
        effects.push(Effect::Quit);
    }
}

fn up(model: &mut Model) {
    if model.popups.pop().is_some() {
        return;
    }
    let screen = model.history.screen_mut();
    if screen.filter().is_some_and(|filter| !filter.is_empty()) {
        // A screen takes the empty filter, whatever it takes else.
        let _ = screen.set_filter("");
    } else if !model.history.up() {
        model.say(Level::Info, "this is the top: q quits");
    }
}

fn filter(model: &mut Model) {
    if model.popups.last().is_some() || model.history.screen().finds() {
        prompting::open(model, Prompt::new(PromptKind::Find, ""));
        return;
    }
    match model.history.screen().filter().map(|text| if text.is_empty() { String::new() } else { format!("{text} ") }) {
        Some(text) => prompting::open(model, Prompt::new(PromptKind::Filter, &text)),
        None => model.say(Level::Warn, "nothing can be filtered here"),
    }
}

fn go_to(model: &mut Model, digit: u8) {
    match tab::of_digit(digit) {
        Some(tab) => go(model, tab),
        None => model.say(Level::Warn, format!("no screen has the digit {digit}")),
    }
}

/// To a screen of its own, as it was left.
fn go(model: &mut Model, tab: Tab) {
    model.popups.clear();
    if model.history.depth() == 0 && model.history.screen().tab() == tab {
        return;
    }
    let screen = model.history.find(|screen: &Screen| screen.tab() == tab).cloned();
    model.history.go(screen.unwrap_or_else(|| tab.screen()));
}

fn visit(model: &mut Model, step: impl Fn(&mut crate::tui::state::history::History) -> bool, why_not: &str) {
    model.popups.clear();
    if !step(&mut model.history) {
        model.say(Level::Info, why_not);
    }
}

/// Stops reading, or goes on. What is asked anew while paused (another screen, another filter) is read once.
fn pause(model: &mut Model, effects: &mut Vec<Effect>) {
    model.prefs.paused ^= true;
    for slot in [Slot::Screen, Slot::Side, Slot::Popup] {
        match model.prefs.paused {
            true => effects.push(Effect::Hold(slot)),
            false => model.asked[slot as usize].ask = None,
        }
    }
    model.say(Level::Info, if model.prefs.paused { "paused: p goes on, ctrl-r reads once" } else { "reading goes on" });
}
