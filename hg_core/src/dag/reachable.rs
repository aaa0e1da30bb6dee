// SPDX-License-Identifier: GPL-2.0-or-later
//! Which roots are reached from some heads, and on which ways.

use super::{real_parents, Graph, Revision, RevisionSet};
use crate::errors::GraphError;

/// The members of `roots` that are ancestors of `heads`, going no lower than
/// `min_root`; with `include_path` also everything between them.
///
/// A root below another root is found only through a way that does not pass
/// the other one, unless `include_path` asks for the whole way.
pub fn reachable_roots(
    graph: &impl Graph,
    min_root: Revision,
    heads: impl IntoIterator<Item = Revision>,
    roots: &RevisionSet,
    include_path: bool,
) -> Result<RevisionSet, GraphError> {
    let mut visited = RevisionSet::new();
    visited.extend_checked(graph, heads)?;
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
        let parents = real_parents(graph, rev)?;
        visited.extend(parents.filter(|&parent| parent >= min_root));
    }
    if include_path && !reached.is_empty() {
        for rev in visited.iter() {
            if real_parents(graph, rev)?.any(|p| reached.contains(p)) {
                reached.insert(rev);
            }
        }
    }
    Ok(reached)
}
