//! What people do, key by key.

use super::data;
use super::driver::Driver;
use crate::model::text::clean;
use crate::tui::state::effect::Effect;
use crate::tui::state::msg::Msg;
use std::time::Duration;

#[tokio::test]
async fn the_failed_run_is_found_opened_and_left() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys(": tasks failed <enter>").await;
    assert!(driver.shows("the card of order 7042") && !driver.shows("send_mail"));
    driver.keys("<enter>").await;
    assert!(driver.shows("insufficient funds") && driver.shows("[Error]"), "{:#?}", driver.rows());
    driver.keys("<esc>").await;
    assert!(driver.shows("[✗ failed 1]"), "{:#?}", driver.rows());
    driver.keys("]").await;
    assert!(driver.shows("insufficient funds"));
    driver.keys("- q q").await;
    assert_eq!(driver.effects.last(), Some(&Effect::Quit));
}

#[tokio::test]
async fn a_run_is_found_by_the_end_of_its_id() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    let id = data::run_id(3, 120).0.simple().to_string();
    driver.keys(&format!(": run {} <enter>", &id[24..])).await;
    assert!(driver.shows("Tasks › send_mail"), "{:#?}", driver.rows());
    driver.keys(": run ffffff99 <enter>").await;
    assert!(driver.shows("no run has the id ffffff99"));
}

#[tokio::test]
async fn a_command_with_a_blank_is_typed_with_one() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys(": tasks queued mail <enter>").await;
    assert!(driver.shows("queue:mail"), "{:#?}", driver.rows());
    driver.keys("/ ctrl-u task:send_mail <enter>").await;
    assert!(driver.shows("task:send_mail"));
    driver.keys("<esc>").await;
    assert!(!driver.shows("task:send_mail"));
}

#[tokio::test]
async fn marks_and_the_cursor_stay_with_their_rows() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("j <space> <space> ctrl-r").await;
    assert!(driver.shows("2 marked"));
    let before = driver.rows().iter().position(|row| row.contains("│>")).unwrap();
    driver.keys("shift-s ctrl-r").await;
    assert!(driver.shows("2 marked"));
    driver.keys("shift-s shift-q shift-q ctrl-r").await;
    assert!(driver.rows().iter().any(|row| row.contains("│>")), "{before}");
    driver.keys("ctrl-\\").await;
    assert!(!driver.shows("marked"));
}

#[tokio::test]
async fn nothing_is_read_while_paused_until_it_is_asked_for() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("p").await;
    assert!(driver.shows("PAUSED") && driver.effects.iter().any(|effect| matches!(effect, Effect::Hold(_))));
    let asked = driver.model.asked[0].generation;
    driver.keys("j j").await;
    assert_eq!(driver.model.asked[0].generation, asked);
    driver.keys("ctrl-r").await;
    assert_eq!(driver.model.asked[0].generation, asked + 1);
    driver.keys("p").await;
    assert!(driver.shows("LIVE"));
}

#[tokio::test]
async fn a_database_that_went_away_leaves_what_was_read() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.away = true;
    driver.keys("ctrl-r").await;
    driver.send(Msg::Clock(data::now() + Duration::from_secs(3))).await;
    assert!(driver.shows("STALE 3s, retry in 1s") && driver.shows("charge_card"), "{:#?}", driver.rows());
    driver.away = false;
    driver.keys("ctrl-r").await;
    assert!(driver.shows("LIVE") && driver.shows("the database answers again"));
}

#[tokio::test]
async fn the_id_is_copied_whole() {
    let mut driver = Driver::new(data::shop().await, 80, 24).await;
    driver.keys("c").await;
    let id = data::run_id(8, 5).to_string();
    assert_eq!(driver.effects.last(), Some(&Effect::Copy(id)));
}

#[tokio::test]
async fn members_are_folded_and_found_in_a_popup() {
    let mut driver = Driver::new(data::shop().await, 80, 24).await;
    driver.keys("y / idempotency <enter> <esc>").await;
    assert!(driver.model.popups.is_empty());
    driver.keys("y a").await;
    assert!(driver.shows("\"queue\": \"mail\""), "{:#?}", driver.rows());
}

#[tokio::test]
async fn no_byte_of_a_task_reaches_a_cell_as_a_control() {
    let (store, run) = data::hostile().await;
    for (width, height) in [(80, 24), (120, 40), (200, 60), (33, 9)] {
        let id = run.0.simple().to_string();
        let find = format!(": run {} <enter>", &id[20..]);
        for keys in ["", &find, &format!("{find} <tab>"), "2", "8 <enter>", "y", "/ x <enter>", "<enter> <tab> shift-w"]
        {
            let mut driver = Driver::new(store.clone(), width, height).await;
            driver.keys(keys).await;
            for cell in driver.buffer().content() {
                assert!(!cell.symbol().chars().any(clean::is_hostile), "{keys}: {:?}", cell.symbol());
                assert!(unicode_width::UnicodeWidthStr::width(cell.symbol()) <= 2, "{keys}: {:?}", cell.symbol());
            }
        }
    }
}

#[tokio::test]
async fn why_a_run_waits_is_said_from_the_facts() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("w").await;
    assert!(driver.shows("it was sent for later: in 10m00s"), "{:#?}", driver.rows());
    driver.keys("<esc> j w").await;
    assert!(driver.shows("queue images is paused by ada, 1m40s ago"), "{:#?}", driver.rows());
    driver.keys("<esc> j w").await;
    assert!(driver.shows("1 executor could take it now"), "{:#?}", driver.rows());
    driver.keys("<esc> j w").await;
    assert!(driver.shows("it runs"));
}

#[tokio::test]
async fn the_log_of_a_run_is_read_as_soon_as_it_is_looked_at() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys(": tasks running <enter> <enter>").await;
    assert!(driver.shows("[Log 3]") && driver.shows("day 3 has no sales"), "{:#?}", driver.rows());
    driver.keys("/ sales <enter> n").await;
    driver.keys("/ absent <enter>").await;
    assert!(driver.shows("not found"));
}
