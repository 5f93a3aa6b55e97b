//! The crate's own source as text: files, and what in them is code, string or comment.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file, divided by kind of text. The three texts have the same length in lines.
pub struct Source {
    /// Relative to the crate, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Without comments, strings and items under `#[cfg(test)]`.
    pub code: String,
    /// Only what stands in strings (again without tests).
    pub strings: String,
    /// Only what stands in comments.
    pub comments: String,
}

/// The crate's directory.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a file is a test module, or stands in the folder of one.
fn is_test(tests: &[PathBuf], path: &Path) -> bool {
    tests.iter().any(|test| test == path || path.starts_with(test.with_extension("")))
}

/// Every Rust file under `src`, in a fixed order.
pub fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    paths.sort();
    assert!(paths.len() > 20, "found only {} source files", paths.len());
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let tests: Vec<PathBuf> = paths.iter().zip(&texts).flat_map(|(path, text)| test_files(path, text)).collect();
    let files = paths.into_iter().zip(texts);
    files.map(|(path, text)| Source::new(relative(&path), text, is_test(&tests, &path))).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// The files that hold modules declared under `#[cfg(test)]`.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let (parent, stem) = (path.parent().unwrap(), path.file_stem().unwrap().to_string_lossy());
    let own = if ["mod", "lib", "main"].contains(&&*stem) { parent.to_owned() } else { parent.join(&*stem) };
    let mut files = Vec::new();
    let marks = ["#[cfg(test)]", "#[cfg(all(test"].iter().flat_map(|mark| text.match_indices(mark));
    let after = marks.map(|(at, _)| text[at..].split_once(']').unwrap().1);
    for declared in after.map(|rest| rest.split(';').next().unwrap()) {
        if let Some((_, named)) = declared.split_once("path = \"") {
            files.push(parent.join(named.split('"').next().unwrap()));
        } else if let Some(name) =
            declared.trim().strip_prefix("mod ").filter(|name| !name.contains(char::is_whitespace))
        {
            files.extend([own.join(format!("{name}.rs")), own.join(name).join("mod.rs")]);
        }
    }
    files
}

fn collect(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Str,
    Comment,
}

impl Source {
    /// Divides `text`; all of it is test where `only_test`.
    pub fn new(path: String, text: String, only_test: bool) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let kinds = kinds(&chars);
        let only = |kind: Kind| -> Vec<char> {
            chars.iter().zip(&kinds).map(|(c, k)| if *k == kind || *c == '\n' { *c } else { ' ' }).collect()
        };
        let (mut code, mut strings, comments) = (only(Kind::Code), only(Kind::Str), only(Kind::Comment));
        let tests = if only_test { std::iter::once(0..code.len()).collect() } else { test_items(&code) };
        for at in tests.into_iter().flatten() {
            for text in [&mut code, &mut strings] {
                if text[at] != '\n' {
                    text[at] = ' ';
                }
            }
        }
        let [code, strings, comments] = [code, strings, comments].map(|text| text.into_iter().collect());
        Self { path, text, code, strings, comments }
    }

    /// The module path of the file, e.g. `["store", "postgres", "claim"]`.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            parts.pop();
        }
        parts
    }
}

/// What each character is part of. The quotes and slashes count as what they open.
fn kinds(chars: &[char]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; chars.len()];
    let mut at = 0;
    while at < chars.len() {
        let (kind, end) = token(chars, at);
        kinds[at..end].fill(kind);
        at = end;
    }
    kinds
}

fn token(chars: &[char], at: usize) -> (Kind, usize) {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    match chars[at] {
        '/' if next(1) == '/' => (Kind::Comment, find(chars, at, |c| c == '\n')),
        '/' if next(1) == '*' => (Kind::Comment, block_comment_end(chars, at)),
        '"' => (Kind::Str, string_end(chars, at + 1)),
        'r' if !word_before(chars, at) && matches!(next(1), '"' | '#') => match raw_string_end(chars, at + 1) {
            Some(end) => (Kind::Str, end),
            None => (Kind::Code, at + 1),
        },
        '\'' if next(1) == '\\' => (Kind::Str, find(chars, at + 3, |c| c == '\'') + 1),
        '\'' if next(2) == '\'' => (Kind::Str, at + 3),
        _ => (Kind::Code, at + 1),
    }
}

fn word_before(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b'
}

fn find(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|at| stop(chars[*at])).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let closes = |at: usize| chars[at] == '"' && (1..=hashes).all(|n| chars.get(at + n) == Some(&'#'));
    let end = (at + hashes + 1..chars.len()).find(|at| closes(*at))?;
    Some(end + hashes + 1)
}

/// The extents of items under `#[cfg(test)]` (also `all(test, …)`).
fn test_items(code: &[char]) -> Vec<std::ops::Range<usize>> {
    let text: String = code.iter().map(|c| if c.is_ascii() { *c } else { ' ' }).collect();
    let starts = ["#[cfg(test)]", "#[cfg(all(test"].iter().flat_map(|mark| text.match_indices(mark));
    starts.map(|(start, _)| start..item_end(code, start)).collect()
}

/// The end of the item that starts at `from`: its closing brace, or a semicolon before any brace opens.
fn item_end(code: &[char], from: usize) -> usize {
    let mut depth = 0;
    let start = find(code, from, |c| c == ']');
    for (at, c) in code.iter().enumerate().skip(start) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn source_text_is_divided_into_code_strings_and_comments() {
    let text = r##"
fn a<'x>() { b("crate::no /* \" */"); } // crate::comment
const C: char = '"'; const R: &str = r#"raw "quoted" crate::raw"#;
/* outer /* inner */ still */ fn d() {}
#[cfg(test)]
mod tests { fn t() { e("}"); crate::in_test(); } }
fn after() {}
"##;
    let source = Source::new("src/x/y.rs".into(), text.into(), false);
    for gone in ["crate::", "inner", "still", "in_test", "raw"] {
        assert!(!source.code.contains(gone), "{gone} is left in {}", source.code);
    }
    for kept in ["fn a<'x>()", "fn d()", "fn after()", "const R"] {
        assert!(source.code.contains(kept), "{kept} is missing in {}", source.code);
    }
    assert!(source.strings.contains("crate::raw") && source.comments.contains("inner"));
    assert_eq!(source.module(), ["x", "y"]);
    let aside = "#[cfg(test)]\nmod plans;\n#[cfg(test)]\n#[path = \"y_tests.rs\"]\nmod tests;\n#[cfg(test)]\nmod t { fn a() {} }";
    let files = test_files(Path::new("/s/x/y.rs"), aside);
    assert_eq!(files, ["/s/x/y/plans.rs", "/s/x/y/plans/mod.rs", "/s/x/y_tests.rs"].map(PathBuf::from));
}
