//! Reads the edges back from a picture's characters, as somebody who looks at it would.

use super::*;
use std::collections::{BTreeSet, HashSet};

const N: (isize, isize) = (0, -1);
const E: (isize, isize) = (1, 0);
const S: (isize, isize) = (0, 1);
const W: (isize, isize) = (-1, 0);

/// Where a character of a line leads.
fn leads(char: char) -> &'static [(isize, isize)] {
    match char {
        '│' => &[N, S],
        '─' => &[E, W],
        '╰' => &[N, E],
        '╭' => &[S, E],
        '├' => &[N, S, E],
        '╯' => &[N, W],
        '┴' => &[N, E, W],
        '╮' => &[S, W],
        '┤' => &[N, S, W],
        '┬' => &[S, E, W],
        '┼' => &[N, E, S, W],
        // Lines that come from above or below go on along the row, and the row's own line goes on.
        '▾' => &[N, E, W],
        '▴' => &[S, E, W],
        '►' => &[W],
        _ => &[],
    }
}

/// A picture's characters, and whether a line is theirs.
pub(super) struct Reader {
    rows: Vec<Vec<(char, bool)>>,
}

impl Reader {
    pub fn new(grid: &Grid) -> Self {
        let char = |cell: &Cell| match &cell.glyph {
            Glyph::Char(char) => (*char, matches!(cell.role, Role::Wire(_))),
            _ => ('"', false),
        };
        Self { rows: grid.rows().map(|row| row.iter().map(char).collect()).collect() }
    }

    fn at(&self, (x, y): (isize, isize)) -> Option<char> {
        let row = self.rows.get(usize::try_from(y).ok()?)?;
        row.get(usize::try_from(x).ok()?).filter(|(_, wire)| *wire).map(|(char, _)| *char)
    }

    /// The places that lines lead to from a place: none, where no line begins; `Err`: a line that ends nowhere.
    pub fn followers(&self, places: &[Place], from: &Place) -> Result<BTreeSet<usize>, String> {
        let row = |place: &Place| (place.y + place.h / 2) as isize;
        let mut ends = BTreeSet::new();
        let mut seen = HashSet::new();
        let begin = ((from.x + from.w) as isize, row(from));
        let mut ahead: Vec<_> = self.at(begin).map(|_| (begin.0, begin.1, E)).into_iter().collect();
        while let Some((x, y, way)) = ahead.pop() {
            if !seen.insert((x, y, way)) {
                continue;
            }
            let back = (-way.0, -way.1);
            let char = self.at((x, y)).ok_or(format!("the line from {} ends before {x} {y}", from.name))?;
            let crossed = char == '│' && way == E;
            if !crossed && !leads(char).contains(&back) {
                return Err(format!("the line from {} is broken at {x} {y}: {char}", from.name));
            }
            if char == '►' {
                let place = places.iter().position(|place| place.x as isize == x + 1 && row(place) == y);
                ends.insert(place.ok_or(format!("an arrow at {x} {y} leads to no place"))?);
            }
            let ways = if crossed { &[E] } else { leads(char) };
            // Nobody goes back, or against an arrow.
            let pointed = |next: &(isize, isize)| matches!(char, '▾' | '▴') && (*next == N || *next == S);
            let on = ways.iter().filter(|next| **next != back && **next != W && !pointed(next));
            ahead.extend(on.map(|next| (x + next.0, y + next.1, *next)));
        }
        Ok(ends)
    }
}
