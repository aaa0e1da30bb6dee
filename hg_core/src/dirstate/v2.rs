// SPDX-License-Identifier: GPL-2.0-or-later
//! Reading dirstate-v2: the layout of nodes and of the tree metadata, and
//! the checks that make both safe to follow.
//!
//! A node is believed once its path is that of its parent, a slash, and a
//! base name that comes after its previous sibling's. Every path is thus
//! longer than its parent's, and no two nodes have the same: whatever the
//! offsets are, following them ends, and sees no byte as a node twice.

use std::cmp::Ordering;

use bytes::Bytes;
use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::entry::DirstateEntry;
use super::flags;
use super::tree::PathRange;
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError, TruncatedTimestamp};

/// Bytes of a [`DiskNode`].
pub(super) const NODE_SIZE: usize = std::mem::size_of::<DiskNode>();
/// Bytes of the tree metadata in the docket.
pub const TREE_METADATA_SIZE: usize = std::mem::size_of::<TreeMetadata>();

/// What the docket says about the tree. All numbers are big-endian.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct TreeMetadata {
    pub(super) root_start: U32,
    pub(super) root_count: U32,
    pub(super) with_entry: U32,
    pub(super) with_copy_source: U32,
    pub(super) unreachable_bytes: U32,
    pub(super) unused: [u8; 4],
    pub(super) ignore_patterns_hash: [u8; 20],
}

/// One node of the data file. Starts are offsets in it.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct DiskNode {
    pub(super) path_start: U32,
    pub(super) path_len: U16,
    pub(super) base_name_start: U16,
    /// 0 when there is no copy source.
    pub(super) copy_source_start: U32,
    pub(super) copy_source_len: U16,
    pub(super) children_start: U32,
    pub(super) children_count: U32,
    pub(super) descendants_with_entry: U32,
    pub(super) tracked_descendants: U32,
    pub(super) flags: U16,
    pub(super) size: U32,
    pub(super) mtime_seconds: U32,
    pub(super) mtime_nanoseconds: U32,
}

fn corrupted(problem: &'static str, offset: u32) -> DirstateError {
    DirstateError::CorruptedV2 {
        problem,
        offset: offset as usize,
    }
}

/// Bytes of the file, or `None` past its end.
fn slice(data: &Bytes, start: u32, len: usize) -> Option<&[u8]> {
    let start = start as usize;
    data.get(start..start.checked_add(len)?)
}

impl TreeMetadata {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DirstateError> {
        Self::read_from_bytes(bytes)
            .map_err(|_| corrupted("the tree metadata does not take 44 bytes", 0))
    }
}

impl DiskNode {
    fn has(&self, bits: u16) -> bool {
        self.flags.get() & bits != 0
    }

    pub(super) fn path_range(&self) -> PathRange {
        PathRange {
            start: self.path_start.get(),
            len: self.path_len.get().into(),
        }
    }

