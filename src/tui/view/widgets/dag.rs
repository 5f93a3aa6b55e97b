//! A graph: the cells of its picture in their slots, the place under the cursor and what is related to it.

use crate::model::TaskStatus;
use crate::model::picture::{Cell, Glyph, Mark, Role};
use crate::tui::state::graph::{Graph, Relation};
use crate::tui::view::pen::Pen;
use crate::tui::view::theme::{self, Slot};
use ratatui::layout::Rect;

/// Lines, and the heavy ones that stand for them on the way to and from the cursor.
const LIGHT: &str = "─│╭╮╰╯├┤┬┴┼";
const HEAVY: &str = "━┃┏┓┗┛┣┫┳┻╋";

/// How a cell is drawn.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    slot: Slot,
    under: bool,
}

/// Draws the rows that fit, from the first that is shown.
pub(crate) fn draw(pen: &mut Pen<'_>, area: Rect, graph: &Graph, marks: &[Option<Mark>]) {
    let from = graph.top();
    let grid = graph.picture().draw(from..from + usize::from(area.height), marks);
    let slots: Vec<Slot> = graph.picture().places().iter().map(|place| slot(&place.nodes, marks)).collect();
    for (row, y) in grid.rows().zip(area.top()..area.bottom()) {
        draw_row(pen, Rect { y, height: 1, ..area }, row, |role| look(graph, role, &slots), graph);
    }
    pen.under_cursor(false);
}

/// A row, each run of cells of one look at once.
fn draw_row(pen: &mut Pen<'_>, area: Rect, row: &[Cell], look: impl Fn(Role) -> Look, graph: &Graph) {
    let (mut x, mut text, mut now) = (area.x, String::new(), Look { slot: Slot::Text, under: false });
    for cell in row {
        let looks = look(cell.role);
        if looks != now {
            x += flush(pen, x, area, &mut text, now);
            now = looks;
        }
        match &cell.glyph {
            Glyph::Char(char) => text.push(heavy(*char, cell.role, graph)),
            Glyph::Cluster(chars) => text.push_str(chars),
            Glyph::Rest => {}
        }
    }
    flush(pen, x, area, &mut text, now);
}

fn flush(pen: &mut Pen<'_>, x: u16, area: Rect, text: &mut String, look: Look) -> u16 {
    pen.under_cursor(look.under);
    let used = pen.text(x, area.y, area.right().saturating_sub(x), text, look.slot);
    text.truncate(0);
    used
}

/// On the way to and from the cursor, lines are heavy.
fn heavy(char: char, role: Role, graph: &Graph) -> char {
    let Role::Wire(net) = role else { return char };
    let place = LIGHT.chars().position(|light| light == char).filter(|_| graph.is_on_way(net));
    place.and_then(|place| HEAVY.chars().nth(place)).unwrap_or(char)
}

fn look(graph: &Graph, role: Role, slots: &[Slot]) -> Look {
    let of = |place: usize| slots.get(place).copied().unwrap_or(Slot::Text);
    let (place, slot) = match role {
        Role::Frame(place) | Role::Symbol(place) => (Some(place), of(place)),
        Role::Note(place) => (Some(place), if of(place) == Slot::Good { Slot::Dim } else { of(place) }),
        Role::Name(place) => (Some(place), name(graph.relation(place), of(place))),
        Role::After(place) => (Some(place), Slot::Dim),
        Role::Wire(net) if graph.is_on_way(net) => (None, Slot::Accent),
        Role::Wire(_) | Role::Rule => (None, Slot::Border),
        Role::Blank => (None, Slot::Text),
    };
    Look { slot, under: place == Some(graph.at()) }
}

/// What is related to the cursor stands out.
fn name(relation: Relation, state: Slot) -> Slot {
    match (relation, state) {
        (_, Slot::Bad) => Slot::Bad,
        (Relation::None, _) => Slot::Text,
        (Relation::Same | Relation::Ancestor | Relation::Descendant, _) => Slot::Strong,
    }
}

/// The slot of a place: of folded siblings that of those that want to be looked at, else of those under way.
fn slot(nodes: &[usize], marks: &[Option<Mark>]) -> Slot {
    let statuses = || nodes.iter().filter_map(|node| marks.get(*node)?.as_ref()).map(|mark| mark.status);
    let any = |wanted: Slot| statuses().map(theme::status).find(|slot| *slot == wanted);
    let open = || statuses().find(|status| *status != TaskStatus::Success).map(theme::status);
    let first = any(Slot::Bad).or_else(|| any(Slot::Warn)).or_else(|| any(Slot::Active)).or_else(open);
    first.or_else(|| statuses().next().map(theme::status)).unwrap_or(Slot::Border)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_light_line_has_a_heavy_one() {
        assert_eq!(LIGHT.chars().count(), HEAVY.chars().count());
    }
}
