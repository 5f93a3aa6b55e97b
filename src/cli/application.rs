//! `run-worker` of the stand-alone binary in an application's folder: finds the application, builds it, becomes it.
//!
//! Only Cargo knows what a `Cargo.toml` means, so Cargo is asked; nothing of the application is read here.

use super::args::WorkerArgs;
use super::error::CliError;
use super::session::Session;
use serde::Deserialize;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set for the application that is run: where it leads back here, its binary does not run the command line.
const BUILT: &str = "HYREX_BUILT_BY_RUN_WORKER";

/// What `cargo metadata` tells, as far as it is asked.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Nothing for an ordinary one.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// An application that was found.
#[derive(Debug, PartialEq, Eq)]
struct Application {
    manifest: PathBuf,
    bin: String,
    /// Its package says that it is the one to run.
    default: bool,
}

/// Builds and runs the application of the current directory, which takes this process's place; `words`: the command
/// line, from the program's name on.
///
/// # Errors
/// No application here; several; a Cargo that cannot be run.
pub(crate) fn run(args: &WorkerArgs, words: &[OsString], session: &mut Session) -> Result<(), CliError> {
    if let Some(bin) = session.world.var(BUILT) {
        return Err(CliError::LedBack(bin.to_owned()));
    }
    let application = find(&session.world.dir, args.bin.as_deref())?;
    session.note(&format!("building and running {} ({})", application.bin, application.manifest.display()));
    let mut cargo = Command::new("cargo");
    cargo.arg("run").arg("--quiet").arg("--manifest-path").arg(&application.manifest).args(["--bin", &application.bin]);
    if args.release {
        cargo.arg("--release");
    }
    // Cargo gives its place to what it built, as we give ours to Cargo: signals reach the worker.
    let error = cargo.arg("--").args(passed_on(words)).env(BUILT, &application.bin).exec();
    Err(no_cargo(error))
}

/// The words but for our own, `--release` and `--bin NAME`.
fn passed_on(words: &[OsString]) -> Vec<OsString> {
    let mut words = words.iter().skip(1);
    let mut passed = Vec::new();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--release") => {}
            Some("--bin") => drop(words.next()),
            Some(word) if word.starts_with("--bin=") => {}
            _ => passed.push(word.clone()),
        }
    }
    passed
}

/// The application of the nearest `Cargo.toml` upwards that has one.
fn find(dir: &Path, bin: Option<&str>) -> Result<Application, CliError> {
    let mut found = Vec::new();
    for manifest in dir.ancestors().map(|dir| dir.join("Cargo.toml")).filter(|path| path.is_file()) {
        found = applications(metadata(&manifest)?, &manifest);
        if !found.is_empty() {
            break;
        }
    }
    choose(found, bin)
}

fn metadata(manifest: &Path) -> Result<Metadata, CliError> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = cargo.output().map_err(no_cargo)?;
    let unread = |why: String| CliError::Manifest { path: manifest.display().to_string(), why };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        return Err(unread(lines.join(" ")));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| unread(error.to_string()))
}

fn no_cargo(error: std::io::Error) -> CliError {
    CliError::System { doing: "run cargo, which builds the application of this folder", error }
}

/// The binaries of packages that depend on Hyrex: of the manifest's own package, else of its workspace's members.
fn applications(metadata: Metadata, manifest: &Path) -> Vec<Application> {
    let is_own = |package: &Package| same(&package.manifest_path, manifest);
    let has_own = metadata.packages.iter().any(is_own);
    let uses = |package: &Package| {
        package.name != "hyrex" && package.dependencies.iter().any(|d| d.name == "hyrex" && d.kind.is_none())
    };
    let packages = metadata.packages.into_iter().filter(|package| uses(package) && (!has_own || is_own(package)));
    packages.flat_map(bins).collect()
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

fn bins(package: Package) -> Vec<Application> {
    let Package { manifest_path, default_run, targets, .. } = package;
    let is_bin = |target: &Target| target.kind.iter().any(|kind| kind == "bin");
    let bins = targets.into_iter().filter(is_bin).map(|target| target.name);
    let of_bin =
        |bin: String| Application { manifest: manifest_path.clone(), default: default_run.as_ref() == Some(&bin), bin };
    bins.map(of_bin).collect()
}

fn choose(mut found: Vec<Application>, bin: Option<&str>) -> Result<Application, CliError> {
    let names = || found.iter().map(|app| app.bin.clone()).collect::<Vec<_>>().join(", ");
    match bin {
        _ if found.is_empty() => Err(CliError::NeedsApplication),
        Some(bin) => {
            let names = names();
            let named = found.into_iter().find(|app| app.bin == bin);
            named.ok_or_else(|| CliError::Usage(format!("there is no binary '{bin}' here: give one of {names}")))
        }
        None if found.len() > 1 && found.iter().filter(|app| app.default).count() != 1 => Err(CliError::Usage(
            format!("there are several binaries here that may be the application: name one with --bin ({})", names()),
        )),
        None => {
            let chosen = found.iter().position(|app| app.default).unwrap_or(0);
            Ok(found.swap_remove(chosen))
        }
    }
}

/// Whether words of the stand-alone binary alone were given to an application's own.
pub(crate) fn check_own(args: &WorkerArgs) -> Result<(), CliError> {
    match args.release || args.bin.is_some() {
        true => Err(CliError::Usage(
            "--release and --bin are for the stand-alone `hyrex run-worker`, which builds an application: this is one"
                .into(),
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn found(bins: &[&str]) -> Vec<Application> {
        let of_bin = |bin: &&str| Application {
            manifest: "/shop/Cargo.toml".into(),
            bin: bin.trim_end_matches('*').into(),
            default: bin.ends_with('*'),
        };
        bins.iter().map(of_bin).collect()
    }

    #[test]
    fn our_own_words_are_not_passed_on() {
        let words = ["hyrex", "run-worker", "--release", "-q", "mail", "--bin", "shop", "--bin=x", "--url", "sqlite:x"];
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        assert_eq!(passed_on(&words), ["run-worker", "-q", "mail", "--url", "sqlite:x"].map(OsStr::new));
    }

    #[test]
    fn of_several_binaries_one_must_be_named() {
        assert_eq!(choose(found(&["shop"]), None).unwrap().bin, "shop");
        assert_eq!(choose(found(&["shop", "desk"]), Some("desk")).unwrap().bin, "desk");
        assert_eq!(choose(found(&["desk", "shop*"]), None).unwrap().bin, "shop");
        assert_eq!(choose(found(&["desk", "shop*"]), Some("desk")).unwrap().bin, "desk");
        let several = choose(found(&["shop", "desk"]), None).unwrap_err().to_string();
        assert!(several.contains("--bin (shop, desk)"), "{several}");
        let unknown = choose(found(&["shop"]), Some("desk")).unwrap_err().to_string();
        assert!(unknown.contains("no binary 'desk'") && unknown.contains("shop"), "{unknown}");
        assert!(matches!(choose(found(&[]), Some("desk")), Err(CliError::NeedsApplication)));
    }
}
