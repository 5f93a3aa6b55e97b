//! `docs/monitor.md` tells the keys and commands that there are, and no others.

use crate::tui::state::command;
use crate::tui::state::keymap::{self, Scope};
use std::fmt::Write as _;
use std::path::Path;

/// Between these lines stands what is made from the keymap.
const MARKS: (&str, &str) = ("<!-- keys -->\n", "<!-- end of keys -->");

fn made() -> String {
    let mut page = String::new();
    for scope in Scope::ALL {
        let _ = write!(page, "\n### {}\n\n| key | |\n|---|---|\n", scope.title());
        for (keys, help) in keymap::lines(scope) {
            let keys: Vec<String> = keys.split(' ').map(|key| format!("`{key}`")).collect();
            let _ = writeln!(page, "| {} | {} |", keys.join(" "), help.replace('|', "\\|"));
        }
    }
    page.push_str("\n### Commands\n\n| after `:` | |\n|---|---|\n");
    for (word, help) in command::page() {
        let _ = writeln!(page, "| `{}` | {} |", word.replace('|', "\\|"), help);
    }
    page.push('\n');
    page
}

#[test]
fn the_page_tells_every_key_and_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/monitor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(MARKS.0).unwrap();
    let (told, after) = rest.split_once(MARKS.1).unwrap();
    if std::env::var_os("HYREX_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{}{}{}{after}", MARKS.0, made(), MARKS.1)).unwrap();
    } else {
        assert_eq!(told, made(), "run this test with HYREX_WRITE_DOCS=1");
    }
}
