//! A workflow's graph as a picture of characters, for a terminal or a page. Plain data in, cells out; nothing here knows
//! a store or a screen.
//!
//! ```text
//! ✓ extract ─┬─► ✓ transform ─╮
//!            ╰─► ✓ validate ──┴─► ▸ load
//! ```
//!
//! [`Picture::new`] decides where everything stands, by the graph, the names and the [`Options`]: never by the states, so
//! that nothing moves while a run goes on. [`Picture::draw`] then gives the cells of some rows for the states of the
//! moment, each with its [`Role`], by which a screen colours it.
//!
//! Lines say exactly what the graph says: who follows them rightwards from a node comes to the nodes that wait for it,
//! and to no other. `┼ ┬ ┴ ├ ┤` are connections; where lines only cross, the upright one passes over the other (`─│─`);
//! `▾` and `▴` join the line that they point at, where they could be taken for a branch of it.
//!
//! The method is that of layers (Sugiyama, Tagawa, Toda 1981): each node in the layer of its longest way, dummies where
//! an edge passes a layer, an order by barycentres; the rows by isotonic regression (pooling adjacent violators) towards
//! the medians of the neighbours; between two layers a channel with tracks (the left-edge method of Hashimoto and
//! Stevens 1971, with the doglegs of Deutsch 1976), where edges from several to several share a bus (as in confluent
//! drawings: Dickerson, Eppstein, Goodrich, Meng 2005).
//!
//! What does not fit the width, or would be too much to look at, is a list: `load  after: extract, transform`. Work and
//! memory are bounded by the caps of `layers` and `fit`.

mod build;
mod channel;
mod draw;
mod fit;
mod grid;
mod items;
mod layers;
mod line;
mod list;
mod mark;
mod nets;
mod options;
mod order;
mod place;
mod rows;
mod show;
mod sketch;
#[cfg(test)]
mod tests;
mod text;
mod wires;

pub use grid::{Cell, Glyph, Grid, Role};
pub use mark::{Mark, symbol};
pub use nets::Net;
pub use options::{MAX_WIDTH, Options, Style};
pub use place::Place;

use crate::model::dag::Dag;
use fit::Rung;
use items::Item;
use list::List;
use nets::Nets;
use std::collections::HashMap;
use std::ops::Range;
use wires::Wires;

/// A picture of a DAG: where everything stands.
#[derive(Clone, Debug)]
pub struct Picture {
    items: Vec<Item>,
    places: Vec<Place>,
    place_of: HashMap<usize, usize>,
    nets: Nets,
    form: Form,
    /// The row of the rule above the `finally` nodes, and its width.
    rule: Option<(usize, usize)>,
    width: usize,
    height: usize,
    options: Options,
}

#[derive(Clone, Debug)]
enum Form {
    Drawn { wires: Wires, rung: Rung },
    Listed(List),
}

/// Rows that are drawn at a time.
const ROWS: usize = 500;

impl Picture {
    /// Lays the graph out. `shown` makes a name fit for a terminal: that is the caller's duty, for what is fit is not
    /// known here; but no control character comes through.
    ///
    /// ```
    /// use hyrex::model::{TaskStatus, dag::{Draft, Node}, picture::{Mark, Options, Picture}};
    ///
    /// let node = |name: &str| Draft::from(Node::new(name, name));
    /// let dag = node("extract").then(node("load")).build()?;
    /// let picture = Picture::new(&dag, &Options::default(), str::to_owned);
    /// let marks = [TaskStatus::Success, TaskStatus::Running].map(|status| Some(Mark { status, note: "2s".into() }));
    /// assert_eq!(picture.to_text(&marks), "\
    /// ╭──────────────────╮   ╭───────────────╮
    /// │ ✓ extract 2s     ├──►│ ▸ load 2s     │
    /// ╰──────────────────╯   ╰───────────────╯
    /// ");
    /// # Ok::<(), hyrex::model::dag::DagError>(())
    /// ```
    pub fn new(dag: &Dag, options: &Options, shown: impl Fn(&str) -> String) -> Self {
        let parts = items::parts(dag, options, &shown);
        match fit::fit(&parts, options) {
            Some(fitted) => Self::drawn(parts, &fitted, options),
            None => Self::listed(parts, options),
        }
    }

    /// The form that was chosen: never [`Style::Auto`].
    pub fn style(&self) -> Style {
        match &self.form {
            Form::Drawn { rung, .. } if rung.boxes => Style::Boxes,
            Form::Drawn { .. } => Style::Lines,
            Form::Listed(_) => Style::List,
        }
    }

    /// Columns, at most those of the options.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows, as many as it takes.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The nodes where they stand, folded siblings as one; the ordinary ones first.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The number of the place where a node stands; `None`: no node has this number.
    pub fn place_of(&self, node: usize) -> Option<usize> {
        self.place_of.get(&node).copied()
    }

    /// The edges that the lines stand for, by the number in [`Role::Wire`].
    pub fn nets(&self) -> &[Net] {
        &self.nets.all
    }

    /// Some rows, with the marks of the nodes by their numbers in the DAG; a node without one is shown by its name.
    pub fn draw(&self, rows: Range<usize>, marks: &[Option<Mark>]) -> Grid {
        let rows = rows.start.min(self.height)..rows.end.min(self.height);
        let mut grid = Grid::new(rows.start, rows.len(), self.width);
        if let Form::Drawn { wires, .. } = &self.form {
            wires.draw(&mut grid, self.options.ascii);
        }
        for (number, place) in self.places.iter().enumerate() {
            if place.y < rows.end && place.y + place.h > rows.start {
                self.draw_place(number, place, marks, &mut grid);
            }
        }
        self.draw_rule(&mut grid);
        grid
    }

    /// All of it as text, each line ended with `\n`.
    pub fn to_text(&self, marks: &[Option<Mark>]) -> String {
        // Some rows at a time: all cells of a large picture would take much memory.
        let parts = (0..self.height).step_by(ROWS).map(|from| self.draw(from..from + ROWS, marks).to_text());
        parts.collect()
    }
}