    /// The full path; empty, which that of no sound node is, if it reaches past
    /// the end of the file.
    pub(super) fn full_path<'a>(&self, data: &'a Bytes) -> &'a HgPath {
        let path = slice(data, self.path_start.get(), self.path_len.get().into());
        path.map_or(HgPath::root(), HgPath::new)
    }

    /// Where the base name begins in the full path.
    pub(super) fn base_name_start(&self) -> u32 {
        self.base_name_start.get().into()
    }

    /// Where the base name is.
    pub(super) fn base_name_range(&self) -> PathRange {
        let start = u32::from(self.base_name_start.get());
        PathRange {
            start: self.path_start.get().saturating_add(start),
            len: u32::from(self.path_len.get()).saturating_sub(start),
        }
    }

    /// The base name; empty if that is past the end of the path.
    pub(super) fn base_name<'a>(&self, data: &'a Bytes) -> &'a HgPath {
        let start = self.base_name_start.get().into();
        let path = self.full_path(data).as_bytes();
        path.get(start..).map_or(HgPath::root(), HgPath::new)
    }

    pub(super) fn has_entry(&self) -> bool {
        self.has(flags::ANY_TRACKED)
    }

    /// Whether the working copy tracks the file.
    pub(super) fn tracked(&self) -> bool {
        self.has(flags::WDIR_TRACKED)
    }

    /// The entry; one tracked nowhere when there is none.
    pub(super) fn entry(&self) -> DirstateEntry {
        if !self.has_entry() {
            return DirstateEntry::default();
        }
        let mut bits = self.flags.get();
        if self.has(flags::DIRECTORY) {
            // The time is then that of a directory in the file's place.
            bits &= !flags::HAS_MTIME;
        }
        DirstateEntry::from_v2_data(
            bits,
            self.size.get(),
            self.mtime_seconds.get(),
            self.mtime_nanoseconds.get(),
        )
    }

    /// The directory's time, if all that the directory held then is known to
    /// the dirstate, or ignored.
    pub(super) fn cached_directory_mtime(&self) -> Option<TruncatedTimestamp> {
        let needed = flags::DIRECTORY | flags::HAS_MTIME | flags::ALL_UNKNOWN_RECORDED;
        if self.has_entry() || self.flags.get() & needed != needed {
            return None;
        }
        TruncatedTimestamp::new(
            self.mtime_seconds.get(),
            self.mtime_nanoseconds.get(),
            self.has(flags::MTIME_SECOND_AMBIGUOUS),
        )
        .ok()
    }

    pub(super) fn has_children(&self) -> bool {
        self.children_count.get() != 0
    }

    pub(super) fn children_range(&self) -> (u32, u32) {
        (self.children_start.get(), self.children_count.get())
    }

    /// How many descendants have an entry, and how many are tracked.
    pub(super) fn descendant_counts(&self) -> (u32, u32) {
        (
            self.descendants_with_entry.get(),
            self.tracked_descendants.get(),
        )
    }

    pub(super) fn has_copy_source(&self) -> bool {
        self.copy_source_start.get() != 0
    }

    /// The copy source, of length 0 when there is none.
    pub(super) fn copy_source_range(&self, data: &Bytes) -> Result<PathRange, DirstateError> {
        if !self.has_copy_source() {
            return Ok(PathRange::default());
        }
        let (start, len) = (self.copy_source_start.get(), self.copy_source_len.get());
        match slice(data, start, len.into()) {
            None => Err(corrupted("a copy source ends after the file", start)),
            Some([]) => Err(corrupted("a copy source is empty", start)),
            Some(source) if source.contains(&0) => {
                Err(corrupted("a copy source contains a NUL byte", start))
            }
            Some(_) => Ok(PathRange {
                start,
                len: len.into(),
            }),
        }
    }

    /// Check all that must hold for a child of `parent`, and give its base name.
    #[inline]
    fn check<'a>(&self, data: &'a Bytes, parent: &HgPath) -> Result<&'a HgPath, DirstateError> {
        let start = self.path_start.get();
        let Some(path) = slice(data, start, self.path_len.get().into()) else {
            return Err(corrupted("a path ends after the file", start));
        };
        let base_start = usize::from(self.base_name_start.get());
        let base_name = match path.get(base_start..) {
            None | Some([]) => return Err(corrupted("a base name is empty", start)),
            Some(base_name) => base_name,
        };
        if has_slash_or_nul(base_name) {
            return Err(corrupted("a base name contains a slash or NUL byte", start));
        }
        let in_parent = match path.get(..base_start) {
            Some([]) => parent.is_root(),
            Some([directory @ .., b'/']) => !parent.is_root() && parent == directory,
            _ => false,
        };
        if !in_parent {
            return Err(corrupted("a path is not in its parent directory", start));
        }
        Ok(HgPath::new(base_name))
    }
}

/// Whether a name holds a byte that no name can. Names are short: a general
/// search takes longer to begin than this to end.
#[inline]
fn has_slash_or_nul(name: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    // The highest bit of each byte that is zero; of others only above those.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let special = |word: u64| zeros(word) | zeros(word ^ (ONES * b'/' as u64));
    let mut rest = name;
    while let Some((word, after)) = rest.split_first_chunk() {
        if special(u64::from_le_bytes(*word)) != 0 {
            return true;
        }
        rest = after;
    }
    rest.iter().any(|byte| matches!(byte, 0 | b'/'))
}

/// The nodes of a range, none of which are checked.
pub(super) fn nodes(data: &Bytes, start: u32, count: u32) -> Result<&[DiskNode], DirstateError> {
    (count as usize)
        .checked_mul(NODE_SIZE)
        .and_then(|len| slice(data, start, len))
        .and_then(|bytes| <[DiskNode]>::ref_from_bytes(bytes).ok())
        .ok_or_else(|| corrupted("a list of nodes ends after the file", start))
}

