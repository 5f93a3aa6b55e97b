//! The prompt at the foot of the screen: what is typed there, and what it does.

use crate::store::Names;
use crate::tui::state::asking::Cause;
use crate::tui::state::command::{self, Command};
use crate::tui::state::effect::Effect;
use crate::tui::state::keys::{Code, Key};
use crate::tui::state::line::Line;
use crate::tui::state::model::{Level, Model};
use crate::tui::state::popup::Popup;
use crate::tui::state::prompt::{Completion, Prompt, PromptKind};
use crate::tui::state::screens::tab::Tab;
use crate::tui::state::screens::{Screen, kv::KvScreen, tasks::TasksScreen};

/// Lines that are kept to be called back.
const KEPT: usize = 100;
/// Completions that are offered.
const OFFERED: usize = 50;

/// Opens a prompt.
pub(super) fn open(model: &mut Model, prompt: Prompt) {
    model.prompt = Some(prompt);
    offer(model);
}

/// A text that was pasted.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(prompt) = &mut model.prompt {
        prompt.line.insert(&text.replace(['\n', '\r', '\t'], " "));
        offer(model);
        model.dirty = true;
    }
}

/// A key while a prompt is open.
pub(super) fn on_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) -> Cause {
    let Some(mut prompt) = model.prompt.take() else { return Cause::Person };
    match key.code {
        Code::Esc => return Cause::Person,
        Code::Enter => {
            submit(model, prompt, effects);
            return Cause::Person;
        }
        Code::Backspace if prompt.line.text().is_empty() => return Cause::Person,
        Code::Tab => prompt.complete(true),
        Code::BackTab => prompt.complete(false),
        Code::Up | Code::Down => {
            let lines = if prompt.kind == PromptKind::Command { &model.commands } else { &model.filters };
            prompt.recall(lines, key.code == Code::Up);
        }
        _ => {
            prompt.recalled = None;
            prompt.line.on_key(key);
        }
    }
    let completing = matches!(key.code, Code::Tab | Code::BackTab);
    model.prompt = Some(prompt);
    if !completing {
        offer(model);
    }
    Cause::Person
}

/// Looks for what the word under the cursor may become.
fn offer(model: &mut Model) {
    let Some(prompt) = &mut model.prompt else { return };
    prompt.chosen = None;
    prompt.error = None;
    prompt.completions = match prompt.kind {
        PromptKind::Command => commands(&prompt.line, &model.names),
        PromptKind::Filter => filters(&prompt.line, &model.names),
        PromptKind::Find => Vec::new(),
    };
    prompt.completions.truncate(OFFERED);
}

fn commands(line: &Line, names: &Names) -> Vec<Completion> {
    let (from, to) = (word_start(line), line.cursor());
    let typed = &line.text()[from..to];
    let before = line.text()[..from].trim();
    let first = before.split_whitespace().next();
    let words: Vec<(&str, &'static str)> = match first {
        None => command::first_words().collect(),
        Some(first) => {
            let queues = names.queues.iter().map(|name| (name.as_str(), "queue"));
            let queues =
                queues.filter(|_| command::next_words(first).first().is_some_and(|(_, help)| *help == "state"));
            command::next_words(first).into_iter().chain(queues).collect()
        }
    };
    let fits = words.into_iter().filter(|(word, _)| word.starts_with(typed) && *word != typed);
    fits.map(|(word, help)| Completion { from, to, text: format!("{word} "), help }).collect()
}

fn filters(line: &Line, names: &Names) -> Vec<Completion> {
    let (from, to) = (word_start(line), line.cursor());
    let typed = &line.text()[from..to];
    let all = |key: &'static str, names: &[String], help: &'static str| -> Vec<Completion> {
        let words = names.iter().map(|name| format!("{key}{name}")).filter(|word| word.starts_with(typed));
        words.map(|word| Completion { from, to, text: format!("{word} "), help }).collect()
    };
    let keys = ["status:", "queue:", "task:"].map(String::from);
    let mut found: Vec<Completion> =
        all("", &keys, "").into_iter().map(|c| Completion { text: c.text.trim().into(), ..c }).collect();
    if typed.contains(':') {
        found = all("queue:", &names.queues, "queue");
        found.extend(all("task:", &names.tasks, "task"));
    }
    found
}

fn word_start(line: &Line) -> usize {
    line.text()[..line.cursor()].rfind(' ').map_or(0, |at| at + 1)
}

fn submit(model: &mut Model, mut prompt: Prompt, effects: &mut Vec<Effect>) {
    let text = prompt.line.text().trim().to_owned();
    let done = match prompt.kind {
        PromptKind::Command if text.is_empty() => Ok(()),
        PromptKind::Command => command::parse(&text).and_then(|command| carry_out(model, command, effects)),
        PromptKind::Filter => model.history.screen_mut().set_filter(&text),
        PromptKind::Find => find(model, &text),
    };
    match done {
        Ok(()) => remember(model, prompt.kind, text),
        Err(why) => {
            prompt.error = Some(why);
            model.prompt = Some(prompt);
        }
    }
}

fn find(model: &mut Model, text: &str) -> Result<(), String> {
    let found = match model.popups.last_mut() {
        Some(popup) => popup.seek(text),
        None => model.history.screen_mut().seek(text),
    };
    if found || text.is_empty() { Ok(()) } else { Err("not found".into()) }
}

fn remember(model: &mut Model, kind: PromptKind, text: String) {
    let lines = if kind == PromptKind::Command { &mut model.commands } else { &mut model.filters };
    if text.is_empty() || kind == PromptKind::Find {
        return;
    }
    lines.retain(|line| *line != text);
    lines.push(text);
    let over = lines.len().saturating_sub(KEPT);
    lines.drain(..over);
}

fn carry_out(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> Result<(), String> {
    match command {
        Command::Go(tab, words) => model.history.go(screen(tab, &words)?),
        Command::Run(id) => model.sought = Some(id),
        Command::Refresh(every) => {
            model.prefs.refresh = every;
            model.prefs.paused = false;
            for asked in &mut model.asked {
                asked.ask = None;
            }
            model.say(Level::Info, format!("read every {every:?}"));
        }
        Command::Times(times) => model.prefs.times = times,
        Command::Help => model.popups.push(Popup::help(model.history.screen().scopes())),
        Command::Quit => effects.push(Effect::Quit),
    }
    Ok(())
}

/// The screen of a tab, narrowed by the words that followed it.
///
/// # Errors
/// What is wrong with the filter.
pub(crate) fn screen(tab: Tab, words: &[String]) -> Result<Screen, String> {
    match tab {
        Tab::Tasks => {
            let (choice, filter) = command::narrowed(words);
            Ok(Screen::Tasks(TasksScreen::with(choice, &filter)?))
        }
        Tab::Kv => Ok(Screen::Kv(KvScreen::below(&words.join(" ")))),
        tab => {
            let mut screen = tab.screen();
            if !words.is_empty() {
                screen.set_filter(&words.join(" "))?;
            }
            Ok(screen)
        }
    }
}
