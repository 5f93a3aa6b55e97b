//! Which queues a worker serves: names and globs, as the Python SDK's `-q` takes them.

use std::fmt;

/// One name or glob: `*` any text, `?` any character, `[abc]` and `[a-z]` one of, `[!abc]` none of, `\` escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    AnyChar,
    AnyText,
    Set { not: bool, ranges: Vec<(char, char)> },
}

/// Why a pattern cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `[` without `]`.
    #[error("the queue pattern '{0}' has '[' without ']'")]
    OpenSet(String),
    /// A backslash at the end.
    #[error("the queue pattern '{0}' ends in a backslash that escapes nothing")]
    OpenEscape(String),
    /// Nothing at all.
    #[error("a queue pattern is empty: name a queue, or '*' for all")]
    Empty,
}

impl QueuePattern {
    /// Reads one pattern.
    ///
    /// # Errors
    /// When a set or an escape is not closed, or the text is empty.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let mut parts = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            parts.push(match c {
                '*' => Part::AnyText,
                '?' => Part::AnyChar,
                '\\' => Part::Char(rest.next().ok_or_else(|| PatternError::OpenEscape(text.to_owned()))?),
                '[' => set(&mut rest).ok_or_else(|| PatternError::OpenSet(text.to_owned()))?,
                c => Part::Char(c),
            });
        }
        parts.dedup_by(|a, b| *a == Part::AnyText && *b == Part::AnyText);
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Whether the pattern covers `name`.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut p, mut n) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.parts.get(p) {
                Some(Part::AnyText) => {
                    retry = Some((p, n));
                    p += 1;
                    continue;
                }
                Some(part) if n < name.len() && part.covers(name[n]) => {
                    (p, n) = (p + 1, n + 1);
                    continue;
                }
                None if n == name.len() => return true,
                _ => {}
            }
            match retry {
                Some((star, from)) if from < name.len() => {
                    retry = Some((star, from + 1));
                    (p, n) = (star + 1, from + 1);
                }
                _ => return false,
            }
        }
    }

    /// The queue's name, when the pattern is one and not a glob.
    pub fn literal(&self) -> Option<String> {
        let as_char = |part: &Part| if let Part::Char(c) = part { Some(*c) } else { None };
        self.parts.iter().map(as_char).collect()
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Part {
    fn covers(&self, c: char) -> bool {
        match self {
            Part::Char(own) => *own == c,
            Part::AnyChar => true,
            Part::AnyText => false,
            Part::Set { not, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *not,
        }
    }
}

/// The rest of a `[…]`; a `]` that comes first stands for itself.
fn set(rest: &mut std::str::Chars<'_>) -> Option<Part> {
    let (mut not, mut ranges, mut first) = (false, Vec::new(), true);
    loop {
        let mut c = rest.next()?;
        if first && c == '!' && !not {
            not = true;
            continue;
        }
        if c == ']' && !first {
            return Some(Part::Set { not, ranges });
        }
        if c == '\\' {
            c = rest.next()?;
        }
        first = false;
        let mut ahead = rest.clone();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']');
        let end = if is_range {
            rest.next();
            rest.next()?
        } else {
            c
        };
        ranges.push((c, end));
    }
}

impl fmt::Display for QueuePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The queues that a worker serves: a list of patterns; a queue is served when one covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSet(Vec<QueuePattern>);

impl QueueSet {
    /// Every queue.
    pub fn all() -> Self {
        Self(vec![QueuePattern { text: "*".into(), parts: vec![Part::AnyText] }])
    }

    /// Reads patterns.
    ///
    /// # Errors
    /// The first pattern that cannot be read; an empty list.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, PatternError> {
        let list: Vec<_> = patterns.into_iter().map(|p| QueuePattern::new(p.as_ref())).collect::<Result<_, _>>()?;
        if list.is_empty() { Err(PatternError::Empty) } else { Ok(Self(list)) }
    }

    /// Whether the worker serves the queue `name`.
    pub fn serves(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }

    /// The patterns as they were written, in the order given.
    pub fn patterns(&self) -> Vec<String> {
        self.0.iter().map(|pattern| pattern.as_str().to_owned()).collect()
    }

    /// Whether the queues shown as `text` (as [`Display`](fmt::Display) shows them: patterns with commas between them,
    /// or one pattern) hold `name`; a pattern that cannot be read holds none.
    pub fn shown_serves(text: &str, name: &str) -> bool {
        let one = |pattern: &str| QueuePattern::new(pattern).is_ok_and(|pattern| pattern.matches(name));
        one(text) || text.split(',').any(one)
    }

    /// The queues named outright, in the order given.
    pub fn literals(&self) -> Vec<String> {
        self.0.iter().filter_map(QueuePattern::literal).collect()
    }
}

impl fmt::Display for QueueSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(QueuePattern::as_str).collect();
        f.write_str(&texts.join(","))
    }
}
