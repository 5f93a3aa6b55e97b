//! How each screen is drawn, into the content's area.

pub(crate) mod cron;
pub(crate) mod executors;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod overview;
pub(crate) mod queues;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod task;
pub(crate) mod tasks;
pub(crate) mod workflows;

use super::pen::{Pen, Piece};
use super::widgets::notice;
use crate::tui::state::model::Model;
use crate::tui::state::screens::Screen;
use ratatui::layout::Rect;

/// Draws the visible screen.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, model: &Model) {
    let screen = model.history.screen();
    if !screen.is_loaded() {
        return notice::unread(pen, area, model);
    }
    pen.faded = model.connection.is_stale();
    match screen {
        Screen::Overview(overview) => overview::draw(pen, area, model, overview),
        Screen::Queues(queues) => queues::draw(pen, area, model, queues),
        Screen::Tasks(tasks) => tasks::draw(pen, area, model, tasks),
        Screen::Workflows(workflows) => workflows::draw(pen, area, model, workflows),
        Screen::Definition(definition) => workflows::draw_definition(pen, area, model, definition),
        Screen::Runs(runs) => runs::draw(pen, area, model, runs),
        Screen::Run(run) => run::draw(pen, area, model, run),
        Screen::Executors(executors) => executors::draw(pen, area, model, executors),
        Screen::Cron(cron) => cron::draw(pen, area, model, cron),
        Screen::History(history) => cron::draw_history(pen, area, model, history),
        Screen::Kv(kv) => kv::draw(pen, area, model, kv),
        Screen::Value(value) => kv::draw_value(pen, area, model, value),
        Screen::Task(task) => task::draw(pen, area, model, task),
        Screen::Log(log) => log::draw(pen, area, model, log),
    }
    pen.faded = false;
}

/// What stands in the second row beside the way: states, figures.
pub(crate) fn crumbs(pen: &Pen<'_>, model: &Model, room: u16) -> Vec<Piece> {
    match model.history.screen() {
        Screen::Overview(overview) => overview::summary(overview),
        Screen::Queues(queues) => queues::figures(pen, queues),
        Screen::Tasks(tasks) => tasks::strip(pen, tasks, room),
        Screen::Workflows(workflows) => workflows::summary(workflows),
        Screen::Definition(_) => Vec::new(),
        Screen::Runs(runs) => runs::strip(runs),
        Screen::Run(run) => run::summary(pen, model, run, room),
        Screen::Executors(executors) => executors::summary(executors),
        Screen::Cron(cron) => cron::summary(cron),
        Screen::History(_) => Vec::new(),
        Screen::Kv(kv) => kv::summary(kv),
        Screen::Value(value) => kv::value_summary(model, value),
        Screen::Task(task) => task::summary(pen, task, room),
        Screen::Log(_) => Vec::new(),
    }
}
