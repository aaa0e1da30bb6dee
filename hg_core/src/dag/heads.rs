// SPDX-License-Identifier: GPL-2.0-or-later
//! Heads and roots of a set of revisions, and the rank of a revision.

use super::{real_parents, AncestorsIterator, Graph, MissingAncestors, Revision, RevisionSet};
use crate::dag::GraphError;

/// The members of `revs`, null aside, that are no parent of another member.
pub fn heads(
    graph: &impl Graph,
    revs: impl IntoIterator<Item = Revision>,
) -> Result<RevisionSet, GraphError> {
    let mut members = RevisionSet::new();
    members.extend_checked(graph, revs)?;
    let mut heads = members.clone();
    for rev in members.iter() {
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

/// The heads among the revisions below `end`, ascending, where `hidden` ones
/// neither count nor take part.
pub fn heads_of_all(
    graph: &impl Graph,
    end: Revision,
    hidden: &RevisionSet,
) -> Result<Vec<Revision>, GraphError> {
    // A byte each: all of them are looked at, one after the other.
    let mut covered = vec![false; end.position().unwrap_or(0)];
    let mut heads = Vec::new();
    for rev in Revision::ZERO.until(end).rev() {
        let is_covered = |rev: Revision| covered.get(rev.position()?).copied();
        // What has a visible child is visible, whatever `hidden` says.
        if is_covered(rev) != Some(true) {
            if hidden.contains(rev) {
                continue;
            }
            heads.push(rev);
        }
        for parent in real_parents(graph, rev)? {
            let position = parent.position();
            if let Some(covered) = position.and_then(|position| covered.get_mut(position)) {
                *covered = true;
            }
        }
    }
    heads.reverse();
    Ok(heads)
}

/// How the heads of the revisions below `begin` differ from those below
/// `end`: the ones removed and the ones added, both descending. Null counts
/// as the head of an empty graph.
pub fn heads_diff(
    graph: &impl Graph,
    begin: Revision,
    end: Revision,
) -> Result<(Vec<Revision>, Vec<Revision>), GraphError> {
    let mut added = Vec::new();
    let mut covered = RevisionSet::new();
    for rev in begin.until(end).rev() {
        if !covered.remove(rev) {
            added.push(rev);
        }
        covered.extend(real_parents(graph, rev)?);
    }
    // What is left of `covered` precedes `begin`. It was a head then unless
    // it has a child there too.
    let mut removed = Vec::new();
    let mut rev = begin;
    while !covered.is_empty() && rev > Revision::ZERO {
        rev = rev.previous();
        if covered.remove(rev) {
            removed.push(rev);
        }
        for parent in real_parents(graph, rev)? {
            covered.remove(parent);
        }
    }
    if begin == Revision::ZERO && end > begin {
        removed.push(Revision::NULL);
    }
    Ok((removed, added))
}

/// How many ancestors a revision with these parents has, itself included.
pub fn rank(graph: &impl Graph, p1: Revision, p2: Revision) -> Result<usize, GraphError> {
    let (low, high) = (p1.min(p2), p1.max(p2));
    if let Some(rank) = graph.stored_rank(high) {
        let mut missing = MissingAncestors::default();
        missing.add_bases(graph, &[high])?;
        return Ok(1 + rank + missing.missing_ancestors(graph, [low])?.len());
    }
    let mut count = 1;
    for rev in AncestorsIterator::new(graph, [p1, p2], Revision::ZERO, true)? {
        rev?;
        count += 1;
    }
    Ok(count)
}
