//! Draws the model into a buffer of cells. Reads only; knows nothing of time, the store or the keyboard.

pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod pen;
pub(crate) mod screens;
pub(crate) mod theme;
pub(crate) mod widgets;

pub(crate) use frame::view;
