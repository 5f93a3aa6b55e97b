//! What is typed after `:`.

use super::prefs::Times;
use super::screens::tab::{self, TABS, Tab};
use super::strip::{self, CHOICES};
use std::time::Duration;

/// A command, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// To a screen; what follows the word narrows it.
    Go(Tab, Vec<String>),
    /// To a run by its id or the end of it.
    Run(String),
    /// How often the visible screen is read.
    Refresh(Duration),
    /// How times are shown.
    Times(Times),
    /// Help.
    Help,
    /// Leave.
    Quit,
}

/// A word that begins a command, what follows it, and what it does.
pub(crate) struct Word {
    /// The word.
    pub(crate) word: &'static str,
    /// What follows it.
    pub(crate) takes: &'static str,
    /// What it does.
    pub(crate) help: &'static str,
}

/// The commands besides the names of screens.
pub(crate) const WORDS: [Word; 5] = [
    Word { word: "run", takes: "ID", help: "a run, by its id or the last 6 or more digits of it" },
    Word { word: "refresh", takes: "SECONDS", help: "how often to read: 0.5 to 3600" },
    Word { word: "time", takes: "relative|utc|local", help: "how times are shown" },
    Word { word: "help", takes: "", help: "what the keys do" },
    Word { word: "quit", takes: "", help: "leave (also :q)" },
];

/// Reads a command.
///
/// # Errors
/// What is wrong with it and what it may be, in one line.
pub(crate) fn parse(text: &str) -> Result<Command, String> {
    let mut words = text.split_whitespace().map(str::to_owned);
    let Some(first) = words.next() else { return Err("a command is a screen's name, `run ID`, `help`, `quit`".into()) };
    let rest: Vec<String> = words.collect();
    match first.as_str() {
        "run" | "task" => run(&rest.concat()),
        "refresh" => refresh(rest.first().map_or("", String::as_str)),
        "time" => times(rest.first().map_or("", String::as_str)),
        "help" | "h" | "?" => Ok(Command::Help),
        "quit" | "q" | "q!" | "exit" => Ok(Command::Quit),
        word => match tab::of_word(word) {
            Some(tab) => Ok(Command::Go(tab, rest)),
            None => Err(format!("'{word}' is no command: tab shows what there is, `help` what the keys do")),
        },
    }
}

/// Digits that name a run at least.
const FEWEST: usize = 6;

fn run(text: &str) -> Result<Command, String> {
    let id: String = text.chars().filter(|c| *c != '-').collect();
    match id.chars().all(|c| c.is_ascii_hexdigit()) && (FEWEST..=32).contains(&id.len()) {
        true => Ok(Command::Run(id)),
        false => Err("`run` takes the id of a run, or the last 6 or more digits of it".into()),
    }
}

fn refresh(text: &str) -> Result<Command, String> {
    let number = text.strip_suffix('s').unwrap_or(text);
    match number.parse::<f64>() {
        Ok(seconds) if (0.5..=3600.0).contains(&seconds) => Ok(Command::Refresh(Duration::from_secs_f64(seconds))),
        _ => Err("`refresh` takes seconds, 0.5 to 3600; `p` pauses".into()),
    }
}

fn times(text: &str) -> Result<Command, String> {
    let all = [Times::Relative, Times::Utc, Times::Local];
    let found = all.into_iter().find(|times| times.name().eq_ignore_ascii_case(text));
    found.map(Command::Times).ok_or_else(|| "`time` takes relative, utc or local".into())
}

/// Reads what follows `tasks`: a state, a queue, and words of the filter, in any order.
pub(crate) fn narrowed(words: &[String]) -> (usize, String) {
    let mut choice = 0;
    let mut filter = Vec::new();
    for word in words {
        match strip::choice(word) {
            Some(found) => choice = found,
            None if word.contains(':') || word.starts_with('!') => filter.push(word.clone()),
            None => filter.push(format!("queue:{word}")),
        }
    }
    (choice, filter.join(" "))
}

/// The words that may begin a command, with what each does.
pub(crate) fn first_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    let screens = TABS.iter().filter_map(|facts| Some((*facts.words.first()?, facts.help)));
    screens.chain(WORDS.iter().map(|word| (word.word, word.help)))
}

/// Every command with what it takes, and what it does: for the help and the documentation.
pub(crate) fn page() -> Vec<(String, &'static str)> {
    let screens = TABS.iter().map(|facts| (facts.words.join(" "), facts.help));
    let others = WORDS.iter().map(|word| (format!("{} {}", word.word, word.takes).trim_end().to_owned(), word.help));
    screens.chain(others).collect()
}

/// The words that may follow `first`, besides names.
pub(crate) fn next_words(first: &str) -> Vec<(&'static str, &'static str)> {
    match first {
        "time" => vec![("relative", "ages"), ("utc", "UTC"), ("local", "the zone of this machine")],
        "refresh" => vec![("1s", ""), ("2s", "the default"), ("5s", ""), ("10s", ""), ("60s", "")],
        word if tab::of_word(word) == Some(Tab::Tasks) => CHOICES.iter().map(|choice| (choice.word, "state")).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse("tasks failed emails"), Ok(Command::Go(Tab::Tasks, vec!["failed".into(), "emails".into()])));
        assert_eq!(parse(" run 9c41d0 "), Ok(Command::Run("9c41d0".into())));
        assert_eq!(parse("refresh 5s"), Ok(Command::Refresh(Duration::from_secs(5))));
        assert_eq!(parse("q"), Ok(Command::Quit));
        for wrong in ["", "nonsense", "refresh 0", "refresh", "time noon", "run", "run 12", "run order-7"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_follows_a_screen_narrows_it() {
        let words = ["failed", "emails", "since:1h"].map(String::from);
        assert_eq!(narrowed(&words), (strip::choice("failed").unwrap(), "queue:emails since:1h".to_owned()));
    }

    #[test]
    fn each_word_that_is_offered_is_a_command() {
        for (word, _) in first_words() {
            let argument = next_words(word).first().map_or("abcdef", |(word, _)| word);
            assert!(parse(&format!("{word} {argument}")).is_ok(), "{word}");
        }
    }
}
