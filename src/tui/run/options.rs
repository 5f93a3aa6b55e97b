//! How a monitor is to look, and where.

use crate::model::Timestamp;
use crate::tui::state::model::{Model, Place};
use crate::tui::state::screens::Screen;
use crate::tui::state::screens::tab::Tab;
use crate::tui::state::{command, geometry::Size};
use crate::tui::view::theme::{Depth, Theme};
use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

/// How many colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// As the terminal says.
    #[default]
    Auto,
    /// None.
    Never,
    /// Sixteen.
    Ansi,
    /// 256.
    Indexed,
    /// Any.
    True,
}

/// For which ground the colours are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ThemeChoice {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
    /// Without colours.
    Mono,
}

/// Options of a monitor.
#[derive(Clone, Debug)]
pub(crate) struct MonitorOptions {
    /// Whether the database refuses writes.
    pub(crate) read_only: bool,
    /// How often the visible screen is read.
    pub(crate) refresh: Duration,
    /// Colours.
    pub(crate) color: ColorChoice,
    /// Ground.
    pub(crate) theme: ThemeChoice,
    /// Nothing beyond ASCII.
    pub(crate) ascii: bool,
    /// Frames are marked, so that the terminal shows each at once.
    pub(crate) sync: bool,
    /// A data set's own time.
    pub(crate) frozen: Option<Timestamp>,
    /// The environment.
    pub(crate) env: HashMap<String, String>,
    /// Where standard output and standard error go meanwhile: what tasks of this process print would tear the screen.
    pub(crate) aside: Option<Arc<File>>,
}

impl Default for MonitorOptions {
    fn default() -> Self {
        Self {
            read_only: false,
            refresh: Duration::from_secs(2),
            color: ColorChoice::Auto,
            theme: ThemeChoice::Dark,
            ascii: false,
            sync: true,
            frozen: None,
            env: HashMap::new(),
            aside: None,
        }
    }
}

impl MonitorOptions {
    /// The looks.
    pub(crate) fn looks(&self) -> Theme {
        let depth = if self.theme == ThemeChoice::Mono { Depth::Mono } else { depth(self.color, &self.env) };
        Theme::new(depth, self.theme == ThemeChoice::Light, self.ascii)
    }

    /// A model that begins with `screen`.
    pub(crate) fn model(&self, location: String, screen: Screen, size: Size, now: Timestamp) -> Model {
        let place = Place { location, read_only: self.read_only, frozen: self.frozen };
        let mut model = Model::new(place, screen, size, now);
        model.prefs.refresh = self.refresh;
        model.prefs.ascii = self.ascii;
        model
    }
}

/// The screen that a person begins with.
pub(crate) fn first() -> Screen {
    Tab::Overview.screen()
}

/// The screen that a command names.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn named(text: &str) -> Result<Screen, String> {
    match command::parse(text)? {
        command::Command::Go(tab, words) => crate::tui::state::update::screen(tab, &words),
        _ => Err(format!("'{text}' is no screen: {}", screens())),
    }
}

/// The names of the screens.
pub(crate) fn screens() -> String {
    let words = crate::tui::state::screens::tab::TABS.iter().filter_map(|facts| facts.words.first().copied());
    words.collect::<Vec<_>>().join(", ")
}

/// What is asked for, else what the environment tells of the terminal: `NO_COLOR`, then `COLORTERM`, then `TERM`.
fn depth(choice: ColorChoice, env: &HashMap<String, String>) -> Depth {
    let var = |name: &str| env.get(name).map(String::as_str).unwrap_or_default();
    match choice {
        ColorChoice::Never => Depth::Mono,
        ColorChoice::Ansi => Depth::Ansi,
        ColorChoice::Indexed => Depth::Indexed,
        ColorChoice::True => Depth::True,
        ColorChoice::Auto if !var("NO_COLOR").is_empty() || var("TERM") == "dumb" => Depth::Mono,
        ColorChoice::Auto if matches!(var("COLORTERM"), "truecolor" | "24bit") => Depth::True,
        ColorChoice::Auto if var("TERM").contains("256") => Depth::Indexed,
        ColorChoice::Auto => Depth::Ansi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_is_named_without_a_filter() {
        for name in screens().split(", ") {
            assert!(named(name).is_ok(), "{name}: {:?}", named(name).err());
        }
        assert!(named("nothing").is_err());
    }

    #[test]
    fn colours_are_those_that_the_terminal_has() {
        let of = |pairs: &[(&str, &str)]| {
            let env = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            depth(ColorChoice::Auto, &env)
        };
        assert_eq!(of(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(of(&[("TERM", "screen-256color")]), Depth::Indexed);
        assert_eq!(of(&[("TERM", "linux")]), Depth::Ansi);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::Mono);
        assert_eq!(of(&[("TERM", "dumb")]), Depth::Mono);
    }
}
