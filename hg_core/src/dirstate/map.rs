// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate map: reading it, asking it, and writing it (contract 4).

use std::borrow::Cow;

use bytes::Bytes;

use super::children::ChildIds;
use super::cursor::{EntriesCursor, NodeWalk};
use super::entry::DirstateEntry;
use super::tree::{Children, Directory, Lookup, NeedsLook, Tree, ROOT};
use super::v2::{self, TreeMetadata, Wanted, NODE_SIZE};
use super::v2_write::{self, Kept, PackedV2, WriteMode};
use super::view::{ChildNodes, NodeRef};
use super::{v1, DirstateParents};
use crate::dirstate::DirstateError;
use crate::fs::FileIdentity;
use crate::types::HgPath;

/// The format a map was read from. A new map counts as v1: it has nothing
/// that only v2 can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirstateVersion {
    /// One file, which holds all.
    V1,
    /// A docket, and a data file that can be appended to.
    V2,
}

/// A path with its state, mode, size and mtime as in a v1 record; the state
/// of a node without an entry is a space.
pub type DebugTuple<'a> = (&'a HgPath, (u8, i32, i32, i32));

/// What the dirstate knows about the files of a working directory.
///
/// It owns the bytes it was read from and refers to them. What it reads from
/// dirstate-v2 it reads when asked, so most operations can find the file
/// [corrupted](DirstateError::CorruptedV2).
///
/// A path that no node could have, as `b""` or `b"a//b"`, is not in the map,
/// and cannot be added ([`DirstateError::InvalidPath`]).
#[derive(Debug)]
pub struct DirstateMap {
    tree: Tree,
    /// Counts the changes, for walks that do not hold the map.
    generation: u64,
    /// Nodes that have a copy source.
    pub(super) with_copy_source: u32,
    version: DirstateVersion,
    ignore_patterns_hash: [u8; 20],
    uuid: Option<Vec<u8>>,
    identity: Option<FileIdentity>,
}

impl DirstateMap {
    /// A map of no files.
    pub fn new_empty() -> Self {
        Self {
            tree: Tree::empty(),
            generation: 0,
            with_copy_source: 0,
            version: DirstateVersion::V1,
            ignore_patterns_hash: [0; 20],
            uuid: None,
            identity: None,
        }
    }

    /// The map in a dirstate-v1 file, and the parents of the working
    /// directory. An empty file is an empty map with null parents.
    ///
    /// # Errors
    /// When the file is not well-formed. Negative numbers are; so are several
    /// records for a path, the last of which counts.
    pub fn new_v1(
        data: Bytes,
        identity: Option<FileIdentity>,
    ) -> Result<(Self, DirstateParents), DirstateError> {
        let (tree, with_copy_source, parents) = v1::parse(data)?;
        let map = Self {
            tree,
            with_copy_source,
            identity,
            ..Self::new_empty()
        };
        Ok((map, parents))
    }

    /// The map in the first `data_size` bytes of a dirstate-v2 data file, of
    /// which nothing is read yet. `tree_metadata` is the docket's, 44 bytes;
    /// with an empty data file it says nothing.
    ///
    /// # Errors
    /// When the file is shorter than that, or the metadata does not fit it.
    pub fn new_v2(
        data: Bytes,
        data_size: usize,
        tree_metadata: &[u8],
        uuid: Vec<u8>,
        identity: Option<FileIdentity>,
    ) -> Result<Self, DirstateError> {
        let corrupted = |problem, offset| DirstateError::CorruptedV2 { problem, offset };
        if data.len() < data_size {
            let problem = "the data file is shorter than the docket says";
            return Err(corrupted(problem, data.len()));
        }
        let data = data.slice(..data_size);
        let metadata = TreeMetadata::parse(tree_metadata)?;
        if data.is_empty() {
            return Ok(Self {
                version: DirstateVersion::V2,
                uuid: Some(uuid),
                identity,
                ..Self::new_empty()
            });
        }
        let (start, count) = (metadata.root_start.get(), metadata.root_count.get());
        let children = if count == 0 {
            Children::Loaded(ChildIds::default())
        } else {
            v2::check_range(&data, start, count)?;
            Children::OnDisk { start, count }
        };
        let (with_entry, with_copy_source) =
            (metadata.with_entry.get(), metadata.with_copy_source.get());
        if with_entry.max(with_copy_source) as usize > data_size / NODE_SIZE {
            return Err(corrupted("the metadata counts more files than fit", 0));
        }
        let root = Directory {
            children,
            with_entry,
            ..Directory::empty()
        };
        let mut tree = Tree::new(data, root)?;
        tree.unreachable_bytes = metadata.unreachable_bytes.get();
        Ok(Self {
            tree,
            with_copy_source,
            version: DirstateVersion::V2,
            ignore_patterns_hash: metadata.ignore_patterns_hash,
            uuid: Some(uuid),
            identity,
            ..Self::new_empty()
        })
    }

