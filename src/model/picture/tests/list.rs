//! The form that fits always.

use super::*;

#[test]
fn a_list_tells_after_which_others_a_node_runs() {
    let list = "
✓ extract_orders 2.1s
✓ extract_users  1.4s
✓ validate       0.3s    after: extract_orders
✓ dedupe         5.0s    after: extract_users
▸ enrich_geo     12s     after: validate
✗ score_fraud    3/3     after: validate
⋯ join                   after: enrich_geo, dedupe, score_fraud
⋯ load_dw                after: join
⋯ notify                 after: validate, load_dw
";
    looks(orders(), &Options::default(), &standing(), list);
}

#[test]
fn a_narrow_list_takes_two_rows() {
    let draft = || chains(&["a_long_name b c", "a_long_name c", "x c"]).finally(node("clean"));
    let list = "
a_long_name
b
  after: a_long_name
x
c
  after: 3 nodes
── finally ─────────
clean
";
    looks(draft(), &bare(20, Style::Auto), &[], list);
    let list = "
a_lo
b
  a~
x
c
  a~
fina
clea
";
    let options = Options { ascii: true, ..bare(4, Style::Auto) };
    looks(draft(), &options, &[], &list.replace("a_lo", "a_l~").replace("clea", "cle~"));
}

#[test]
fn what_does_not_fit_a_row_is_counted() {
    let names: Vec<String> = (1..=9).map(|number| format!("part_{number}")).collect();
    let group = chains(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let options = bare(60, Style::List);
    let text = picture(group.then(node("all")), &options).to_text(&[]);
    assert!(text.ends_with("\nall     after: part_1, part_2, part_3, part_4, part_5, +4\n"), "{text}");
}

#[test]
fn a_name_cannot_break_out_of_its_cells() {
    let text = picture(chains(&["a\x1b[2J\nb c\u{9b}2J"]), &bare(80, Style::Lines)).to_text(&[]);
    assert_eq!(text, "a?[2J?b ──► c?2J\n");
}

#[test]
fn wide_characters_and_accents_take_the_columns_that_they_are_shown_in() {
    let boxes = "
╭──────╮   ╭───╮   ╭────╮
│ 発注 ├──►│ é ├──►│ 👩‍👩‍👧 │
╰──────╯   ╰───╯   ╰────╯
";
    looks(chains(&["発注 e\u{301} 👩‍👩‍👧"]), &bare(80, Style::Auto), &[], &boxes.replace('é', "e\u{301}"));
    looks(chains(&["発注発注発注"]), &bare(8, Style::List), &[], "\n発注発…\n");
}
