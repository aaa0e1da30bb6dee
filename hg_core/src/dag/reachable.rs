// SPDX-License-Identifier: GPL-2.0-or-later
//! Which roots are reached from some heads, and on which ways.

use super::{real_parents, Graph, Revision, RevisionSet};
use crate::dag::GraphError;

/// The members of `roots` that are ancestors of `heads`, going no lower than
/// `min_root`, ascending; with `include_path` also everything between them.
/// Null may be a root: it is a parent of all that is no merge.
///
/// A root below another root is found only through a way that does not pass
/// the other one, unless `include_path` asks for the whole way.
pub fn reachable_roots(
    graph: &impl Graph,
    min_root: Revision,
    heads: &[Revision],
    roots: &[Revision],
    include_path: bool,
) -> Result<Vec<Revision>, GraphError> {
    let mut visited = RevisionSet::new();
    visited.extend_checked(graph, heads.iter().copied())?;
    let null_is_root = roots.contains(&Revision::NULL);
    let mut null_reached = null_is_root && heads.contains(&Revision::NULL);
    let roots: RevisionSet = roots.iter().copied().collect();
    let mut reached = RevisionSet::new();
    let mut cursor = Revision::MAX;
    while let Some(rev) = visited.last_below(cursor) {
        cursor = rev;
        if roots.contains(rev) {
            reached.insert(rev);
            if !include_path {
                continue;
            }
        }
        visited.extend(real_parents(graph, rev)?.filter(|&parent| parent >= min_root));
        null_reached |= null_is_root && min_root <= Revision::NULL && has_null_parent(graph, rev)?;
    }
    if include_path && (null_reached || !reached.is_empty()) {
        for rev in visited.iter() {
            if real_parents(graph, rev)?.any(|parent| reached.contains(parent))
                || null_reached && has_null_parent(graph, rev)?
            {
                reached.insert(rev);
            }
        }
    }
    let null = null_reached.then_some(Revision::NULL);
    Ok(null.into_iter().chain(reached.iter()).collect())
}

fn has_null_parent(graph: &impl Graph, rev: Revision) -> Result<bool, GraphError> {
    Ok(graph.parents(rev)?.contains(&Revision::NULL))
}
