//! Every command teaches by examples, and each example is one that the real parser takes.

use super::args::Cli;
use clap::{Command, CommandFactory, Parser};

/// The lines under `Examples:` of a command's help, without what they say beside the command.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    lines.map(|line| line.trim_start().split("   ").next().unwrap_or_default().trim_end().to_owned()).collect()
}

/// A line as a shell divides it: quotes taken off, a list of words for each command of a pipe, redirections left out.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut word, mut quote) = (vec![Vec::new()], String::new(), None);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ' | '|') => {
                if let Some(words) = commands.last_mut().filter(|_| !word.is_empty()) {
                    words.push(std::mem::take(&mut word));
                }
                if c == '|' {
                    commands.push(Vec::new());
                }
            }
            (None, c) => word.push(c),
        }
    }
    for words in &mut commands {
        while let Some(at) = words.iter().position(|word| word == "<" || word == ">") {
            words.drain(at..(at + 2).min(words.len()));
        }
    }
    commands
}

/// The words of ours in an example; `None`: another's command.
fn ours(mut words: Vec<String>) -> Option<Vec<String>> {
    let assigned = |word: &String| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    words.drain(..words.iter().take_while(|word| assigned(word)).count());
    if words.first().is_some_and(|word| word == "xargs") {
        words.remove(0);
        words.push("4f2a9c".into());
    }
    words.first().is_some_and(|word| word == "hyrex" || word == "shop").then_some(words)
}

/// Walks through the commands, each with the words that lead to it.
fn walk(command: &Command, path: &mut Vec<String>, visit: &mut impl FnMut(&Command, &[String])) {
    visit(command, path);
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        path.push(below.get_name().to_owned());
        walk(below, path, visit);
        path.pop();
    }
}

#[test]
fn every_command_has_an_example_of_itself() {
    walk(&Cli::command(), &mut Vec::new(), &mut |command, path| {
        let of_it = |words: &Vec<String>| words[1..].starts_with(path);
        let found = examples(command).iter().flat_map(|line| commands(line)).filter_map(ours).any(|w| of_it(&w));
        assert!(found, "`hyrex {}` has no example of itself: {:?}", path.join(" "), examples(command));
    });
}

#[test]
fn each_example_parses() {
    let mut parsed = 0;
    walk(&Cli::command(), &mut Vec::new(), &mut |command, path| {
        for line in examples(command) {
            for words in commands(&line).into_iter().filter_map(ours) {
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("an example of `hyrex {}` does not parse: {line}\n{words:?}\n{error}", path.join(" "));
                }
                parsed += 1;
            }
        }
    });
    assert!(parsed > 50, "only {parsed} examples");
}

#[test]
fn a_line_is_divided_as_a_shell_would() {
    let divided = commands(r#"A=1 hyrex send x --args '{"a": 1}' < in.json | jq '.[] | .b' > out"#);
    let expected: [&[&str]; 2] = [&["A=1", "hyrex", "send", "x", "--args", r#"{"a": 1}"#], &["jq", ".[] | .b"]];
    assert_eq!(divided, expected);
}
