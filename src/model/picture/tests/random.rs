//! What holds of every picture, of graphs at random.

use super::reader::Reader;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// A graph as it could be: names, tasks, edges from the lower number to the higher, and how many are `finally` nodes.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    names: Vec<String>,
    tasks: Vec<u8>,
    edges: Vec<(usize, usize)>,
    finally: usize,
}

pub(super) fn wanted() -> impl Strategy<Value = Wanted> {
    let name = prop_oneof![4 => "[a-z_]{1,12}", 1 => "[a-z]{20,60}", 1 => "[発注書é👩]{1,8}", 1 => "e\u{301}[a-c\u{301}]{1,6}"];
    (1..31usize, 0..4usize).prop_flat_map(move |(nodes, density)| {
        let names = prop::collection::vec(name.clone(), nodes);
        let edges = prop::collection::vec((0..nodes, 0..nodes), 0..=nodes * density);
        (names, prop::collection::vec(0..3u8, nodes), edges, 0..=nodes / 3)
            .prop_map(|(names, tasks, edges, finally)| Wanted { names, tasks, edges, finally })
    })
}

pub(super) fn dag(wanted: &Wanted) -> Dag {
    let many = wanted.names.len();
    let node = |number: usize| {
        let task = format!("task{}", wanted.tasks[number]);
        Draft::from(Node::new(format!("{}{number}", wanted.names[number]), task))
    };
    let last = many - wanted.finally;
    let edges =
        wanted.edges.iter().map(|(a, b)| (*a.min(b), *a.max(b))).filter(|(a, b)| a < b && (*a < last) == (*b < last));
    let whole = |part: std::ops::Range<usize>| {
        let nodes = part.clone().map(node).fold(Draft::new(), Draft::beside);
        let bound = edges.clone().filter(|(a, _)| part.contains(a)).map(|(a, b)| node(a).then(node(b)));
        bound.fold(nodes, Draft::beside)
    };
    whole(0..last).finally(whole(last..many)).build().unwrap()
}

pub(super) fn options() -> impl Strategy<Value = Options> {
    let style = prop_oneof![Just(Style::Auto), Just(Style::Boxes), Just(Style::Lines), Just(Style::List)];
    (1..=200usize, style, 0..6usize, any::<bool>(), 0..10usize, any::<bool>()).prop_map(
        |(width, style, fold, symbols, note, wide)| {
            let width = if wide { MAX_WIDTH } else { width };
            Options { width, style, ascii: false, fold, symbols, note }
        },
    )
}

fn marks() -> impl Strategy<Value = Vec<Option<Mark>>> {
    let mark = (prop::sample::select(TaskStatus::ALL.to_vec()), "[a-z0-9発 ]{0,12}");
    prop::collection::vec(prop::option::of(mark.prop_map(|(status, note)| Mark { status, note })), 0..32)
}

/// The edges between places, as the graph has them.
fn expected(dag: &Dag, picture: &Picture, place: &Place) -> BTreeSet<usize> {
    let after = place.nodes.iter().flat_map(|node| dag.successors(*node));
    after.map(|node| picture.place_of(*node).unwrap()).collect()
}

fn overlap(one: &Place, other: &Place) -> bool {
    let apart = |a: usize, long: usize, b: usize, other: usize| a + long <= b || b + other <= a;
    !(apart(one.x, one.w, other.x, other.w) || apart(one.y, one.h, other.y, other.h))
}

fn holds(dag: &Dag, options: &Options, marks: &[Option<Mark>]) -> Result<(), TestCaseError> {
    let picture = Picture::new(dag, options, str::to_owned);
    let grid = picture.draw(0..usize::MAX, marks);
    let text = grid.to_text();
    prop_assert!(
        picture.width() <= options.width && text.lines().all(|line| line.width() <= options.width),
        "\n{}",
        text
    );
    prop_assert_eq!(grid.rows().count(), picture.height());
    let places = picture.places();
    let mut nodes: Vec<usize> = places.iter().flat_map(|place| place.nodes.clone()).collect();
    nodes.sort_unstable();
    prop_assert_eq!(nodes, (0..dag.nodes().len()).collect::<Vec<_>>());
    for (number, place) in places.iter().enumerate() {
        prop_assert!(place.x + place.w <= picture.width() && place.y + place.h <= picture.height());
        prop_assert!(places[..number].iter().all(|other| !overlap(place, other)), "\n{}", text);
        named(&grid, number, place, &text)?;
        if picture.style() != Style::List {
            let read = Reader::new(&grid).followers(places, place);
            prop_assert_eq!(read, Ok(expected(dag, &picture, place)), "{}:\n{}", &place.name, text);
        }
    }
    Ok(())
}

