//! Many at once: claimers that are processes of their own, limits, pauses, and claims behind mountains of other work.

mod behind;
pub mod claimer;
mod claims;
mod limit;
mod pause;
mod release;
pub mod sqlite_file;
