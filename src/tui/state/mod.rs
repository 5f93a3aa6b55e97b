//! What the monitor knows and how it changes: [`update::update`] takes a message and answers effects.
//!
//! Pure: no clock, no input or output, nothing of a terminal. Whatever takes time is an [`effect::Effect`], carried out
//! elsewhere, and comes back as a [`msg::Msg`].

pub(crate) mod action;
pub(crate) mod ask;
pub(crate) mod asking;
pub(crate) mod command;
pub(crate) mod connection;
pub(crate) mod effect;
pub(crate) mod geometry;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod json;
pub(crate) mod keymap;
pub(crate) mod keys;
pub(crate) mod line;
pub(crate) mod listing;
pub(crate) mod model;
pub(crate) mod msg;
pub(crate) mod pane;
pub(crate) mod popup;
pub(crate) mod prefs;
pub(crate) mod prompt;
pub(crate) mod screens;
pub(crate) mod strip;
pub(crate) mod table;
pub(crate) mod update;
pub(crate) mod why;