/// The name of a place, as far as it is not cut, stands in its cells.
fn named(grid: &Grid, number: usize, place: &Place, text: &str) -> Result<(), TestCaseError> {
    let mut name = String::new();
    for cell in grid.rows().flatten().filter(|cell| cell.role == Role::Name(number)) {
        match &cell.glyph {
            Glyph::Char(char) => name.push(*char),
            Glyph::Cluster(chars) => name.push_str(chars),
            Glyph::Rest => {}
        }
    }
    let begun = name.split('…').next().unwrap();
    prop_assert!(!name.is_empty() && place.name.starts_with(begun), "{} {}\n{}", name, place.name, text);
    prop_assert!(name == place.name || name.contains('…'), "{} {}\n{}", name, place.name, text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_picture_says_what_the_graph_says(wanted in wanted(), options in options(), marks in marks()) {
        holds(&dag(&wanted), &options, &marks)?;
    }

    #[test]
    fn nothing_moves_when_states_change(wanted in wanted(), options in options(), one in marks(), other in marks()) {
        let dag = dag(&wanted);
        let picture = Picture::new(&dag, &options, str::to_owned);
        let grids = [one, other].map(|marks| picture.draw(0..picture.height(), &marks));
        let within = |x, y| picture.places().iter().any(|p| (p.x..p.x + p.w).contains(&x) && (p.y..p.y + p.h).contains(&y));
        for (y, (one, other)) in grids[0].rows().zip(grids[1].rows()).enumerate() {
            prop_assert_eq!(one.len(), other.len());
            prop_assert!((0..one.len()).all(|x| one[x] == other[x] || within(x, y)));
        }
    }

    #[test]
    fn some_rows_are_a_part_of_all(wanted in wanted(), options in options(), from in 0..40usize, many in 0..40usize) {
        let picture = Picture::new(&dag(&wanted), &options, str::to_owned);
        let all = picture.draw(0..usize::MAX, &[]);
        let some = picture.draw(from..from + many, &[]);
        prop_assert!(some.rows().eq(all.rows().skip(from).take(many)));
    }

    #[test]
    fn ascii_stands_where_the_other_characters_do(wanted in wanted(), mut options in options()) {
        let dag = dag(&wanted);
        let drawn = Picture::new(&dag, &options, str::to_owned);
        options.ascii = true;
        let plain = Picture::new(&dag, &options, str::to_owned);
        prop_assert_eq!(drawn.places().len(), plain.places().len());
        for (cell, other) in plain.draw(0..usize::MAX, &[]).rows().flatten().zip(drawn.draw(0..usize::MAX, &[]).rows().flatten()) {
            prop_assert_eq!(cell.role, other.role);
            let own = matches!(cell.role, Role::Wire(_) | Role::Frame(_) | Role::Rule | Role::Blank);
            prop_assert!(!own || matches!(cell.glyph, Glyph::Char(char) if char.is_ascii()));
        }
    }
}

/// Edges between two rows of nodes, so that lines stand in each other's way.
pub(super) fn crowded() -> impl Strategy<Value = Dag> {
    (2..8usize, 2..8usize)
        .prop_flat_map(|(left, right)| prop::collection::vec((0..left, 0..right), 1..=left * right / 2 + 2))
        .prop_map(|edges| {
            let bound = edges.iter().map(|(a, b)| node(&format!("a{a}")).then(node(&format!("b{b}"))));
            bound.fold(Draft::new(), Draft::beside).build().unwrap()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crowded_lines_say_what_the_graph_says(dag in crowded(), boxes in any::<bool>()) {
        let style = if boxes { Style::Boxes } else { Style::Lines };
        let options = Options { width: MAX_WIDTH, style, fold: 0, ..Options::default() };
        holds(&dag, &options, &[])?;
    }
}
