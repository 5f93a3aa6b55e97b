//! What is told of a node's state: a symbol, a note; of folded siblings, how many are in which state.

use super::items::Item;
use crate::model::TaskStatus::{self, *};

/// What is told of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its status.
    pub status: TaskStatus,
    /// What stands behind its name, as `1.2s` or `SUCCESS 1.2s`: fit for a terminal.
    pub note: String,
}

/// The statuses, what asks for a look first: of folded siblings the first one gives the symbol.
const URGENCY: [TaskStatus; 11] =
    [Failed, Lost, Stopped, UpForCancel, Running, Queued, AwaitStartTime, AwaitDeps, Canceled, Skipped, Success];

/// Kinds of states that a folded place has room to count.
const KINDS: usize = 4;

/// The symbol of a status, one column wide.
pub fn symbol(status: TaskStatus, ascii: bool) -> char {
    let (plain, drawn) = match status {
        Success => ('+', '✓'),
        Failed => ('x', '✗'),
        Running => ('>', '▸'),
        Queued => ('o', '◌'),
        UpForCancel => ('-', '⊖'),
        Canceled => ('/', '⊘'),
        Lost => ('!', '!'),
        Stopped => ('#', '⊡'),
        Skipped => ('_', '»'),
        AwaitDeps => ('.', '⋯'),
        AwaitStartTime => ('@', '◷'),
    };
    if ascii { plain } else { drawn }
}

/// The symbol and the note of an item; of nodes that have no mark, nothing.
pub(super) fn told(item: &Item, marks: &[Option<Mark>], ascii: bool) -> (Option<char>, String) {
    match item.nodes[..] {
        [node] => match marks.get(node).and_then(Option::as_ref) {
            Some(mark) => (Some(symbol(mark.status, ascii)), mark.note.clone()),
            None => (None, String::new()),
        },
        _ => counted(item.nodes.iter().filter_map(|node| marks.get(*node)?.as_ref()), ascii),
    }
}

/// `3✗ 1▸ 196✓`, and the symbol of the first.
fn counted<'a>(marks: impl Iterator<Item = &'a Mark>, ascii: bool) -> (Option<char>, String) {
    let mut counts = [0; URGENCY.len()];
    for mark in marks {
        let kind = URGENCY.iter().position(|status| *status == mark.status);
        kind.into_iter().for_each(|kind| counts[kind] += 1);
    }
    let found = || URGENCY.iter().zip(counts).filter(|(_, count)| *count > 0);
    let note: Vec<String> = found().map(|(status, count)| format!("{count}{}", symbol(*status, ascii))).collect();
    (found().next().map(|(status, _)| symbol(*status, ascii)), note.join(" "))
}

/// Columns that the counts of so many nodes may take.
pub(super) fn room(nodes: usize) -> usize {
    KINDS * (nodes.to_string().len() + 2) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn each_status_has_a_symbol_of_its_own_and_one_column() {
        for ascii in [false, true] {
            let symbols: std::collections::BTreeSet<char> = TaskStatus::ALL.map(|s| symbol(s, ascii)).into();
            assert_eq!(symbols.len(), TaskStatus::ALL.len());
            assert!(symbols.iter().all(|c| c.width() == Some(1) && (!ascii || c.is_ascii())));
        }
    }

    #[test]
    fn each_status_has_its_urgency() {
        assert!(TaskStatus::ALL.iter().all(|status| URGENCY.contains(status)));
    }
}
