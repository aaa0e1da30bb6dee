// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate: what Mercurial knows about the files of the working
//! directory, and its two file formats.
//!
//! A [`DirstateMap`] is a tree of nodes with the shape of the working
//! directory. It keeps the bytes it was read from and refers to the paths in
//! them; from dirstate-v2 it reads only the directories somebody asks about.
//!
//! ```
//! use hg_core::dirstate::{DirstateMap, DirstateParents};
//! use hg_core::types::HgPath;
//!
//! let mut map = DirstateMap::new_empty();
//! assert!(map.set_tracked(HgPath::new("src/main.rs"))?);
//! assert!(map.has_tracked_directory(HgPath::new("src"))?);
//! let packed = map.pack_v1(DirstateParents::NULL)?;
//! let (map, _parents) = DirstateMap::new_v1(packed.into(), None)?;
//! assert_eq!(map.get(HgPath::new("src/main.rs"))?.map(|entry| entry.added()), Some(true));
//! # Ok::<(), hg_core::dirstate::DirstateError>(())
//! ```

mod changes;
mod children;
mod copies;
mod cursor;
mod dirs;
mod docket;
mod entry;
mod error;
pub mod flags;
pub mod io;
mod map;
#[cfg(test)]
mod tests;
mod tree;
mod v1;
mod v2;
mod v2_write;
mod view;

pub use cursor::{CopiesCursor, EntriesCursor};
pub use dirs::{Dirs, DirsCursor};
pub use docket::{Docket, V2_FORMAT_MARKER};
pub use entry::{DirstateEntry, EntryData, EntryState, Meaningful, ParentFileData};
pub use error::DirstateError;
pub use map::{DebugTuple, DirstateMap, DirstateVersion};
pub use v2::TREE_METADATA_SIZE;
pub use v2_write::{PackedV2, WriteMode};
pub use view::{ChildNodes, ChildNodesIter, NodeRef};

use crate::types::Node;

/// The node ids of the working directory's parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirstateParents {
    /// The first parent.
    pub p1: Node,
    /// The second parent: null but in a merge.
    pub p2: Node,
}

impl DirstateParents {
    /// No parents: the state of a new repository.
    pub const NULL: Self = Self {
        p1: Node::NULL,
        p2: Node::NULL,
    };
}
