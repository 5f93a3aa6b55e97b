//! Crates of their own that use ours, built with this test's own cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// This repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where our own programs are built: what is built already is not built again.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_hyrex")).ancestors().nth(2).unwrap().to_owned()
}

/// The version of a dependency that we ask for.
fn version(name: &str) -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = manifest.lines().find(|line| line.starts_with(&format!("{name} = "))).unwrap().to_owned();
    line.split('"').nth(1).unwrap().to_owned()
}

/// Writes the manifest of a crate that uses ours as an application does.
pub fn write_manifest(directory: &Path, name: &str, edition: &str) {
    let both = [(cfg!(feature = "sqlite"), "sqlite"), (cfg!(feature = "postgres"), "postgres")];
    let features: Vec<&str> = both.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n[dependencies]\n\
         hyrex = {{ path = {:?}, default-features = false, features = {:?} }}\n\
         serde = {{ version = {:?}, features = [\"derive\"] }}\ntokio = {{ version = {:?}, features = [\"full\"] }}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[workspace]\n",
        root(),
        features,
        version("serde"),
        version("tokio"),
    );
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
}

/// `cargo build` of the crate in a directory.
pub fn build(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--target-dir"]).arg(target()).current_dir(directory);
    // The compiler beside this cargo: one found by its name may be rustup's, which heeds a dependency's toolchain file.
    let compiler = Path::new(env!("CARGO")).with_file_name("rustc");
    if compiler.exists() {
        command.env("RUSTC", compiler);
    }
    command
}
