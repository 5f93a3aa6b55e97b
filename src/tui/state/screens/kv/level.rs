//! Keys as folders: what stands below a prefix, up to the next `/`, `:` or `.`.

use crate::model::Timestamp;
use crate::store::KvRow;
use crate::tui::state::listing::Listed;
use crate::tui::state::table::Column;
use serde::Serialize;
use std::cmp::Ordering;

/// What divides a key into folders.
const SEPARATORS: [char; 3] = ['/', ':', '.'];
/// No key goes on so: it is the greatest character, and none that text has.
const LAST: char = '\u{10ffff}';

/// A key, or all keys that begin the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct KvEntry {
    /// The key, or how they begin, up to their separator.
    pub(crate) name: String,
    /// How many keys it is, where it is a folder.
    pub(crate) folder: Option<u32>,
    /// Whether there are more than were counted.
    pub(crate) more: bool,
    /// Bytes of the value, or of all values that were counted.
    pub(crate) size: u64,
    /// When it, or one of them, was written last.
    pub(crate) written: Timestamp,
    /// The beginning of the value; of a folder nothing.
    pub(crate) preview: String,
}

impl KvEntry {
    /// What the value looks like, or how many keys there are.
    pub(crate) fn kind(&self) -> &'static str {
        if self.folder.is_some() { "keys" } else { kind(&self.preview) }
    }
}

/// What a value looks like, by its first character.
pub(crate) fn kind(value: &str) -> &'static str {
    match value.trim_start().bytes().next() {
        Some(b'{') => "object",
        Some(b'[') => "list",
        Some(b'"') => "string",
        Some(b'0'..=b'9' | b'-') => "number",
        Some(b't' | b'f') if matches!(value.trim(), "true" | "false") => "bool",
        Some(b'n') if value.trim() == "null" => "null",
        None => "empty",
        Some(_) => "text",
    }
}

impl Listed for KvEntry {
    type Id = String;

    const COLUMNS: &'static [Column] = &[
        Column::new("KEY", 16, 80).key('k'),
        Column::new("TYPE", 6, 12).rank(2).key('t'),
        Column::new("SIZE", 8, 10).right().rank(1).key('s'),
        Column::new("WRITTEN", 7, 11).right().key('w'),
        Column::new("VALUE", 12, 400).rank(3).key('v'),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn compare(&self, other: &Self, column: usize) -> Ordering {
        match column {
            0 => self.name.cmp(&other.name),
            1 => (self.kind(), self.folder).cmp(&(other.kind(), other.folder)),
            2 => self.size.cmp(&other.size),
            // By their ages, as they are shown.
            3 => other.written.cmp(&self.written),
            4 => self.preview.cmp(&other.preview),
            _ => Ordering::Equal,
        }
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

/// The entries below a prefix, as pages of keys in their order are put to it.
#[derive(Debug)]
pub(crate) struct Level<'p> {
    prefix: &'p str,
    entries: Vec<(KvEntry, KvRow)>,
}

impl<'p> Level<'p> {
    /// What stands below a prefix.
    pub(crate) fn new(prefix: &'p str) -> Self {
        Self { prefix, entries: Vec::new() }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes a key that is not before the last one.
    pub(crate) fn add(&mut self, row: KvRow) {
        let folder = folder(&row.key, self.prefix);
        let entry = KvEntry {
            name: folder.unwrap_or(&row.key).to_owned(),
            folder: folder.map(|_| 1),
            more: false,
            size: row.size.into(),
            written: row.written,
            preview: if folder.is_some() { String::new() } else { row.value.clone() },
        };
        match self.entries.last_mut().filter(|(last, _)| last.name == entry.name && last.folder.is_some()) {
            Some((last, _)) => {
                last.folder = last.folder.map(|count| count + 1);
                last.size += entry.size;
                last.written = last.written.max(entry.written);
            }
            None => self.entries.push((entry, row)),
        }
    }

    /// Where to go on after a page that was full: past the last folder, however much it holds.
    pub(crate) fn after(&mut self) -> Option<String> {
        let (last, row) = self.entries.last_mut()?;
        last.more = last.folder.is_some();
        Some(if last.more { format!("{}{LAST}", last.name) } else { row.key.clone() })
    }

    /// The entries; a folder of one key is that key.
    pub(crate) fn entries(self) -> Vec<KvEntry> {
        let alone = |(entry, row): (KvEntry, KvRow)| match (entry.folder, entry.more) {
            (Some(1), false) => KvEntry { name: row.key, folder: None, preview: row.value, ..entry },
            _ => entry,
        };
        self.entries.into_iter().map(alone).collect()
    }
}

/// The folder below `prefix` in which a key stands.
fn folder<'k>(key: &'k str, prefix: &str) -> Option<&'k str> {
    let rest = key.get(prefix.len()..)?;
    rest.find(SEPARATORS).map(|at| &key[..prefix.len() + at + 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str) -> KvRow {
        KvRow { key: key.into(), value: "{}".into(), size: 2, written: crate::model::time::from_micros(0) }
    }

    fn shown(prefix: &str, keys: &[&str]) -> Vec<(String, Option<u32>)> {
        let mut level = Level::new(prefix);
        keys.iter().for_each(|key| level.add(row(key)));
        level.entries().into_iter().map(|entry| (entry.name, entry.folder)).collect()
    }

    #[test]
    fn keys_that_begin_the_same_are_a_folder_unless_it_is_one_key() {
        let found = shown("", &["a/1", "a/2", "a:x", "b.json", "c"]);
        let names: Vec<_> = found.iter().map(|(name, folder)| (name.as_str(), *folder)).collect();
        assert_eq!(names, [("a/", Some(2)), ("a:x", None), ("b.json", None), ("c", None)]);
        assert_eq!(shown("a/", &["a/", "a/b/1", "a/b/2"])[1], ("a/b/".into(), Some(2)));
    }

    #[test]
    fn a_folder_that_fills_a_page_is_passed_over() {
        let mut level = Level::new("");
        level.add(row("a/1"));
        level.add(row("a/2"));
        let after = level.after().unwrap();
        assert!(after.as_str() > "a/zzz" && after.as_str() < "a0");
        level.add(row("b"));
        assert_eq!(level.after().as_deref(), Some("b"));
        let entries = level.entries();
        assert!(entries[0].more && !entries[1].more);
    }

    #[test]
    fn a_value_is_named_by_how_it_begins() {
        let kinds = ["{", " [1", "\"a\"", "-1", "true", "null", "", "tru", "x"].map(kind);
        assert_eq!(kinds, ["object", "list", "string", "number", "bool", "null", "empty", "text", "text"]);
    }
}
