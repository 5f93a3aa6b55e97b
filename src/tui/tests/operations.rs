//! Overview, workflows, executors, schedules and keys: as they look, and as they are used.

use super::driver::Driver;
use super::{data, flows};
use crate::model::WorkflowRunId;
use crate::model::text::clean;
use crate::store::{Actor, Rule, WorkflowCancel};
use crate::tui::state::effect::Effect;
use std::time::{Duration, Instant};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

macro_rules! snapshot {
    ($name:expr, $driver:expr) => {
        insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $driver.snap());
        });
    };
}

/// The screens, and the keys that lead there.
const SCREENS: [(&str, &str); 15] = [
    ("overview", "1"),
    ("overview_attention", "1 <tab> <tab>"),
    ("workflows", "4"),
    ("definition", "4 v"),
    ("workflow_runs", "4 <enter>"),
    ("workflow_run", "4 <enter> <enter>"),
    ("workflow_run_list", "4 <enter> <enter> v"),
    ("workflow_run_time", "4 <enter> <enter> v v"),
    ("workflow_run_failed", "4 <enter> j <enter>"),
    ("workflow_run_folded", "4 j <enter> <enter>"),
    ("executors", "5"),
    ("cron", "6"),
    ("kv", "7"),
    ("kv_folder", "7 j j <enter>"),
    ("kv_value", "7 j j <enter> <enter> <enter>"),
];

#[tokio::test]
async fn operations_at_three_sizes() {
    let store = flows::plant().await;
    for (width, height) in SIZES {
        for (name, keys) in SCREENS {
            let mut driver = Driver::new(store.clone(), width, height).await;
            driver.keys(keys).await;
            snapshot!(format!("{name}_{width}x{height}"), driver);
        }
    }
}

#[tokio::test]
async fn operations_in_ascii() {
    let store = flows::plant().await;
    for (name, keys) in SCREENS {
        let mut driver = Driver::new(store.clone(), 120, 40).await.ascii();
        driver.keys(keys).await;
        assert!(driver.rows().iter().all(|row| row.is_ascii()), "{name}: {:#?}", driver.rows());
    }
}

#[tokio::test]
async fn operations_on_nothing() {
    let store = data::empty().await;
    for (name, keys) in [("overview", "1"), ("workflows", "4"), ("executors", "5"), ("cron", "6"), ("kv", "7")] {
        let mut driver = Driver::new(store.clone(), 80, 24).await;
        driver.keys(keys).await;
        snapshot!(format!("{name}_empty"), driver);
    }
}

#[tokio::test]
async fn operations_whose_database_went_away() {
    let store = flows::plant().await;
    for (name, keys) in [("overview", "1"), ("workflow_run", "4 <enter> <enter>"), ("kv", "7")] {
        let mut driver = Driver::new(store.clone(), 120, 40).await;
        driver.keys(keys).await;
        driver.away = true;
        driver.keys("ctrl-r").await;
        snapshot!(format!("{name}_stale"), driver);
    }
}

#[tokio::test]
async fn operations_that_were_not_read_yet() {
    let store = data::empty().await;
    for (name, keys) in [("overview", "1"), ("workflows", "4"), ("executors", "5"), ("cron", "6"), ("kv", "7")] {
        let mut driver = Driver::new(store.clone(), 80, 24).await;
        driver.away = true;
        driver.keys(keys).await;
        snapshot!(format!("{name}_error"), driver);
    }
}

#[tokio::test]
async fn hostile_names_and_keys_are_harmless_everywhere() {
    let store = flows::hostile().await;
    for (width, height) in [(80, 24), (200, 60), (21, 6)] {
        for (name, keys) in SCREENS {
            let mut driver = Driver::new(store.clone(), width, height).await;
            driver.keys(keys).await;
            for cell in driver.buffer().content() {
                assert!(!cell.symbol().chars().any(clean::is_hostile), "{name} {width}x{height}: {:?}", cell.symbol());
            }
        }
    }
}

