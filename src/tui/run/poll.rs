//! Asks the store what the visible parts want to know: each slot one question at a time, again after an interval that
//! gives way where answers take long, and after growing pauses where none comes.

use super::source::Source;
use crate::tui::state::ask::Trouble;
use crate::tui::state::effect::{Effect, Request, Slot, When};
use crate::tui::state::msg::{Msg, Reply};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

/// How long the cursor rests before what is under it is read.
const REST: Duration = Duration::from_millis(150);
/// The first pause after no answer, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// The store is given this share of the time: an answer that took a second is followed by three of rest.
const SHARE: u32 = 4;

/// A question, or none.
type Order = Option<Request>;

/// The slots' askers.
pub(crate) struct Poll {
    orders: Vec<UnboundedSender<Order>>,
}

impl Poll {
    /// Asks `source`, and sends what it answers to `to`.
    pub(crate) fn new(source: Arc<Source>, to: UnboundedSender<Msg>) -> Self {
        let start = |_: Slot| {
            let (order, orders) = unbounded_channel();
            tokio::spawn(asker(source.clone(), orders, to.clone()));
            order
        };
        Self { orders: Slot::ALL.map(start).into() }
    }

    /// Takes what the effect says, where it is about asking.
    pub(crate) fn on(&self, effect: Effect) {
        let (slot, order) = match effect {
            Effect::Ask(request) => (request.slot, Some(request)),
            Effect::Hold(slot) => (slot, None),
            _ => return,
        };
        // An asker ends only with the monitor.
        let _ = self.orders[slot as usize].send(order);
    }
}

/// What one slot asks, and when it asks next.
struct Turn {
    request: Request,
    due: Option<Instant>,
    failures: u32,
}

/// Asks one slot's questions until nobody orders any more.
async fn asker(source: Arc<Source>, mut orders: UnboundedReceiver<Order>, to: UnboundedSender<Msg>) {
    let mut turn: Option<Turn> = None;
    let mut last = Instant::now();
    loop {
        let due = turn.as_ref().and_then(|turn| turn.due);
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => turn = order.map(|request| Turn::new(request, last)),
                None => return,
            },
            () = until(due) => {
                let Some(asked) = &mut turn else { continue };
                let begun = Instant::now();
                tokio::select! {
                    biased;
                    // Another question: this one's answer is of no use any more.
                    order = orders.recv() => match order {
                        Some(order) => turn = order.map(|request| Turn::new(request, last)),
                        None => return,
                    },
                    reply = ask(&source, &asked.request) => {
                        last = Instant::now();
                        let reply = asked.settle(reply, last - begun);
                        if to.send(Msg::Reply(Box::new(reply))).is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

type Asked = crate::store::Result<(crate::tui::state::ask::Answer, crate::model::Timestamp)>;

async fn ask(source: &Source, request: &Request) -> Asked {
    let at = source.now().await?;
    Ok((source.answer(&request.ask).await?, at))
}

impl Turn {
    fn new(request: Request, last: Instant) -> Self {
        let due = match request.when {
            When::Now => Some(Instant::now()),
            When::Rested => Some(Instant::now() + REST),
            When::Next => request.every.map(|every| last + every),
        };
        Self { request, due, failures: 0 }
    }

    /// Decides when to ask again, and makes a message of what was answered.
    fn settle(&mut self, asked: Asked, took: Duration) -> Reply {
        let now = Instant::now();
        let Request { slot, generation, every, .. } = self.request;
        match asked {
            Ok((answer, at)) => {
                self.failures = 0;
                self.due = every.map(|every| now + every.max(took * SHARE).saturating_sub(took));
                Reply { slot, generation, answer: Ok(answer), at, took }
            }
            Err(error) => {
                let retry_in = pause(self.failures);
                self.failures += 1;
                self.due = Some(now + retry_in);
                let trouble = Trouble { message: error.to_string(), retry_in };
                Reply { slot, generation, answer: Err(trouble), at: chrono::Utc::now(), took }
            }
        }
    }
}

/// The pause after so many failures, up to a quarter shorter by chance, so that many monitors do not ask at once.
fn pause(failures: u32) -> Duration {
    let (first, most) = PAUSES;
    let whole = first.saturating_mul(1 << failures.min(8)).min(most);
    whole.mul_f64(1.0 - fastrand::f64() / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        assert!((375..=500).contains(&pause(0).as_millis()));
        assert!((11_250..=15_000).contains(&pause(40).as_millis()));
        assert!(pause(3) > pause(0) * 4);
    }
}
