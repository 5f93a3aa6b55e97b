//! What `tui` takes.

use crate::tui::{ColorChoice, ThemeChoice};
use clap::{Args, ValueEnum};
use std::time::Duration;

/// Options of `tui`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TuiArgs {
    /// Look only: the database itself refuses writes
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Seconds between two readings of the visible screen
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = refresh)]
    pub(crate) refresh: Duration,
    /// Print one frame and end: a screen as `:` takes it, e.g. tasks, or "tasks failed"
    #[arg(long, value_name = "SCREEN")]
    pub(crate) once: Option<String>,
    /// With --once: the filter of the screen
    #[arg(long, value_name = "FILTER", requires = "once")]
    pub(crate) filter: Option<String>,
    /// With --once: columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size, requires = "once")]
    pub(crate) size: (u16, u16),
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

fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match parsed {
        Some((width, height)) if (1..=500).contains(&width) && (1..=500).contains(&height) => Ok((width, height)),
        _ => Err("give columns and rows, 1 to 500 each, like 120x40".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_columns_and_rows() {
        assert_eq!(size("80x24"), Ok((80, 24)));
        assert!(size("80").is_err() && size("0x1").is_err() && size("9999x2").is_err());
    }
}
