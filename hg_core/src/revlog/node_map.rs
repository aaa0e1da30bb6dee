// SPDX-License-Identifier: GPL-2.0-or-later
//! A node tree that keeps up with its index.

use super::{Index, NodeTree};
use crate::revlog::NodeTreeError;
use crate::types::Revision;

/// The map from the nodes of an index to its revisions. Whoever strips the
/// index tells it so.
#[derive(Debug, Default)]
pub struct NodeMap {
    tree: NodeTree,
    /// `tree` knows the revisions before this one.
    end: Revision,
}

impl NodeMap {
    /// From a tree read from disk, which knows the revisions up to `tip`.
    pub(super) fn new(tree: NodeTree, tip: Revision) -> Self {
        Self {
            tree,
            end: tip.next(),
        }
    }

    /// How many revisions the tree knows.
    pub(super) fn len(&self) -> usize {
        self.end.position().unwrap_or(0)
    }

    /// The tree, with all the revisions of `index`.
    pub(super) fn tree(&mut self, index: &Index) -> Result<&NodeTree, NodeTreeError> {
        for rev in self.end.until(index.end()) {
            self.tree.insert(index, rev)?;
            self.end = rev.next();
        }
        Ok(&self.tree)
    }

    /// Start again, after the index was stripped.
    pub(super) fn forget_all(&mut self) {
        self.tree.forget_all();
        self.end = Revision::ZERO;
    }
}
