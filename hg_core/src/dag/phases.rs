// SPDX-License-Identifier: GPL-2.0-or-later
//! Phases of all revisions, from the roots of each phase.

use super::{real_parents, Graph, Revision, RevisionSet};
use crate::dag::GraphError;

/// The phases that are tracked, lowest first: draft, secret, archived,
/// internal. Whatever is in none of them is public.
pub const TRACKED_PHASES: [u8; 4] = [1, 2, 32, 96];

/// The revisions below `end` in each of [`TRACKED_PHASES`], in its order. A
/// revision has the highest phase among its own root's and its parents'.
pub fn phase_sets(
    graph: &impl Graph,
    end: Revision,
    roots: &[RevisionSet; 4],
) -> Result<[RevisionSet; 4], GraphError> {
    let mut sets = <[RevisionSet; 4]>::default();
    let lowest = roots.iter().filter_map(|set| set.iter().next()).min();
    let Some(lowest) = lowest else {
        return Ok(sets);
    };
    let phase_in = |sets: &[RevisionSet; 4], rev| sets.iter().rposition(|set| set.contains(rev));
    for rev in lowest.until(end) {
        let mut phase = phase_in(roots, rev);
        for parent in real_parents(graph, rev)? {
            phase = phase.max(phase_in(&sets, parent));
        }
        if let Some(set) = phase.and_then(|phase| sets.get_mut(phase)) {
            set.insert(rev);
        }
    }
    Ok(sets)
}
