// SPDX-License-Identifier: GPL-2.0-or-later
//! Heads and roots of a set of revisions, and the rank of a revision.

use super::{real_parents, AncestorsIterator, Graph, Revision, RevisionSet};
use crate::errors::GraphError;

/// The members of `revs` that are no parent of another member.
pub fn heads(
    graph: &impl Graph,
    revs: impl IntoIterator<Item = Revision>,
) -> Result<RevisionSet, GraphError> {
    let revs: RevisionSet = revs.into_iter().collect();
    let mut heads = revs.clone();
    for rev in revs.iter() {
        for parent in real_parents(graph, rev)? {
            heads.remove(parent);
        }
    }
    Ok(heads)
}

/// The members of `revs` that have no parent in it.
pub fn roots(graph: &impl Graph, revs: &RevisionSet) -> Result<RevisionSet, GraphError> {
    let mut roots = RevisionSet::new();
    for rev in revs.iter() {
        if !real_parents(graph, rev)?.any(|parent| revs.contains(parent)) {
            roots.insert(rev);
        }
    }
    Ok(roots)
}

/// How many ancestors a revision with these parents has, itself included.
pub fn rank(graph: &impl Graph, p1: Revision, p2: Revision) -> Result<usize, GraphError> {
    let mut count = 1;
    for rev in AncestorsIterator::new(graph, [p1, p2], 0, true)? {
        rev?;
        count += 1;
    }
    Ok(count)
}
