// SPDX-License-Identifier: GPL-2.0-or-later
//! Common ancestors of several revisions.

use std::collections::HashMap;

use super::{real_parents, Graph, Revision, RevisionSet};
use crate::dag::GraphError;
use crate::types::InternalError;

/// How many revisions the functions here take at once: one bit each.
pub const MAX_COMMON: usize = 63;

/// The heads of the common ancestors of `revs`, in descending order. An
/// ancestor includes the revision itself; with a null revision there are none.
///
/// More than [`MAX_COMMON`] distinct revisions are a
/// [`GraphError::TooManyRevisions`].
pub fn common_ancestors_heads(
    graph: &impl Graph,
    revs: &[Revision],
) -> Result<Vec<Revision>, GraphError> {
    let mut starts = RevisionSet::new();
    starts.extend_checked(graph, revs.iter().copied())?;
    let Some(top) = starts.last().filter(|_| !revs.contains(&Revision::NULL)) else {
        return Ok(Vec::new());
    };
    if starts.len() > MAX_COMMON {
        return Err(GraphError::TooManyRevisions(starts.len()));
    }
    // A revision's colour has a bit for each start that it is an ancestor
    // of, and `covered` once it is known to be below a result.
    let covered: u64 = 1 << starts.len();
    let everyone = covered - 1;
    let mut colours = Colours::new(top);
    for (bit, rev) in starts.iter().enumerate() {
        colours.add(rev, 1 << bit)?;
    }
    let mut heads = Vec::new();
    let mut cursor = Revision::MAX;
    // How many revisions below the cursor have a colour and are not covered.
    let mut undecided = starts.len();
    while undecided > 0 {
        let (rev, mut colour) = colours
            .next_below(cursor)
            .ok_or(InternalError::new("common_ancestors: a revision was lost"))?;
        cursor = rev;
        if colour < covered {
            undecided -= 1;
            if colour == everyone {
                heads.push(rev);
                colour |= covered;
            }
        }
        for parent in real_parents(graph, rev)? {
            let before = colours.add(parent, colour)?;
            if before == 0 && colour < covered {
                undecided += 1;
            } else if (1..covered).contains(&before) && colour >= covered {
                undecided -= 1;
            }
        }
    }
    Ok(heads)
}

/// Of the common ancestors' heads, those at the end of the longest way up
/// from the bottom of the graph; ascending. This is what Mercurial merges on
/// when there are several candidates.
pub fn deepest_common_ancestors(
    graph: &impl Graph,
    revs: &[Revision],
) -> Result<Vec<Revision>, GraphError> {
    let heads = common_ancestors_heads(graph, revs)?;
    if heads.len() <= 1 {
        return Ok(heads);
    }
    if heads.len() > MAX_COMMON {
        return Err(GraphError::TooManyRevisions(heads.len()));
    }
    let candidates: RevisionSet = heads.into_iter().collect();
    // For each revision below the candidates: the longest distance to any of
    // them, and which of them it is the distance to.
    let mut farthest: HashMap<Revision, (u32, u64)> = HashMap::new();
    // How many revisions yet to be visited stand for each set of candidates.
    let mut standing: HashMap<u64, usize> = HashMap::new();
    let mut known = RevisionSet::new();
    for (bit, rev) in candidates.iter().enumerate() {
        known.insert(rev);
        farthest.insert(rev, (0, 1 << bit));
        standing.insert(1 << bit, 1);
    }
    let mut cursor = Revision::MAX;
    while standing.len() > 1 {
        let lost = InternalError::new("deepest_common_ancestors: a revision was lost");
        let rev = known.last_below(cursor).ok_or(lost)?;
        cursor = rev;
        let (distance, owners) = farthest.remove(&rev).ok_or(lost)?;
        for parent in real_parents(graph, rev)? {
            known.insert(parent);
            let entry = farthest.entry(parent).or_insert((0, 0));
            let merged = if entry.0 <= distance {
                (distance + 1, owners)
            } else if entry.0 == distance + 1 {
                (entry.0, entry.1 | owners)
            } else {
                continue;
            };
            if entry.1 != merged.1 {
                release(&mut standing, entry.1);
                *standing.entry(merged.1).or_insert(0) += 1;
            }
            *entry = merged;
        }
        release(&mut standing, owners);
    }
    let winners = standing.keys().fold(0, |all, owners| all | owners);
    let chosen = candidates.iter().enumerate();
    Ok(chosen
        .filter(|(bit, _)| winners & (1 << bit) != 0)
        .map(|(_, rev)| rev)
        .collect())
}

fn release(standing: &mut HashMap<u64, usize>, owners: u64) {
    if let Some(count) = standing.get_mut(&owners) {
        *count -= 1;
        if *count == 0 {
            standing.remove(&owners);
        }
    }
}

/// A colour for each revision, 0 for most.
struct Colours {
    /// The largest revision that can have one.
    top: Revision,
    /// From `top` down, so that a short walk takes little room.
    colours: Vec<u64>,
}

impl Colours {
    fn new(top: Revision) -> Self {
        Self {
            top,
            colours: Vec::new(),
        }
    }

    fn position(&self, rev: Revision) -> Option<usize> {
        self.top.position()?.checked_sub(rev.position()?)
    }

    /// The largest revision below `end` that has a colour, and that.
    ///
    /// Most often it is the next: the processor guesses so, and need not wait
    /// for what was just written.
    fn next_below(&self, end: Revision) -> Option<(Revision, u64)> {
        let first = self.position(end.previous().min(self.top))?;
        let rest = self.colours.get(first..)?;
        let passed = rest.iter().position(|&colour| colour != 0)?;
        let rev = Revision::at(self.top.position()?.checked_sub(first + passed)?)?;
        Some((rev, *rest.get(passed)?))
    }

    /// Mix `colour` in; the colour it had before.
    fn add(&mut self, rev: Revision, colour: u64) -> Result<u64, InternalError> {
        const ABOVE: InternalError = InternalError::new("common_ancestors: a parent is above all");
        let position = self.position(rev).ok_or(ABOVE)?;
        if position >= self.colours.len() {
            self.colours.resize(position + 1, 0);
        }
        let slot = self.colours.get_mut(position).ok_or(ABOVE)?;
        let before = *slot;
        *slot |= colour;
        Ok(before)
    }
}
