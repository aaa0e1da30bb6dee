// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate-v1 format: two parents, then a record a file.
//!
//! A record is the state byte, then mode, size, mtime and the length of the
//! name as big-endian 32-bit integers, then the name. A copied file's name is
//! followed by a NUL byte and the name of its source.

use bytes::Bytes;
use zerocopy::byteorder::big_endian::{I32, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::children::NameHash;
use super::entry::DirstateEntry;
use super::tree::{Directory, PathRange, Tree, NOT_A_DIRECTORY, NO_DIRECTORY, ROOT};
use super::view::NodeRef;
use super::DirstateParents;
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError, Node};

const PARENTS_SIZE: usize = 40;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RecordHeader {
    state: u8,
    mode: I32,
    size: I32,
    mtime: I32,
    name_len: U32,
}

const NOT_IN_NAME: InternalError = InternalError::new("dirstate-v1: a name ends before its parts");
const HEADER_SIZE: usize = std::mem::size_of::<RecordHeader>();

fn corrupted(problem: &'static str, offset: usize) -> DirstateError {
    DirstateError::CorruptedV1 { problem, offset }
}

/// A tree of all that the file says, and how many copy sources that is.
///
/// As in Python's dictionaries, the last of several records for a path
/// counts, and a copy source stays until another takes its place.
pub(super) fn parse(data: Bytes) -> Result<(Tree, u32, DirstateParents), DirstateError> {
    let mut tree = Tree::new(data.clone(), Directory::empty())?;
    if data.is_empty() {
        return Ok((tree, 0, DirstateParents::NULL));
    }
    let parent = |range| data.get(range).and_then(Node::from_slice);
    let (Some(p1), Some(p2)) = (parent(0..Node::LEN), parent(Node::LEN..PARENTS_SIZE)) else {
        return Err(corrupted("too little data for parents", data.len()));
    };
    let parents = DirstateParents { p1, p2 };
    // Records of 60 bytes are typical; this is memory, not a limit.
    tree.nodes.reserve(data.len() / 60);
    let mut builder = Builder {
        tree,
        open: Vec::new(),
        copies: 0,
    };
    let mut offset = PARENTS_SIZE;
    let mut rest = data.get(PARENTS_SIZE..).ok_or(NOT_IN_NAME)?;
    while !rest.is_empty() {
        let Ok((header, after)) = RecordHeader::ref_from_prefix(rest) else {
            return Err(corrupted("overflow in dirstate", offset));
        };
        let name_len = header.name_len.get() as usize;
        let (Some(name), Some(after)) = (after.get(..name_len), after.get(name_len..)) else {
            return Err(corrupted("overflow in dirstate", offset));
        };
        let entry = DirstateEntry::from_v1_data(
            header.state,
            header.mode.get(),
            header.size.get(),
            header.mtime.get(),
        )?;
        builder.add(offset + HEADER_SIZE, name, entry)?;
        offset += HEADER_SIZE + name_len;
        rest = after;
    }
    let Builder {
        mut tree, copies, ..
    } = builder;
    tree.sort_children();
    sum_counts(&mut tree)?;
    Ok((tree, copies, parents))
}

/// Builds the tree from records. It keeps the directories of the last path
/// open: in a sorted file a record most often belongs to the last of them,
/// after all it has.
struct Builder {
    tree: Tree,
    /// For each open directory its node and the end of its path with the
    /// slash, from the outermost inwards; the root is not among them.
    open: Vec<(u32, PathRange)>,
    copies: u32,
}

impl Builder {
    /// Add one record, whose name is at `start` in the file.
    fn add(
        &mut self,
        start: usize,
        name: &[u8],
        entry: DirstateEntry,
    ) -> Result<(), DirstateError> {
        let (path, copy_source) = match memchr::memchr(0, name) {
            None => (name, None),
            Some(nul) => match name.split_at_checked(nul).ok_or(NOT_IN_NAME)? {
                (path, [0, source @ ..]) if !source.is_empty() && !source.contains(&0) => {
                    (path, Some(source))
                }
                _ => return Err(corrupted("an invalid copy source", start)),
            },
        };
        let path = HgPath::new(path);
        // The file is shorter than 4 GiB, so offsets in it fit.
        let range = PathRange {
            start: start as u32,
            len: path.len() as u32,
        };
        let id = self.node(range, path)?;
        let copy_range = copy_source.map(|source| PathRange {
            start: (start + path.len() + 1) as u32,
            len: source.len() as u32,
        });
        let node = self.tree.node_mut(id)?;
        node.entry = entry;
        if let Some(copy_range) = copy_range {
            self.copies += u32::from(node.copy_source.len == 0);
            node.copy_source = copy_range;
        }
        Ok(())
    }

