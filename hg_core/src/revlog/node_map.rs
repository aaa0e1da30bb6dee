// SPDX-License-Identifier: GPL-2.0-or-later
//! A node tree that keeps up with its index.

use super::{Index, NodeTree};
use crate::revlog::{NodeTreeError, RevlogError};
use crate::types::{Node, NodePrefix, Revision};

/// The map from the nodes of an index to its revisions. Whoever strips the
/// index tells it so.
#[derive(Debug, Default)]
pub struct NodeMap {
    tree: NodeTree,
    /// How many revisions `tree` knows.
    len: Revision,
}

impl NodeMap {
    /// From a tree read from disk, which knows the revisions up to `tip`.
    pub fn new(tree: NodeTree, tip: Revision) -> Self {
        Self {
            tree,
            len: tip.saturating_add(1),
        }
    }

    /// How many revisions of `index` the tree does not know yet.
    pub fn behind(&self, index: &Index) -> Revision {
        index.end().saturating_sub(self.len)
    }

    /// The tree, with all the revisions of `index`.
    pub fn tree(&mut self, index: &Index) -> Result<&NodeTree, NodeTreeError> {
        for rev in self.len..index.end() {
            self.tree.insert(index, rev)?;
            self.len = rev + 1;
        }
        Ok(&self.tree)
    }

    /// Start again, after the index was stripped.
    pub fn forget_all(&mut self) {
        self.tree.forget_all();
        self.len = 0;
    }

    /// The revision of `node`; null has one too.
    pub fn rev(&mut self, index: &Index, node: &Node) -> Result<Option<Revision>, RevlogError> {
        Ok(self.tree(index)?.find(index, &NodePrefix::from(node))?)
    }
}
