// SPDX-License-Identifier: GPL-2.0-or-later
//! Ancestors of a set of revisions, in descending order.

use super::{check_revision, real_parents, Graph, Revision, RevisionSet};
use crate::dag::GraphError;

/// A walk down from some revisions: the state only, so that whoever holds it
/// decides how long to hold the graph, which must stay the same.
#[derive(Clone, Debug)]
pub struct AncestorsWalk {
    stoprev: Revision,
    /// Every revision found so far, whether already passed or not: those
    /// below `cursor` are still to come.
    seen: RevisionSet,
    cursor: Revision,
}

impl AncestorsWalk {
    /// To the ancestors of `initrevs` that are at least `stoprev`; null is
    /// never among them. The initial revisions are included if `inclusive`,
    /// or if they are ancestors of one another.
    pub fn new(
        graph: &impl Graph,
        initrevs: impl IntoIterator<Item = Revision>,
        stoprev: Revision,
        inclusive: bool,
    ) -> Result<Self, GraphError> {
        let stoprev = stoprev.max(Revision::ZERO);
        let mut seen = RevisionSet::new();
        for rev in initrevs {
            if !check_revision(graph, rev)? || rev < stoprev {
                continue;
            }
            if inclusive {
                seen.insert(rev);
            } else {
                let parents = real_parents(graph, rev)?;
                seen.extend(parents.filter(|&parent| parent >= stoprev));
            }
        }
        let cursor = seen.last().map_or(Revision::ZERO, Revision::next);
        Ok(Self {
            stoprev,
            seen,
            cursor,
        })
    }

    /// The next ancestor, largest first.
    ///
    /// # Errors
    /// Whatever `graph` meets, of which every further step is the same error:
    /// what lies below is not known.
    pub fn step(&mut self, graph: &impl Graph) -> Result<Option<Revision>, GraphError> {
        let Some(rev) = self.seen.last_below(self.cursor) else {
            self.cursor = Revision::ZERO;
            return Ok(None);
        };
        let parents = real_parents(graph, rev)?;
        self.cursor = rev;
        for parent in parents {
            let is_new = parent >= self.stoprev && self.seen.insert(parent);
            // The one before comes at once.
            if is_new && parent < rev.previous() {
                graph.expect(parent);
            }
        }
        Ok(Some(rev))
    }

    /// Whether `target` is one of the ancestors, if the walk is far enough
    /// down to tell.
    pub fn known(&self, target: Revision) -> Option<bool> {
        let seen = self.seen.contains(target);
        (seen || target >= self.cursor || target < self.stoprev).then_some(seen)
    }

    /// Whether `target` is one of the ancestors. Goes no further than needed
    /// to tell.
    pub fn contains(&mut self, graph: &impl Graph, target: Revision) -> Result<bool, GraphError> {
        loop {
            if let Some(known) = self.known(target) {
                return Ok(known);
            }
            if self.step(graph)?.is_none() {
                return Ok(false);
            }
        }
    }

    /// Whether there is no ancestor at all, passed or not.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

/// Iterates over ancestors, largest first: an [`AncestorsWalk`] with its graph.
/// An error does not end it, but comes again and again.
#[derive(Clone, Debug)]
pub struct AncestorsIterator<G> {
    graph: G,
    walk: AncestorsWalk,
}

impl<G: Graph> AncestorsIterator<G> {
    /// See [`AncestorsWalk::new`].
    pub fn new(
        graph: G,
        initrevs: impl IntoIterator<Item = Revision>,
        stoprev: Revision,
        inclusive: bool,
    ) -> Result<Self, GraphError> {
        let walk = AncestorsWalk::new(&graph, initrevs, stoprev, inclusive)?;
        Ok(Self { graph, walk })
    }
}

impl<G: Graph> Iterator for AncestorsIterator<G> {
    type Item = Result<Revision, GraphError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.step(&self.graph).transpose()
    }
}
