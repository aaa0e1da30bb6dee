// SPDX-License-Identifier: GPL-2.0-or-later
//! Writing dirstate-v2: all of it, or what changed to the end of the file.

use zerocopy::{FromZeros, IntoBytes};

use super::flags;
use super::v2::{DiskNode, TreeMetadata, NODE_SIZE, TREE_METADATA_SIZE};
use super::view::{ChildNodesIter, NodeRef};
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError};

/// Whether to append to the data file, or to write a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Append while less than half of the old file is unreachable.
    Auto,
    /// Write a new file.
    ForceNew,
    /// Append, however much of the old file is unreachable.
    ForceAppend,
}

impl WriteMode {
    /// The mode of this number in Mercurial's calls (contract section 4,
    /// `write_v2`).
    pub fn of_number(number: usize) -> Option<Self> {
        match number {
            0 => Some(Self::Auto),
            1 => Some(Self::ForceNew),
            2 => Some(Self::ForceAppend),
            _ => None,
        }
    }
}

/// What [`pack_v2`](super::DirstateMap::pack_v2) gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedV2 {
    /// A data file, or what comes after the first `data_size` bytes of the
    /// old one.
    pub data: Vec<u8>,
    /// The tree metadata for the docket.
    pub tree_metadata: [u8; TREE_METADATA_SIZE],
    /// Whether `data` is to be appended.
    pub append: bool,
}

/// What the tree metadata keeps that is not in the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) unreachable_bytes: u32,
    pub(super) with_copy_source: u32,
    pub(super) ignore_patterns_hash: [u8; 20],
}

/// The list of a directory's children while it is being made.
struct Level<'a> {
    /// The directory; the root when this is the outermost.
    node: NodeRef<'a>,
    /// Children that are not in `packed` yet.
    children: ChildNodesIter<'a>,
    packed: Vec<DiskNode>,
    counts: Counts,
}

/// Sums over the nodes below a directory.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    with_entry: u32,
    tracked: u32,
}

/// Where a list of nodes is in the file.
#[derive(Debug, Clone, Copy, Default)]
struct Placed {
    start: u32,
    count: u32,
}

/// Serialize the tree below `root`. With `append_at`, what is in the file of
/// that size stays there and is referred to.
pub(super) fn write(
    root: NodeRef<'_>,
    append_at: Option<usize>,
    kept: Kept,
    size_guess: usize,
) -> Result<PackedV2, DirstateError> {
    let mut writer = Writer {
        out: Vec::with_capacity(size_guess),
        base: append_at.unwrap_or(0),
        append: append_at.is_some(),
        copies: 0,
    };
    let (placed, counts) = writer.write_tree(root)?;
    let metadata = TreeMetadata {
        root_start: placed.start.into(),
        root_count: placed.count.into(),
        with_entry: counts.with_entry.into(),
        with_copy_source: if writer.append {
            kept.with_copy_source.into()
        } else {
            writer.copies.into()
        },
        unreachable_bytes: if writer.append {
            kept.unreachable_bytes.into()
        } else {
            0.into()
        },
        unused: [0; 4],
        ignore_patterns_hash: kept.ignore_patterns_hash,
    };
    let mut tree_metadata = [0; TREE_METADATA_SIZE];
    tree_metadata.copy_from_slice(metadata.as_bytes());
    Ok(PackedV2 {
        data: writer.out,
        tree_metadata,
        append: writer.append,
    })
}

struct Writer {
    out: Vec<u8>,
    /// Where in the file `out` begins.
    base: usize,
    append: bool,
    /// Copy sources written.
    copies: u32,
}

impl Writer {
    /// Write what `root` leads to, children before their parents.
    fn write_tree(&mut self, root: NodeRef<'_>) -> Result<(Placed, Counts), DirstateError> {
        if let Some(placed) = self.reusable(root) {
            let (with_entry, tracked) = root.descendant_counts()?;
            return Ok((
                placed,
                Counts {
                    with_entry,
                    tracked,
                },
            ));
        }
        let mut level = Level::of(root)?;
        let mut above = Vec::new();
        loop {
            if let Some(child) = level.children.next() {
                if !child.has_children() {
                    level.add(self, child, Placed::default(), Counts::default())?;
                } else if let Some(placed) = self.reusable(child) {
                    let (with_entry, tracked) = child.descendant_counts()?;
                    let counts = Counts {
                        with_entry,
                        tracked,
                    };
                    level.add(self, child, placed, counts)?;
                } else {
                    above.push(std::mem::replace(&mut level, Level::of(child)?));
                }
                continue;
            }
            let placed = self.write_nodes(&level.packed)?;
            let Some(parent) = above.pop() else {
                return Ok((placed, level.counts));
            };
            let done = std::mem::replace(&mut level, parent);
            level.add(self, done.node, placed, done.counts)?;
        }
    }

