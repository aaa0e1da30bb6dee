// SPDX-License-Identifier: GPL-2.0-or-later
//! Revlogs: the index, its delta chains, the map from nodes to revisions, and
//! the texts of the store: [`changelog`], [`manifest`] and [`filelog`].

mod chains;
pub mod changelog;
pub mod chunks;
mod data_file;
pub mod filelog;
mod index;
pub mod manifest;
mod node_map;
mod node_tree;
mod reader;
mod record;

pub use chains::DeltaChain;
pub use index::Index;
pub use node_map::NodeMap;
pub use node_tree::{NodePrefix, NodeSource, NodeTree, BLOCK_SIZE};
pub use reader::RevlogReader;
pub use record::{Header, Record, NODE_LEN, NULL_NODE, NULL_RECORD, RECORD_SIZE};

/// The identifier of a revision: a SHA-1.
pub type Node = [u8; NODE_LEN];

#[cfg(test)]
mod tests;
