//! The architecture as `docs/architecture.md` tells it, held against the source.

mod arrows;
mod docs;
mod habits;
mod schema;
mod source;
