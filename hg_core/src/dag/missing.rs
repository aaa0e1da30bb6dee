// SPDX-License-Identifier: GPL-2.0-or-later
//! Ancestors of some revisions that are not ancestors of others.

use super::{check_revision, heads, real_parents, Graph, Revision, RevisionSet};
use crate::dag::GraphError;
use crate::types::InternalError;

/// Answers which ancestors are missing from a growing set of bases.
#[derive(Clone, Debug, Default)]
pub struct MissingAncestors {
    /// The bases, and whichever of their ancestors a walk came across.
    bases: RevisionSet,
}

impl MissingAncestors {
    /// Whether there is a base.
    pub fn has_bases(&self) -> bool {
        !self.bases.is_empty()
    }

    /// The bases, and whichever of their ancestors a walk came across.
    pub fn bases(&self) -> &RevisionSet {
        &self.bases
    }

    /// Add `revs`, null aside; nothing is added if one of them does not exist.
    ///
    /// # Errors
    /// [`GraphError::InvalidRevision`] for the first that does not exist.
    pub fn add_bases(&mut self, graph: &impl Graph, revs: &[Revision]) -> Result<(), GraphError> {
        for &rev in revs {
            check_revision(graph, rev)?;
        }
        // Null is no member of any set.
        self.bases.extend(revs.iter().copied());
        Ok(())
    }

    /// The heads of the bases.
    pub fn bases_heads(&self, graph: &impl Graph) -> Result<RevisionSet, GraphError> {
        heads(graph, self.bases.iter())
    }

    /// Drop from `revs` whatever is an ancestor of the bases, or a base.
    pub fn remove_ancestors_from(
        &mut self,
        graph: &impl Graph,
        revs: &mut RevisionSet,
    ) -> Result<(), GraphError> {
        for base in self.bases.iter() {
            revs.remove(base);
        }
        let (Some(lowest), Some(highest)) = (revs.iter().next(), self.bases.last()) else {
            return Ok(());
        };
        // What is above all bases stays.
        let out_of_reach = revs.iter().filter(|&rev| rev > highest).count();
        let mut cursor = Revision::MAX;
        while revs.len() > out_of_reach {
            let Some(rev) = self.bases.last_below(cursor) else {
                break;
            };
            if rev < lowest {
                break;
            }
            revs.remove(rev);
            self.bases.extend(real_parents(graph, rev)?);
            cursor = rev;
        }
        Ok(())
    }

    /// The ancestors of `revs`, themselves included, that are neither bases
    /// nor ancestors of bases; ascending.
    pub fn missing_ancestors(
        &mut self,
        graph: &impl Graph,
        revs: impl IntoIterator<Item = Revision>,
    ) -> Result<Vec<Revision>, GraphError> {
        // `wanted` holds candidates below the cursor only. A candidate that
        // is still there when the cursor reaches it descends from no base, for
        // whatever descends from it came first.
        let mut wanted = RevisionSet::new();
        wanted.extend_checked(graph, revs)?;
        for base in self.bases.iter() {
            wanted.remove(base);
        }
        let mut missing = Vec::new();
        let mut cursor = Revision::MAX;
        while !wanted.is_empty() {
            let rev =
                wanted
                    .last_below_in_either(&self.bases, cursor)
                    .ok_or(InternalError::new(
                        "missing_ancestors: a candidate was passed",
                    ))?;
            cursor = rev;
            if self.bases.contains(rev) {
                for parent in real_parents(graph, rev)? {
                    self.bases.insert(parent);
                    wanted.remove(parent);
                }
            } else {
                wanted.remove(rev);
                missing.push(rev);
                let parents = real_parents(graph, rev)?;
                wanted.extend(parents.filter(|&parent| !self.bases.contains(parent)));
            }
        }
        missing.reverse();
        Ok(missing)
    }
}
