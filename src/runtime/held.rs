//! The attempts that this worker holds, and which of those that the database says it holds are strangers.

use super::attempt::Attempt;
use crate::model::{AttemptId, Fence};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Where an attempt stands with this worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Claimed, and not begun.
    Ready,
    /// Its function runs.
    Running,
    /// Its completion waits, or is on its way.
    Settling,
}

/// An attempt that is held.
pub(crate) struct Holding {
    /// The attempt.
    pub attempt: Arc<Attempt>,
    /// Where it stands.
    pub stage: Stage,
    /// How long it ran, once it is over.
    pub ran: Duration,
    /// Its arguments, kept where an `on_error` function may ask for them.
    pub args: Option<String>,
}

impl Holding {
    fn is(&self, fence: Fence) -> bool {
        self.attempt.claimed.fence == fence
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Held {
    attempts: HashMap<AttemptId, Holding>,
    running: usize,
    /// Claims that the database knows and this worker does not, and how many turns had begun when each was first seen.
    strangers: HashMap<Fence, u64>,
    /// Of these, those that are being given back.
    returning: HashSet<Fence>,
}

impl Held {
    /// A claimed attempt; `args` are kept for its `on_error` function.
    pub fn claimed(&mut self, attempt: Arc<Attempt>, args: Option<String>) {
        let holding = Holding { attempt, stage: Stage::Ready, ran: Duration::ZERO, args };
        self.attempts.insert(holding.attempt.id(), holding);
    }

    /// Its function runs now.
    pub fn begins(&mut self, id: AttemptId) {
        if let Some(holding) = self.attempts.get_mut(&id) {
            holding.stage = Stage::Running;
            self.running += 1;
        }
    }

    /// It is to be settled; `None` when that was decided before, or when this worker holds a later claim of it.
    pub fn settling(&mut self, fence: Fence, ran: Duration) -> Option<&Arc<Attempt>> {
        let holding = self.attempts.get_mut(&fence.attempt).filter(|holding| holding.is(fence))?;
        if holding.stage == Stage::Settling {
            return None;
        }
        self.running -= usize::from(holding.stage == Stage::Running);
        (holding.stage, holding.ran) = (Stage::Settling, ran);
        Some(&holding.attempt)
    }

    /// This claim is settled, or not ours any more; a later one of the same attempt stays.
    pub fn remove(&mut self, fence: Fence) -> Option<Holding> {
        self.returning.remove(&fence);
        self.attempts.get(&fence.attempt).filter(|holding| holding.is(fence))?;
        let holding = self.attempts.remove(&fence.attempt)?;
        self.running -= usize::from(holding.stage == Stage::Running);
        Some(holding)
    }

    /// The attempt, if it is held.
    pub fn get(&self, id: AttemptId) -> Option<&Holding> {
        self.attempts.get(&id)
    }

    /// Those whose function runs.
    pub fn running(&self) -> impl Iterator<Item = &Arc<Attempt>> {
        let running = self.attempts.values().filter(|holding| holding.stage == Stage::Running);
        running.map(|holding| &holding.attempt)
    }

    /// How many run.
    pub fn running_count(&self) -> usize {
        self.running
    }

    /// How many are held.
    pub fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Compares with what the database says; what must be given back, because the answer to its claim was lost.
    ///
    /// A claim that is unknown here may also be one whose answer is on its way. So only that is given back which was
    /// unknown at the beat before as well, and which no turn that is still under way can have claimed: `oldest_turn`
    /// is the first of these, `turns` is how many have begun.
    pub fn reconcile(&mut self, database: &[Fence], turns: u64, oldest_turn: Option<u64>) -> Vec<Fence> {
        let mut known = std::mem::take(&mut self.strangers);
        let mut lost = Vec::new();
        for fence in database {
            let ours = self.attempts.get(&fence.attempt).is_some_and(|held| held.is(*fence));
            match known.remove(fence) {
                _ if ours || self.returning.contains(fence) => {}
                Some(seen) if oldest_turn.is_none_or(|oldest| oldest > seen) => lost.push(*fence),
                seen => drop(self.strangers.insert(*fence, seen.unwrap_or(turns))),
            }
        }
        self.returning.extend(&lost);
        lost
    }

    /// Attempts among these that are held, each once.
    pub fn pick(&self, ids: Vec<AttemptId>) -> Vec<Arc<Attempt>> {
        let ids: HashSet<AttemptId> = ids.into_iter().collect();
        ids.iter().filter_map(|id| self.attempts.get(id)).map(|holding| holding.attempt.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimedRun, ExecutorId};
    use crate::runtime::test_runs::claimed_run;

    fn fence() -> Fence {
        Fence { attempt: AttemptId::new(), executor: ExecutorId::new(), claim: 1 }
    }

    fn claimed(fence: Fence) -> ClaimedRun {
        claimed_run(fence, "default", "t")
    }

    #[test]
    fn a_claim_whose_answer_was_lost_is_given_back_at_the_second_beat() {
        let (mut held, lost) = (Held::default(), fence());
        assert!(held.reconcile(&[lost], 4, None).is_empty());
        assert_eq!(held.reconcile(&[lost], 5, None), [lost]);
    }

    #[test]
    fn what_is_given_back_is_not_given_back_twice() {
        let (mut held, lost) = (Held::default(), fence());
        held.reconcile(&[lost], 1, None);
        assert_eq!(held.reconcile(&[lost], 1, None), [lost]);
        assert!(held.reconcile(&[lost], 1, None).is_empty() && held.reconcile(&[lost], 1, None).is_empty());
        held.remove(lost);
        held.reconcile(&[lost], 2, None);
        assert_eq!(held.reconcile(&[lost], 2, None), [lost], "that it was given back did not come about");
    }

    #[test]
    fn the_end_of_a_claim_says_nothing_of_a_later_one() {
        let (mut held, first) = (Held::default(), fence());
        let second = Fence { claim: 2, ..first };
        held.claimed(Attempt::new(claimed(second), Arc::default()), None);
        assert!(held.settling(first, Duration::ZERO).is_none() && held.remove(first).is_none());
        assert!(held.settling(second, Duration::ZERO).is_some() && held.remove(second).is_some());
    }

    #[test]
    fn a_claim_that_a_turn_under_way_may_have_made_is_not_given_back() {
        let (mut held, coming) = (Held::default(), fence());
        assert!(held.reconcile(&[coming], 4, Some(4)).is_empty());
        assert!(held.reconcile(&[coming], 4, Some(4)).is_empty(), "turn 4 may have claimed it");
        assert_eq!(held.reconcile(&[coming], 9, Some(7)), [coming], "turn 7 began after it was seen");
    }

    #[test]
    fn a_stranger_that_was_gone_in_between_is_new() {
        let (mut held, lost) = (Held::default(), fence());
        held.reconcile(&[lost], 1, None);
        held.reconcile(&[], 2, None);
        assert!(held.reconcile(&[lost], 3, None).is_empty());
    }
}
