//! One frame on standard output: for scripts, documentation and tests.

use super::source::Source;
use super::{MonitorError, MonitorOptions, options};
use crate::store::SharedStore;
use crate::tui::state::effect::{Effect, Slot};
use crate::tui::state::geometry::Size;
use crate::tui::state::model::Model;
use crate::tui::state::msg::{Msg, Reply};
use crate::tui::state::update::{start, update};
use crate::tui::view::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::VecDeque;
use std::time::Instant;

/// Questions that one frame may lead to.
const QUESTIONS: usize = 20;

/// Which frame.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    /// The screen, as a command names it.
    pub(crate) screen: String,
    /// The filter.
    pub(crate) filter: Option<String>,
    /// How large.
    pub(crate) size: Size,
}

/// The frame as text: a line a row, with colours where they are asked for.
///
/// # Errors
/// A screen or a filter that is none; whatever the store says.
pub(crate) async fn once(store: SharedStore, options: MonitorOptions, once: Once) -> Result<String, MonitorError> {
    let mut screen = options::named(&once.screen).map_err(MonitorError::Usage)?;
    if let Some(filter) = &once.filter {
        screen.set_filter(filter).map_err(MonitorError::Usage)?;
    }
    let source = Source::new(store.clone(), options.frozen);
    let now = options.frozen.unwrap_or_else(chrono::Utc::now);
    let mut model = options.model(store.location(), screen, once.size, now);
    let first = start(&mut model);
    feed(&source, &mut model, first).await?;
    let theme = options.looks();
    let mut buffer = Buffer::empty(Rect::new(0, 0, once.size.width, once.size.height));
    view(&model, &theme, &mut buffer);
    Ok(super::text::text(&buffer, options.color))
}

/// Asks what the model wants to know until it wants nothing more.
async fn feed(source: &Source, model: &mut Model, effects: Vec<Effect>) -> Result<(), MonitorError> {
    let mut open: VecDeque<Effect> = effects.into();
    for _ in 0..QUESTIONS {
        let Some(effect) = open.pop_front() else { break };
        let Effect::Ask(request) = effect else { continue };
        if request.slot == Slot::Names {
            continue;
        }
        let begun = Instant::now();
        let at = source.now().await.map_err(MonitorError::Store)?;
        let answer = source.answer(&request.ask).await.map_err(MonitorError::Store)?;
        let (slot, generation) = (request.slot, request.generation);
        let reply = Reply { slot, generation, answer: Ok(answer), at, took: begun.elapsed() };
        let more = update(model, Msg::Reply(Box::new(reply)));
        // What a screen asks on from an answer (a log's next lines) is not part of a frame.
        open.extend(more.into_iter().filter(|e| matches!(e, Effect::Ask(r) if r.slot == Slot::Side)));
    }
    Ok(())
}
