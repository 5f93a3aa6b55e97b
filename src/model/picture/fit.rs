//! Columns: the roomiest form that fits the width.

use super::channel::Budget;
use super::items::{Item, Part};
use super::mark;
use super::options::{MAX_WIDTH, Options, Style};
use super::sketch::Sketch;

/// Names are not cut below this many columns: a list is better.
const LEAST_NAME: usize = 12;
/// Steps that the search for buses may take in all.
const BUDGET: usize = 20_000_000;

/// How much room is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rung {
    pub boxes: bool,
    /// Tracks side by side.
    pub tight: bool,
    /// Whether there is room for notes.
    pub note: bool,
    /// Columns of a name at most.
    pub name: usize,
}

/// The columns of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub x: usize,
    pub w: usize,
}

/// Parts, and what they have room for.
pub(super) struct Fitted {
    pub sketches: Vec<Sketch>,
    pub columns: Vec<Vec<Column>>,
    pub rung: Rung,
}

/// All parts in the roomiest form that fits; `None`: only a list does.
pub(super) fn fit(parts: &[Part], options: &Options) -> Option<Fitted> {
    let forms: &[bool] = match options.style {
        Style::Auto => &[true, false],
        Style::Boxes => &[true],
        Style::Lines => &[false],
        Style::List => &[],
    };
    let mut budget = Budget(BUDGET);
    for (number, boxes) in forms.iter().enumerate() {
        let tall = if *boxes { 3 } else { 1 };
        let sketched = parts.iter().map(|part| Sketch::new(part, tall, &mut budget));
        let sketches: Vec<Sketch> = sketched.collect::<Option<_>>()?;
        let last = number + 1 == forms.len();
        if let Some((rung, columns)) = fit_form(parts, &sketches, options, *boxes, last) {
            return Some(Fitted { sketches, columns, rung });
        }
    }
    None
}

/// The roomiest rung of a form that fits.
fn fit_form(
    parts: &[Part],
    sketches: &[Sketch],
    options: &Options,
    boxes: bool,
    last: bool,
) -> Option<(Rung, Vec<Vec<Column>>)> {
    let width = options.width.clamp(1, MAX_WIDTH);
    let columns = |rung: &Rung| -> Vec<Vec<Column>> {
        parts.iter().zip(sketches).map(|(part, sketch)| columns(part, sketch, rung, options)).collect()
    };
    let rung =
        rungs(boxes, last).into_iter().find_map(|rung| narrowed(rung, last, |rung| wide(&columns(rung)) <= width))?;
    let columns = columns(&rung);
    Some((rung, columns))
}

/// What is tried for a form, the roomiest first. The last form also goes without notes.
fn rungs(boxes: bool, last: bool) -> Vec<Rung> {
    let rung = |tight, note| Rung { boxes, tight, note, name: usize::MAX };
    let roomy = [rung(false, true), rung(true, true)];
    roomy.into_iter().chain(last.then(|| rung(true, false))).collect()
}

/// The rung where it fits; where it is the last one, with names as long as they may be.
fn narrowed(rung: Rung, last: bool, fits: impl Fn(&Rung) -> bool) -> Option<Rung> {
    if fits(&rung) {
        return Some(rung);
    }
    let cut = |name| Rung { name, ..rung };
    let (mut least, mut most) = (LEAST_NAME, MAX_WIDTH);
    if !last || rung.note || !fits(&cut(least)) {
        return None;
    }
    while most - least > 1 {
        let middle = (least + most) / 2;
        *(if fits(&cut(middle)) { &mut least } else { &mut most }) = middle;
    }
    Some(cut(least))
}

fn wide(columns: &[Vec<Column>]) -> usize {
    columns.iter().filter_map(|part| part.last()).map(|last| last.x + last.w).max().unwrap_or(0)
}

/// The columns of each layer of a part.
fn columns(part: &Part, sketch: &Sketch, rung: &Rung, options: &Options) -> Vec<Column> {
    let mut x = 0;
    let mut columns = Vec::new();
    for (number, layer) in sketch.layers.layers.iter().enumerate() {
        let items = layer.iter().map(|vertex| sketch.layers.vertices[*vertex]).filter(|vertex| !vertex.dummy);
        let text = items.map(|vertex| text(&part.items[vertex.item], rung, options)).max();
        let channel = sketch.channels.get(number);
        let w = match text {
            None => 1,
            Some(text) if rung.boxes => text + 4,
            Some(text) => text + lead(number) + usize::from(channel.is_some()),
        };
        columns.push(Column { x, w });
        x += w + channel.map_or(0, |channel| rung.channel(channel.tracks));
    }
    columns
}

/// Blanks between an arrow and the text of a one-line node.
pub(super) fn lead(layer: usize) -> usize {
    usize::from(layer > 0)
}

/// Columns that an item's text may take.
fn text(item: &Item, rung: &Rung, options: &Options) -> usize {
    let folded = if item.nodes.len() > 1 { mark::room(item.nodes.len()) } else { 0 };
    let note = if rung.note && options.note > 0 { 1 + options.note.max(folded) } else { 0 };
    2 * usize::from(options.symbols) + item.wide.min(rung.name) + super::text::width(&item.times) + note
}

impl Rung {
    /// Columns of a channel: a line that comes in, the tracks, an arrow.
    fn channel(&self, tracks: usize) -> usize {
        match (tracks, self.tight) {
            (0, false) => 3,
            (0, true) => 2,
            (tracks, false) => 2 * tracks + 2,
            (tracks, true) => tracks + 2,
        }
    }

    /// The column of a track, counted from the channel's first.
    pub fn track(&self, track: usize) -> usize {
        1 + track * if self.tight { 1 } else { 2 }
    }
}
