//! What of an error's message is the same when the error is the same.

/// Words of hexadecimal digits of at least this length that hold a digit are taken for an id.
const ID: usize = 6;
/// Bytes of a UUID with its hyphens.
const UUID: usize = 36;

/// A message without what differs from one failure to the next: its first line, where each number, id and address is
/// one `#`.
///
/// The rule: a UUID is one `#`. Else, a word is a run of letters and digits; of a word that is an id (hexadecimal, at least six characters, a
/// digit among them; `0x` before it belongs to it) all becomes `#`; of any other its digits do, each run of them one
/// `#`. Then `#` joined to `#` by one of `-.:,_` (dates, times, versions, addresses, UUIDs) are one `#`.
///
/// ```
/// use hyrex::model::fingerprint;
///
/// assert_eq!(fingerprint("order 4711 not found"), "order # not found");
/// assert_eq!(fingerprint("connect 10.0.0.7:5432: refused"), "connect #: refused");
/// assert_eq!(fingerprint("no user 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), "no user #");
/// ```
pub fn fingerprint(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut shape = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        match word {
            _ if begins_with_uuid(rest) => {
                push_mark(&mut shape);
                rest = &rest[UUID..];
            }
            0 => {
                shape.push(first);
                rest = &rest[first.len_utf8()..];
            }
            _ => {
                push_word(&mut shape, &rest[..word]);
                rest = &rest[word..];
            }
        }
    }
    shape
}

fn push_word(shape: &mut String, word: &str) {
    if is_id(word) {
        return push_mark(shape);
    }
    let mut in_number = false;
    for c in word.chars() {
        match (c.is_ascii_digit(), in_number) {
            (true, false) => push_mark(shape),
            (true, true) => {}
            (false, _) => shape.push(c),
        }
        in_number = c.is_ascii_digit();
    }
}

fn begins_with_uuid(text: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    text.split_at_checked(UUID).is_some_and(|(id, rest)| ends(rest) && uuid::Uuid::try_parse(id).is_ok())
}

fn is_id(word: &str) -> bool {
    let (digits, at_least) = match word.strip_prefix("0x") {
        Some(digits) => (digits, 1),
        None => (word, ID),
    };
    digits.len() >= at_least
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (at_least == 1 || digits.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A `#`, unless it goes on from one.
fn push_mark(shape: &mut String) {
    let mut before = shape.chars().rev();
    let joined = matches!(before.next(), Some('-' | '.' | ':' | ',' | '_')) && before.next() == Some('#');
    match joined {
        true => drop(shape.pop()),
        false => shape.push('#'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_ids_times_and_addresses_are_one_mark_each() {
        for (message, shape) in [
            ("", ""),
            ("plain words stay", "plain words stay"),
            ("took 31.5 s of 30 s", "took # s of # s"),
            ("at 2026-11-23T02:36:30Z", "at #T#Z"),
            ("pointer 0xdeadBEEF is null", "pointer # is null"),
            ("commit 9f3c2ab gone", "commit # gone"),
            ("node7 of node12", "node# of node#"),
            ("row 1,234,567", "row #"),
            ("v1.2.3-4", "v#"),
            ("a decade facade", "a decade facade"),
            ("HTTP 503\nbody 1", "HTTP #"),
            ("größe 5µm", "größe #µm"),
        ] {
            assert_eq!(fingerprint(message), shape, "{message:?}");
        }
    }

    #[test]
    fn a_uuid_is_one_mark_whatever_its_digits() {
        for _ in 0..200 {
            let id = uuid::Uuid::new_v4();
            assert_eq!(fingerprint(&format!("run {id} is gone")), "run # is gone", "{id}");
        }
    }

    proptest! {
        #[test]
        fn a_fingerprint_is_its_own_fingerprint_and_holds_no_digit(message in ".{0,80}") {
            let shape = fingerprint(&message);
            prop_assert!(!shape.contains(|c: char| c.is_ascii_digit()), "{shape}");
            prop_assert_eq!(fingerprint(&shape), shape);
        }

        #[test]
        fn another_number_changes_nothing(word in "[a-z ]{0,12}", a in 0u32.., b in 0u32..) {
            prop_assert_eq!(fingerprint(&format!("{word} {a} s")), fingerprint(&format!("{word} {b} s")));
        }
    }
}
