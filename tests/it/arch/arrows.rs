//! Arrows between modules point down only.

use super::source::{Source, sources};

/// Each module at the top, and those that it may name.
const MAY_KNOW: [(&str, &[&str]); 6] = [
    ("model", &[]),
    ("store", &["model"]),
    ("sdk", &["store", "model"]),
    ("runtime", &["sdk", "store", "model"]),
    ("tui", &["store", "model"]),
    ("cli", &["tui", "runtime", "sdk", "store", "model"]),
];

/// The paths that a file names within the crate, from the root, with their lines.
fn paths(source: &Source) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (number, at) in starts(&source.code, "crate::") {
        found.extend(expand(&source.code[at..]).into_iter().map(|path| (number, path)));
    }
    for (number, at) in starts(&source.code, "super::") {
        let mut base = source.module();
        let mut rest = &source.code[at - "super::".len()..];
        while let Some(next) = rest.strip_prefix("super::") {
            base.pop();
            rest = next;
        }
        found.extend(expand(rest).into_iter().map(|path| (number, [base.clone(), path].concat())));
    }
    found
}

/// Where a path that begins with `word` goes on, by line; not in the middle of a chain of `super::`.
fn starts<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    code.match_indices(word).filter_map(move |(at, _)| {
        let before = &code[..at];
        let inside = before.ends_with("::") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        (!inside).then(|| (before.matches('\n').count() + 1, at + word.len()))
    })
}

/// The paths of a use tree at the start of `text`: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        return members(group).iter().flat_map(|member| expand(member)).collect();
    }
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return Vec::new();
    }
    let tails = text[name.len()..].strip_prefix("::").map(expand).unwrap_or_default();
    match tails.is_empty() {
        true => vec![vec![name]],
        false => tails.into_iter().map(|tail| [vec![name.clone()], tail].concat()).collect(),
    }
}

/// What stands between the commas of a group, up to its closing brace.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut members = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(String::new());
                continue;
            }
            _ => {}
        }
        members.last_mut().unwrap().push(c);
    }
    members
}

fn may_know(from: &str, to: &str) -> bool {
    from == to || MAY_KNOW.iter().any(|(name, below)| *name == from && below.contains(&to))
}

fn each_reference(mut check: impl FnMut(&Source, &[String], usize, &[String]) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.module().is_empty()) {
        for (line, path) in paths(source) {
            if let Some(why) = check(source, &source.module(), line, &path) {
                wrong.push(format!("{}:{line}: crate::{}: {why}", source.path, path.join("::")));
            }
        }
    }
    wrong
}

#[test]
fn arrows_between_modules_point_down_only() {
    let mut seen = 0;
    let wrong = each_reference(|_, module, _, path| {
        let known = |name: &String| MAY_KNOW.iter().any(|(module, _)| module == name);
        seen += 1;
        match path.first() {
            Some(top) if known(top) && !may_know(&module[0], top) => Some(format!("{} must not know {top}", module[0])),
            Some(top) if top.starts_with(char::is_uppercase) => {
                Some("name the module that it stands in, so that the arrow can be seen".into())
            }
            _ => None,
        }
    });
    assert!(seen > 50, "only {seen} references were found: the parser is broken");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_backend_is_known_only_where_stores_are_opened_and_to_the_library() {
    let wrong = each_reference(|source, module, _, path| {
        let backend = path.len() > 1 && path[0] == "store" && matches!(path[1].as_str(), "postgres" | "sqlite");
        let inside = module.len() > 1 && module[0] == "store" && path.get(1) == module.get(1);
        let opener = matches!(source.path.as_str(), "src/store/open.rs" | "src/store/fixture.rs" | "src/store/mod.rs");
        (backend && !inside && !opener && module[0] != "sdk").then(|| "a backend is not to be named here".into())
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_model_does_no_input_or_output() {
    let forbidden = ["std::fs", "std::net", "std::process", "std::env", "tokio::", "sqlx::", "rusqlite::", "async fn"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.path.starts_with("src/model/")) {
        wrong.extend(forbidden.iter().filter(|f| source.code.contains(**f)).map(|f| format!("{}: {f}", source.path)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn both_forms_of_path_are_seen() {
    let text = "use crate::store::{Store, sqlite::X};\nuse crate::{model::A, sdk::{self, B}};\nfn f() { super::super::tui::g() }\n";
    let source = Source::new("src/runtime/pump.rs".into(), text.into(), false);
    let found: Vec<String> = paths(&source).iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
    assert_eq!(found, ["1 store::Store", "1 store::sqlite::X", "2 model::A", "2 sdk::self", "2 sdk::B", "3 tui::g"]);
}

#[test]
fn the_monitors_state_knows_no_terminal_and_no_runtime() {
    let forbidden = ["ratatui", "crossterm", "tokio", "std::fs", "std::env", "Utc::now", "Instant::now", "async fn"];
    let mut wrong = Vec::new();
    let state: Vec<Source> = sources().into_iter().filter(|s| s.path.starts_with("src/tui/state/")).collect();
    assert!(state.len() > 20, "only {} files of the monitor's state were found", state.len());
    for source in &state {
        wrong.extend(forbidden.iter().filter(|f| source.code.contains(**f)).map(|f| format!("{}: {f}", source.path)));
    }
    for source in sources().iter().filter(|s| s.path.starts_with("src/tui/view/")) {
        let forbidden = ["crossterm", "tokio", "Utc::now", "Instant::now", "async fn", ".clear()"];
        wrong.extend(forbidden.iter().filter(|f| source.code.contains(**f)).map(|f| format!("{}: {f}", source.path)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
