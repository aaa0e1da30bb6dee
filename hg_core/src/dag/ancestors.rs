// SPDX-License-Identifier: GPL-2.0-or-later
//! Ancestors of a set of revisions, in descending order.

use super::{real_parents, Graph, Revision, RevisionSet, NULL_REVISION};
use crate::errors::GraphError;

/// Iterates over ancestors, largest first; null is never among them.
///
/// After an error the iterator is exhausted.
#[derive(Clone, Debug)]
pub struct AncestorsIterator<G> {
    graph: G,
    stoprev: Revision,
    /// Every revision found so far, whether already yielded or not: those
    /// below `cursor` are still to come.
    seen: RevisionSet,
    cursor: Revision,
}

impl<G: Graph> AncestorsIterator<G> {
    /// The ancestors of `initrevs` that are at least `stoprev`. The initial
    /// revisions are included if `inclusive`, or if they are ancestors of
    /// one another.
    pub fn new(
        graph: G,
        initrevs: impl IntoIterator<Item = Revision>,
        stoprev: Revision,
        inclusive: bool,
    ) -> Result<Self, GraphError> {
        let stoprev = stoprev.max(0);
        let mut seen = RevisionSet::new();
        for rev in initrevs {
            if rev < stoprev {
                continue;
            }
            if inclusive {
                seen.insert(rev);
            } else {
                let parents = real_parents(&graph, rev)?;
                seen.extend(parents.filter(|&parent| parent >= stoprev));
            }
        }
        let cursor = seen.last().map_or(0, |last| last.saturating_add(1));
        Ok(Self {
            graph,
            stoprev,
            seen,
            cursor,
        })
    }

    /// Whether `target` is one of the ancestors; goes no further than needed
    /// to tell, and remembers what it saw.
    pub fn contains(&mut self, target: Revision) -> Result<bool, GraphError> {
        if target == NULL_REVISION {
            return Ok(false);
        }
        while target < self.cursor && !self.seen.contains(target) {
            match self.next() {
                Some(rev) => rev?,
                None => break,
            };
        }
        Ok(self.seen.contains(target))
    }

    /// Whether there is no ancestor at all, before or after the cursor.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

impl<G: Graph> Iterator for AncestorsIterator<G> {
    type Item = Result<Revision, GraphError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rev = self.seen.last_below(self.cursor)?;
        match real_parents(&self.graph, rev) {
            Ok(parents) => {
                self.cursor = rev;
                let stoprev = self.stoprev;
                self.seen.extend(parents.filter(|&p| p >= stoprev));
                Some(Ok(rev))
            }
            Err(error) => {
                self.cursor = 0;
                Some(Err(error))
            }
        }
    }
}

/// A set of ancestors computed as far as it is asked for.
#[derive(Clone, Debug)]
pub struct LazyAncestors<G> {
    walk: AncestorsIterator<G>,
    initrevs: Vec<Revision>,
    stoprev: Revision,
    inclusive: bool,
}

impl<G: Graph + Clone> LazyAncestors<G> {
    /// See [`AncestorsIterator::new`].
    pub fn new(
        graph: G,
        initrevs: impl IntoIterator<Item = Revision>,
        stoprev: Revision,
        inclusive: bool,
    ) -> Result<Self, GraphError> {
        let initrevs: Vec<_> = initrevs.into_iter().collect();
        let walk = AncestorsIterator::new(graph, initrevs.iter().copied(), stoprev, inclusive)?;
        Ok(Self {
            walk,
            initrevs,
            stoprev,
            inclusive,
        })
    }

    pub fn contains(&mut self, target: Revision) -> Result<bool, GraphError> {
        self.walk.contains(target)
    }

    pub fn is_empty(&self) -> bool {
        self.walk.is_empty()
    }

    /// A new iterator over all the ancestors, on `graph`.
    pub fn iter_on<H: Graph>(&self, graph: H) -> Result<AncestorsIterator<H>, GraphError> {
        AncestorsIterator::new(
            graph,
            self.initrevs.iter().copied(),
            self.stoprev,
            self.inclusive,
        )
    }
}
