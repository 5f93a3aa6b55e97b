//! `completions`: what makes a shell complete the command's words, under the name that the binary was called by.

use super::args::Cli;
use super::error::CliError;
use super::session::Session;
use clap::CommandFactory;
use clap_complete::Shell;
use std::ffi::OsStr;
use std::path::Path;

/// Prints the script for `shell`; `program`: the first word of the command line.
pub(crate) fn run(shell: Shell, program: Option<&OsStr>, session: &mut Session) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), name(program), &mut script);
    session.world.print(script)
}

/// The binary's name, where it is one that a shell can take as it stands.
fn name(program: Option<&OsStr>) -> String {
    let stem = program.and_then(|program| Path::new(program).file_stem()).and_then(OsStr::to_str);
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    stem.filter(plain).filter(|name| !name.starts_with('-')).unwrap_or("hyrex").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_binary_and_nothing_that_a_shell_would_obey() {
        let named = |program: &str| name(Some(OsStr::new(program)));
        assert_eq!(named("/usr/local/bin/shop"), "shop");
        assert_eq!(named("target/debug/order-desk.exe"), "order-desk");
        for program in ["/tmp/a$(reboot)", "a b", "-x", "", "größe\n"] {
            assert_eq!(named(program), "hyrex", "{program}");
        }
        assert_eq!(name(None), "hyrex");
    }
}
