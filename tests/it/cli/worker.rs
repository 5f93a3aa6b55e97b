//! `run-worker` of an application's own binary, as a process: it works, and stops as it is told.
