//! Random operations, as plain data: what they name is picked from what stands when they are played, so that any part
//! of a sequence is a sequence too, and a failing one can be made shorter.

use super::workflows::ops::FlowOp;
use fastrand::Rng;
use uuid::Uuid;

/// One operation. A `u16` picks from what there is.
#[derive(Clone, Debug)]
pub enum Op {
    Send { runs: Vec<Send> },
    SendBad { bad: u8 },
    SendAgain { run: u16 },
    Register { id: Uuid },
    Tick { worker: u16, beat: bool, any: bool },
    Stop { worker: u16, begun: bool },
    Rescue { observer: u16, lost: u16, holds: bool, late: bool },
    Turn { worker: u16, settles: Vec<Settle>, shares: Vec<ShareOf> },
    Promote,
    Log { fence: FencePick, seq: i32 },
    Progress { fence: FencePick, fraction: f32 },
    Declare { queue: u8, limit: Option<u32> },
    Limit { queue: u8, limit: Option<Option<u32>> },
    Pause { queue: u8, paused: bool },
    Cancel { run: u16, which: Which, subtree: bool },
    Retry { run: u16, known: bool, id: Uuid },
    RetryAgain { retry: u16 },
    KvSet { key: u8, value: u8 },
    KvDelete { key: u8 },
    KvSwap { key: u8, old: Option<u8>, new: Option<u8>, operator: bool },
    Look { at: u8, pick: u16 },
    Wait { millis: u32 },
    Flow(FlowOp),
}

/// Which run.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    Any,
    /// One that an executor holds.
    Held,
    /// One that sent others.
    Sender,
    Unknown,
}

/// A run to send.
#[derive(Clone, Debug)]
pub struct Send {
    pub id: Uuid,
    pub queue: u8,
    pub task: u8,
    pub retries: u16,
    pub priority: i16,
    pub key: Option<u8>,
    pub delay: Option<u32>,
    pub parent: Option<u16>,
}

/// An attempt to settle.
#[derive(Clone, Debug)]
pub struct Settle {
    pub fence: FencePick,
    pub outcome: u8,
    pub delay: u32,
    pub logged: bool,
}

/// Whose claim a write names.
#[derive(Clone, Debug)]
pub enum FencePick {
    /// One that the worker of the operation holds.
    Held(u16),
    /// The one at this place among them, if there is one.
    HeldAt(u16),
    /// Any claim that ever was.
    Any(u16),
    /// Any claim, by a worker that it was not.
    Foreign(u16),
    /// An attempt that never was.
    Nobody(Uuid),
}

/// A share of a claim.
#[derive(Clone, Debug)]
pub struct ShareOf {
    pub queue: u8,
    pub tasks: u8,
    pub take: u32,
    /// Whether it says rightly that the queue has a limit.
    pub knows: bool,
}

/// A sequence, from its seed alone.
pub fn sequence(seed: u64, length: usize) -> Vec<Op> {
    let mut rng = Rng::with_seed(seed);
    let mut ops = vec![Op::Register { id: id(&mut rng) }, Op::Register { id: id(&mut rng) }];
    ops.extend((2..length).map(|_| op(&mut rng)));
    ops
}

/// An id as senders make them, but from the seed.
pub fn id(rng: &mut Rng) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000 + rng.u64(..1 << 40), &{
        let mut bytes = [0u8; 10];
        rng.fill(&mut bytes);
        bytes
    })
    .into_uuid()
}

fn op(rng: &mut Rng) -> Op {
    let (pick, queue) = (rng.u16(..), rng.u8(..3));
    match rng.u8(..100) {
        0..18 => Op::Send { runs: (0..1 + rng.usize(..4)).map(|_| send(rng)).collect() },
        18 => Op::SendBad { bad: rng.u8(..) },
        19..22 => Op::SendAgain { run: pick },
        22..25 => Op::Register { id: id(rng) },
        25..28 => Op::Tick { worker: pick, beat: rng.bool(), any: rng.u8(..3) == 0 },
        28 => Op::Stop { worker: pick, begun: rng.bool() },
        29..34 => {
            let (lost, holds, late) = (rng.u16(..), rng.u8(..4) > 0, rng.u8(..4) == 0);
            Op::Rescue { observer: pick, lost, holds, late }
        }
        34..60 => turn(rng),
        60..64 => Op::Promote,
        64..66 => Op::Log { fence: fence(rng), seq: rng.i32(..5) },
        66..68 => Op::Progress { fence: fence(rng), fraction: rng.f32() },
        68 => Op::Declare { queue, limit: maybe(rng, 3) },
        69..71 => Op::Limit { queue, limit: rng.bool().then(|| maybe(rng, 4)) },
        71..74 => Op::Pause { queue, paused: rng.u8(..3) == 0 },
        74..80 => {
            let which = [Which::Any, Which::Any, Which::Any, Which::Held, Which::Held, Which::Held, Which::Unknown];
            Op::Cancel { run: pick, which: which[rng.usize(..7)], subtree: rng.bool() }
        }
        80..84 => Op::Retry { run: pick, known: rng.u8(..12) > 0, id: id(rng) },
        84..86 => Op::RetryAgain { retry: pick },
        86..88 => Op::KvSet { key: queue, value: rng.u8(..3) },
        88 => Op::KvDelete { key: queue },
        89..92 => {
            let mut value = || maybe(rng, 3).map(|value| value as u8);
            let (old, new) = (value(), value());
            Op::KvSwap { key: queue, old, new, operator: rng.bool() }
        }
        92..96 => Op::Look { at: rng.u8(..), pick },
        _ => Op::Wait { millis: rng.u32(..4000) },
    }
}

fn maybe(rng: &mut Rng, below: u32) -> Option<u32> {
    (rng.u8(..3) > 0).then(|| rng.u32(..below))
}

fn send(rng: &mut Rng) -> Send {
    Send {
        id: id(rng),
        queue: rng.u8(..3),
        task: rng.u8(..2),
        retries: rng.u16(..3),
        priority: [5, 5, 5, 1, 10][rng.usize(..5)],
        key: (rng.u8(..4) == 0).then(|| rng.u8(..5)),
        delay: (rng.u8(..5) == 0).then(|| rng.u32(..3000)),
        parent: (rng.u8(..3) == 0).then(|| rng.u16(..)),
    }
}

fn turn(rng: &mut Rng) -> Op {
    let settles = (0..rng.usize(..4)).map(|_| settle(rng)).collect();
    let mut queues = vec![0, 1, 2];
    rng.shuffle(&mut queues);
    queues.truncate(rng.usize(..4));
    let share = |queue| ShareOf { queue, tasks: 1 + rng.u8(..3), take: rng.u32(..4), knows: rng.u8(..8) > 0 };
    let shares = queues.into_iter().map(share).collect();
    Op::Turn { worker: rng.u16(..), settles, shares }
}

fn settle(rng: &mut Rng) -> Settle {
    let delay = if rng.bool() { 0 } else { rng.u32(1..3000) };
    Settle { fence: fence(rng), outcome: rng.u8(..6), delay, logged: rng.u8(..4) == 0 }
}

fn fence(rng: &mut Rng) -> FencePick {
    match rng.u8(..16) {
        0..9 => FencePick::Held(rng.u16(..)),
        9..14 => FencePick::Any(rng.u16(..)),
        14 => FencePick::Foreign(rng.u16(..)),
        _ => FencePick::Nobody(id(rng)),
    }
}
