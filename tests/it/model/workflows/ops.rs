//! Random operations on workflows' runs, among those on tasks.

use super::shapes::{Shape, shape};
use crate::model::ops::{FencePick, Op, Send, Settle, ShareOf, Which, id};
use fastrand::Rng;
use uuid::Uuid;

/// One operation on workflows' runs. A `u16` picks from what there is.
#[derive(Clone, Debug)]
pub enum FlowOp {
    Send(FlowSend),
    SendBad {
        bad: u8,
    },
    SendAgain {
        flow: u16,
    },
    Cancel {
        flow: u16,
        pick: FlowPick,
        subtree: bool,
    },
    Sweep {
        recount: bool,
    },
    /// A worker of Python's ends a node and tells nobody; then comes the sweep.
    EndInPython {
        node: u16,
    },
    /// The counts of a run are unknown, as in a run of Python's making.
    Forget {
        flow: u16,
    },
    Repair {
        flow: u16,
        pick: FlowPick,
        what: What,
        args: Args,
        id: Uuid,
    },
    RepairAgain {
        repair: u16,
    },
    Look {
        flow: u16,
    },
}

/// Which run of a workflow.
#[derive(Clone, Copy, Debug)]
pub enum FlowPick {
    Any,
    Live,
    Broken,
    Unknown,
}

/// What to try again.
#[derive(Clone, Copy, Debug)]
pub enum What {
    Failed,
    /// A node that did not succeed, where there is one.
    Node(u16),
    AnyNode(u16),
    From(u16),
    NoSuchNode,
}

/// New arguments for a repair.
#[derive(Clone, Copy, Debug)]
pub enum Args {
    None,
    /// Of a node that did not succeed, where there is one.
    Broken(u16),
    Any(u16),
    /// They break their bounds.
    Bad,
}

/// A run to send.
#[derive(Clone, Debug)]
pub struct FlowSend {
    pub id: Uuid,
    pub name: u8,
    pub shape: Shape,
    pub timeout: Option<u32>,
    pub key: Option<u8>,
    pub parent: Option<u16>,
}

/// A sequence, from its seed alone.
pub fn sequence(seed: u64, length: usize) -> Vec<Op> {
    let mut rng = Rng::with_seed(seed);
    // How many of a hundred attempts succeed: runs are to end in all ways.
    let good = [96, 85, 50][rng.usize(..3)];
    let mut ops = vec![Op::Register { id: id(&mut rng) }, Op::Register { id: id(&mut rng) }];
    ops.push(Op::Flow(FlowOp::Send(send(&mut rng))));
    ops.extend((3..length).map(|_| op(&mut rng, good)));
    ops
}

fn op(rng: &mut Rng, good: u8) -> Op {
    let pick = rng.u16(..);
    match rng.u8(..100) {
        0..7 => Op::Flow(FlowOp::Send(send(rng))),
        7 => Op::Flow(FlowOp::SendBad { bad: rng.u8(..) }),
        8..10 => Op::Flow(FlowOp::SendAgain { flow: pick }),
        10..14 => Op::Send { runs: vec![task(rng)] },
        14..54 => turn(rng, good),
        54..58 => Op::Promote,
        58..62 => Op::Rescue { observer: pick, lost: rng.u16(..), holds: rng.u8(..4) > 0, late: rng.u8(..8) == 0 },
        62..64 => Op::Stop { worker: pick, begun: rng.bool() },
        64..68 => Op::Register { id: id(rng) },
        68..75 => Op::Flow(FlowOp::Cancel { flow: pick, pick: flow_pick(rng, FlowPick::Live), subtree: rng.bool() }),
        75..79 => {
            let which = [Which::Any, Which::Held, Which::Sender, Which::Sender, Which::Sender];
            Op::Cancel { run: pick, which: which[rng.usize(..5)], subtree: rng.u8(..4) > 0 }
        }
        79..82 => Op::Wait { millis: rng.u32(..4000) },
        82..85 => Op::Flow(FlowOp::Sweep { recount: rng.bool() }),
        85 => Op::Flow(FlowOp::EndInPython { node: pick }),
        86 => Op::Flow(FlowOp::Forget { flow: pick }),
        87..94 => repair(rng),
        94 => Op::Flow(FlowOp::RepairAgain { repair: pick }),
        95 => Op::Retry { run: pick, known: true, id: id(rng) },
        96..98 => Op::Tick { worker: pick, beat: rng.bool(), any: false },
        98 => Op::Look { at: [1, 2, 3, 4, 7][rng.usize(..5)], pick },
        _ => Op::Flow(FlowOp::Look { flow: pick }),
    }
}

fn flow_pick(rng: &mut Rng, likely: FlowPick) -> FlowPick {
    match rng.u8(..16) {
        0 => FlowPick::Unknown,
        1..4 => FlowPick::Any,
        _ => likely,
    }
}

fn repair(rng: &mut Rng) -> Op {
    let (flow, node) = (rng.u16(..), rng.u16(..));
    let what = match rng.u8(..16) {
        0..6 => What::Failed,
        6..9 => What::Node(node),
        9..11 => What::AnyNode(node),
        11..15 => What::From(node),
        _ => What::NoSuchNode,
    };
    let args = match rng.u8(..8) {
        0..2 => Args::Broken(rng.u16(..)),
        2 => Args::Any(rng.u16(..)),
        3 => Args::Bad,
        _ => Args::None,
    };
    Op::Flow(FlowOp::Repair { flow, pick: flow_pick(rng, FlowPick::Broken), what, args, id: id(rng) })
}

fn send(rng: &mut Rng) -> FlowSend {
    FlowSend {
        id: id(rng),
        name: rng.u8(..2),
        shape: shape(rng),
        timeout: rng.bool().then(|| rng.u32(1..6)),
        key: (rng.u8(..4) == 0).then(|| rng.u8(..2)),
        parent: (rng.u8(..3) == 0).then(|| rng.u16(..)),
    }
}

fn task(rng: &mut Rng) -> Send {
    Send {
        id: id(rng),
        queue: rng.u8(..3),
        task: rng.u8(..2),
        retries: rng.u16(..3),
        priority: 5,
        key: None,
        delay: (rng.u8(..8) == 0).then(|| rng.u32(..3000)),
        parent: rng.bool().then(|| rng.u16(..)),
    }
}

fn turn(rng: &mut Rng, good: u8) -> Op {
    let count = [1, 2, 4, 9][rng.usize(..4)];
    let settles = (0..count).map(|place| settle(rng, place, good)).collect();
    let take = [1, 3, 8, 16][rng.usize(..4)];
    let shares =
        (0..3).filter(|_| rng.u8(..8) > 0).map(|queue| ShareOf { queue, tasks: 3, take, knows: true }).collect();
    Op::Turn { worker: rng.u16(..), settles, shares }
}

fn settle(rng: &mut Rng, place: u16, good: u8) -> Settle {
    let fence = match rng.u8(..32) {
        0 => FencePick::Held(rng.u16(..)),
        1..3 => FencePick::Any(rng.u16(..)),
        3 => FencePick::Foreign(rng.u16(..)),
        4 => FencePick::Nobody(id(rng)),
        _ => FencePick::HeldAt(place),
    };
    let outcome = if rng.u8(..100) < good { 0 } else { [1, 1, 1, 2, 3, 4, 5][rng.usize(..7)] };
    let delay = if rng.u8(..4) > 0 { 0 } else { rng.u32(1..3000) };
    Settle { fence, outcome, delay, logged: false }
}
