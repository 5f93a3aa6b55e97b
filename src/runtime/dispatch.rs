//! Which queues a turn claims from, and how much of each: equal shares, round robin from a rotating start.
//!
//! Pure logic. It knows lanes (queue and task) that may hold work: a sign or a tick adds one, a claim of our own that
//! brought less than it asked for removes it, unless a sign came after that claim had begun.

use super::slots::{Kind, Room};
use crate::model::{ClaimedRun, QueueSet, bounds};
use crate::store::{Claim, Lane, QueueSettings, Share};
use std::collections::{BTreeMap, HashMap};

/// A queue's share, as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// What the store is asked for.
    pub share: Share,
    /// Which kinds of tasks it may bring.
    pub kinds: [bool; 2],
}

/// What is known about work in the queues that a worker serves.
pub(crate) struct Dispatch {
    served: QueueSet,
    tasks: HashMap<String, Kind>,
    queues: BTreeMap<String, Queue>,
    settings: HashMap<String, Setting>,
    /// For each kind: the name that its next round starts from.
    starts: [String; 2],
}

#[derive(Default)]
struct Queue {
    lanes: Vec<KnownLane>,
    /// A limited queue that gave less than was asked for: full, or empty.
    dry: bool,
    /// How many turns had begun when it last stopped being dry.
    touched: u64,
    /// Of a queue with both kinds: which one goes first when they cannot go together.
    turn_of: usize,
}

struct KnownLane {
    task: String,
    kind: Kind,
    /// How many turns had begun when its last sign came.
    signed: u64,
}

impl Queue {
    fn touch(&mut self, turns: u64) {
        self.dry = false;
        self.touched = turns;
    }
}

#[derive(Default)]
struct Setting {
    limit: Option<u32>,
    paused: bool,
    /// How many of its runs this worker holds.
    held: u32,
}

impl Dispatch {
    /// Knows of no work yet.
    pub fn new(served: QueueSet, tasks: HashMap<String, Kind>) -> Self {
        Self { served, tasks, queues: BTreeMap::new(), settings: HashMap::new(), starts: Default::default() }
    }

    /// There may be work in a lane; `turns` have begun so far.
    pub fn sign(&mut self, lane: &Lane, turns: u64) {
        let Some(&kind) = self.tasks.get(&lane.task_name) else { return };
        if !self.queues.contains_key(&lane.queue) {
            if !self.served.serves(&lane.queue) {
                return;
            }
            self.queues.insert(lane.queue.clone(), Queue::default());
        }
        let full = self.settings.get(&lane.queue).is_some_and(|s| s.limit.is_some_and(|limit| s.held >= limit));
        let Some(queue) = self.queues.get_mut(&lane.queue) else { return };
        if !full {
            queue.touch(turns);
        }
        match queue.lanes.iter_mut().find(|known| known.task == lane.task_name) {
            Some(known) => known.signed = turns,
            None => queue.lanes.push(KnownLane { task: lane.task_name.clone(), kind, signed: turns }),
        }
    }

    /// A tick told where runs are queued, and what is set for the queues.
    pub fn ticked(&mut self, lanes: &[Lane], settings: &[QueueSettings], turns: u64) {
        let mut before = std::mem::take(&mut self.settings);
        for set in settings {
            let held = before.remove(&set.name).map_or(0, |old| old.held);
            let setting = Setting { limit: set.concurrency_limit, paused: set.paused_at.is_some(), held };
            self.settings.insert(set.name.clone(), setting);
        }
        self.queues.values_mut().for_each(|queue| queue.touch(turns));
        for lane in lanes {
            self.sign(lane, turns);
        }
    }

    /// Whether the queue has a limit, as far as is known.
    pub fn is_limited(&self, queue: &str) -> bool {
        self.settings.get(queue).is_some_and(|setting| setting.limit.is_some())
    }

    /// A run of the queue was claimed by this worker.
    pub fn holds(&mut self, queue: &str) {
        if let Some(setting) = self.settings.get_mut(queue) {
            setting.held += 1;
        }
    }

    /// A run of the queue is settled: a limited one may give another.
    pub fn settles(&mut self, queue: &str, turns: u64) {
        let Some(setting) = self.settings.get_mut(queue) else { return };
        setting.held = setting.held.saturating_sub(1);
        if let Some(queue) = self.queues.get_mut(queue) {
            queue.touch(turns);
        }
    }

    /// Whether there may be work of one of these kinds.
    pub fn has_work(&self, kinds: [bool; 2]) -> bool {
        let of_kind = |queue: &Queue| queue.lanes.iter().any(|lane| kinds[lane.kind.index()]);
        self.queues.iter().any(|(name, queue)| of_kind(queue) && self.is_active(name, queue))
    }

    /// What to claim into `room`: nothing when nothing is known.
    pub fn plan(&mut self, room: Room) -> Vec<Asked> {
        let room = self.without_ahead_for_limited(room);
        let chosen = self.choose(room);
        let mut takes: Vec<u32> = chosen.iter().map(|_| u32::MAX).collect();
        for kind in [0, 1] {
            self.distribute(kind, room, &chosen, &mut takes);
        }
        chosen.iter().zip(takes).filter(|(_, take)| *take > 0).map(|(c, take)| self.asked(c, take)).collect()
    }

