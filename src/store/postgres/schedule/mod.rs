//! Schedules: what is registered, who leads, what is run, what operators switch, what readers see.

mod fire;
mod lead;
mod operate;
mod put;
mod read;
