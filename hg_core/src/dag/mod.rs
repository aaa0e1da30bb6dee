// SPDX-License-Identifier: GPL-2.0-or-later
//! The revision graph: ancestors, missing ancestors, heads, discovery.
//!
//! Everything here works on any [`Graph`]: a Rust index, a C index reached
//! through its capsule, or a table in a test. Revisions are numbered so that
//! a parent always has a smaller number than its children; every walk relies
//! on it and visits revisions in descending order, with one bit a revision
//! ([`RevisionSet`]) as its whole state.
//!
//! ```
//! use hg_core::dag::{AncestorsIterator, Graph};
//! use hg_core::types::Revision;
//! use hg_core::dag::GraphError;
//!
//! struct Linear;
//! impl Graph for Linear {
//!     fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
//!         Ok([rev.previous(), Revision::NULL])
//!     }
//! }
//! let ancestors: Result<Vec<_>, _> =
//!     AncestorsIterator::new(Linear, [3.into()], 1.into(), true)?.collect();
//! assert_eq!(ancestors?, [3, 2, 1]);
//! # Ok::<(), GraphError>(())
//! ```

mod ancestors;
mod common;
mod discovery;
mod error;
mod heads;
mod missing;
mod phases;
mod reachable;
mod revision_set;

pub use ancestors::{AncestorsIterator, AncestorsWalk};
pub use common::{common_ancestors_heads, deepest_common_ancestors, MAX_COMMON};
pub use discovery::PartialDiscovery;
pub use error::GraphError;
pub use heads::{heads, heads_diff, heads_of_all, rank, roots};
pub use missing::MissingAncestors;
pub use phases::{phase_sets, TRACKED_PHASES};
pub use reachable::reachable_roots;
pub use revision_set::RevisionSet;

use crate::types::Revision;

/// Where the parents of a revision come from.
pub trait Graph {
    /// Both parents of `rev`, [`Revision::NULL`] where there is none. `rev`
    /// itself is not null.
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError>;

    /// The parents of `rev`, which is not null, will be asked for, though not at
    /// once: a graph may begin to fetch them.
    fn expect(&self, rev: Revision) {
        let _ = rev;
    }

    /// Fail if `rev`, which is not null, does not exist.
    fn check(&self, rev: Revision) -> Result<(), GraphError> {
        self.parents(rev).map(drop)
    }

    /// How many ancestors `rev` has, itself included, if that is on record.
    fn stored_rank(&self, rev: Revision) -> Option<usize> {
        let _ = rev;
        None
    }
}

impl<G: Graph + ?Sized> Graph for &G {
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        (**self).parents(rev)
    }

    fn expect(&self, rev: Revision) {
        (**self).expect(rev);
    }

    fn check(&self, rev: Revision) -> Result<(), GraphError> {
        (**self).check(rev)
    }

    fn stored_rank(&self, rev: Revision) -> Option<usize> {
        (**self).stored_rank(rev)
    }
}

/// Whether `rev` is a revision at all, null being none; an error if it does
/// not exist. What comes from a caller is checked once, by this.
fn check_revision(graph: &impl Graph, rev: Revision) -> Result<bool, GraphError> {
    if rev.is_null() {
        return Ok(false);
    }
    if rev < Revision::NULL {
        return Err(GraphError::InvalidRevision(rev));
    }
    graph.check(rev)?;
    Ok(true)
}

/// The parents of `rev` that are not null. A parent that does not precede its
/// child would let a descending walk miss it, so it is an error.
#[inline]
fn real_parents(
    graph: &impl Graph,
    rev: Revision,
) -> Result<impl Iterator<Item = Revision>, GraphError> {
    let parents = graph.parents(rev)?;
    if parents.iter().any(|&p| p >= rev || p < Revision::NULL) {
        return Err(GraphError::ParentOutOfRange(rev));
    }
    // Two variables stay in registers. An array's iterator would go through the
    // memory, for which each step of a walk has to wait.
    let [mut next, mut last] = parents;
    if next == Revision::NULL {
        std::mem::swap(&mut next, &mut last);
    }
    Ok(std::iter::from_fn(move || {
        let parent = std::mem::replace(&mut next, last);
        last = Revision::NULL;
        (parent != Revision::NULL).then_some(parent)
    }))
}

#[cfg(test)]
pub(crate) mod tests;