    /// The node of `path`, which is made if this is its first record.
    fn node(&mut self, range: PathRange, path: &HgPath) -> Result<u32, DirstateError> {
        // Leave the directories that do not hold the path.
        let shared = match self.open.last() {
            Some((_, directory)) => common_len(self.tree.path(*directory), path),
            None => 0,
        };
        while matches!(self.open.last(), Some((_, directory)) if directory.len as usize > shared) {
            self.open.pop();
        }
        let (mut parent, mut base_start) = match self.open.last() {
            Some((id, directory)) => (*id, directory.len as usize),
            None => (ROOT, 0),
        };
        // Enter those that do.
        let path = path.as_bytes();
        let mut rest = path.get(base_start..).ok_or(NOT_IN_NAME)?;
        while let Some(slash) = memchr::memchr(b'/', rest) {
            let end = base_start + slash;
            let range = PathRange {
                start: range.start,
                len: end as u32,
            };
            let name = HgPath::new(rest.get(..slash).ok_or(NOT_IN_NAME)?);
            parent = self.child(parent, range, base_start, name)?;
            base_start = end + 1;
            let with_slash = PathRange {
                start: range.start,
                len: base_start as u32,
            };
            self.open.push((parent, with_slash));
            rest = path.get(base_start..).ok_or(NOT_IN_NAME)?;
        }
        self.child(parent, range, base_start, HgPath::new(rest))
    }

    fn child(
        &mut self,
        parent: u32,
        range: PathRange,
        base_start: usize,
        base_name: &HgPath,
    ) -> Result<u32, DirstateError> {
        if base_name.is_empty() {
            return Err(corrupted("an empty name in a path", range.start as usize));
        }
        let tree = &mut self.tree;
        let hash = NameHash::of(base_name);
        let (last, known) = tree.children_mut(parent)?.last();
        let is_last = last.is_none_or(|last| tree.base_name(last) < base_name);
        if known && is_last {
            let id = tree.add_node(parent, range, base_start as u32)?;
            tree.children_mut(parent)?.push(hash, id);
            return Ok(id);
        }
        if let Some(found) = tree.find_loaded(parent, base_name)? {
            return Ok(found);
        }
        let id = tree.add_node(parent, range, base_start as u32)?;
        tree.add_child(parent, hash, id, base_name)?;
        Ok(id)
    }
}

/// How many bytes `directory` and `path` have in common at their beginning.
fn common_len(directory: &HgPath, path: &HgPath) -> usize {
    let (directory, path) = (directory.as_bytes(), path.as_bytes());
    if path.starts_with(directory) {
        return directory.len();
    }
    let pairs = directory.iter().zip(path);
    pairs.take_while(|(one, other)| one == other).count()
}

/// Count descendants, in one pass: a node comes after its parent.
fn sum_counts(tree: &mut Tree) -> Result<(), InternalError> {
    let Tree {
        nodes, directories, ..
    } = tree;
    // The root, which comes first, has no parent.
    for node in nodes.iter().skip(1).rev() {
        let mut with_entry = u32::from(node.entry.any_tracked());
        let mut tracked = u32::from(node.entry.tracked());
        if node.directory != NO_DIRECTORY {
            let directory = directories.get(node.directory as usize);
            let directory = directory.ok_or(NOT_A_DIRECTORY)?;
            with_entry += directory.with_entry;
            tracked += directory.tracked;
        }
        let parent = nodes.get(node.parent as usize).ok_or(NOT_A_DIRECTORY)?;
        let parent = directories.get_mut(parent.directory as usize);
        let parent = parent.ok_or(NOT_A_DIRECTORY)?;
        parent.with_entry += with_entry;
        parent.tracked += tracked;
    }
    Ok(())
}

/// The v1 file of a tree. Records are in the order of the tree, which is the
/// one that [`parse`] reads fastest.
pub(super) fn pack(
    tree: &Tree,
    parents: DirstateParents,
    size_guess: usize,
) -> Result<Vec<u8>, DirstateError> {
    let mut packed = Vec::with_capacity(size_guess);
    packed.extend_from_slice(parents.p1.as_bytes());
    packed.extend_from_slice(parents.p2.as_bytes());
    for node in NodeRef::root(tree).descendants() {
        let node = node?;
        let Some(entry) = node.plain_entry() else {
            continue;
        };
        let path = node.full_path()?;
        let copy_source = node.copy_source()?;
        let name_len = path.len() + copy_source.map_or(0, |source| source.len() + 1);
        let name_len = i32::try_from(name_len)
            .map_err(|_| DirstateError::TooLarge("a path takes 2 GiB or more"))?;
        let (state, mode, size, mtime) = entry.debug_tuple();
        let header = RecordHeader {
            state,
            mode: mode.into(),
            size: size.into(),
            mtime: mtime.into(),
            name_len: (name_len as u32).into(),
        };
        packed.extend_from_slice(header.as_bytes());
        packed.extend_from_slice(path.as_bytes());
        if let Some(source) = copy_source {
            packed.push(0);
            packed.extend_from_slice(source.as_bytes());
        }
    }
    Ok(packed)
}
