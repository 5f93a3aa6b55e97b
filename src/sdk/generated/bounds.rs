//! Numbers in an attribute, looked at by the compiler.

use crate::model::bounds::{MAX_RETRIES, PRIORITIES};
use crate::model::schedule::Missed;

/// Retries after the first attempt.
pub const fn max_retries(number: i128) {
    assert!(0 <= number && number <= MAX_RETRIES as i128, "max_retries must be 0 to 1000");
}

/// Seconds that one attempt may take.
pub const fn timeout_seconds(number: i128) {
    assert!(1 <= number && number <= i32::MAX as i128, "timeout_seconds must be 1 or more");
}

/// The priority.
pub const fn priority(number: i128) {
    let (lowest, highest) = (*PRIORITIES.start() as i128, *PRIORITIES.end() as i128);
    assert!(lowest <= number && number <= highest, "the priority must be 1 to 10");
}

/// A word for missed times.
pub const fn missed(word: &str) {
    let is = is(word, Missed::Last) || is(word, Missed::All) || is(word, Missed::None);
    assert!(is, "missed must be \"last\", \"all\" or \"none\"");
}

const fn is(word: &str, missed: Missed) -> bool {
    let (word, missed) = (word.as_bytes(), missed.as_str().as_bytes());
    let mut at = 0;
    while at < word.len() && at < missed.len() && word[at] == missed[at] {
        at += 1;
    }
    at == word.len() && at == missed.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_tell_the_bounds_as_they_are() {
        assert_eq!((MAX_RETRIES, PRIORITIES), (1000, 1..=10));
        [0, 1000].into_iter().for_each(max_retries);
        [1, i32::MAX.into()].into_iter().for_each(timeout_seconds);
        [1, 10].into_iter().for_each(priority);
        Missed::EACH.into_iter().for_each(|word| missed(word.as_str()));
    }

    #[test]
    fn a_word_that_only_begins_like_one_is_none() {
        assert!(!["las", "lasts", "", "LAST"].iter().any(|word| Missed::EACH.iter().any(|missed| is(word, *missed))));
    }
}
