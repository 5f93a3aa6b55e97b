//! What needs no database: help, bad usage, which database is meant.

use super::command::{Hyrex, assert_clean};

const COMMANDS: [&[&str]; 24] = [
    &[],
    &["init-db"],
    &["run-worker"],
    &["demo"],
    &["tasks"],
    &["tasks", "list"],
    &["tasks", "show"],
    &["tasks", "logs"],
    &["tasks", "tree"],
    &["tasks", "retry"],
    &["tasks", "cancel"],
    &["queues"],
    &["queues", "list"],
    &["queues", "pause"],
    &["queues", "resume"],
    &["queues", "limit"],
    &["executors"],
    &["kv"],
    &["kv", "get"],
    &["kv", "set"],
    &["kv", "list"],
    &["send"],
    &["prune"],
    &["completions"],
];

#[test]
fn every_command_has_help_that_names_what_it_takes() {
    for command in COMMANDS {
        let help = Hyrex::new().args(command).args(["--help"]).run().ok();
        assert!(help.contains("Usage: hyrex") && help.contains("--url"), "{command:?}: {help}");
    }
    for (command, example) in [("tasks", "hyrex tasks list --status failed"), ("kv", "hyrex kv set rates/eur 1.08")] {
        assert!(Hyrex::new().args([command, "--help"]).run().ok().contains(example));
    }
}

#[test]
fn the_version_is_said() {
    let version = Hyrex::new().args(["--version"]).run().ok();
    assert_eq!(version, format!("hyrex {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn bad_usage_ends_with_two_and_says_what_is_known() {
    let wrong: [(&[&str], &str); 16] = [
        (&[], "Usage"),
        (&["tusks"], "unrecognized subcommand 'tusks'"),
        (&["tasks", "list", "--status", "done"], "up_for_cancel"),
        (&["tasks", "list", "--limit", "0"], "1..=100000"),
        (&["tasks", "show"], "<ID>"),
        (&["tasks", "retry"], "<ID>"),
        (&["queues", "limit", "mail"], "N|none"),
        (&["queues", "limit", "mail", "0"], "queues pause"),
        (&["kv", "set", "key"], "<VALUE>"),
        (&["send"], "<TASK>"),
        (&["send", "t", "--priority", "11"], "1..=10"),
        (&["send", "t", "--delay", "soon"], "12h"),
        (&["prune"], "--older-than"),
        (&["prune", "--older-than", "30"], "30d"),
        (&["prune", "--older-than", "30d", "--status", "running"], "only runs that have ended"),
        (&["demo", "--seconds", "0"], "1..=86400"),
    ];
    for (args, part) in wrong {
        let said = Hyrex::new().args(args).run();
        assert_eq!(said.code, Some(2), "{args:?}: {said:?}");
        assert!(said.err.contains(part) && said.out.is_empty(), "{args:?}: {said:?}");
    }
}

#[test]
fn bad_usage_echoes_neither_escapes_nor_passwords() {
    for word in ["\x1b[31mred", "evil\u{202e}x", "postgres://u:s3cret@h/db"] {
        for args in [vec![word], vec!["tasks", word], vec!["tasks", "list", "--status", word], vec!["--limit", word]] {
            let said = Hyrex::new().args(&args).run();
            assert_eq!(said.code, Some(2), "{args:?}: {said:?}");
            assert_clean(&said.err);
            assert!(!said.err.contains("s3cret"), "{said:?}");
        }
    }
}

#[test]
fn without_a_database_the_error_says_how_to_name_one() {
    Hyrex::new().args(["tasks", "list"]).run().fails(1, &["--url", "HYREX_DATABASE_URL", ".env"]);
    let empty = Hyrex::new().args(["tasks", "list"]).env("HYREX_DATABASE_URL", "");
    empty.run().fails(1, &["HYREX_DATABASE_URL"]);
}

#[test]
fn the_url_is_taken_from_the_option_then_the_environment_then_the_env_file() {
    let named = |line: &str| format!("# ours\nOTHER=1\nHYREX_DATABASE_URL={line}\n");
    let by_file = || Hyrex::new().file(".env", &named("sqlite:of-the-file.db")).args(["tasks", "list"]);
    by_file().run().fails(1, &["no SQLite file at of-the-file.db"]);
    let by_env = || by_file().env("HYREX_DATABASE_URL", "sqlite:of-the-environment.db");
    by_env().run().fails(1, &["no SQLite file at of-the-environment.db"]);
    by_env().args(["--url", "sqlite:of-the-option.db"]).run().fails(1, &["no SQLite file at of-the-option.db"]);
}

#[test]
fn a_broken_env_file_is_named_without_what_stands_in_it() {
    let broken = Hyrex::new().file(".env", "HYREX_DATABASE_URL='postgres://u:s3cret@h/db\n").args(["tasks", "list"]);
    broken.run().fails(1, &[".env", "HYREX_DATABASE_URL", "quotes"]);
    let broken = Hyrex::new().file(".env", "s3cret s3cret\n").args(["tasks", "list"]);
    broken.run().fails(1, &[".env", "NAME=value"]);
}

#[test]
fn the_stand_alone_worker_says_that_it_needs_an_application() {
    let said = Hyrex::new().args(["run-worker", "--url", "sqlite::memory:"]).run();
    said.fails(2, &["hyrex::cli::run(app)", "run-worker --help"]);
    let help = Hyrex::new().args(["run-worker", "--help"]).run().ok();
    assert!(help.contains("hyrex::cli::run(app())") && help.contains("fn main()"), "{help}");
}

#[test]
fn the_demo_without_its_monitor_says_what_to_run() {
    Hyrex::new().args(["demo"]).run().fails(2, &["hyrex demo --headless"]);
}

#[test]
fn an_output_that_nobody_reads_is_no_failure() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_hyrex"))
        .args(["tasks", "--help"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
}

#[test]
fn each_shell_gets_its_completions() {
    for (shell, part) in [
        ("bash", "complete -F _hyrex"),
        ("zsh", "#compdef hyrex"),
        ("fish", "complete -c hyrex"),
        ("powershell", "-CommandName 'hyrex'"),
        ("elvish", "edit:completion:arg-completer[hyrex]"),
    ] {
        let script = Hyrex::new().args(["completions", shell]).run().ok_raw();
        assert!(script.contains(part) && script.contains("run-worker"), "{shell}: {script}");
    }
    let said = Hyrex::new().args(["completions", "tcsh"]).run();
    assert!(said.code == Some(2) && said.err.contains("bash"), "{said:?}");
}

/// The scripts are sound where their shells are there to say so.
#[test]
fn bash_reads_its_completions() {
    let script = Hyrex::new().args(["completions", "bash"]).run().ok_raw();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hyrex.bash");
    let ask = "COMP_WORDS=(hyrex tasks tr); COMP_CWORD=2; _hyrex hyrex tr tasks; echo \"${COMPREPLY[@]}\"";
    std::fs::write(&path, format!("{script}\n{ask}\n")).unwrap();
    let output = std::process::Command::new("bash").arg("--norc").arg(&path).output().expect("bash is there");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "tree", "{output:?}");
}
