//! Whatever is pressed, at whatever size.

use super::data;
use super::driver::Driver;
use crate::tui::state::geometry::Size;
use crate::tui::state::keymap::BINDINGS;
use crate::tui::state::keys::{Code, Key};
use crate::tui::state::msg::Msg;
use proptest::prelude::*;
use std::time::Duration;

/// Something that may happen to a monitor.
#[derive(Clone, Debug)]
enum Event {
    Key(Key),
    Paste(String),
    Resize(u16, u16),
    Clock(u64),
    Away(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let bound = (0..BINDINGS.len()).prop_map(|at| Event::Key(BINDINGS[at].key));
    let typed = any::<char>().prop_map(|c| Event::Key(Key::char(c)));
    let editing = prop::sample::select(vec![Code::Enter, Code::Esc, Code::Backspace, Code::Tab, Code::Up, Code::Left]);
    prop_oneof![
        8 => bound,
        2 => typed,
        3 => editing.prop_map(|code| Event::Key(Key::of(code))),
        1 => any::<String>().prop_map(Event::Paste),
        2 => (1u16..300, 1u16..100).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => (0u64..100).prop_map(Event::Clock),
        1 => any::<bool>().prop_map(Event::Away),
    ]
}

async fn happens(driver: &mut Driver, event: Event) {
    match event {
        Event::Key(key) => driver.send(Msg::Key(key)).await,
        Event::Paste(text) => driver.send(Msg::Paste(text)).await,
        Event::Resize(width, height) => driver.send(Msg::Resize(Size::new(width, height))).await,
        Event::Clock(seconds) => driver.send(Msg::Clock(data::now() + Duration::from_secs(seconds))).await,
        Event::Away(away) => driver.away = away,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_happens_breaks_the_monitor(events in prop::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut driver = Driver::new(data::shop().await, 80, 24).await;
            for event in events {
                happens(&mut driver, event).await;
                driver.buffer();
            }
        });
    }
}

#[tokio::test]
async fn every_size_is_drawn() {
    let store = data::shop().await;
    for keys in ["", "<enter>", "2", "8", "?", "y", ": t", "/ queue:"] {
        let mut driver = Driver::new(store.clone(), 120, 40).await;
        driver.keys(keys).await;
        let sizes =
            (1..=300u16).step_by(13).flat_map(|width| (1..=100u16).step_by(7).map(move |height| (width, height)));
        let small = (1..=25u16).flat_map(|width| (1..=9u16).map(move |height| (width, height)));
        for (width, height) in sizes.chain(small) {
            driver.send(Msg::Resize(Size::new(width, height))).await;
            driver.buffer();
        }
    }
}

#[tokio::test]
async fn while_nothing_happens_only_the_clock_changes() {
    let mut driver = Driver::new(data::shop().await, 120, 40).await;
    driver.keys("g").await;
    let mut before = driver.buffer();
    driver.model.dirty = false;
    for second in 1..=10 {
        // A clock that says the same second again draws nothing.
        driver.send(Msg::Clock(data::now() + Duration::from_secs(second))).await;
        assert!(std::mem::take(&mut driver.model.dirty));
        driver.send(Msg::Clock(data::now() + Duration::from_secs(second))).await;
        assert!(!driver.model.dirty);
        let after = driver.buffer();
        let changed = before.diff(&after).len();
        assert!(changed <= 8, "{changed} cells in second {second}");
        before = after;
    }
}