#[tokio::test]
async fn a_node_is_reached_along_the_lines_and_its_run_opened_and_left() {
    let mut driver = Driver::new(flows::plant().await, 120, 40).await;
    driver.keys("4 <enter> <enter>").await;
    assert!(driver.shows("following") && driver.shows("╭ dedupe"), "{:#?}", driver.rows());
    driver.keys("l").await;
    assert!(driver.shows("f follows") && driver.shows("waits for "), "{:#?}", driver.rows());
    driver.keys("f").await;
    assert!(driver.shows("╭ dedupe"), "{:#?}", driver.rows());
    driver.keys("<enter>").await;
    assert!(driver.shows("Workflows › daily_orders › run "), "{:#?}", driver.rows());
    // From the run of a node back to the graph, on that node.
    driver.keys("o").await;
    assert!(driver.shows("Graph") && driver.shows("╭ dedupe"), "{:#?}", driver.rows());
}

#[tokio::test]
async fn states_change_nothing_of_a_layout() {
    let store = flows::plant().await;
    let mut driver = Driver::new(store.clone(), 120, 40).await;
    driver.keys("4 <enter> <enter> h").await;
    let places = |driver: &Driver| {
        let at = |name: &str| driver.rows().iter().enumerate().find_map(|(y, row)| Some((y, row.find(name)?)));
        ["orders", "validate", "geo", "load"].map(at)
    };
    let before = places(&driver);
    let actor = Actor { user: "ada".into(), host: "ops-1".into(), operator: true };
    let run = WorkflowRunId(data::run_id(300, 60).0);
    let cancel = WorkflowCancel { run, subtree: false, actor, now: Some(data::now()) };
    store.workflow_cancel(cancel).await.unwrap();
    driver.keys("ctrl-r").await;
    assert!(driver.shows("canceling"), "{:#?}", driver.rows());
    assert_eq!(places(&driver), before);
}

#[tokio::test]
async fn keys_are_browsed_by_folder_and_by_what_is_typed() {
    let mut driver = Driver::new(flows::plant().await, 120, 40).await;
    driver.keys("7").await;
    assert!(driver.shows("orders/") && driver.shows("3 keys") && !driver.shows("7041"), "{:#?}", driver.rows());
    driver.keys("j j <enter>").await;
    assert!(driver.shows("KV › orders/") && driver.shows("2026/"), "{:#?}", driver.rows());
    driver.keys("<esc> / users <enter>").await;
    assert!(driver.shows("users:") && !driver.shows("config"), "{:#?}", driver.rows());
    driver.keys(": kv orders/2026/ <enter> <enter>").await;
    assert!(driver.shows("\"sku\": \"A-17\""), "{:#?}", driver.rows());
    driver.keys("c").await;
    assert_eq!(driver.effects.last(), Some(&Effect::Copy("orders/2026/7041".into())));
}

#[tokio::test]
async fn a_large_value_does_not_slow_the_keys() {
    let mut driver = Driver::new(flows::hostile().await, 120, 40).await;
    driver.keys("7 j <enter>").await;
    assert!(driver.shows("object"), "{:#?}", driver.rows());
    let begun = Instant::now();
    for _ in 0..20 {
        driver.keys("j G g z z").await;
        driver.buffer();
    }
    // 100 keys and 20 frames, in a build without optimizations.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_executors_runs_are_listed() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("5 <enter>").await;
    assert!(driver.shows("Executors › Tasks") && driver.shows("build_report"), "{:#?}", driver.rows());
    assert!(!driver.shows("resize_image"), "{:#?}", driver.rows());
}

#[tokio::test]
async fn a_line_of_the_overview_opens_what_it_speaks_of() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("1").await;
    assert!(driver.shows("Needs attention") && driver.shows("images"), "{:#?}", driver.rows());
    driver.keys("<tab> <enter>").await;
    assert!(driver.shows("[✗ 1]") && driver.shows("task:charge_card"), "{:#?}", driver.rows());
}

#[test]
fn the_page_tells_every_rule_of_what_needs_attention() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/monitor.md")).unwrap();
    for rule in Rule::ALL {
        let line = format!("| `{}` | {} |", rule.name(), rule.when());
        assert!(page.contains(&line), "{line}");
    }
}
