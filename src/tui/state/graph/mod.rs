//! A graph on a screen: its picture in the roomiest form that fits, the place under the cursor, and what is related to it.
//!
//! Laid out anew only when the graph or the room changes, never when states do: nothing moves while a run goes on.

mod moves;

use crate::model::dag::Dag;
use crate::model::picture::{Options, Picture, Style};
use crate::model::text::clean;
use crate::tui::state::action::Action;

/// Nodes of one task from which on they are one place, where all of them do not fit.
const FOLD: usize = 4;

/// The room for a picture, and how it is wanted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Columns.
    pub(crate) width: u16,
    /// Rows.
    pub(crate) height: u16,
    /// Nothing beyond ASCII.
    pub(crate) ascii: bool,
    /// Whether nodes have states.
    pub(crate) marks: bool,
}

/// How large a picture is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Zoom {
    /// As large as fits.
    #[default]
    Fit,
    /// The form of that number, the roomiest first.
    Form(usize),
}

/// The forms of a picture, the roomiest first: the style, and from how many on siblings are folded.
const FORMS: [(Style, usize); 5] =
    [(Style::Boxes, 0), (Style::Lines, 0), (Style::Boxes, FOLD), (Style::Lines, FOLD), (Style::List, FOLD)];

/// How a place is related to the one under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Not at all.
    None,
    /// It is the place under the cursor.
    Same,
    /// That one waits for it, maybe by others.
    Ancestor,
    /// It waits for that one, maybe by others.
    Descendant,
}

/// A graph, laid out.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    dag: Dag,
    picture: Picture,
    room: Room,
    zoom: Zoom,
    form: usize,
    /// Places after each place, and before it.
    after: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    at: usize,
    top: usize,
    relations: Vec<Relation>,
}

impl Graph {
    /// Lays a graph out.
    pub(crate) fn new(dag: Dag, room: Room) -> Self {
        let (form, picture) = fitting(&dag, room, Zoom::Fit);
        let mut graph = Self {
            dag,
            picture,
            room,
            zoom: Zoom::Fit,
            form,
            after: Vec::new(),
            before: Vec::new(),
            at: 0,
            top: 0,
            relations: Vec::new(),
        };
        graph.relate();
        graph
    }

    /// Lays it out for that room, where that is another.
    pub(crate) fn fit(&mut self, room: Room) {
        if self.room != room {
            self.room = room;
            self.again();
        }
    }

    /// The picture.
    pub(crate) fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The graph.
    pub(crate) fn dag(&self) -> &Dag {
        &self.dag
    }

    /// The place under the cursor.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The first row that is shown.
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// The nodes of the place under the cursor.
    pub(crate) fn nodes(&self) -> &[usize] {
        self.picture.places().get(self.at).map_or(&[], |place| &place.nodes)
    }

    /// How a place is related to the one under the cursor.
    pub(crate) fn relation(&self, place: usize) -> Relation {
        self.relations.get(place).copied().unwrap_or(Relation::None)
    }

    /// Whether a line is on a way to or from the place under the cursor.
    pub(crate) fn is_on_way(&self, net: usize) -> bool {
        let Some(net) = self.picture.nets().get(net) else { return false };
        let any = |ends: &[usize], wanted: Relation| {
            ends.iter()
                .any(|end| matches!(self.relation(*end), relation if relation == wanted || relation == Relation::Same))
        };
        let up = any(&net.from, Relation::Ancestor) && any(&net.to, Relation::Ancestor);
        up || any(&net.from, Relation::Descendant) && any(&net.to, Relation::Descendant)
    }

    /// Puts the cursor on the place of a node.
    pub(crate) fn select(&mut self, node: usize) {
        if let Some(place) = self.picture.place_of(node).filter(|place| *place != self.at) {
            self.at = place;
            self.mark_relations();
        }
    }

    /// Keeps the place under the cursor in sight.
    pub(crate) fn settle(&mut self) {
        let rows = usize::from(self.room.height).max(1);
        let Some(place) = self.picture.places().get(self.at) else { return };
        let last = place.y + place.h;
        self.top = self
            .top
            .clamp(last.saturating_sub(rows).min(place.y), place.y)
            .min(self.picture.height().saturating_sub(rows));
    }

