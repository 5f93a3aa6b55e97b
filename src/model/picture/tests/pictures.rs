//! Pictures as they are to look.

use super::*;
use TaskStatus::*;

#[test]
fn a_chain() {
    let boxes = "
╭───╮   ╭───╮   ╭───╮
│ a ├──►│ b ├──►│ c │
╰───╯   ╰───╯   ╰───╯
";
    looks(chains(&["a b c"]), &bare(80, Style::Auto), &[], boxes);
    let tight = "
╭───╮  ╭───╮  ╭───╮
│ a ├─►│ b ├─►│ c │
╰───╯  ╰───╯  ╰───╯
";
    looks(chains(&["a b c"]), &bare(20, Style::Auto), &[], tight);
    looks(chains(&["a b c"]), &bare(18, Style::Auto), &[], "\na ──► b ──► c\n");
}

#[test]
fn a_diamond() {
    let boxes = "
         ╭───╮
╭───╮ ╭─►│ b ├─╮
│ a ├─┤  ╰───╯ │  ╭───╮
╰───╯ │  ╭───╮ ├─►│ d │
      ╰─►│ c ├─╯  ╰───╯
         ╰───╯
";
    looks(chains(&["a b d", "a c d"]), &bare(80, Style::Auto), &[], boxes);
}

#[test]
fn one_to_many_and_back() {
    let lines = "
   ╭─► b1 ─╮
a ─┼─► b2 ─┤
   ├─► b3 ─┼─► c
   ╰─► b4 ─╯
";
    looks(chains(&["a b1 c", "a b2 c", "a b3 c", "a b4 c"]), &bare(80, Style::Lines), &[], lines);
}

#[test]
fn several_to_several_share_a_bus() {
    let boxes = "
╭───╮    ╭───╮
│ a ├─┬─►│ d │
╰───╯ │  ╰───╯
╭───╮ │  ╭───╮
│ b ├─┼─►│ e │
╰───╯ │  ╰───╯
╭───╮ │  ╭───╮
│ c ├─┴─►│ f │
╰───╯    ╰───╯
";
    let group = |names: &str| chains(&names.split(' ').collect::<Vec<_>>());
    looks(group("a b c").then(group("d e f")), &bare(80, Style::Boxes), &[], boxes);
}

#[test]
fn chains_that_share_nodes_and_an_edge_over_several_layers() {
    let boxes = "
                                                       ╭──────────────────────╮
                                                    ╭─►│ ▸ enrich_geo 12s     ├─╮
                                                    │  ╰──────────────────────╯ │
╭─────────────────────────╮   ╭───────────────────╮ │  ╭──────────────────────╮ │
│ ✓ extract_orders 2.1s   ├──►│ ✓ validate 0.3s   ├─┼─►│ ✗ score_fraud 3/3    ├─┤    ╭───────────────╮   ╭──────────────────╮
╰─────────────────────────╯   ╰───────────────────╯ │  ╰──────────────────────╯ ├───►│ ⋯ join        ├──►│ ⋯ load_dw        ├─╮
╭─────────────────────────╮   ╭───────────────────╮ ╰───────────────────────────│─╮  ╰───────────────╯   ╰──────────────────╯ │  ╭─────────────────╮
│ ✓ extract_users 1.4s    ├──►│ ✓ dedupe 5.0s     ├─────────────────────────────╯ ╰───────────────────────────────────────────┴─►│ ⋯ notify        │
╰─────────────────────────╯   ╰───────────────────╯                                                                              ╰─────────────────╯
";
    looks(orders(), &Options { width: 150, ..Options::default() }, &standing(), boxes);
}

