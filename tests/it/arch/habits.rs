//! Habits that hold everywhere: short files and functions, no hidden panics, each status spelled once.

use super::source::{Source, sources};

const FILE_WARN: usize = 350;
const FILE_FAIL: usize = 500;
const FUNCTION_FAIL: usize = 60;

#[test]
fn files_stay_short() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        match lines {
            _ if lines > FILE_FAIL => wrong.push(format!("{}: {lines} lines", source.path)),
            _ if lines > FILE_WARN => println!("{} has {lines} lines: does it still have one purpose?", source.path),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "over {FILE_FAIL} lines, divide them:\n{}", wrong.join("\n"));
}

#[test]
fn functions_stay_short() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (line, length) in functions(&source).into_iter().filter(|(_, length)| *length > FUNCTION_FAIL) {
            wrong.push(format!("{}:{line}: {length} lines", source.path));
        }
    }
    assert!(wrong.is_empty(), "over {FUNCTION_FAIL} lines, divide them:\n{}", wrong.join("\n"));
}

/// The functions of a file: line and length. A function inside a function counts in both.
fn functions(source: &Source) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("fn ") {
        let word = at == 0 || source.code[..at].ends_with([' ', '\n', '(']);
        let Some(open) = source.code[at..].find(['{', ';']).map(|o| at + o) else { continue };
        if !word || source.code[open..].starts_with(';') {
            continue;
        }
        let body: usize = braces(&source.code[open..]);
        let line = source.code[..at].matches('\n').count() + 1;
        found.push((line, source.code[at..open + body].matches('\n').count() + 1));
    }
    found
}

/// The length in bytes of the balanced block at the start of `text`.
fn braces(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[test]
fn what_may_panic_outside_tests_says_why_it_cannot() {
    let calls = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];
    let mut wrong = Vec::new();
    for source in sources() {
        let comments: Vec<&str> = source.comments.lines().collect();
        let said = |line: usize| comments.get(line).is_some_and(|c| c.trim().len() > 8 && !c.contains("///"));
        for (line, code) in source.code.lines().enumerate() {
            if calls.iter().any(|call| code.contains(call)) && !(said(line) || line > 0 && said(line - 1)) {
                wrong.push(format!("{}:{}: {}", source.path, line + 1, code.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "each needs a comment that proves it, or an error:\n{}", wrong.join("\n"));
}

#[test]
fn a_status_is_spelled_only_in_the_model() {
    let mut wrong = Vec::new();
    // The help shows how scripts ask for a status; that is what a user writes, not what we do.
    for source in sources().iter().filter(|s| !["src/model/", "src/cli/help/"].iter().any(|at| s.path.starts_with(at)))
    {
        for ((number, line), code) in source.strings.lines().enumerate().zip(source.code.lines()) {
            // The heading of a table's column is a word for people.
            if code.contains("Column::new(") {
                continue;
            }
            if let Some(status) = hyrex::model::TaskStatus::ALL.iter().find(|s| spells(line, s.as_str())) {
                wrong.push(format!("{}:{}: {status}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "write {{STATUS}} in SQL, and the model's names elsewhere:\n{}", wrong.join("\n"));
}

/// Whether `word` stands in `line` as a word of its own, and not as the placeholder `{word}` or `{executor:word}`.
fn spells(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().last(), line[at + word.len()..].chars().next());
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !(part(before) || part(after) || matches!(before, Some('{' | ':')) && after == Some('}'))
    })
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert!(spells("status = 'RUNNING'", "RUNNING") && spells("QUEUED", "QUEUED"));
    assert!(!spells("status = {RUNNING} or {executor:RUNNING}", "RUNNING") && !spells("LOST_AND_FOUND ALMOST", "LOST"));
    let source =
        Source::new("src/a.rs".into(), "fn a() {\n  if x { y }\n}\ntrait T { fn b(); }\nfn c() {}\n".into(), false);
    assert_eq!(functions(&source), [(1, 3), (5, 1)]);
}

#[test]
fn nothing_is_left_for_later() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX", "HACK"].iter().any(|mark| spells(line, mark)) {
                wrong.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_file_opens_with_what_it_is_for() {
    let bare: Vec<_> = sources().into_iter().filter(|s| !s.text.starts_with("//!")).map(|s| s.path).collect();
    assert!(bare.is_empty(), "no `//!` at the top: {bare:?}");
}
