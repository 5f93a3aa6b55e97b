//! Answers of the store.

use crate::model::RunId;
use crate::tui::state::ask::Answer;
use crate::tui::state::effect::Slot;
use crate::tui::state::model::{Level, Model};
use crate::tui::state::msg::Reply;
use crate::tui::state::screens::Screen;
use crate::tui::state::screens::task::TaskScreen;

/// Takes an answer, unless it is one to an older question.
pub(super) fn on_reply(model: &mut Model, reply: Reply) {
    if model.asked[reply.slot as usize].generation != reply.generation {
        return;
    }
    model.dirty = true;
    match reply.answer {
        Err(trouble) => {
            if !model.connection.is_stale() {
                model.say(Level::Error, trouble.message.clone());
            }
            model.connection.failed(&trouble, model.clock);
        }
        Ok(answer) => {
            if model.connection.is_stale() {
                model.say(Level::Info, "the database answers again");
            }
            model.connection.heard(reply.at, model.clock, reply.took);
            take(model, reply.slot, answer);
        }
    }
}

fn take(model: &mut Model, slot: Slot, answer: Answer) {
    match (slot, answer) {
        (_, Answer::Found(runs)) => found(model, &runs),
        (_, Answer::Names(names)) => model.names = names,
        (Slot::Screen, answer) => model.history.screen_mut().on_answer(answer),
        (Slot::Side, answer) => model.history.screen_mut().on_side(answer),
        (Slot::Popup, answer) => {
            if let Some(popup) = model.popups.last_mut() {
                popup.on_answer(answer);
            }
        }
        (Slot::Names, _) => {}
    }
}

/// To the run that was looked for.
fn found(model: &mut Model, runs: &[RunId]) {
    let Some(sought) = model.sought.take() else { return };
    match runs {
        [run] => {
            model.popups.clear();
            model.history.open(Screen::Task(Box::new(TaskScreen::new(*run))));
        }
        [] => model.say(Level::Warn, format!("no run has the id {sought} (ends are looked for among the newest)")),
        several => model.say(Level::Warn, format!("{} runs end in {sought}: give more digits", several.len())),
    }
}
