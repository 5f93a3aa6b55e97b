//! Where nodes stand.

use super::items::Item;
use super::wires::Placed;

/// A node, or folded siblings, and where it stands: its box, its row, or its rows of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The numbers of its nodes in the DAG, ascending: several where siblings are folded.
    pub nodes: Vec<usize>,
    /// Its name, not cut: of folded siblings what they have in common, and how many they are.
    pub name: String,
    /// Its layer, from 0: those that wait for it stand in later ones.
    pub layer: usize,
    /// Whether it is one of the `finally` nodes, whose layers are counted for themselves.
    pub finally: bool,
    /// Its first column.
    pub x: usize,
    /// Its first row.
    pub y: usize,
    /// Columns.
    pub w: usize,
    /// Rows.
    pub h: usize,
}

impl Place {
    /// Of an item that stands nowhere yet.
    pub(super) fn of(item: &Item, finally: bool) -> Self {
        let name = format!("{}{}", item.name, item.times);
        Self { nodes: item.nodes.clone(), name, finally, ..Self::default() }
    }
}

impl Placed<'_> {
    /// Where the items of the part stand.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.part.items.iter().enumerate().map(|(number, item)| {
            let layer = self.sketch.layers.vertices[number].layer;
            let column = self.columns[layer];
            let y = self.top + self.sketch.rows.tops[number];
            let h = if self.rung.boxes { 3 } else { 1 };
            Place { layer, x: column.x, y, w: column.w, h, ..Place::of(item, self.part.finally) }
        })
    }
}
