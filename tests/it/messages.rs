//! What the compiler says of mistakes in tasks: one message each, at the user's own line.
//!
//! The programs are `tests/ui/*.rs`. In them, `//~ words` says that an error stands on this line whose message has
//! these words, and `//~| words` that it also says these; no other error is allowed. Words of the compiler's own that
//! change with its versions are left out.

use crate::support::crates;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// An error that a program expects.
#[derive(Debug)]
struct Expected {
    line: usize,
    words: Vec<String>,
}

fn expected(text: &str) -> Vec<Expected> {
    let mut all = Vec::<Expected>::new();
    for (number, line) in text.lines().enumerate() {
        if let Some((_, words)) = line.split_once("//~| ") {
            all.last_mut().expect("an error before its details").words.push(words.to_owned());
        } else if let Some((_, words)) = line.split_once("//~ ") {
            all.push(Expected { line: number + 1, words: vec![words.to_owned()] });
        }
    }
    all
}

/// Where a span stands in the program itself, also when it is of what a macro made.
fn outermost(span: &Value) -> &Value {
    match &span["expansion"]["span"] {
        Value::Null => span,
        caller => outermost(caller),
    }
}

/// An error of the compiler: the lines of its primary spans, and all that it says.
#[derive(Debug)]
struct Said {
    lines: Vec<usize>,
    rendered: String,
}

/// The errors of each program, by its name.
fn said(output: &str) -> BTreeMap<String, Vec<Said>> {
    let mut all = BTreeMap::<String, Vec<Said>>::new();
    for message in output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let (of, said) = (&message["target"]["name"], &message["message"]);
        let spans = said["spans"].as_array().filter(|spans| !spans.is_empty());
        let (Some(of), Some(spans), true) = (of.as_str(), spans, said["level"] == "error") else { continue };
        let file = format!("src/bin/{of}.rs");
        let primary = spans.iter().filter(|span| span["is_primary"] == true).map(outermost);
        let own = primary.filter(|span| span["file_name"] == file.as_str());
        let lines = own.filter_map(|span| span["line_start"].as_u64()).map(|line| line as usize).collect();
        let rendered = said["rendered"].as_str().unwrap_or_default().to_owned();
        all.entry(of.to_owned()).or_default().push(Said { lines, rendered });
    }
    all
}

/// Holds what was said of a program against what it expects; what is wrong.
fn compare(expected: &[Expected], mut said: Vec<Said>) -> Vec<String> {
    let mut wrong = Vec::new();
    for expected in expected {
        let fits = |said: &Said| {
            said.lines.contains(&expected.line) && expected.words.iter().all(|words| said.rendered.contains(words))
        };
        match said.iter().position(fits) {
            Some(at) => drop(said.remove(at)),
            None => wrong.push(format!("line {}: no error says {:?}", expected.line, expected.words)),
        }
    }
    wrong.extend(said.into_iter().map(|said| format!("not expected, at {:?}:\n{}", said.lines, said.rendered)));
    wrong
}

/// The programs, with their names.
fn programs() -> Vec<(String, String)> {
    let files = fs::read_dir(crates::root().join("tests/ui")).unwrap().map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
    };
    files.filter(|path| path.extension().is_some_and(|e| e == "rs")).map(read).collect()
}

fn compile(directory: &Path, programs: &[(String, String)]) -> String {
    // Another edition than everything else here: the macro is used from both.
    crates::write_manifest(directory, "messages", "2021");
    let bin = directory.join("src/bin");
    fs::create_dir(&bin).unwrap();
    for (name, text) in programs {
        fs::write(bin.join(name).with_extension("rs"), text).unwrap();
    }
    let mut command = crates::build(directory);
    command.args(["--bins", "--keep-going", "--message-format=json"]);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn each_mistake_is_one_message_at_the_users_line() {
    let (directory, programs) = (tempfile::tempdir().unwrap(), programs());
    let output = compile(directory.path(), &programs);
    assert!(output.contains("compiler-message"), "nothing was compiled: {output}");
    let mut said = said(&output);
    let mut wrong = Vec::new();
    for (name, text) in &programs {
        let found = compare(&expected(text), said.remove(name).unwrap_or_default());
        wrong.extend(found.into_iter().map(|why| format!("tests/ui/{name}.rs, {why}")));
    }
    assert!(programs.len() >= 14 && said.is_empty(), "programs are missing: {said:?}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