/// Check that the list of root nodes is within the file.
pub(super) fn check_range(data: &Bytes, start: u32, count: u32) -> Result<(), DirstateError> {
    nodes(data, start, count).map(|_| ())
}

/// What is wrong with siblings whose names compare like this.
fn disorder(order: Ordering) -> &'static str {
    match order {
        Ordering::Greater => "sibling nodes are not sorted",
        _ => "two siblings have the same name",
    }
}

/// The children of the directory `parent`, every one of them checked.
pub(super) fn read_siblings<'a>(
    data: &'a Bytes,
    parent: &HgPath,
    start: u32,
    count: u32,
) -> Result<&'a [DiskNode], DirstateError> {
    let siblings = nodes(data, start, count)?;
    let mut previous: Option<(&DiskNode, &HgPath, u64)> = None;
    let mut paired = false;
    for node in siblings {
        let base_name = node.check(data, parent)?;
        let beginning = first_bytes(base_name);
        if let Some((previous, previous_name, before)) = previous {
            // Most often the first bytes tell.
            let order = before.cmp(&beginning);
            match order.then_with(|| previous_name.cmp(base_name)) {
                Ordering::Less => paired = false,
                Ordering::Equal if !paired && is_pair(previous, node) => paired = true,
                order => return Err(corrupted(disorder(order), start)),
            }
        }
        previous = Some((node, base_name, beginning));
    }
    Ok(siblings)
}

/// The first eight bytes of a name, as a number of the same order. A name has
/// no NUL bytes, so that these can stand for the end.
#[inline]
fn first_bytes(name: &HgPath) -> u64 {
    let name = name.as_bytes();
    match name.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let shifted = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            let missing = 8 * (8 - name.len() as u32);
            name.iter()
                .fold(0, shifted)
                .checked_shl(missing)
                .unwrap_or(0)
        }
    }
}

/// Whether two siblings of the same name are a file and a directory that make
/// one node. Python's writer splits a path in two when it was a removed file,
/// and is now a directory whose first file is in a subdirectory.
fn is_pair(file: &DiskNode, dir: &DiskNode) -> bool {
    !file.has_children() && file.has_entry() && !dir.has_entry()
}

/// One node, which is in the file once, or in two parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct DiskPair<'a> {
    /// What is said of the path as a file.
    pub(super) file: &'a DiskNode,
    /// What is said of the path as a directory.
    pub(super) dir: &'a DiskNode,
}

impl DiskPair<'_> {
    pub(super) fn entry(&self) -> DirstateEntry {
        self.file.entry()
    }

    pub(super) fn descendant_counts(&self) -> (u32, u32) {
        self.dir.descendant_counts()
    }
}

/// Which nodes a walk is for that need not see all. Of the others nothing is
/// checked, nor are their paths fetched from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Directories,
    /// Nodes with a copy source, and the directories that lead to them.
    Copied,
}

impl Wanted {
    #[inline]
    fn includes(self, node: &DiskNode) -> bool {
        node.has_children() || (self == Self::Copied && node.has_copy_source())
    }
}

/// The nodes that siblings make.
pub(super) fn pairs<'a>(data: &'a Bytes, siblings: &'a [DiskNode]) -> Pairs<'a> {
    Pairs { data, siblings }
}

#[derive(Debug, Clone)]
pub(super) struct Pairs<'a> {
    data: &'a Bytes,
    siblings: &'a [DiskNode],
}

impl<'a> Pairs<'a> {
    /// How many nodes of the file are left.
    pub(super) fn nodes_left(&self) -> usize {
        self.siblings.len()
    }

    /// The next that is wanted; it and its name's place after `previous` are
    /// checked.
    pub(super) fn next_wanted(
        &mut self,
        wanted: Wanted,
        parent: &HgPath,
        previous: &HgPath,
    ) -> Result<Option<DiskPair<'a>>, DirstateError> {
        loop {
            let siblings = self.siblings;
            let position = siblings.iter().position(|node| wanted.includes(node));
            // The one before may be the first part of a pair.
            let passed = position.unwrap_or(siblings.len()).saturating_sub(1);
            let left = siblings.get(passed..);
            self.siblings = left.ok_or(InternalError::new("dirstate-v2: nodes past a list"))?;
            let Some(pair) = self.next() else {
                return Ok(None);
            };
            if !wanted.includes(pair.dir) && !wanted.includes(pair.file) {
                continue;
            }
            if !std::ptr::eq(pair.file, pair.dir) {
                pair.dir.check(self.data, parent)?;
            }
            let base_name = pair.file.check(self.data, parent)?;
            return match previous.cmp(base_name) {
                Ordering::Less => Ok(Some(pair)),
                order => Err(corrupted(disorder(order), pair.file.path_start.get())),
            };
        }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = DiskPair<'a>;

