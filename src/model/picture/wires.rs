//! Lines between places: runs along a row or a track, and where they are connected.

use super::channel::Bus;
use super::fit::{Column, Rung};
use super::items::Part;
use super::layers::Vertex;
use super::nets::Nets;
use super::sketch::Sketch;
use std::collections::{BTreeMap, HashSet};

/// A run of cells of one net, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The row, or for an upright run the column.
    pub at: usize,
    pub from: usize,
    pub to: usize,
    pub net: usize,
}

/// All lines of a picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Wires {
    pub across: Vec<Run>,
    pub upright: Vec<Run>,
    /// Where a line along a row and an upright one are connected: elsewhere they only cross.
    pub joints: HashSet<(usize, usize)>,
    /// Column, row, net.
    pub arrows: Vec<(usize, usize, usize)>,
    /// Ends of upright lines that point at the line that they join: column, row, net, and whether downwards.
    pub pointers: Vec<(usize, usize, usize, bool)>,
}

/// A part, and where it stands in the picture.
#[derive(Clone, Copy)]
pub(super) struct Placed<'p> {
    pub part: &'p Part,
    pub sketch: &'p Sketch,
    pub columns: &'p [Column],
    pub rung: Rung,
    /// The number of its first place.
    pub first: usize,
    /// Its first row.
    pub top: usize,
}

/// The vertices at both sides of a channel, by their rows, and where the channel begins.
struct Between<'p> {
    of: Placed<'p>,
    left: BTreeMap<usize, Vertex>,
    right: BTreeMap<usize, Vertex>,
    layer: usize,
    x: usize,
}

impl Wires {
    /// Adds the lines of a part.
    pub fn add(&mut self, placed: Placed, nets: &mut Nets) {
        for (layer, channel) in placed.sketch.channels.iter().enumerate() {
            let between = Between::new(placed, layer);
            // The columns at which each row of the right is met, with the nets that come there.
            let mut met = BTreeMap::<usize, Vec<(usize, usize)>>::new();
            for bus in &channel.buses {
                self.bus(&between, bus, nets, &mut met);
            }
            for row in &channel.straight {
                let net = nets.leaving(between.item(&between.left, *row));
                met.entry(*row).or_default().push((between.x, net));
            }
            met.into_iter().for_each(|(row, met)| self.arrive(&between, row, met, nets));
        }
    }

    /// An upright line, or two, and the rows of its sources.
    fn bus(&mut self, between: &Between, bus: &Bus, nets: &mut Nets, met: &mut BTreeMap<usize, Vec<(usize, usize)>>) {
        let net = between.net(bus, nets);
        let columns = [bus.first, bus.last].map(|track| between.column(track));
        for (x, (rows, span)) in columns.into_iter().zip(bus.halves().into_iter().zip(bus.spans())) {
            let (from, to) = (between.of.top + span.0, between.of.top + span.1);
            self.upright.push(Run { at: x, from, to, net });
            self.joints.extend(rows.into_iter().map(|row| (x, between.of.top + row)));
            if bus.dogleg.is_none() {
                break;
            }
        }
        if let Some(row) = bus.dogleg {
            let (from, to) = (columns[0].min(columns[1]), columns[0].max(columns[1]));
            self.across.push(Run { at: between.of.top + row, from, to, net });
        }
        for row in &bus.sources {
            let net = nets.leaving(between.item(&between.left, *row));
            self.across.push(Run { at: between.of.top + row, from: between.x, to: columns[0], net });
        }
        if bus.pointed {
            let pointer = |row: &usize| (columns[1], between.of.top + row, net, bus.spans()[1].1 == *row);
            self.pointers.extend(bus.targets.iter().map(pointer));
        }
        bus.targets.iter().for_each(|row| met.entry(*row).or_default().push((columns[1], net)));
    }

    /// The row of a target: what comes first keeps its net up to where the next one joins it.
    fn arrive(&mut self, between: &Between, row: usize, mut met: Vec<(usize, usize)>, nets: &Nets) {
        let Some(target) = between.right.get(&row) else { return };
        let column = between.of.columns[between.layer + 1];
        let (item, at) = (between.of.first + target.item, between.of.top + row);
        let several = !target.dummy && between.of.part.before[target.item].len() > 1;
        let end = if target.dummy { column.x + column.w } else { column.x } - 1;
        met.sort_unstable();
        let (x, first) = met[0];
        let net = if several { nets.reaching(item) } else { first };
        match met.get(1) {
            None => self.across.push(Run { at, from: x, to: end, net }),
            Some((joined, _)) => {
                self.across.push(Run { at, from: x, to: *joined, net: first });
                self.across.push(Run { at, from: *joined, to: end, net });
            }
        }
        if !target.dummy {
            self.arrows.push((end, at, net));
        }
    }
}

impl<'p> Between<'p> {
    fn new(of: Placed<'p>, layer: usize) -> Self {
        let rows = |layer: usize| -> BTreeMap<usize, Vertex> {
            let vertices = of.sketch.layers.layers[layer].iter();
            vertices.map(|vertex| (of.sketch.rows.mids[*vertex], of.sketch.layers.vertices[*vertex])).collect()
        };
        let Column { x, w } = of.columns[layer];
        Self { of, left: rows(layer), right: rows(layer + 1), layer, x: x + w }
    }

    fn column(&self, track: usize) -> usize {
        self.x + self.of.rung.track(track)
    }

    /// The place on a row, or the one whose lines pass there.
    fn item(&self, side: &BTreeMap<usize, Vertex>, row: usize) -> usize {
        // The rows of a channel are those of its vertices.
        self.of.first + side.get(&row).map_or(0, |vertex| vertex.item)
    }

    fn net(&self, bus: &Bus, nets: &mut Nets) -> usize {
        match (&bus.sources[..], &bus.targets[..]) {
            ([source], _) => nets.leaving(self.item(&self.left, *source)),
            (_, [target]) => nets.reaching(self.item(&self.right, *target)),
            (sources, targets) => nets.bus(
                sources.iter().map(|row| self.item(&self.left, *row)).collect(),
                targets.iter().map(|row| self.item(&self.right, *row)).collect(),
            ),
        }
    }
}