#[test]
fn what_is_narrow_goes_without_boxes_and_then_without_notes() {
    let lines = "
                                               ╭─► ▸ enrich_geo 12s ───────╮
✓ extract_orders 2.1s ────► ✓ validate 0.3s ───┼─► ✗ score_fraud 3/3 ──────┤
                                               ╰─────────────────────────╮ ├───► ⋯ join ─────────► ⋯ load_dw ────────╮
✓ extract_users 1.4s ─────► ✓ dedupe 5.0s ───────────────────────────────│─╯ ╭───────────────────────────────────────┴─► ⋯ notify
                                                                         ╰───╯
";
    looks(orders(), &Options { width: 140, ..Options::default() }, &standing(), lines);
    let tight = "
                                ╭► ▸ enrich_geo ───╮
✓ extract_orders ─► ✓ validate ─┼► ✗ score_fraud ──┤
                                ╰─────────────────╮├─► ⋯ join ─► ⋯ load_dw ─╮
✓ extract_users ──► ✓ dedupe ─────────────────────│╯╭───────────────────────┴► ⋯ notify
                                                  ╰─╯
";
    looks(orders(), &Options { width: 90, ..Options::default() }, &standing(), tight);
}

#[test]
fn ascii() {
    let lines = "
                                               +-> > enrich_geo 12s -------+
+ extract_orders 2.1s ----> + validate 0.3s ---+-> x score_fraud 3/3 ------+
                                               +-------------------------+ +---> . join ---------> . load_dw --------+
+ extract_users 1.4s -----> + dedupe 5.0s -------------------------------|-+ +---------------------------------------+-> . notify
                                                                         +---+
";
    looks(orders(), &Options { width: 140, ascii: true, ..Options::default() }, &standing(), lines);
    let boxes = "
         +---+
+---+ +->| b +-+
| a +-+  +---+ |  +---+
+---+ |  +---+ +->| d |
      +->| c +-+  +---+
         +---+
-- finally ------------
+---+
| e |
+---+
";
    let draft = chains(&["a b d", "a c d"]).finally(node("e"));
    looks(draft, &Options { ascii: true, ..bare(80, Style::Boxes) }, &[], boxes);
}

#[test]
fn fifty_siblings_are_one() {
    let status = |node| match node {
        0..=30 => Success,
        31 => Failed,
        32..=36 => Running,
        _ => AwaitDeps,
    };
    let marks: Vec<_> = (0..52).map(|node| Some(Mark { status: status(node), note: "3s".into() })).collect();
    let boxes = "
╭────────────────╮   ╭───────────────────────────────╮   ╭────────────────╮
│ ✓ split 3s     ├──►│ ✗ shard-* ×50 1✗ 5▸ 14⋯ 30✓   ├──►│ ⋯ merge 3s     │
╰────────────────╯   ╰───────────────────────────────╯   ╰────────────────╯
";
    looks(node("split").then(shards(50)).then(node("merge")), &Options::default(), &marks, boxes);
}

#[test]
fn below_the_rule_stands_what_runs_at_last() {
    let lines = "
a ─┬─► b1 ──► c1 ─╮
   ╰─► b2 ──► c2 ─┴─► d
── finally ────────────
clean ─┬─► report
       ╰─► mail
";
    let draft = node("a").then(chains(&["b1 c1", "b2 c2"])).then(node("d"));
    let last = chains(&["clean report", "clean mail"]);
    looks(draft.finally(last), &bare(80, Style::Lines), &[], lines);
}

/// Neither from `a` to `b`, nor from `b` to `c`.
#[test]
fn what_could_be_taken_for_a_branch_has_an_arrow() {
    let boxes = "
╭───╮    ╭───╮
│ a ├─┬─►│ c │
╰───╯ │  ╰───╯
╭───╮ │  ╭───╮
│ b ├─▾─►│ d │
╰───╯    ╰───╯
";
    looks(chains(&["a c", "a d", "b d"]), &bare(80, Style::Boxes), &[], boxes);
}

/// On their rows `b` begins and `c` ends, `a` begins and `e` ends, and each line would have to be left of the other.
#[test]
fn lines_that_stand_in_each_others_way_take_a_dogleg() {
    let lines = "
a ───┬─╮ ╭───► e
b ─┬─│─┴─│───► c
   │ │   ├─▴─► d
   ╰─│───│─╯
     ╰───╯
";
    looks(chains(&["a c", "a d", "b c", "b d", "a e"]), &bare(80, Style::Lines), &[], lines);
}
