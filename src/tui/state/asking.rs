//! What is asked of the store: always what the visible parts want to know, and nothing else.

use super::ask::Ask;
use super::effect::{Effect, Request, Slot, When};
use super::model::Model;
use std::time::Duration;

/// How often names for completion are read.
const NAMES: Duration = Duration::from_secs(60);

/// Why what is asked may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody pressed a key.
    Person,
    /// An answer came.
    Answer,
    /// Somebody wants it read now, changed or not.
    Refresh,
}

/// Asks what the visible parts want to know, where that is not what is asked already.
pub(crate) fn sync(model: &mut Model, cause: Cause, effects: &mut Vec<Effect>) {
    for slot in Slot::ALL {
        let wanted = wanted(model, slot);
        let asked = &mut model.asked[slot as usize];
        if asked.ask == wanted && !(cause == Cause::Refresh && slot != Slot::Names) {
            continue;
        }
        let goes_on = matches!((&wanted, &asked.ask), (Some(wanted), Some(before)) if wanted.goes_on(before));
        let when = if goes_on && cause == Cause::Answer { When::Next } else { when(slot, cause) };
        asked.generation += 1;
        asked.ask.clone_from(&wanted);
        let generation = asked.generation;
        effects.push(match wanted {
            Some(ask) => Effect::Ask(Request { slot, generation, when, every: every(model, slot, &ask), ask }),
            None => Effect::Hold(slot),
        });
    }
}

/// What a slot wants to know. While paused it keeps to what it shows, and still asks what was never answered.
fn wanted(model: &Model, slot: Slot) -> Option<Ask> {
    let (screen, env) = (model.history.screen(), model.env());
    match slot {
        Slot::Screen => screen.ask(&env),
        Slot::Side => screen.side(&env),
        Slot::Popup if model.sought.is_some() => model.sought.clone().map(Ask::Find),
        Slot::Popup => model.popups.last().and_then(|popup| popup.ask()),
        Slot::Names => Some(Ask::Names),
    }
}

fn when(slot: Slot, cause: Cause) -> When {
    match (slot, cause) {
        (Slot::Side, Cause::Person | Cause::Answer) => When::Rested,
        _ => When::Now,
    }
}

fn every(model: &Model, slot: Slot, ask: &Ask) -> Option<Duration> {
    match (slot, ask) {
        (Slot::Names, _) => Some(NAMES),
        (_, Ask::Find(_)) => None,
        _ if model.prefs.paused || model.place.frozen.is_some() => None,
        _ => Some(model.prefs.refresh),
    }
}
