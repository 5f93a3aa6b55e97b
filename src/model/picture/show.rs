//! A place of a picture with its state, and the rule above the `finally` nodes.

use super::draw::Figure;
use super::grid::{Glyph, Grid, Role};
use super::list::{self, Row};
use super::mark::{self, Mark};
use super::place::Place;
use super::{Form, Picture, line, text};

/// What stands in the rule above the `finally` nodes.
pub(super) const FINALLY: &str = "finally";

impl Picture {
    /// Draws a place, as far as it is in the grid.
    pub(super) fn draw_place(&self, number: usize, place: &Place, marks: &[Option<Mark>], grid: &mut Grid) {
        let (item, ascii) = (&self.items[number], self.options.ascii);
        let (symbol, note) = mark::told(item, marks, ascii);
        let symbol = self.options.symbols.then_some(symbol.unwrap_or(' '));
        match &self.form {
            Form::Drawn { rung, .. } => {
                let name = list::named(item, rung.name.saturating_add(text::width(&item.times)), ascii);
                let note = if rung.note && self.options.note > 0 { note } else { String::new() };
                let net = self.nets.leaving(number);
                let out = (!self.nets.all[net].to.is_empty()).then_some(net);
                let Place { x, y, w, layer, .. } = *place;
                Figure { place: number, x, y, w, layer, name: &name, symbol, note, out }.draw(grid, rung, ascii);
            }
            Form::Listed(list) => {
                let before = &self.nets.all[self.nets.reaching(number)].from;
                let after: Vec<String> = before.iter().map(|place| self.places[*place].name.clone()).collect();
                list.draw(grid, &Row { place: number, y: place.y, item, symbol, note: &note }, &after, ascii);
            }
        }
    }

    /// Draws the rule, where there is one.
    pub(super) fn draw_rule(&self, grid: &mut Grid) {
        let Some((y, width)) = self.rule else { return };
        let dash = line::glyph(line::E | line::W, self.options.ascii);
        (0..width).for_each(|x| grid.put(x, y, Glyph::Char(dash), Role::Rule));
        match width >= FINALLY.len() + 4 {
            true => grid.write(2, y, &format!(" {FINALLY} "), Role::Rule),
            false => grid.write(0, y, FINALLY, Role::Rule),
        };
    }
}
