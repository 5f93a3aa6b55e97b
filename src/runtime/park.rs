//! A claim that waits in the store while this worker is idle, where the store can do that: work is then claimed in the
//! transaction that brings it.

use super::events::Event;
use super::hub::Hub;
use super::panics;
use super::slots::Kind;
use crate::model::ClaimedRun;
use crate::store::{Lane, ParkedClaim, Result};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;

/// After a parked claim failed, the next one waits so long.
const PAUSE: Duration = Duration::from_secs(1);
/// Signs that are remembered while a claim is parked; more of them make the worker look for itself.
const SIGNS: usize = 64;

/// The claim that is parked, if one is.
#[derive(Default)]
pub(crate) struct Parking {
    number: u64,
    parked: Option<Parked>,
    again_at: Option<Instant>,
}

struct Parked {
    task: AbortHandle,
    take: u32,
    kinds: [bool; 2],
    /// Lanes that got work meanwhile: the parked claim takes it, unless there is more than it asks for.
    signs: Vec<Lane>,
    /// There were more signs than are remembered.
    overflow: bool,
}

impl Parking {
    /// Whether a parked claim takes care of a sign.
    pub fn takes(&mut self, lane: &Lane) -> bool {
        let Some(parked) = &mut self.parked else { return false };
        if parked.signs.len() >= SIGNS {
            parked.overflow = true;
        } else if !parked.signs.contains(lane) {
            parked.signs.push(lane.clone());
        }
        true
    }

    /// When parking may be tried again after a failure.
    pub fn again_at(&self) -> Option<Instant> {
        self.again_at
    }
}

impl Hub {
    /// Takes the parked claim back when there is something else to claim, or another claim to park.
    pub(super) fn unpark_if_needed(&mut self, now: Instant) {
        let Some(parked) = &self.parking.parked else { return };
        let (take, kinds) = (parked.take, parked.kinds);
        let under_way = !self.turns.under_way.is_empty() && self.may_claim(now);
        if !under_way && self.parkable(take, kinds, now) != Some(kinds) {
            self.unpark();
        }
    }

    /// Parks a claim while there is nothing else to claim.
    pub(super) fn park_if_idle(&mut self, now: Instant) {
        let waits = self.parking.again_at.is_some_and(|at| at > now);
        let able = self.abilities.parks_claims && !waits && self.turns.under_way.is_empty();
        if !able || self.parking.parked.is_some() {
            return;
        }
        let Some(kinds) = self.parkable(0, [false; 2], now) else { return };
        let room = self.room(now);
        let free = Kind::ALL.into_iter().filter(|kind| kinds[kind.index()]).map(|kind| room[kind.index()].free);
        if let Some(take) = free.min() {
            self.send_parked(take.min(self.abilities.batch.max(1)), kinds);
        }
    }

    /// The kinds of which something may be claimed, when nothing is known to wait for it; the room that a parked
    /// claim (`own`, for `own_kinds`) has taken counts as free.
    fn parkable(&mut self, own: u32, own_kinds: [bool; 2], now: Instant) -> Option<[bool; 2]> {
        if !self.may_claim(now) {
            return None;
        }
        let room = self.room(now);
        let kinds = Kind::ALL.map(|kind| {
            let own = if own_kinds[kind.index()] { own } else { 0 };
            room[kind.index()].free + own > 0 && self.worker.tasks_of(kind).next().is_some()
        });
        (kinds != [false; 2] && !self.dispatch.has_work(kinds)).then_some(kinds)
    }

    fn send_parked(&mut self, take: u32, kinds: [bool; 2]) {
        let with = |kind: &Kind| kinds[kind.index()];
        let tasks = Kind::ALL.into_iter().filter(with).flat_map(|kind| self.worker.tasks_of(kind)).cloned().collect();
        let queues = self.settings.queues.clone();
        let claim = ParkedClaim { executor: self.executor, queues, tasks, take, now: None };
        self.parking.number += 1;
        let (store, events, number) = (self.store.clone(), self.events.clone(), self.parking.number);
        let task = tokio::spawn(async move {
            let result = panics::answer(store.claim_parked(claim)).await;
            events.send(Event::Parked(number, result));
        });
        let task = task.abort_handle();
        self.count_parked(take, kinds, true);
        self.parking.parked = Some(Parked { task, take, kinds, signs: Vec::new(), overflow: false });
        self.parking.again_at = None;
    }

    fn count_parked(&mut self, take: u32, kinds: [bool; 2], begins: bool) {
        for (slots, _) in self.slots.iter_mut().zip(kinds).filter(|(_, with)| *with) {
            if begins { slots.ask(take) } else { slots.answered(take) }
        }
    }

    /// Takes a parked claim back. What it claimed in this moment is still taken in, or given back by the store.
    pub(super) fn unpark(&mut self) {
        let Some(parked) = self.parking.parked.take() else { return };
        parked.task.abort();
        self.count_parked(parked.take, parked.kinds, false);
        parked.signs.iter().for_each(|lane| self.dispatch.sign(lane, self.turns.begun));
    }

    /// A parked claim was answered.
    pub(super) fn parked(&mut self, number: u64, result: Result<Vec<ClaimedRun>>, now: Instant) {
        let parked = if number == self.parking.number { self.parking.parked.take() } else { None };
        if let Some(parked) = &parked {
            self.count_parked(parked.take, parked.kinds, false);
        }
        match result {
            Ok(claimed) => {
                if let Some(parked) = parked.filter(|parked| claimed.len() >= parked.take as usize) {
                    parked.signs.iter().for_each(|lane| self.dispatch.sign(lane, self.turns.begun));
                    if parked.overflow {
                        self.ticker.soon(now);
                    }
                }
                self.take_in(claimed, now);
            }
            // What it may have claimed is found by the beats.
            Err(_) => {
                self.parking.again_at = Some(now + PAUSE);
                self.ticker.soon(now);
            }
        }
    }
}
