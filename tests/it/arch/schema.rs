//! Both migrations make the same tables, and `docs/schema.md` tells what each column and index is for.

use super::source::root;
use std::collections::BTreeMap;
use std::fs;

type Tables = BTreeMap<String, Vec<String>>;

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// SQL without its comments.
fn bare(sql: &str) -> String {
    sql.lines().map(|line| line.split("--").next().unwrap_or("").trim_end()).collect::<Vec<_>>().join("\n")
}

/// Every migration of a store, joined; functions are left out.
fn migrations(store: &str) -> String {
    let dir = root().join("migrations").join(store);
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>().join("\n")
}

/// Tables with their columns, from CREATE TABLE and ALTER TABLE … ADD COLUMN.
fn tables(sql: &str) -> Tables {
    let mut tables = Tables::new();
    for statement in bare(sql).split("CREATE TABLE IF NOT EXISTS ").skip(1) {
        let (name, rest) = statement.split_once('(').unwrap();
        let columns = top_level(rest).into_iter().filter(|c| !is_constraint(c)).map(|c| first_word(&c));
        tables.entry(name.trim().into()).or_default().extend(columns);
    }
    for statement in bare(sql).split("ALTER TABLE ").skip(1) {
        let statement = statement.split(';').next().unwrap();
        let added = statement.split("ADD COLUMN IF NOT EXISTS ").skip(1).map(first_word);
        tables.entry(first_word(statement)).or_default().extend(added);
    }
    tables
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().trim_end_matches(',').to_owned()
}

fn is_constraint(item: &str) -> bool {
    ["PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"].iter().any(|word| item.starts_with(word))
}

/// What stands between the commas of a bracket that is open already, up to where it closes.
fn top_level(text: &str) -> Vec<String> {
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        items.last_mut().unwrap().push(c);
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// The names of indexes that a migration makes, also those given on an adopted database.
fn indexes(sql: &str) -> Vec<String> {
    let made = sql.split("INDEX IF NOT EXISTS ").skip(1).map(first_word);
    let adopted = sql.split("-- adopted: ").skip(1).map(first_word);
    let mut names: Vec<String> =
        made.chain(adopted).filter(|name| name.contains("hyrex") || name.starts_with("i")).collect();
    names.sort();
    names.dedup();
    names
}

/// The page's sections by table, each with the columns that its rows name first.
fn documented(page: &str) -> Tables {
    let mut tables = Tables::new();
    for section in page.split("\n### `").skip(1) {
        let (name, rest) = section.split_once('`').unwrap();
        let rest = rest.split("\n## ").next().unwrap().split("\n| index").next().unwrap();
        let cells = rest.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|l| l.split(" |").next());
        let columns = cells.flat_map(|cell| cell.split(", ")).map(|c| c.trim_matches('`').to_owned());
        tables.insert(name.to_owned(), columns.collect());
    }
    tables
}

fn sorted(mut columns: Vec<String>) -> Vec<String> {
    columns.sort();
    columns
}

#[test]
fn both_stores_have_the_same_tables_and_columns() {
    let (postgres, sqlite) = (tables(&migrations("postgres")), tables(&migrations("sqlite")));
    assert!(postgres.len() > 15, "only {} tables were found", postgres.len());
    assert_eq!(postgres.keys().collect::<Vec<_>>(), sqlite.keys().collect::<Vec<_>>());
    for (table, columns) in postgres {
        assert_eq!(sorted(columns), sorted(sqlite[&table].clone()), "{table}");
    }
}

#[test]
fn the_schema_page_names_every_table_and_column_and_no_other() {
    let (made, told) = (tables(&migrations("postgres")), documented(&text("docs/schema.md")));
    assert_eq!(made.keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>());
    for (table, columns) in made {
        assert_eq!(sorted(columns), sorted(told[&table].clone()), "{table}");
    }
}

#[test]
fn the_schema_page_names_every_index() {
    let page = text("docs/schema.md");
    let names: Vec<String> = ["postgres", "sqlite"].iter().flat_map(|store| indexes(&migrations(store))).collect();
    assert!(names.len() > 25, "only {} indexes were found", names.len());
    let missing: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/schema.md does not tell what these are for: {missing:?}");
}
