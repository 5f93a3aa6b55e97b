//! Which key means what: one table, from which the keys, the row of hints, the help and the documentation come.

mod bindings;

use super::action::Action;
use super::keys::Key;
pub(crate) use bindings::BINDINGS;

/// Where a binding holds. A screen names its scopes, the narrowest first; [`Scope::Global`] holds everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Everywhere.
    Global,
    /// In every list.
    List,
    /// In every text.
    Text,
    /// On the overview.
    Overview,
    /// In the list of queues.
    Queues,
    /// In the list of runs.
    Tasks,
    /// In the list of workflows.
    Workflows,
    /// On a workflow's definition.
    Definition,
    /// In the list of workflow runs.
    Runs,
    /// On a workflow's run.
    Run,
    /// On the graph of a run.
    Graph,
    /// In a value of the key-value store.
    Value,
    /// On a run.
    Task,
    /// In the log.
    Log,
}

impl Scope {
    /// Every scope, in the order of the help.
    #[cfg(test)]
    pub(crate) const ALL: [Scope; 14] = [
        Scope::Global,
        Scope::List,
        Scope::Text,
        Scope::Overview,
        Scope::Queues,
        Scope::Tasks,
        Scope::Task,
        Scope::Workflows,
        Scope::Definition,
        Scope::Runs,
        Scope::Run,
        Scope::Graph,
        Scope::Value,
        Scope::Log,
    ];

    /// What it is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Scope::Global => "Everywhere",
            Scope::List => "Lists",
            Scope::Text => "Texts",
            Scope::Overview => "Overview",
            Scope::Queues => "Queues",
            Scope::Tasks => "Tasks",
            Scope::Workflows => "Workflows",
            Scope::Definition => "A workflow's definition",
            Scope::Runs => "Runs of workflows",
            Scope::Run => "A workflow's run",
            Scope::Graph => "Its graph",
            Scope::Value => "A value",
            Scope::Task => "A run",
            Scope::Log => "Log",
        }
    }
}

/// A key, and what it means in a scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    /// Where it holds.
    pub(crate) scope: Scope,
    /// The key.
    pub(crate) key: Key,
    /// What it means.
    pub(crate) action: Action,
    /// What it does, in a few words; empty: as the binding before it, by another key.
    pub(crate) help: &'static str,
    /// The word of the row of hints; empty: none.
    pub(crate) hint: &'static str,
}

/// What a key means in the first of these scopes that knows it, at last everywhere.
pub(crate) fn meaning(key: Key, scopes: &[Scope]) -> Option<Action> {
    let of = |scope: Scope| BINDINGS.iter().find(|b| b.scope == scope && b.key == key).map(|b| b.action);
    let found = scopes.iter().copied().chain([Scope::Global]).find_map(of);
    found.or_else(|| sort(key, scopes))
}

/// Any other upper-case letter sorts a list.
fn sort(key: Key, scopes: &[Scope]) -> Option<Action> {
    let letter = key.typed().filter(char::is_ascii_uppercase)?;
    scopes.contains(&Scope::List).then_some(Action::Sort(letter.to_ascii_lowercase()))
}

/// The bindings of these scopes, then those that hold everywhere, without those that a narrower scope takes over.
pub(crate) fn bindings(scopes: &[Scope]) -> Vec<&'static Binding> {
    let order: Vec<Scope> = scopes.iter().copied().chain([Scope::Global]).collect();
    let mut found: Vec<&Binding> = Vec::new();
    for scope in order {
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            if !found.iter().any(|taken| taken.key == binding.key && taken.scope != scope) {
                found.push(binding);
            }
        }
    }
    found
}

/// The keys of an action in a scope with its help: a line of the help.
pub(crate) fn lines(scope: Scope) -> Vec<(String, &'static str)> {
    let mut lines: Vec<(String, &'static str)> = Vec::new();
    for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
        match lines.last_mut().filter(|_| binding.help.is_empty()) {
            Some((keys, _)) => keys.push_str(&format!(" {}", binding.key)),
            None => lines.push((binding.key.to_string(), binding.help)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_scope() {
        for (number, binding) in BINDINGS.iter().enumerate() {
            let twin = BINDINGS[..number].iter().find(|b| b.scope == binding.scope && b.key == binding.key);
            assert!(twin.is_none(), "{} in {:?}", binding.key, binding.scope);
        }
    }

    #[test]
    fn each_binding_is_told_in_the_help() {
        for scope in Scope::ALL {
            let lines = lines(scope);
            assert!(!lines.is_empty() && lines.iter().all(|(_, help)| !help.is_empty()), "{scope:?}");
            let keys: usize = lines.iter().map(|(keys, _)| keys.split(' ').count()).sum();
            assert_eq!(keys, BINDINGS.iter().filter(|binding| binding.scope == scope).count(), "{scope:?}");
        }
    }

    #[test]
    fn keys_that_a_terminal_sends_for_others_are_not_bound() {
        for c in ['h', 'i', 'm', 'j', '['] {
            assert!(BINDINGS.iter().all(|binding| binding.key != Key::ctrl(c)), "ctrl-{c}");
        }
    }

    #[test]
    fn capitals_sort_where_they_mean_nothing_else() {
        assert_eq!(meaning(Key::char('T'), &[Scope::List]), Some(Action::TimeFormat));
        assert_eq!(meaning(Key::char('S'), &[Scope::List]), Some(Action::Sort('s')));
        assert_eq!(meaning(Key::char('S'), &[Scope::Text]), None);
    }
}