    /// How many files have an entry: what the v2 metadata says, until that is
    /// seen to be wrong. It is never more than there is room for.
    pub fn len(&self) -> usize {
        let room = self.tree.nodes.len() + self.tree.data.len() / NODE_SIZE;
        // Without a root nothing else has an answer.
        let root = self.tree.directory(ROOT);
        root.map_or(0, |root| room.min(root.with_entry as usize))
    }

    /// Whether no file has an entry, see [`Self::len`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry of a file.
    pub fn get(&self, path: &HgPath) -> Result<Option<DirstateEntry>, DirstateError> {
        Ok(self.get_node(path)?.and_then(|node| node.plain_entry()))
    }

    /// Whether a file has an entry.
    pub fn contains_key(&self, path: &HgPath) -> Result<bool, DirstateError> {
        Ok(self.get(path)?.is_some())
    }

    /// All files that have an entry, in the order of the tree.
    pub fn iter(&self) -> impl Iterator<Item = Result<(&HgPath, DirstateEntry), DirstateError>> {
        self.nodes().filter_map(|node| match node {
            Ok(node) => {
                let entry = node.plain_entry()?;
                Some(node.full_path().map(|path| (path, entry)))
            }
            Err(error) => Some(Err(error)),
        })
    }

    /// The paths of all files that have an entry, in the order of the tree.
    pub fn paths(&self) -> impl Iterator<Item = Result<&HgPath, DirstateError>> {
        self.nodes().filter_map(|node| match node {
            Ok(node) => node.tracked().0.then(|| node.full_path()),
            Err(error) => Some(Err(error)),
        })
    }

    /// A walk over what [`Self::iter`] gives, which does not hold the map.
    pub fn entries_cursor(&self) -> EntriesCursor {
        EntriesCursor::new(self)
    }

    /// End the walks of all cursors, as every change of the map does.
    pub fn end_cursors(&mut self) {
        self.generation = self.generation.wrapping_add(1);
    }

    /// All nodes, files and directories, each before its children.
    pub fn nodes(&self) -> impl Iterator<Item = Result<NodeRef<'_>, DirstateError>> {
        self.root().descendants()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree, to change it.
    pub(super) fn tree_mut(&mut self) -> &mut Tree {
        self.end_cursors();
        &mut self.tree
    }