    /// How it is drawn, in words.
    pub(crate) fn form(&self) -> &'static str {
        match (self.picture.style(), FORMS[self.form].1 > 0) {
            (Style::Boxes, false) => "boxes",
            (Style::Boxes, true) => "boxes, siblings folded",
            (Style::List, _) => "list",
            (_, false) => "lines",
            (_, true) => "lines, siblings folded",
        }
    }

    /// Moves or sizes; `false`: the action is none of a graph's.
    pub(crate) fn on_action(&mut self, action: Action) -> bool {
        match action {
            Action::ZoomFit => self.size(Zoom::Fit),
            Action::ZoomIn => self.size(Zoom::Form(self.form.saturating_sub(1))),
            Action::ZoomOut => self.size(Zoom::Form((self.form + 1).min(FORMS.len() - 1))),
            action => return self.go(action),
        }
        true
    }

    fn go(&mut self, action: Action) -> bool {
        let page = usize::from(self.room.height).max(2) - 1;
        let Some(to) = self.step(action, page) else { return false };
        if to != self.at {
            self.at = to;
            self.mark_relations();
        }
        true
    }

    fn size(&mut self, zoom: Zoom) {
        self.zoom = zoom;
        self.again();
    }

    fn again(&mut self) {
        let node = self.nodes().first().copied().unwrap_or(0);
        (self.form, self.picture) = fitting(&self.dag, self.room, self.zoom);
        self.at = self.picture.place_of(node).unwrap_or(0);
        self.relate();
    }

    /// Finds which places stand after which.
    fn relate(&mut self) {
        let places = self.picture.places().len();
        (self.after, self.before) = (vec![Vec::new(); places], vec![Vec::new(); places]);
        for (from, to) in self.dag.edges() {
            let (Some(from), Some(to)) = (self.picture.place_of(from), self.picture.place_of(to)) else { continue };
            self.after[from].push(to);
            self.before[to].push(from);
        }
        for near in self.after.iter_mut().chain(&mut self.before) {
            near.sort_unstable();
            near.dedup();
        }
        self.mark_relations();
    }

    fn mark_relations(&mut self) {
        self.relations = vec![Relation::None; self.after.len()];
        for (near, relation) in [(&self.before, Relation::Ancestor), (&self.after, Relation::Descendant)] {
            let mut open = vec![self.at];
            while let Some(place) = open.pop() {
                for next in near.get(place).into_iter().flatten() {
                    if self.relations[*next] == Relation::None {
                        self.relations[*next] = relation;
                        open.push(*next);
                    }
                }
            }
        }
        if let Some(relation) = self.relations.get_mut(self.at) {
            *relation = Relation::Same;
        }
    }
}

/// The form that is wanted, or the roomiest that fits; and the picture in it.
fn fitting(dag: &Dag, room: Room, zoom: Zoom) -> (usize, Picture) {
    let drawn = |form: usize| {
        let (style, fold) = FORMS[form];
        let note = if !room.marks {
            0
        } else if room.width >= 100 {
            9
        } else {
            6
        };
        let options = Options { width: room.width.into(), style, ascii: room.ascii, fold, symbols: room.marks, note };
        Picture::new(dag, &options, |name| clean::line(name).into_owned())
    };
    if let Zoom::Form(form) = zoom {
        return (form, drawn(form));
    }
    let mut last = None;
    for form in 0..FORMS.len() - 1 {
        let picture = drawn(form);
        if picture.style() != FORMS[form].0 {
            continue;
        }
        if picture.height() <= usize::from(room.height) {
            return (form, picture);
        }
        last = Some((form, picture));
    }
    // Nothing fits the rows: what fits the columns is scrolled.
    last.unwrap_or_else(|| (FORMS.len() - 1, drawn(FORMS.len() - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dag::{Draft, Node};

    const ROOM: Room = Room { width: 80, height: 20, ascii: false, marks: true };

    fn node(name: &str) -> Draft {
        Draft::from(Node::new(name, name))
    }

    fn fan(width: usize) -> Dag {
        let shards = (0..width).map(|n| Draft::from(Node::new(format!("shard{n}"), "shard")));
        let fan = shards.reduce(Draft::beside).unwrap();
        node("split").then(fan).then(node("join")).build().unwrap()
    }

    #[test]
    fn a_graph_takes_the_roomiest_form_that_fits() {
        let form = |width, height| Graph::new(fan(width), Room { height, ..ROOM }).form();
        assert_eq!([form(3, 20), form(10, 20), form(40, 20)], ["boxes", "lines", "boxes, siblings folded"]);
        let narrow = Graph::new(fan(3), Room { width: 12, ..ROOM });
        assert_eq!(narrow.form(), "list");
    }

    #[test]
    fn what_leads_to_the_cursor_and_from_it_stands_out() {
        let dag = node("a").then(node("b").beside(node("c"))).then(node("d")).build().unwrap();
        let mut graph = Graph::new(dag, ROOM);
        graph.select(graph.dag().find("b").unwrap());
        let of = |name: &str| graph.relation(graph.picture().place_of(graph.dag().find(name).unwrap()).unwrap());
        assert_eq!(
            ["a", "b", "c", "d"].map(of),
            [Relation::Ancestor, Relation::Same, Relation::None, Relation::Descendant]
        );
    }

    #[test]
    fn the_cursor_walks_along_edges_and_through_columns() {
        let dag = node("a").then(node("b").beside(node("c"))).then(node("d")).build().unwrap();
        let mut graph = Graph::new(dag, ROOM);
        let mut names = Vec::new();
        let walk = [Action::Right, Action::RowDown, Action::Right, Action::Left, Action::Top, Action::Bottom];
        for action in walk {
            assert!(graph.on_action(action));
            names.push(graph.dag().nodes()[graph.nodes()[0]].name.clone());
        }
        assert_eq!(names, ["b", "c", "d", "c", "a", "d"]);
        assert!(!graph.on_action(Action::Open));
    }

    #[test]
    fn the_cursor_stays_in_sight_and_on_its_node_in_every_form() {
        let mut graph = Graph::new(fan(60), Room { height: 5, ..ROOM });
        for action in [Action::ZoomIn, Action::ZoomOut, Action::ZoomFit].repeat(4) {
            graph.on_action(action);
            graph.on_action(Action::Bottom);
            graph.settle();
            let place = &graph.picture().places()[graph.at()];
            assert!(place.y >= graph.top() && place.y < graph.top() + 5, "{action:?}");
        }
    }
}
