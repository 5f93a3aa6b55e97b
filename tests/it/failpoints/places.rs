//! Which places the source of a backend has.

use crate::support::Kind;
use std::collections::BTreeSet;
use std::path::Path;

/// # Panics
/// When a place in the source was not passed.
pub fn assert_all(kind: Kind, seen: &BTreeSet<&'static str>) {
    let folder = match kind {
        #[cfg(feature = "sqlite")]
        Kind::Sqlite => "sqlite",
        #[cfg(feature = "postgres")]
        Kind::Postgres => "postgres",
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store").join(folder);
    let known = known(&source);
    assert!(known.len() >= 10, "the places are found in the source: {known:?}");
    let missed: Vec<_> = known.iter().filter(|place| !seen.contains(place.as_str())).collect();
    assert!(missed.is_empty(), "no scene passes {missed:?}");
}

/// The places in a folder of the source, and in those below it.
fn known(folder: &Path) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the source of the backend") {
        let path = entry.expect("a file").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        match path.is_dir() {
            true => known.extend(self::known(&path)),
            false => known.extend(places_in(&std::fs::read_to_string(path).expect("a source file"))),
        }
    }
    known
}

/// Literals of the form `verb.place`: one letter is a table in a statement.
fn places_in(source: &str) -> Vec<String> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_place = |text: &&str| {
        text.split_once('.')
            .is_some_and(|(verb, place)| verb != "hyrex" && is_word(verb) && verb.len() > 1 && is_word(place))
    };
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2)).filter(is_place).map(str::to_owned).collect()
}
