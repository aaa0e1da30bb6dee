// SPDX-License-Identifier: GPL-2.0-or-later
//! Revlogs: the index, its delta chains, the map from nodes to revisions, and
//! the texts.

mod chains;
mod chunk_cache;
pub mod chunks;
mod compression;
mod data_file;
mod error;
mod index;
mod inner;
mod node_map;
mod node_tree;
mod reader;
mod record;
mod revlog_index;
mod writing;

pub use chains::{DeltaChain, Gaps};
pub use chunk_cache::ChunkCache;
pub use compression::{Compression, Stored};
pub use error::{NodeTreeError, RevlogError, StoreError};
pub use index::Index;
pub use inner::{
    DeltaKind, InnerRevlog, KnownText, ReadError, RevlogOptions, Snapshots, SplitError,
};
pub use node_map::NodeMap;
pub use node_tree::{NodeSource, NodeTree, BLOCK_SIZE};
pub use reader::RevlogReader;
pub use record::{Header, Record, NULL_RECORD, RECORD_SIZE};
pub use revlog_index::RevlogIndex;

pub use writing::{
    Announced, Announcement, EncodeName, FileEnds, FileError, FileOperation, NewEntry, RevlogFiles,
    RevlogNames, WriteError, WriteTransaction,
};

#[cfg(test)]
mod tests;
