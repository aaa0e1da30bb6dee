// SPDX-License-Identifier: GPL-2.0-or-later
//! Which of two walked revisions descends from the other.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::dag::{AncestorsWalk, Graph, GraphError};
use crate::types::Revision;

/// A map from revisions, which need no hash against ill will: they are the
/// repository's own numbers.
pub(super) type RevisionMap<T> = HashMap<Revision, T, BuildHasherDefault<RevisionHasher>>;

/// Spreads one revision number.
#[derive(Default)]
pub(super) struct RevisionHasher(u64);

impl Hasher for RevisionHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        let mixed = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn write_i32(&mut self, value: i32) {
        self.write_u32(value as u32);
    }
}

/// The graph of the revisions added so far. It has every path between two of
/// them, since all that descends from a revision of interest is of interest.
///
/// A history is mostly a line with small bubbles, where branches were merged.
/// Each revision knows its *gate*: the nearest revision through which every
/// path down from it leads (in the terms of flow graphs, its immediate
/// dominator). Going from gate to gate, whole bubbles are skipped, and by the
/// `far` gates many at once.
#[derive(Default)]
pub(super) struct WalkedGraph {
    revisions: RevisionMap<WalkedRevision>,
    answers: HashMap<(Revision, Revision), bool>,
}

/// One of its revisions.
#[derive(Clone, Copy)]
struct WalkedRevision {
    parents: [Revision; 2],
    /// Null when nothing is below, or several things without a gate.
    gate: Revision,
    /// Some gate further down: how far makes a search take logarithmic time.
    far: Revision,
    /// How many gates there are down to null.
    depth: u32,
}

/// Beyond the walked part there is nothing to find.
const OUTSIDE: WalkedRevision = WalkedRevision {
    parents: [Revision::NULL; 2],
    gate: Revision::NULL,
    far: Revision::NULL,
    depth: 1,
};
const BOTTOM: WalkedRevision = WalkedRevision {
    depth: 0,
    ..OUTSIDE
};

impl WalkedGraph {
    /// Add a revision, after its parents.
    pub(super) fn insert(&mut self, rev: Revision, parents: [Revision; 2]) {
        // Parents that do not precede it are none.
        let real = |parent: &Revision| (Revision::ZERO..rev).contains(parent);
        let parents = parents.map(|parent| Some(parent).filter(real).unwrap_or(Revision::NULL));
        let gate = match parents {
            [Revision::NULL, only] | [only, Revision::NULL] => only,
            [one, other] => self.common_gate(one, other),
        };
        let next = self.walked(gate);
        let farther = self.walked(next.far);
        // Skips of equal length, one after the other, make one of twice that.
        let farthest = self.walked(farther.far);
        let skips = [(next, farther), (farther, farthest)];
        let [one, other] = skips.map(|(from, to)| from.depth.wrapping_sub(to.depth));
        let walked = WalkedRevision {
            parents,
            gate,
            far: if one == other { farther.far } else { gate },
            depth: next.depth + 1,
        };
        self.revisions.insert(rev, walked);
    }

    fn walked(&self, rev: Revision) -> WalkedRevision {
        match self.revisions.get(&rev) {
            Some(walked) => *walked,
            None if rev == Revision::NULL => BOTTOM,
            None => OUTSIDE,
        }
    }

    /// The highest gate of both, each counting as its own.
    fn common_gate(&self, mut one: Revision, mut other: Revision) -> Revision {
        let (mut walked, mut other_walked) = (self.walked(one), self.walked(other));
        if walked.depth < other_walked.depth {
            std::mem::swap(&mut one, &mut other);
            std::mem::swap(&mut walked, &mut other_walked);
        }
        while walked.depth > other_walked.depth {
            let far = self.walked(walked.far);
            (one, walked) = if far.depth >= other_walked.depth {
                (walked.far, far)
            } else {
                (walked.gate, self.walked(walked.gate))
            };
        }
        // At equal depths the skips are equally long.
        while one != other {
            (one, other) = if walked.far == other_walked.far {
                (walked.gate, other_walked.gate)
            } else {
                (walked.far, other_walked.far)
            };
            (walked, other_walked) = (self.walked(one), self.walked(other));
        }
        one
    }

