//! Signs to whoever sleeps: what the payload of a NOTIFY says, and how signs are gathered before one is sent.

use crate::store::{Lane, Wakeup};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// The channel, where a connection names no other in [`CHANNEL_SETTING`].
pub(super) const CHANNEL: &str = "hyrex";
/// The setting of a connection that names another channel.
pub(super) const CHANNEL_SETTING: &str = "hyrex.channel";
/// PostgreSQL takes payloads below 8,000 bytes; a longer one is sent empty, which says "something".
const MAX_PAYLOAD: usize = 7_000;
/// Signs that follow one another within this time are sent as one.
const DEBOUNCE: Duration = Duration::from_millis(1);
/// After a sign could not be sent.
const PAUSE: Duration = Duration::from_secs(1);

/// What happened since the last sign.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Signs {
    /// Queue and task of runs that may be claimed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) work: BTreeSet<(String, String)>,
    /// A run waits for a time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) due: bool,
    /// An attempt is to be cancelled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) cancel: bool,
    /// Something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) other: bool,
}

impl Signs {
    pub(super) fn work(lanes: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { work: lanes.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn cancel() -> Self {
        Self { cancel: true, ..Self::default() }
    }

    pub(super) fn other() -> Self {
        Self { other: true, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn merge(&mut self, more: Signs) {
        self.work.extend(more.work);
        self.due |= more.due;
        self.cancel |= more.cancel;
        self.other |= more.other;
    }

    /// As a payload: JSON, or empty where that would be too long. `by`: whose own subscribers have heard it already.
    pub(super) fn payload(&self, by: Option<&str>) -> String {
        let sent = Sent { by: by.map(str::to_owned), signs: self.clone() };
        let text = serde_json::to_string(&sent).unwrap_or_default();
        if text.len() <= MAX_PAYLOAD { text } else { String::new() }
    }

    /// Reads a payload; one that is not of our making says "something", one of `own` nothing new.
    pub(super) fn read(payload: &str, own: &str) -> Vec<Wakeup> {
        match serde_json::from_str::<Sent>(payload) {
            Ok(sent) if sent.by.as_deref() == Some(own) => Vec::new(),
            Ok(sent) => sent.signs.wakeups(),
            Err(_) => vec![Wakeup::Something],
        }
    }

    /// What subscribers are told.
    pub(super) fn wakeups(self) -> Vec<Wakeup> {
        let signs = self;
        let mut wakeups = Vec::new();
        if !signs.work.is_empty() {
            let lanes = signs.work.into_iter().map(|(queue, task_name)| Lane { queue, task_name });
            wakeups.push(Wakeup::Work(lanes.collect()));
        }
        wakeups.extend(signs.due.then_some(Wakeup::Due));
        wakeups.extend(signs.cancel.then_some(Wakeup::Cancel));
        if signs.other || wakeups.is_empty() {
            wakeups.push(Wakeup::Something);
        }
        wakeups
    }
}

/// Signs as they are sent.
#[derive(serde::Serialize, serde::Deserialize)]
struct Sent {
    /// The store of whoever sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(flatten)]
    signs: Signs,
}

/// Signs that wait to be sent: the first goes out at once, what follows within a millisecond goes out together after it.
#[derive(Default)]
pub(super) struct Outbox(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: Signs,
    not_before: Option<Instant>,
}

impl Outbox {
    pub(super) fn add(&self, signs: Signs) {
        self.state().waiting.merge(signs);
    }

    /// What is to be sent now.
    pub(super) fn take(&self, now: Instant) -> Option<Signs> {
        let mut state = self.state();
        if state.waiting.is_empty() || state.not_before.is_some_and(|time| now < time) {
            return None;
        }
        state.not_before = Some(now + DEBOUNCE);
        Some(std::mem::take(&mut state.waiting))
    }

    /// All that waits, whenever it may go.
    pub(super) fn take_all(&self) -> Option<Signs> {
        let signs = std::mem::take(&mut self.state().waiting);
        (!signs.is_empty()).then_some(signs)
    }

    /// Takes back what could not be sent.
    pub(super) fn give_back(&self, signs: Signs) {
        let mut state = self.state();
        state.waiting.merge(signs);
        state.not_before = Some(Instant::now() + PAUSE);
    }

    /// When something waits: how long until it may go.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        let until = state.not_before.map(|time| time.saturating_duration_since(now));
        (!state.waiting.is_empty()).then_some(until.unwrap_or_default())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(queue: &str) -> Signs {
        Signs::work([(queue.to_owned(), "t".to_owned())])
    }

    #[test]
    fn a_payload_comes_back_as_it_went() {
        let mut signs = lane("a\"b");
        signs.merge(Signs { due: true, ..Signs::default() });
        let work = Wakeup::Work(vec![Lane { queue: "a\"b".into(), task_name: "t".into() }]);
        assert_eq!(Signs::read(&signs.payload(None), "us"), [work.clone(), Wakeup::Due]);
        assert_eq!(Signs::read(&signs.payload(Some("them")), "us"), [work, Wakeup::Due]);
        assert_eq!(Signs::read("from elsewhere", "us"), [Wakeup::Something]);
    }

    #[test]
    fn what_we_sent_says_nothing_new() {
        assert_eq!(Signs::read(&lane("a").payload(Some("us")), "us"), []);
    }

    #[test]
    fn a_payload_that_is_too_long_says_something() {
        let signs = Signs::work((0..1000).map(|n| (format!("queue {n}"), "t".to_owned())));
        assert_eq!(Signs::read(&signs.payload(Some("us")), "us"), [Wakeup::Something]);
    }

    #[test]
    fn the_first_sign_goes_at_once_and_the_last_one_is_never_lost() {
        let (outbox, now) = (Outbox::default(), Instant::now());
        outbox.add(lane("a"));
        assert_eq!(outbox.take(now), Some(lane("a")));
        outbox.add(lane("b"));
        assert_eq!((outbox.take(now), outbox.wait(now)), (None, Some(DEBOUNCE)));
        assert_eq!(outbox.take(now + DEBOUNCE), Some(lane("b")));
        assert_eq!(outbox.wait(now + DEBOUNCE), None);
    }
}
