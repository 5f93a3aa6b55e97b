//! What the documentation names is there.

use super::source::root;
use std::fs;

fn pages() -> Vec<(String, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let all = docs.chain([root().join("README.md"), root().join("CHANGELOG.md")]);
    let markdown = all.filter(|path| path.extension().is_some_and(|e| e == "md"));
    markdown.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

/// The targets of a page's links, and the paths of this repository that it names in backticks.
fn targets(page: &str) -> Vec<(String, bool)> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links = links.filter(|target| !target.is_empty() && !target.contains("://")).map(|t| (t.to_owned(), true));
    let quoted = page.split('`').skip(1).step_by(2);
    let prefixes = ["macros/", "src/", "tests/", "docs/", "scripts/", "examples/", "migrations/"];
    let paths = quoted.filter(|q| prefixes.iter().any(|p| q.starts_with(p)) && !q.contains([' ', '*', '\n']));
    links.chain(paths.map(|path| (path.to_owned(), false))).collect()
}

#[test]
fn every_link_and_path_in_the_documentation_leads_somewhere() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (page, text) in pages() {
        let beside = std::path::Path::new(&page).parent().unwrap();
        for (target, is_link) in targets(&text) {
            seen += 1;
            let path = if is_link { beside.join(&target) } else { root().join(&target) };
            if !path.exists() {
                wrong.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(seen > 10, "only {seen} were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_architecture_page_tells_of_every_module() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for dir in ["src", "src/store"] {
        for entry in fs::read_dir(root().join(dir)).unwrap().map(|entry| entry.unwrap()) {
            let name = format!("`{dir}/{}/`", entry.file_name().to_string_lossy());
            assert!(!entry.path().is_dir() || page.contains(&name), "docs/architecture.md does not tell of {name}");
        }
    }
}
