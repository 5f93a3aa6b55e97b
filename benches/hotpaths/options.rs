//! What can be chosen on the command line.

/// Measures the hot paths against bare loops through the same drivers.
#[derive(clap::Parser, Clone, Debug)]
#[command(name = "hotpaths")]
pub struct Options {
    /// A PostgreSQL database; a schema is made there and dropped at the end. Default: a private cluster with default
    /// settings (fsync on), made from the binaries on this machine.
    #[arg(long)]
    pub url: Option<String>,
    /// Only cases whose name contains this; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Only variants whose name contains this; may be given several times. Shares are then of the first one chosen.
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,
    /// About how long one sample takes.
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    pub seconds: f64,
    /// How many samples of each variant, in turns; the median counts.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub rounds: usize,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    pub json: bool,
    /// List the cases and end.
    #[arg(long)]
    pub list: bool,
    /// Where SQLite files and the private cluster are put; default: the directory for temporary files.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<std::path::PathBuf>,
    /// Given by `cargo bench`; means nothing.
    #[arg(long, hide = true)]
    pub bench: bool,
}

impl Options {
    /// `rate` operations a second, over one sample's time.
    pub fn count(&self, rate: usize) -> usize {
        ((rate as f64 * self.seconds) as usize).max(1)
    }
}
