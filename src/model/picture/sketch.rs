//! A part with its rows and its channels: all that does not depend on how wide the names are.

use super::channel::{Budget, Channel};
use super::items::Part;
use super::layers::Layers;
use super::rows::Rows;

/// A part, laid out but for its columns.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub layers: Layers,
    pub rows: Rows,
    /// The channel right of each layer; none right of the last.
    pub channels: Vec<Channel>,
    /// Rows, those of doglegs below all else included.
    pub height: usize,
}

impl Sketch {
    /// Of items that are `tall` rows high. `None`: that is too much to be drawn.
    pub fn new(part: &Part, tall: usize, budget: &mut Budget) -> Option<Self> {
        let mut layers = Layers::new(part)?;
        layers.order();
        let rows = Rows::new(&layers, tall);
        let edges = |layer: &Vec<usize>| -> Vec<(usize, usize)> {
            let of = |from: &usize| {
                let from = *from;
                layers.down[from].iter().map(move |to| (from, *to))
            };
            layer.iter().flat_map(of).map(|(from, to)| (rows.mids[from], rows.mids[to])).collect()
        };
        let between = layers.layers.iter().take(layers.layers.len() - 1);
        let channels: Vec<Channel> = between.map(|layer| Channel::new(&edges(layer), budget)).collect::<Option<_>>()?;
        let doglegs = channels.iter().flat_map(|channel| &channel.buses).filter_map(|bus| bus.dogleg);
        let height = doglegs.map(|row| row + 1).max().unwrap_or(0).max(rows.height);
        Some(Self { layers, rows, channels, height })
    }
}