    /// A limited queue's runs must begin at once: while one may give work, nothing is claimed ahead, so that slots
    /// come free for it.
    fn without_ahead_for_limited(&self, mut room: Room) -> Room {
        let waits = |(name, queue): (&String, &Queue)| self.is_limited(name) && self.is_active(name, queue);
        if !self.settings.is_empty() && self.queues.iter().any(waits) {
            room.iter_mut().for_each(|kind| kind.ahead = 0);
        }
        room
    }

    fn is_active(&self, name: &str, queue: &Queue) -> bool {
        !queue.dry && !queue.lanes.is_empty() && !self.settings.get(name).is_some_and(|s| s.paused)
    }

    /// The queues to ask, by name, and which kinds of each.
    fn choose(&mut self, room: Room) -> Vec<(String, [bool; 2])> {
        let open = [room[0].total() > 0, room[1].total() > 0];
        let mut chosen = Vec::new();
        let mut counts = [0u32; 2];
        for (name, queue) in &self.queues {
            let has = |kind: Kind| queue.lanes.iter().any(|lane| lane.kind == kind);
            let kinds = [open[0] && has(Kind::Async), open[1] && has(Kind::Blocking)];
            if (kinds[0] || kinds[1]) && self.is_active(name, queue) {
                counts.iter_mut().zip(kinds).for_each(|(count, with)| *count += u32::from(with));
                chosen.push((name.clone(), kinds));
            }
        }
        let share = |kind: usize| room[kind].total().div_ceil(counts[kind].max(1));
        let together = share(0).min(share(1)) * 2 >= share(0).max(share(1));
        for (name, kinds) in chosen.iter_mut().filter(|(_, kinds)| *kinds == [true, true] && !together) {
            let Some(queue) = self.queues.get_mut(name) else { continue };
            kinds[1 - queue.turn_of] = false;
            queue.turn_of = 1 - queue.turn_of;
        }
        chosen
    }

    /// Gives the queues of one kind equal parts of its room; what does not divide goes round.
    fn distribute(&mut self, kind: usize, room: Room, chosen: &[(String, [bool; 2])], takes: &mut [u32]) {
        let of_kind: Vec<usize> = (0..chosen.len()).filter(|at| chosen[*at].1[kind]).collect();
        let Some(count) = u32::try_from(of_kind.len()).ok().filter(|count| *count > 0) else { return };
        let first = of_kind.iter().position(|at| chosen[*at].0 >= self.starts[kind]).unwrap_or(0);
        let (base, extra) = (room[kind].total() / count, room[kind].total() % count);
        let mut free = room[kind].free;
        for (turn, &at) in of_kind.iter().cycle().skip(first).take(of_kind.len()).enumerate() {
            let mut share = base + u32::from((turn as u32) < extra);
            if self.is_limited(&chosen[at].0) {
                share = share.min(free);
            }
            free = free.saturating_sub(share);
            takes[at] = takes[at].min(share);
        }
        if extra > 0 {
            let next = of_kind[(first + extra as usize) % of_kind.len()];
            self.starts[kind].clone_from(&chosen[next].0);
        }
    }

    fn asked(&self, (name, kinds): &(String, [bool; 2]), take: u32) -> Asked {
        let lanes = self.queues.get(name).map(|queue| queue.lanes.as_slice()).unwrap_or_default();
        let tasks = lanes.iter().filter(|lane| kinds[lane.kind.index()]).map(|lane| lane.task.clone()).collect();
        Asked { share: Share { queue: name.clone(), tasks, take, limited: self.is_limited(name) }, kinds: *kinds }
    }

    /// What turn number `turn` brought for what it asked; whether a queue gave all that it was asked for, so that there
    /// is likely to be more.
    pub fn answered(&mut self, turn: u64, asked: &[Asked], claimed: &[ClaimedRun]) -> bool {
        // A claim is cut off at so many bytes of arguments; then less than was asked for does not mean that no more is there.
        let bytes: usize = claimed.iter().map(|run| run.args.len()).sum();
        if bytes > bounds::MAX_CLAIM / 4 {
            return true;
        }
        let (mut rest, mut plenty) = (claimed, false);
        for ask in asked {
            let got = rest.iter().take_while(|run| run.queue == ask.share.queue).count();
            rest = &rest[got..];
            if (got as u64) < u64::from(ask.share.take) {
                self.gave_less(turn, &ask.share);
            } else {
                plenty = true;
            }
        }
        plenty
    }

    fn gave_less(&mut self, turn: u64, share: &Share) {
        let limited = self.is_limited(&share.queue);
        let Some(queue) = self.queues.get_mut(&share.queue) else { return };
        if limited {
            queue.dry = queue.touched < turn;
        } else {
            queue.lanes.retain(|lane| lane.signed >= turn || !share.tasks.contains(&lane.task));
        }
        if queue.lanes.is_empty() {
            self.queues.remove(&share.queue);
        }
    }
}

/// The claim that asks for these shares.
pub(crate) fn claim(asked: &[Asked]) -> Claim {
    Claim { shares: asked.iter().map(|ask| ask.share.clone()).collect() }
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
