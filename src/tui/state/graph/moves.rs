//! Where a key leads on a picture: along the lines to the left and right, through the places up and down.

use super::Graph;
use crate::model::picture::Place;
use crate::tui::state::action::Action;

impl Graph {
    /// The place that an action leads to; `None`: it is no move.
    pub(super) fn step(&self, action: Action, page: usize) -> Option<usize> {
        let places = self.picture.places();
        let Some(here) = places.get(self.at) else { return moves(action).then_some(0) };
        let nearest =
            |near: &[usize]| near.iter().copied().min_by_key(|to| (middle(&places[*to]).abs_diff(middle(here)), *to));
        let to = match action {
            Action::Left => nearest(&self.before[self.at]),
            Action::Right => nearest(&self.after[self.at]),
            Action::RowUp => beyond(places, here, 1, false),
            Action::RowDown => beyond(places, here, 1, true),
            Action::PageUp => beyond(places, here, page, false).or_else(|| first(places)),
            Action::PageDown => beyond(places, here, page, true).or_else(|| last(places)),
            Action::Top => first(places),
            Action::Bottom => last(places),
            _ => return None,
        };
        Some(to.unwrap_or(self.at))
    }
}

fn moves(action: Action) -> bool {
    use Action::*;
    matches!(action, Left | Right | RowUp | RowDown | PageUp | PageDown | Top | Bottom)
}

/// Its middle row, in halves of a row.
fn middle(place: &Place) -> usize {
    2 * place.y + place.h
}

/// The nearest place at least so many rows up or down; beside rather than above where both are as near.
fn beyond(places: &[Place], here: &Place, rows: usize, down: bool) -> Option<usize> {
    let from = middle(here);
    let is_beyond = |place: &&Place| match down {
        true => middle(place) >= from + rows.max(1),
        false => middle(place) + rows.max(1) <= from,
    };
    // A place in the same column is nearer than one that is as many rows away elsewhere.
    let far = |place: &Place| 4 * middle(place).abs_diff(from) + place.x.abs_diff(here.x);
    let found = places.iter().enumerate().filter(|(_, place)| is_beyond(place));
    found.min_by_key(|(number, place)| (far(place), *number)).map(|(number, _)| number)
}

/// The place above all others, the leftmost of those.
fn first(places: &[Place]) -> Option<usize> {
    (0..places.len()).min_by_key(|number| (places[*number].layer, places[*number].finally, places[*number].y))
}

fn last(places: &[Place]) -> Option<usize> {
    (0..places.len()).max_by_key(|number| (places[*number].finally, places[*number].layer, places[*number].y))
}
