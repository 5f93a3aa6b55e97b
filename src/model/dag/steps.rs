//! Counts what the algorithms here do, in tests: that they are linear is shown by counting, not by a clock.

#[cfg(test)]
thread_local!(static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) });

/// So many things are looked at or moved.
#[inline]
pub(super) fn step(many: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + many as u64);
    let _ = many;
}

/// What `work` gives, and how many steps it took.
#[cfg(test)]
pub(super) fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = STEPS.get();
    let done = work();
    (done, STEPS.get() - before)
}