    fn root(&self) -> NodeRef<'_> {
        NodeRef::root(&self.tree)
    }

    /// The files and directories at the root.
    pub fn root_children(&self) -> Result<ChildNodes<'_>, DirstateError> {
        self.root().children()
    }

    /// The node of a file or directory.
    pub fn get_node(&self, path: &HgPath) -> Result<Option<NodeRef<'_>>, DirstateError> {
        match self.tree.find_in_memory(path) {
            Ok(Lookup::Found(id)) => return Ok(Some(NodeRef::memory(&self.tree, id))),
            Ok(Lookup::Absent { .. }) => return Ok(None),
            Err(NeedsLook) => {}
        }
        let mut node = self.root();
        for component in path.components() {
            match node.child(component)? {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// Whether there is a file with an entry below the directory. The root,
    /// `b""`, is none here.
    pub fn has_directory(&self, directory: &HgPath) -> Result<bool, DirstateError> {
        let node = self.get_node(directory)?;
        match node {
            Some(node) => Ok(node.descendants_with_entry_count()? > 0),
            None => Ok(false),
        }
    }

    /// Whether there is a file below the directory that the working copy
    /// tracks. The root, `b""`, is none here.
    pub fn has_tracked_directory(&self, directory: &HgPath) -> Result<bool, DirstateError> {
        let node = self.get_node(directory)?;
        match node {
            Some(node) => Ok(node.tracked_descendants_count()? > 0),
            None => Ok(false),
        }
    }

    /// The directories with files that the working copy tracks, but for the
    /// root.
    pub fn tracked_dirs(&self) -> Result<Vec<&HgPath>, DirstateError> {
        let mut directories = Vec::new();
        let mut walk = NodeWalk::some(Wanted::Directories);
        walk.find(&self.tree, |node| {
            if node.tracked_descendants_count()? > 0 {
                directories.push(node.full_path()?);
            }
            Ok(None::<()>)
        })?;
        Ok(directories)
    }

    /// The paths of all files that have an entry and are not removed.
    pub fn present_files(&self) -> impl Iterator<Item = Result<&HgPath, DirstateError>> {
        self.iter().filter_map(|item| match item {
            Ok((_, entry)) if entry.removed() => None,
            Ok((path, _)) => Some(Ok(path)),
            Err(error) => Some(Err(error)),
        })
    }

    /// The paths of [`Self::present_files`], each after what a file system that
    /// does not tell case takes it for: with the letters of ASCII in lower case.
    pub fn file_fold_map(
        &self,
    ) -> impl Iterator<Item = Result<(Cow<'_, HgPath>, &HgPath), DirstateError>> {
        self.present_files()
            .map(|path| path.map(|path| (path.to_ascii_lowercase(), path)))
    }

    /// The v1 values of all entries; with `all`, of the other nodes too.
    pub fn debug_iter(
        &self,
        all: bool,
    ) -> impl Iterator<Item = Result<DebugTuple<'_>, DirstateError>> + '_ {
        self.nodes().filter_map(move |node| match node {
            Err(error) => Some(Err(error)),
            Ok(node) => {
                let values = match node.plain_entry() {
                    Some(entry) => entry.debug_tuple(),
                    None if !all => return None,
                    None => {
                        let mtime = node.plain_cached_mtime();
                        (b' ', 0, -1, mtime.map_or(-1, |time| time.seconds() as i32))
                    }
                };
                Some(node.full_path().map(|path| (path, values)))
            }
        })
    }

    /// The dirstate-v1 file of this map, the same for the same contents.
    pub fn pack_v1(&self, parents: DirstateParents) -> Result<Vec<u8>, DirstateError> {
        let guess = self.tree.data.len().max(self.len().saturating_mul(64));
        v1::pack(&self.tree, parents, guess)
    }

    /// The dirstate-v2 data file of this map, or what to append to the one it
    /// was read from: only what changed, and what leads there.
    ///
    /// # Errors
    /// [`DirstateError::CannotAppend`] when appending is forced to a map that
    /// was not read from dirstate-v2; [`DirstateError::TooLarge`] when v2
    /// cannot hold it.
    pub fn pack_v2(&self, mode: WriteMode) -> Result<PackedV2, DirstateError> {
        let old_size = self.tree.data.len();
        let append = match mode {
            WriteMode::ForceNew => false,
            WriteMode::ForceAppend if self.version == DirstateVersion::V1 => {
                return Err(DirstateError::CannotAppend);
            }
            WriteMode::ForceAppend => true,
            WriteMode::Auto => {
                self.version == DirstateVersion::V2
                    && u64::from(self.tree.unreachable_bytes) * 2 < old_size as u64
            }
        };
        let kept = Kept {
            unreachable_bytes: self.tree.unreachable_bytes,
            with_copy_source: self.with_copy_source,
            ignore_patterns_hash: self.ignore_patterns_hash,
        };
        let guess = if append {
            0
        } else {
            v2_write::size_guess(self.len())
        };
        let written = v2_write::write(self.root(), append.then_some(old_size), kept, guess);
        match written {
            // There may be room in a new file.
            Err(DirstateError::TooLarge(_)) if append && mode == WriteMode::Auto => {
                v2_write::write(self.root(), None, kept, 0)
            }
            written => written,
        }
    }

    /// The hash of the ignore patterns when directory times were cached; all
    /// zero when there is none.
    pub fn ignore_patterns_hash(&self) -> &[u8; 20] {
        &self.ignore_patterns_hash
    }

    /// See [`Self::ignore_patterns_hash`].
    pub fn set_ignore_patterns_hash(&mut self, hash: [u8; 20]) {
        self.ignore_patterns_hash = hash;
    }

    /// The format this map was read from.
    pub fn dirstate_version(&self) -> DirstateVersion {
        self.version
    }

    /// The identifier of the v2 data file this map was read from.
    pub fn uuid(&self) -> Option<&[u8]> {
        self.uuid.as_deref()
    }

    /// The identity of the dirstate file when this map was read.
    pub fn identity(&self) -> Option<&FileIdentity> {
        self.identity.as_ref()
    }
}

impl Default for DirstateMap {
    fn default() -> Self {
        Self::new_empty()
    }
}

#[cfg(test)]
mod tests;
