//! Nets: which of them may meet in a cell, and where they do not.

use super::random::{crowded, dag, options, wanted};
use super::*;
use crate::model::picture::line::{E, N, S, W};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The nets of each cell, those along its row and those upright.
fn met(wires: &Wires) -> BTreeMap<(usize, usize), [Vec<usize>; 2]> {
    let mut cells = BTreeMap::<_, [Vec<usize>; 2]>::new();
    for run in &wires.across {
        (run.from..=run.to).for_each(|x| cells.entry((x, run.at)).or_default()[0].push(run.net));
    }
    for run in &wires.upright {
        (run.from..=run.to).for_each(|y| cells.entry((run.at, y)).or_default()[1].push(run.net));
    }
    cells
}

/// Whether some edge of the one begins or ends where one of the other does.
fn share(one: &Net, other: &Net) -> bool {
    one.from.iter().any(|place| other.from.contains(place)) || one.to.iter().any(|place| other.to.contains(place))
}

fn meet_only_where_they_may(picture: &Picture) -> Result<(), TestCaseError> {
    let Form::Drawn { wires, .. } = &picture.form else { return Ok(()) };
    let nets = picture.nets();
    let joined = |nets: &[Net], numbers: &[usize]| {
        numbers.iter().all(|one| numbers.iter().all(|other| share(&nets[*one], &nets[*other])))
    };
    let grid = picture.draw(0..picture.height(), &[]);
    let lines: BTreeMap<_, _> = wires.lines(&grid).into_iter().map(|(x, y, cell)| ((x, y), cell)).collect();
    for (cell, [across, upright]) in met(wires) {
        prop_assert!(joined(nets, &across) && upright.len() <= 1, "{:?}:\n{}", cell, grid.to_text());
        if across.is_empty() || upright.is_empty() {
            continue;
        }
        let crossing = lines[&cell].across == E | W && lines[&cell].upright == N | S;
        match wires.joints.contains(&cell) {
            true => prop_assert!(joined(nets, &[across, upright].concat()), "{:?}:\n{}", cell, grid.to_text()),
            false => prop_assert!(crossing, "{:?}:\n{}", cell, grid.to_text()),
        }
    }
    Ok(())
}

/// Every edge is one of some net's, and every net's edges are edges.
fn stand_for_the_edges(dag: &Dag, picture: &Picture) {
    let place = |node: usize| picture.place_of(node).unwrap();
    for (from, to) in dag.edges().map(|(from, to)| (place(from), place(to))) {
        assert!(picture.nets().iter().any(|net| net.from == [from] && net.to.contains(&to)));
        assert!(picture.nets().iter().any(|net| net.to == [to] && net.from.contains(&from)));
    }
    let edges: Vec<_> = dag.edges().map(|(from, to)| (place(from), place(to))).collect();
    for net in picture.nets() {
        assert!(net.from.iter().all(|from| net.to.iter().all(|to| edges.contains(&(*from, *to)))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nets_meet_only_at_crossings_and_joins(wanted in wanted(), options in options()) {
        let dag = dag(&wanted);
        let picture = Picture::new(&dag, &options, str::to_owned);
        meet_only_where_they_may(&picture)?;
        stand_for_the_edges(&dag, &picture);
    }

    #[test]
    fn nets_meet_only_at_crossings_and_joins_where_it_is_crowded(dag in crowded(), tight in any::<bool>()) {
        let mut options = Options { fold: 0, ..bare(MAX_WIDTH, Style::Lines) };
        let roomy = Picture::new(&dag, &options, str::to_owned);
        options.width = if tight { roomy.width() - 1 } else { MAX_WIDTH };
        meet_only_where_they_may(&Picture::new(&dag, &options, str::to_owned))?;
    }
}
