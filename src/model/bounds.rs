//! What names, keys and values may be: the same on both stores (DESIGN: Bounds).

/// Longest name of a task, queue, node or schedule, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;
/// Longest key (idempotency, key-value store), in bytes of UTF-8.
pub const MAX_KEY: usize = 1024;
/// Largest value of the key-value store, in bytes of UTF-8.
pub const MAX_KV_VALUE: usize = 1 << 20;
/// Largest arguments or result by default, in bytes of UTF-8.
pub const MAX_JSON: usize = 16 << 20;
/// Deepest nesting of arguments and results: what every JSON reader of ours and Python's takes.
pub const MAX_DEPTH: usize = 100;
/// Most bytes of arguments that one claim brings.
pub const MAX_CLAIM: usize = 8 << 20;
/// Most retries that a task may ask for.
pub const MAX_RETRIES: u16 = 1000;
/// Longest delay of a start or a retry: ten years.
pub const MAX_DELAY: std::time::Duration = std::time::Duration::from_secs(10 * 366 * 86_400);
/// Latest start, in seconds since 1970: the year 2200, which every store can hold.
pub const MAX_TIME: u64 = 7_258_118_400;
/// Priorities accepted at send: 1 to 10, higher first.
pub const PRIORITIES: std::ops::RangeInclusive<i16> = 1..=10;

/// What is wrong with an input, in words for the one who gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// An empty name.
    #[error("the {what} is empty: give it a name")]
    Empty {
        /// Which input.
        what: &'static str,
    },
    /// Too many bytes.
    #[error("the {what} has {size} bytes, and at most {max} are allowed")]
    TooLong {
        /// Which input.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The bound in bytes.
        max: usize,
    },
    /// U+0000, which PostgreSQL cannot store.
    #[error("the {what} contains U+0000 at byte {at}: remove it")]
    Nul {
        /// Which input.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// Not JSON.
    #[error("the {what} must be JSON: {why}")]
    NotJson {
        /// Which input.
        what: &'static str,
        /// The reader's complaint.
        why: String,
    },
    /// JSON nested too deeply.
    #[error("the {what} are nested {depth} levels deep or more, and at most {max} are allowed")]
    TooDeep {
        /// Which input.
        what: &'static str,
        /// How deep, as far as it was read.
        depth: usize,
        /// The bound.
        max: usize,
    },
    /// A number out of its range.
    #[error("{what} is {value}, and must be {range}")]
    Range {
        /// Which input.
        what: &'static str,
        /// What was given.
        value: i64,
        /// What is allowed, in words.
        range: &'static str,
    },
}

/// A name: 1 to 255 bytes without U+0000.
pub fn name(what: &'static str, text: &str) -> Result<(), BoundsError> {
    if text.is_empty() {
        return Err(BoundsError::Empty { what });
    }
    text_within(what, text, MAX_NAME)
}

/// A key: 1 to 1,024 bytes without U+0000.
pub fn key(what: &'static str, text: &str) -> Result<(), BoundsError> {
    if text.is_empty() {
        return Err(BoundsError::Empty { what });
    }
    text_within(what, text, MAX_KEY)
}

/// A text of at most `max` bytes without U+0000.
pub fn text_within(what: &'static str, text: &str, max: usize) -> Result<(), BoundsError> {
    if text.len() > max {
        return Err(BoundsError::TooLong { what, size: text.len(), max });
    }
    match text.find('\0') {
        Some(at) => Err(BoundsError::Nul { what, at }),
        None => Ok(()),
    }
}

/// A JSON text of at most `max` bytes, nested at most [`MAX_DEPTH`] deep, without a bare U+0000.
///
/// # Errors
/// What is wrong, by the first rule that is broken: size, depth, then syntax.
pub fn json(what: &'static str, text: &str, max: usize) -> Result<(), BoundsError> {
    text_within(what, text, max)?;
    let depth = depth(text);
    if depth > MAX_DEPTH {
        return Err(BoundsError::TooDeep { what, depth, max: MAX_DEPTH });
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(BoundsError::NotJson { what, why: error.to_string() }),
    }
}

/// The deepest nesting of brackets outside strings; stops one past [`MAX_DEPTH`].
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
                if deepest > MAX_DEPTH {
                    return deepest;
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// `text` with each U+0000 replaced by U+FFFD: for errors and logs, which are kept whatever they hold.
pub fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
