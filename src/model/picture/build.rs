//! A picture of what fits.

use super::fit::Fitted;
use super::items::Part;
use super::list::List;
use super::nets::Nets;
use super::options::{MAX_WIDTH, Options};
use super::place::Place;
use super::show::FINALLY;
use super::wires::{Placed, Wires};
use super::{Form, Picture};

/// The width of the rule above the `finally` nodes of a list.
const RULE: usize = 40;

/// What stands where, part below part.
#[derive(Default)]
struct Stack {
    places: Vec<Place>,
    rule: Option<usize>,
    height: usize,
}

impl Picture {
    /// Of parts that fit.
    pub(super) fn drawn(parts: Vec<Part>, fitted: &Fitted, options: &Options) -> Self {
        let (mut wires, mut nets, mut stack) = (Wires::default(), Nets::new(&parts), Stack::default());
        for ((part, sketch), columns) in parts.iter().zip(&fitted.sketches).zip(&fitted.columns) {
            stack.begin(part);
            let (first, top) = (stack.places.len(), stack.height);
            let placed = Placed { part, sketch, columns, rung: fitted.rung, first, top };
            wires.add(placed, &mut nets);
            stack.places.extend(placed.places());
            stack.height += sketch.height;
        }
        let width = stack.places.iter().map(|place| place.x + place.w).max().unwrap_or(0);
        let least = if stack.rule.is_some() { FINALLY.len() + 8 } else { 0 };
        let width = width.max(least.min(options.width.clamp(1, MAX_WIDTH)));
        Self::whole(parts, stack, nets, Form::Drawn { wires, rung: fitted.rung }, (width, width), options)
    }

    /// Of parts of which only a list fits.
    pub(super) fn listed(parts: Vec<Part>, options: &Options) -> Self {
        let list = List::new(&parts, options);
        let mut stack = Stack::default();
        for part in &parts {
            stack.begin(part);
            stack.height = list.places(part, stack.height, &mut stack.places);
        }
        let (nets, width) = (Nets::new(&parts), list.width);
        Self::whole(parts, stack, nets, Form::Listed(list), (width, width.min(RULE)), options)
    }

    /// `width`: of all, and of the rule.
    fn whole(
        parts: Vec<Part>,
        stack: Stack,
        nets: Nets,
        form: Form,
        (width, ruled): (usize, usize),
        options: &Options,
    ) -> Self {
        let Stack { places, rule, height } = stack;
        let items = parts.into_iter().flat_map(|part| part.items).collect();
        let nodes = |(number, place): (usize, &Place)| place.nodes.iter().map(move |node| (*node, number)).collect();
        let place_of = places.iter().enumerate().flat_map::<Vec<_>, _>(nodes).collect();
        let rule = rule.map(|row| (row, ruled));
        Self { items, places, place_of, nets, form, rule, width, height, options: options.clone() }
    }
}

impl Stack {
    /// Goes below the rule, where the part stands there.
    fn begin(&mut self, part: &Part) {
        if part.finally {
            self.rule = Some(self.height);
            self.height += 1;
        }
    }
}
