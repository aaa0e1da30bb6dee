// SPDX-License-Identifier: GPL-2.0-or-later
//! Revlogs: the index, its delta chains, and the map from nodes to revisions.

mod chains;
mod index;
mod node_map;
mod node_tree;
mod record;

pub use chains::DeltaChain;
pub use index::Index;
pub use node_map::NodeMap;
pub use node_tree::{NodePrefix, NodeSource, NodeTree, BLOCK_SIZE};
pub use record::{Header, Record, NODE_LEN, NULL_NODE, NULL_RECORD, RECORD_SIZE};

/// The identifier of a revision: a SHA-1.
pub type Node = [u8; NODE_LEN];

#[cfg(test)]
mod tests;
