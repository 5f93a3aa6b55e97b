//! `run-worker` of the stand-alone binary in an application's folder. The real Cargo tells what stands there; what it
//! would build is not built here, but how it is called is seen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A folder with a Cargo that tells the truth about manifests, and of a run only how it was asked for.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec {:?} \"$@\"; fi\necho \"$$ $HYREX_BUILT_BY_RUN_WORKER $*\"\n",
            env!("CARGO")
        );
        folder.write("bin/cargo", &script);
        fs::set_permissions(folder.0.path().join("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn package(&self, folder: &str, name: &str, rest: &str) {
        let package = format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}\n");
        self.write(&format!("{folder}/Cargo.toml"), &package);
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
    }

    /// The answer, and the process's id.
    fn hyrex(&self, within: &str, args: &[&str]) -> (Output, u32) {
        let path = format!("{}:/usr/bin:/bin", self.0.path().join("bin").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_hyrex"));
        command.env_clear().env("PATH", path).current_dir(self.0.path().join(within));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let id = child.id();
        (child.wait_with_output().unwrap(), id)
    }

    /// The one line of an error.
    fn refused(&self, within: &str, args: &[&str]) -> String {
        let (output, _) = self.hyrex(within, args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.lines().count() == 1 && output.stdout.is_empty(), "{said}");
        said
    }
}

fn depends() -> String {
    format!("[dependencies]\nhyrex = {{ path = {:?} }}", Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn the_application_of_the_folder_is_built_and_takes_our_place() {
    let folder = Folder::new();
    folder.package("shop", "shop", &depends());
    folder.write("shop/src/deep/mod.rs", "");
    let (output, id) = folder.hyrex("shop/src/deep", &["run-worker", "--release", "-q", "mail", "--url", "sqlite:x"]);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let manifest = folder.0.path().canonicalize().unwrap().join("shop/Cargo.toml");
    assert_eq!(err, format!("hyrex: building and running shop ({})\n", manifest.display()));
    let asked = format!("run --quiet --manifest-path {} --bin shop --release", manifest.display());
    assert_eq!(out, format!("{id} shop {asked} -- run-worker -q mail --url sqlite:x\n"));
}

#[test]
fn several_binaries_are_told_and_one_is_named() {
    let folder = Folder::new();
    folder.package("shop", "shop", &depends());
    folder.write("shop/src/bin/desk.rs", "fn main() {}\n");
    let said = folder.refused("shop", &["run-worker"]);
    assert!(said.contains("--bin") && said.contains("desk") && said.contains("shop"), "{said}");
    let (output, _) = folder.hyrex("shop", &["run-worker", "--bin", "desk"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("--bin desk -- run-worker"));
    folder.package("shop", "shop", &format!("default-run = \"shop\"\n{}", depends()));
    let (output, _) = folder.hyrex("shop", &["run-worker"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("--bin shop -- run-worker"));
}

#[test]
fn a_member_of_a_workspace_is_found_from_its_root() {
    let folder = Folder::new();
    folder.write("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"tool\"]\nresolver = \"3\"\n");
    folder.package("shop", "shop", &depends());
    folder.package("tool", "tool", "");
    let (output, _) = folder.hyrex("", &["run-worker"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("--bin shop"), "{:?}", output.stderr);
}

#[test]
fn where_there_is_no_application_it_says_what_to_do() {
    let folder = Folder::new();
    folder.package("tool", "tool", "[dev-dependencies]\nhyrex = \"0.1\"");
    folder.write("nothing/here.txt", "");
    for within in ["tool", "nothing"] {
        let said = folder.refused(within, &["run-worker"]);
        assert!(said.contains("hyrex::cli::run(app)"), "{said}");
    }
    folder.write("broken/Cargo.toml", "[package\n");
    let said = folder.refused("broken", &["run-worker"]);
    assert!(said.contains("broken/Cargo.toml") && said.contains("could not"), "{said}");
}

#[test]
fn an_application_that_leads_back_here_is_told_from_one_that_runs() {
    let folder = Folder::new();
    folder.package("shop", "shop", &depends());
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec {:?} \"$@\"; fi\nexec {:?} run-worker\n",
        env!("CARGO"),
        env!("CARGO_BIN_EXE_hyrex")
    );
    folder.write("bin/cargo", &script);
    fs::set_permissions(folder.0.path().join("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let (output, _) = folder.hyrex("shop", &["run-worker"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.lines().count() == 2, "{said}");
    assert!(said.contains("binary 'shop'") && said.contains("hyrex::cli::run(app)"), "{said}");
}
