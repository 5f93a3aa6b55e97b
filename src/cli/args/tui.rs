//! What `tui` takes.

use super::looks::LooksArgs;
use clap::Args;

/// Options of `tui`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TuiArgs {
    /// Show a data set instead of a database, frozen in time: webshop, or a file
    #[cfg(feature = "sqlite")]
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "url")]
    pub(crate) fixture: Option<String>,
    /// Look only: the database itself refuses writes
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Print one frame and end: a screen as `:` takes it, e.g. tasks, or "tasks failed"
    #[arg(long, value_name = "SCREEN")]
    pub(crate) once: Option<String>,
    /// With --once: the filter of the screen
    #[arg(long, value_name = "FILTER", requires = "once")]
    pub(crate) filter: Option<String>,
    /// With --once: columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size, requires = "once")]
    pub(crate) size: (u16, u16),
    /// How it looks.
    #[command(flatten)]
    pub(crate) looks: LooksArgs,
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
