//! Pictures that were looked at, and what holds of every picture.

mod limits;
mod list;
mod nets;
mod pictures;
mod random;
mod reader;

use super::*;
use crate::model::TaskStatus;
use crate::model::dag::{Draft, Node};

/// A node that bears its task's name.
fn node(name: &str) -> Draft {
    Draft::from(Node::new(name, name))
}

/// Chains like `a b c`, beside each other.
fn chains(written: &[&str]) -> Draft {
    let chain = |names: &&str| names.split(' ').map(node).fold(Draft::new(), Draft::then);
    written.iter().map(chain).fold(Draft::new(), Draft::beside)
}

/// So many nodes of one task, beside each other.
fn shards(many: usize) -> Draft {
    let shard = |number| Draft::from(Node::new(format!("shard-{number}"), "load"));
    (1..=many).map(shard).fold(Draft::new(), Draft::beside)
}

/// What a day's orders go through.
fn orders() -> Draft {
    chains(&[
        "extract_orders validate enrich_geo join load_dw notify",
        "extract_users dedupe join",
        "validate score_fraud join",
        "validate notify",
    ])
}

/// How the nodes of [`orders`] stand, in the order in which they were written.
fn standing() -> Vec<Option<Mark>> {
    use TaskStatus::*;
    let told = [
        (Success, "2.1s"),
        (Success, "0.3s"),
        (Running, "12s"),
        (AwaitDeps, ""),
        (AwaitDeps, ""),
        (AwaitDeps, ""),
        (Success, "1.4s"),
        (Success, "5.0s"),
        (Failed, "3/3"),
    ];
    told.map(|(status, note)| Some(Mark { status, note: note.into() })).into()
}

/// No symbols, no notes.
fn bare(width: usize, style: Style) -> Options {
    Options { width, style, symbols: false, note: 0, ..Options::default() }
}

fn picture(draft: Draft, options: &Options) -> Picture {
    Picture::new(&draft.build().unwrap(), options, str::to_owned)
}

/// Holds a picture against what is written, with a line end before it.
fn looks(draft: Draft, options: &Options, marks: &[Option<Mark>], written: &str) {
    let text = format!("\n{}", picture(draft, options).to_text(marks));
    assert!(text == written, "{text}");
}
