//! How the monitor looks, whichever command shows it.

use crate::tui::{ColorChoice, MonitorOptions, ThemeChoice};
use clap::{Args, ValueEnum};
use std::collections::HashMap;
use std::time::Duration;

/// Options of every command that shows the monitor.
#[derive(Clone, Debug, Args)]
pub(crate) struct LooksArgs {
    /// Seconds between two readings of the visible screen
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = refresh)]
    pub(crate) refresh: Duration,
    /// Draw with ASCII only
    #[arg(long)]
    pub(crate) ascii: bool,
    /// How many colours; a frame of --once has them only where a number is given
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Colors,
    /// Do not mark where a frame begins and ends, for terminals and recorders that stumble over it
    #[arg(long)]
    pub(crate) no_sync: bool,
    /// For which ground the colours are
    #[arg(long, value_name = "THEME", default_value = "dark")]
    pub(crate) theme: Theme,
}

impl LooksArgs {
    /// As the monitor takes them; `is_utf8`: whether the locale takes more than ASCII.
    pub(crate) fn options(&self, is_utf8: bool, env: &HashMap<String, String>) -> MonitorOptions {
        MonitorOptions {
            refresh: self.refresh,
            color: self.color.into(),
            theme: self.theme.into(),
            ascii: self.ascii || !is_utf8,
            sync: !self.no_sync,
            env: env.clone(),
            ..MonitorOptions::default()
        }
    }
}

/// How many colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colors {
    /// As the environment tells: NO_COLOR, COLORTERM, TERM
    Auto,
    /// None
    Never,
    /// The terminal's own sixteen
    #[value(name = "16")]
    Sixteen,
    /// 256
    #[value(name = "256")]
    Indexed,
    /// Any
    True,
}

/// For which ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Theme {
    /// Dark
    Dark,
    /// Light
    Light,
    /// Without colours
    Mono,
}

impl From<Colors> for ColorChoice {
    fn from(colors: Colors) -> Self {
        match colors {
            Colors::Auto => ColorChoice::Auto,
            Colors::Never => ColorChoice::Never,
            Colors::Sixteen => ColorChoice::Ansi,
            Colors::Indexed => ColorChoice::Indexed,
            Colors::True => ColorChoice::True,
        }
    }
}

impl From<Theme> for ThemeChoice {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Dark => ThemeChoice::Dark,
            Theme::Light => ThemeChoice::Light,
            Theme::Mono => ThemeChoice::Mono,
        }
    }
}

fn refresh(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.5..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give 0.5 to 3600 seconds".into()),
    }
}