    /// Where the children of a node already are in the file, if they are.
    fn reusable(&self, node: NodeRef<'_>) -> Option<Placed> {
        let (start, count) = node.children_on_disk().filter(|_| self.append)?;
        Some(Placed { start, count })
    }

    fn write_nodes(&mut self, nodes: &[DiskNode]) -> Result<Placed, DirstateError> {
        if nodes.is_empty() {
            return Ok(Placed::default());
        }
        let start = self.write_bytes(nodes.as_bytes())?;
        // They take less than 4 GiB, or writing them would have failed.
        let count = nodes.len() as u32;
        Ok(Placed { start, count })
    }

    /// Append bytes, and give their offset in the file.
    fn write_bytes(&mut self, bytes: &[u8]) -> Result<u32, DirstateError> {
        let start = self.base + self.out.len();
        if u32::try_from(start + bytes.len()).is_err() {
            return Err(DirstateError::TooLarge("the file takes 4 GiB or more"));
        }
        self.out.extend_from_slice(bytes);
        Ok(start as u32)
    }

    fn write_path(
        &mut self,
        path: &HgPath,
        on_disk: Option<u32>,
    ) -> Result<(u32, u16), DirstateError> {
        let len = u16::try_from(path.len())
            .map_err(|_| DirstateError::TooLarge("a path takes 64 KiB or more"))?;
        let start = match on_disk.filter(|_| self.append) {
            Some(start) => start,
            None => self.write_bytes(path.as_bytes())?,
        };
        Ok((start, len))
    }

    /// The node with its paths written.
    fn pack(
        &mut self,
        node: NodeRef<'_>,
        placed: Placed,
        below: Counts,
    ) -> Result<DiskNode, DirstateError> {
        let path = node.full_path()?;
        let (path_start, path_len) = self.write_path(path, node.path_on_disk())?;
        // A base name is a part of a path, which takes 16 bits.
        let base_name_start = path_len.checked_sub(node.base_name().len() as u16);
        let base_name_start = base_name_start
            .filter(|start| *start < path_len)
            .ok_or(InternalError::new("dirstate: a node has no base name"))?;
        let (copy_source_start, copy_source_len) = match node.copy_source()? {
            Some(source) => {
                self.copies += 1;
                self.write_path(source, node.copy_source_on_disk())?
            }
            None => (0, 0),
        };
        let unchanged = node.as_on_disk().copied();
        Ok(DiskNode {
            path_start: path_start.into(),
            path_len: path_len.into(),
            base_name_start: base_name_start.into(),
            copy_source_start: copy_source_start.into(),
            copy_source_len: copy_source_len.into(),
            children_start: placed.start.into(),
            children_count: placed.count.into(),
            descendants_with_entry: below.with_entry.into(),
            tracked_descendants: below.tracked.into(),
            ..unchanged.unwrap_or_else(|| packed_state(node))
        })
    }
}

/// A node of which only the fields are right that tell the entry or the cached
/// time of the directory.
fn packed_state(node: NodeRef<'_>) -> DiskNode {
    let (bits, size, seconds, nanoseconds) = match node.plain_entry() {
        Some(entry) => entry.v2_data(),
        None => match node.plain_cached_mtime() {
            None => (flags::DIRECTORY, 0, 0, 0),
            Some(mtime) => {
                let mut bits = flags::DIRECTORY | flags::HAS_MTIME | flags::ALL_UNKNOWN_RECORDED;
                if mtime.second_ambiguous() {
                    bits |= flags::MTIME_SECOND_AMBIGUOUS;
                }
                (bits, 0, mtime.seconds(), mtime.nanoseconds())
            }
        },
    };
    DiskNode {
        flags: bits.into(),
        size: size.into(),
        mtime_seconds: seconds.into(),
        mtime_nanoseconds: nanoseconds.into(),
        ..DiskNode::new_zeroed()
    }
}

impl<'a> Level<'a> {
    fn of(node: NodeRef<'a>) -> Result<Self, DirstateError> {
        let children = node.children()?;
        Ok(Self {
            node,
            children: children.iter(),
            packed: Vec::with_capacity(children.len()),
            counts: Counts::default(),
        })
    }

    fn add(
        &mut self,
        writer: &mut Writer,
        child: NodeRef<'_>,
        placed: Placed,
        below: Counts,
    ) -> Result<(), DirstateError> {
        self.packed.push(writer.pack(child, placed, below)?);
        let (has_entry, tracked) = child.tracked();
        // Counts read from a file may be anything.
        let add = |sum: u32, below: u32, this: bool| {
            sum.wrapping_add(below).wrapping_add(u32::from(this))
        };
        self.counts.with_entry = add(self.counts.with_entry, below.with_entry, has_entry);
        self.counts.tracked = add(self.counts.tracked, below.tracked, tracked);
        Ok(())
    }
}

/// Bytes to set aside for a new file of `entries` nodes, some more for
/// directories and paths.
pub(super) fn size_guess(entries: usize) -> usize {
    entries.saturating_mul(NODE_SIZE + 64)
}
