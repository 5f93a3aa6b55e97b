//! What follows from the ends of attempts, in the transaction that ends them: what they sent is cancelled where that was
//! asked for, and the workflow runs that they are nodes of go on.

use super::operation::Tx;
use super::{cancel, workflow};
use crate::store::Result;

/// Does all that follows from what ended so far, until nothing more does.
pub(super) fn follow(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    while !(tx.roots.is_empty() && tx.nodes.is_empty()) {
        // First: what ended did so before anything was cancelled for it.
        workflow::advance(tx, now)?;
        for run in std::mem::take(&mut tx.roots) {
            cancel::descendants(tx, vec![run], now)?;
        }
    }
    Ok(())
}
