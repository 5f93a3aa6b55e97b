//! What `tui --help` teaches.

/// `hyrex tui --help`.
pub(crate) const TUI: &str = "\
Examples:
  hyrex tui --url postgres://user@host/database --read-only
  hyrex tui --once tasks --filter 'queue:mail' --size 80x24
  hyrex tui --once 'tasks failed' --color 256

In it: ? shows the keys, : takes a command, / filters, q leaves. It reads what is visible, every two seconds by \
default, and waits for a database that is away.";
