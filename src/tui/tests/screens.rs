//! Each screen as it looks: at three sizes, and in the states of an answer.

use super::data;
use super::driver::Driver;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

macro_rules! snapshot {
    ($name:expr, $driver:expr) => {
        insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $driver.snap());
        });
    };
}

/// The screens, and the keys that lead there from the first.
const SCREENS: [(&str, &str); 9] = [
    ("tasks", ""),
    ("tasks_failed", "<tab> <tab> <tab> <tab> <tab> <tab>"),
    ("task_failed", "<tab> <tab> <tab> <tab> <tab> <tab> <enter>"),
    ("task_running", "<tab> <tab> <tab> <tab> <enter>"),
    ("task_tree", "<tab> <tab> <tab> <tab> <enter> shift-tab shift-tab shift-tab shift-tab"),
    ("queues", "2"),
    ("why_paused", "j w"),
    ("why_queued", "j j w"),
    ("help", "?"),
];

#[tokio::test]
async fn screens_at_three_sizes() {
    let store = data::shop().await;
    for (width, height) in SIZES {
        for (name, keys) in SCREENS {
            let mut driver = Driver::new(store.clone(), width, height).await;
            driver.keys(keys).await;
            snapshot!(format!("{name}_{width}x{height}"), driver);
        }
    }
}

#[tokio::test]
async fn screens_in_ascii() {
    let store = data::shop().await;
    for (name, keys) in SCREENS {
        let mut driver = Driver::new(store.clone(), 80, 24).await.ascii();
        driver.keys(keys).await;
        assert!(driver.rows().iter().all(|row| row.is_ascii()), "{name}: {:#?}", driver.rows());
        snapshot!(format!("{name}_ascii"), driver);
    }
}

#[tokio::test]
async fn screens_of_nothing() {
    let store = data::empty().await;
    for (name, keys) in [("tasks", ""), ("tasks_filtered", "/ queue:mail <enter>"), ("queues", "2"), ("log", "8")] {
        let mut driver = Driver::new(store.clone(), 80, 24).await;
        driver.keys(keys).await;
        snapshot!(format!("{name}_empty"), driver);
    }
}

#[tokio::test]
async fn a_screen_that_was_not_read_yet() {
    let driver = Driver::unread(data::empty().await, 80, 24);
    snapshot!("tasks_loading", driver);
}

#[tokio::test]
async fn a_screen_that_was_never_answered() {
    let mut driver = Driver::unread(data::empty().await, 80, 24);
    driver.away = true;
    driver.keys("ctrl-r").await;
    snapshot!("tasks_error", driver);
}

#[tokio::test]
async fn a_screen_whose_database_went_away() {
    for (width, height) in SIZES {
        let mut driver = Driver::new(data::shop().await, width, height).await;
        driver.away = true;
        driver.keys("ctrl-r").await;
        snapshot!(format!("tasks_stale_{width}x{height}"), driver);
    }
}

#[tokio::test]
async fn prompts() {
    let store = data::shop().await;
    for (name, keys) in [("command", ": t"), ("command_wrong", ": nonsense <enter>"), ("filter", "/ queue:")] {
        let mut driver = Driver::new(store.clone(), 80, 24).await;
        driver.keys(keys).await;
        snapshot!(format!("prompt_{name}"), driver);
    }
}
