//! The picture of a graph on a screen: as wide as that, in its colours, nothing hostile in it.

use crate::cli::clean;
use crate::cli::style::Style;
use crate::cli::world::Screen;
use crate::model::TaskStatus;
use crate::model::dag::Dag;
use crate::model::picture::{Cell, Glyph, Grid, Mark, Options, Picture, Role};

/// Columns where nobody says how many there are: into a pipe or a file.
const COLUMNS: usize = 120;
/// Rows that are drawn at a time.
const ROWS: usize = 500;

/// How a graph is drawn.
#[derive(Clone, Copy)]
pub(super) struct Drawing {
    /// Where it goes to.
    pub screen: Screen,
    /// With `-`, `|` and `+`.
    pub ascii: bool,
    /// Every node for itself: siblings are not folded.
    pub full: bool,
}

impl Drawing {
    /// The graph with the marks of its nodes (`None` each: a definition), each line ended.
    pub(super) fn draw(self, dag: &Dag, marks: &[Option<Mark>]) -> String {
        let defaults = Options::default();
        let options = Options {
            width: self.screen.width.unwrap_or(COLUMNS),
            ascii: self.ascii,
            fold: if self.full { 0 } else { defaults.fold },
            symbols: !marks.is_empty(),
            note: if marks.is_empty() { 0 } else { defaults.note },
            ..defaults
        };
        let picture = Picture::new(dag, &options, |name| clean::line(name).into_owned());
        let styles: Vec<Style> = picture.places().iter().map(|place| style(&place.nodes, marks)).collect();
        let starts = (0..picture.height()).step_by(ROWS);
        starts.map(|from| self.painted(&picture.draw(from..from + ROWS, marks), &styles)).collect()
    }

    fn painted(self, grid: &Grid, styles: &[Style]) -> String {
        if !self.screen.colours {
            return grid.to_text();
        }
        grid.rows().map(|row| painted_row(row, styles) + "\n").collect()
    }
}

/// A row, each run of cells of one style painted at once.
fn painted_row(row: &[Cell], styles: &[Style]) -> String {
    let end = row.iter().rposition(|cell| cell.glyph != Glyph::Char(' ')).map_or(0, |last| last + 1);
    let (mut painted, mut run, mut now) = (String::new(), String::new(), Style::Plain);
    for cell in &row[..end] {
        let style = of_role(cell.role, styles);
        if style != now {
            painted.push_str(&now.paint(&std::mem::take(&mut run), true));
            now = style;
        }
        match &cell.glyph {
            Glyph::Char(char) => run.push(*char),
            Glyph::Cluster(chars) => run.push_str(chars),
            Glyph::Rest => {}
        }
    }
    painted + &now.paint(&run, true)
}

fn of_role(role: Role, styles: &[Style]) -> Style {
    match role {
        Role::Frame(place) | Role::Symbol(place) | Role::Note(place) => {
            styles.get(place).copied().unwrap_or(Style::Plain)
        }
        Role::Name(_) | Role::Blank => Style::Plain,
        Role::After(_) | Role::Wire(_) | Role::Rule => Style::Dim,
    }
}

/// The style of a place: of folded siblings that of those that ask for a look, else of those under way.
fn style(nodes: &[usize], marks: &[Option<Mark>]) -> Style {
    let statuses = || nodes.iter().filter_map(|node| marks.get(*node)?.as_ref()).map(|mark| mark.status);
    let any = |wanted: Style| statuses().find(|status| Style::of_task(*status) == wanted);
    let first = any(Style::Bad).or_else(|| any(Style::Warn)).or_else(|| any(Style::Active));
    let first: Option<TaskStatus> = first.or_else(|| statuses().find(|status| *status != TaskStatus::Success));
    first.or_else(|| statuses().next()).map_or(Style::Plain, Style::of_task)
}
