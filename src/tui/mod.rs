//! The monitor, `hyrex tui`: a terminal's view of a store, live.
//!
//! Three layers, each of which knows only those before it:
//! - [`state`] is plain data and one function: a message comes in (a key, an answer, the clock), the model changes, and
//!   effects come out (ask the store, copy a text, leave). It knows neither a terminal nor a runtime; time comes in.
//! - [`view`] draws the model into a buffer of cells and changes nothing.
//! - [`run`] is everything that waits: the terminal, the keyboard, the clock, the store.
//!
//! # How a screen is added
//! 1. `state/ask.rs`: what it asks of the store ([`state::ask::Ask`]) and what comes back ([`state::ask::Answer`]).
//! 2. `run/source.rs`: from the one to the other, by verbs of [`ReadStore`](crate::store::ReadStore).
//! 3. `state/screens/NAME.rs`: a struct with `ask`, `on_answer`, `on_action`, `settle` (scrolling) and what its title says;
//!    a variant of [`state::screens::Screen`] (the compiler then names every `match` that must decide about it), and where
//!    it has a digit of its own, a line in `state/screens/tab.rs`.
//! 4. `state/keymap/screens.rs`: its keys beyond those of every list; hints, help and documentation come from there.
//! 5. `view/screens/NAME.rs`: how it is drawn, and its arm in `view/screens/mod.rs`.
//! 6. `tests/`: a snapshot in each state (`state_of`), at 80x24, 120x40 and 200x60.
//!
//! Whatever comes from the database goes through [`view::pen::Pen::text`], which cleans and clips it: no other way leads
//! into a cell.

pub(crate) mod run;
pub(crate) mod state;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
pub(crate) mod view;

pub(crate) use run::once::{Once, once};
pub(crate) use run::options::{ColorChoice, MonitorOptions, ThemeChoice};
pub(crate) use run::{MonitorError, run};
