//! The characters of lines, by the directions in which they lead.

pub(super) const N: u8 = 1;
pub(super) const E: u8 = 2;
pub(super) const S: u8 = 4;
pub(super) const W: u8 = 8;

/// By the sum of the directions.
const DRAWN: [char; 16] = [' ', '│', '─', '╰', '│', '│', '╭', '├', '─', '╯', '─', '┴', '╮', '┤', '┬', '┼'];
const PLAIN: [char; 16] = [' ', '|', '-', '+', '|', '|', '+', '+', '-', '+', '-', '+', '+', '+', '+', '+'];

/// The character that leads in these directions.
pub(super) fn glyph(directions: u8, ascii: bool) -> char {
    let set = if ascii { PLAIN } else { DRAWN };
    set[usize::from(directions & 15)]
}

/// The end of a line, left of what it leads to.
pub(super) fn arrow(ascii: bool) -> char {
    if ascii { '>' } else { '►' }
}

/// The end of an upright line that joins another.
pub(super) fn pointer(down: bool, ascii: bool) -> char {
    match (down, ascii) {
        (true, false) => '▾',
        (true, true) => 'v',
        (false, false) => '▴',
        (false, true) => '^',
    }
}