    fn next(&mut self) -> Option<DiskPair<'a>> {
        let (file, rest) = self.siblings.split_first()?;
        // Only a file without children can have another part.
        if let (false, Some((dir, after))) = (file.has_children(), rest.split_first()) {
            if is_pair(file, dir) && file.base_name(self.data) == dir.base_name(self.data) {
                self.siblings = after;
                return Some(DiskPair { file, dir });
            }
        }
        self.siblings = rest;
        Some(DiskPair { file, dir: file })
    }
}

/// The child of `parent` with this base name, checking the nodes that the
/// search meets.
pub(super) fn find_child<'a>(
    data: &'a Bytes,
    parent: &HgPath,
    (start, count): (u32, u32),
    base_name: &HgPath,
) -> Result<Option<DiskPair<'a>>, DirstateError> {
    let siblings = nodes(data, start, count)?;
    let (mut low, mut high) = (0, siblings.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let node = siblings.get(middle);
        let node = node.ok_or(InternalError::new("dirstate-v2: a node past a list"))?;
        match node.check(data, parent)?.cmp(base_name) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => {
                let before = middle.checked_sub(1).and_then(|index| siblings.get(index));
                let after = siblings.get(middle + 1);
                let named = |other: &&DiskNode| other.check(data, parent) == Ok(base_name);
                return Ok(Some(match (before.filter(named), after.filter(named)) {
                    (Some(file), None) if is_pair(file, node) => DiskPair { file, dir: node },
                    (None, Some(dir)) if is_pair(node, dir) => DiskPair { file: node, dir },
                    (None, None) => DiskPair {
                        file: node,
                        dir: node,
                    },
                    _ => return Err(corrupted("two siblings have the same name", start)),
                }));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use zerocopy::FromZeros;

    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(NODE_SIZE, 44);
        assert_eq!(TREE_METADATA_SIZE, 44);
    }

    #[test]
    fn slashes_and_nuls() {
        for len in 0..30 {
            let mut name: Vec<u8> = (0..len).map(|i| 0x2e + 2 * (i as u8 % 2)).collect();
            assert!(!has_slash_or_nul(&name));
            for at in 0..len {
                for special in [0, b'/'] {
                    let before = std::mem::replace(&mut name[at], special);
                    assert!(has_slash_or_nul(&name));
                    name[at] = before;
                }
                for other in [1, 0x30, 0x80, 0xaf, 0xff] {
                    name[at] = other;
                    assert!(!has_slash_or_nul(&name));
                }
            }
        }
    }

    fn node(bits: u16) -> DiskNode {
        let mut node = DiskNode::new_zeroed();
        node.flags = bits.into();
        node.mtime_seconds = 5.into();
        node
    }

    /// A directory's time is of use only when unknown files were recorded,
    /// and is never that of a file.
    #[test]
    fn directory_mtime() {
        let all = flags::DIRECTORY | flags::HAS_MTIME | flags::ALL_UNKNOWN_RECORDED;
        let mtime = node(all).cached_directory_mtime().unwrap();
        assert_eq!((mtime.seconds(), mtime.second_ambiguous()), (5, false));
        let ambiguous = node(all | flags::MTIME_SECOND_AMBIGUOUS).cached_directory_mtime();
        assert!(ambiguous.unwrap().second_ambiguous());
        for missing in [
            flags::DIRECTORY,
            flags::HAS_MTIME,
            flags::ALL_UNKNOWN_RECORDED,
        ] {
            assert_eq!(node(all & !missing).cached_directory_mtime(), None);
        }
        let file = node(all | flags::WDIR_TRACKED);
        assert_eq!(file.cached_directory_mtime(), None);
        assert_eq!(file.entry().truncated_mtime(), None);
        let file = node(flags::HAS_MTIME | flags::WDIR_TRACKED);
        assert!(file.entry().truncated_mtime().is_some());
        let mut impossible = node(all);
        impossible.mtime_nanoseconds = u32::MAX.into();
        assert_eq!(impossible.cached_directory_mtime(), None);
    }
}