    /// The lowest gate of `rev`, itself counting, that is not below `low`.
    fn lowest_gate(&self, mut rev: Revision, low: Revision) -> Revision {
        loop {
            let walked = self.walked(rev);
            rev = if walked.far >= low {
                walked.far
            } else if walked.gate >= low {
                walked.gate
            } else {
                return rev;
            };
        }
    }

    /// Whether `low` is `high` or an ancestor of it; neither is null.
    pub(super) fn is_ancestor(
        &mut self,
        low: Revision,
        high: Revision,
    ) -> Result<bool, GraphError> {
        if low >= high || low <= Revision::NULL {
            return Ok(low == high);
        }
        // All ways down to `low` lead through there.
        let high = self.lowest_gate(high, low);
        if low == high {
            return Ok(true);
        }
        // `low` is in the bubble below, or nowhere.
        if let Some(&answer) = self.answers.get(&(low, high)) {
            return Ok(answer);
        }
        let mut walk = AncestorsWalk::new(self, [high], low, true)?;
        let answer = walk.contains(self, low)?;
        self.answers.insert((low, high), answer);
        Ok(answer)
    }
}

impl Graph for WalkedGraph {
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        Ok(self.walked(rev).parents)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Random graphs with several roots: every pair, against plain search.
    #[test]
    fn is_ancestor_of_every_pair() {
        let mut random = fastrand::Rng::with_seed(5);
        for round in 0..60 {
            let mut graph = WalkedGraph::default();
            let mut ancestors: Vec<Vec<bool>> = Vec::new();
            let reach = 1 + round % 12;
            for rev in 0..90 {
                let mut parent = |chance| {
                    let far = rev - 1 - random.i32(0..reach);
                    (far >= 0 && random.f32() < chance).then_some(far)
                };
                let parents = [parent(0.97), parent(0.4)];
                let mut mine = vec![false; rev as usize + 1];
                mine[rev as usize] = true;
                for parent in parents.into_iter().flatten() {
                    for (mine, theirs) in mine.iter_mut().zip(&ancestors[parent as usize]) {
                        *mine |= theirs;
                    }
                }
                ancestors.push(mine);
                let parents = parents.map(|parent| parent.unwrap_or(-1));
                graph.insert(rev.into(), parents.map(Revision::new));
            }
            for high in 0..90 {
                for low in 0..=high {
                    let expected = ancestors[high as usize][low as usize];
                    assert_eq!(
                        graph.is_ancestor(low.into(), high.into()).unwrap(),
                        expected
                    );
                }
                let below = Revision::new(high).previous();
                assert!(high == 0 || !graph.is_ancestor(high.into(), below).unwrap());
            }
        }
    }

    /// A line of gates is skipped along, not walked.
    #[test]
    fn long_lines() {
        let mut graph = WalkedGraph::default();
        for rev in (0..20_000).map(Revision::new) {
            graph.insert(rev, [rev.previous(), Revision::NULL]);
        }
        for low in (0..20_000).step_by(7) {
            assert!(graph.is_ancestor(low.into(), 19_999.into()).unwrap());
        }
        assert!(graph.answers.is_empty());
    }

    /// Parents that were not added, or do not precede their child.
    #[test]
    fn odd_parents() {
        let mut graph = WalkedGraph::default();
        for (rev, parents) in [(7, [3, 5]), (8, [7, 9]), (9, [9, -5])] {
            graph.insert(rev.into(), parents.map(Revision::new));
        }
        for (low, high, expected) in [(3, 8, true), (5, 8, true), (4, 8, false), (8, 9, false)] {
            let found = graph.is_ancestor(low.into(), high.into());
            assert_eq!(found, Ok(expected));
        }
    }
}
