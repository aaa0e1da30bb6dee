// SPDX-License-Identifier: GPL-2.0-or-later
//! The tree of nodes in memory, over the bytes it was read from.

use std::cmp::Ordering;

use bytes::Bytes;

use super::children::{ChildIds, NameHash};
use super::entry::DirstateEntry;
use super::v2::{self, DiskNode, NODE_SIZE};
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError, TruncatedTimestamp};

/// The root, a directory that has no name.
pub(super) const ROOT: u32 = 0;
/// The `directory` of a node that has no children.
pub(super) const NO_DIRECTORY: u32 = u32::MAX;

/// Some bytes of the file, or of the paths added since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PathRange {
    pub(super) start: u32,
    /// 0 stands for no path at all: there are no empty paths.
    pub(super) len: u32,
}

/// A file or directory. Most are files: what only directories have is apart.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) path: PathRange,
    /// Where in `path` the base name begins.
    pub(super) base_start: u32,
    pub(super) parent: u32,
    pub(super) copy_source: PathRange,
    /// Tracked nowhere: the node has no entry.
    pub(super) entry: DirstateEntry,
    /// Index in [`Tree::directories`], or [`NO_DIRECTORY`].
    pub(super) directory: u32,
}

#[derive(Debug)]
pub(super) struct Directory {
    pub(super) children: Children,
    /// Descendants with an entry.
    pub(super) with_entry: u32,
    /// Descendants that the working copy tracks.
    pub(super) tracked: u32,
    /// Kept only while the node itself has no entry.
    pub(super) cached_mtime: Option<TruncatedTimestamp>,
}

#[derive(Debug)]
pub(super) enum Children {
    /// As in the v2 file: nobody has changed anything below.
    OnDisk {
        start: u32,
        count: u32,
    },
    Loaded(ChildIds),
}

/// What is found where there is no node, which cannot be. No node has an empty
/// path: whoever hands out the path of one makes an error of that.
static NOWHERE: Node = Node::at(PathRange { start: 0, len: 0 }, 0, ROOT);

impl Node {
    const fn at(path: PathRange, base_start: u32, parent: u32) -> Self {
        Self {
            path,
            base_start,
            parent,
            copy_source: PathRange { start: 0, len: 0 },
            entry: DirstateEntry::NONE,
            directory: NO_DIRECTORY,
        }
    }
}

impl Directory {
    pub(super) fn empty() -> Self {
        Self {
            children: Children::Loaded(ChildIds::default()),
            with_entry: 0,
            tracked: 0,
            cached_mtime: None,
        }
    }
}

/// What [`Tree::find_in_memory`] tells.
pub(super) enum Lookup {
    Found(u32),
    /// There is no such node: the directory has no child of the name that begins
    /// at `missing` in the path.
    Absent {
        directory: u32,
        missing: usize,
    },
}

/// What it cannot tell.
pub(super) struct NeedsLook;

pub(super) const NOT_A_DIRECTORY: InternalError =
    InternalError::new("dirstate: a parent is no directory");

/// Nodes and what they refer to. Nodes are never freed one by one: they go
/// with the tree, or stay unused until then.
#[derive(Debug)]
pub(super) struct Tree {
    /// The file. Offsets up to its length are offsets in it.
    pub(super) data: Bytes,
    /// Paths that are not in the file; their offsets come after those.
    added_paths: Vec<u8>,
    pub(super) nodes: Vec<Node>,
    pub(super) directories: Vec<Directory>,
    /// Bytes of the v2 file that nothing in the tree refers to.
    pub(super) unreachable_bytes: u32,
}

impl Tree {
    /// A tree over `data` that has this root.
    pub(super) fn new(data: Bytes, root: Directory) -> Result<Self, DirstateError> {
        if data.len() >= u32::MAX as usize {
            return Err(DirstateError::TooLarge("the file takes 4 GiB or more"));
        }
        Ok(Self::over(data, root))
    }

    pub(super) fn empty() -> Self {
        Self::over(Bytes::new(), Directory::empty())
    }

    fn over(data: Bytes, root: Directory) -> Self {
        let node = Node {
            directory: 0,
            ..NOWHERE
        };
        Self {
            data,
            added_paths: Vec::new(),
            nodes: vec![node],
            directories: vec![root],
            unreachable_bytes: 0,
        }
    }

    /// Forget all nodes. The file stays, with nothing referring to it.
    pub(super) fn clear(&mut self) {
        *self = Self {
            unreachable_bytes: self.data.len() as u32,
            ..Self::over(std::mem::take(&mut self.data), Directory::empty())
        };
    }

    #[inline]
    pub(super) fn node(&self, id: u32) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&NOWHERE)
    }

    pub(super) fn node_mut(&mut self, id: u32) -> Result<&mut Node, InternalError> {
        let error = InternalError::new("dirstate: no node has this number");
        self.nodes.get_mut(id as usize).ok_or(error)
    }

    /// What the node is as a directory, if it may have children.
    #[inline]
    pub(super) fn directory(&self, id: u32) -> Option<&Directory> {
        self.directories.get(self.node(id).directory as usize)
    }

    pub(super) fn directory_mut(&mut self, id: u32) -> Option<&mut Directory> {
        let index = self.node(id).directory;
        self.directories.get_mut(index as usize)
    }

    /// The path at a range made by this tree; see [`NOWHERE`] on others.
    pub(super) fn path(&self, range: PathRange) -> &HgPath {
        let (start, len) = (range.start as usize, range.len as usize);
        let bytes = match start.checked_sub(self.data.len()) {
            None => self.data.get(start..start + len),
            Some(start) => self.added_paths.get(start..start + len),
        };
        bytes.map_or(HgPath::root(), HgPath::new)
    }

    pub(super) fn full_path(&self, id: u32) -> &HgPath {
        self.path(self.node(id).path)
    }

    pub(super) fn base_name(&self, id: u32) -> &HgPath {
        let node = self.node(id);
        let skipped = node.base_start.min(node.path.len);
        self.path(PathRange {
            start: node.path.start + skipped,
            len: node.path.len - skipped,
        })
    }

    /// Keep a path for as long as the tree.
    pub(super) fn store_path(&mut self, path: &HgPath) -> Result<PathRange, DirstateError> {
        let start = self.data.len() + self.added_paths.len();
        let too_large = DirstateError::TooLarge("its paths take 4 GiB or more");
        match (u32::try_from(start), u32::try_from(path.len())) {
            (Ok(start), Ok(len)) if start.checked_add(len).is_some() => {
                self.added_paths.extend_from_slice(path.as_bytes());
                Ok(PathRange { start, len })
            }
            _ => Err(too_large),
        }
    }

    /// Note that the tree no longer refers to this part of the file.
    pub(super) fn forget_path(&mut self, range: PathRange) {
        if (range.start as usize) < self.data.len() {
            self.unreachable_bytes = self.unreachable_bytes.saturating_add(range.len);
        }
    }

    /// Add a node that is in no list of children yet.
    pub(super) fn add_node(
        &mut self,
        parent: u32,
        path: PathRange,
        base_start: u32,
    ) -> Result<u32, DirstateError> {
        let id = match u32::try_from(self.nodes.len()) {
            Ok(id) if id < NO_DIRECTORY => id,
            _ => return Err(DirstateError::TooLarge("it has 2^32 nodes or more")),
        };
        self.nodes.push(Node::at(path, base_start, parent));
        Ok(id)
    }

    /// Make the node able to have children.
    pub(super) fn add_directory(
        &mut self,
        id: u32,
        directory: Directory,
    ) -> Result<(), InternalError> {
        // There are no more of them than nodes.
        self.node_mut(id)?.directory = self.directories.len() as u32;
        self.directories.push(directory);
        Ok(())
    }

    /// The children of a node, read from the file if need be, for changing.
    pub(super) fn children_mut(&mut self, id: u32) -> Result<&mut ChildIds, DirstateError> {
        if self.node(id).directory == NO_DIRECTORY {
            self.add_directory(id, Directory::empty())?;
        }
        self.load_children(id)?;
        match self.directory_mut(id) {
            Some(Directory {
                children: Children::Loaded(ids),
                ..
            }) => Ok(ids),
            _ => Err(InternalError::new("dirstate: children were loaded and are not").into()),
        }
    }

    /// The children of a node, if it may have some.
    #[inline]
    pub(super) fn children(&self, id: u32) -> Result<Option<&Children>, InternalError> {
        Ok(self
            .known_directory(id)?
            .map(|directory| &directory.children))
    }

    /// As [`Self::directory`], telling a node that is none from one that has lost
    /// what it is.
    #[inline]
    pub(super) fn known_directory(&self, id: u32) -> Result<Option<&Directory>, InternalError> {
        match self.directory(id) {
            Some(directory) => Ok(Some(directory)),
            None if self.node(id).directory == NO_DIRECTORY => Ok(None),
            None => Err(InternalError::new("dirstate: a directory is lost")),
        }
    }

    /// The child in memory of this name.
    #[inline]
    pub(super) fn find_loaded(
        &self,
        parent: u32,
        base_name: &HgPath,
    ) -> Result<Option<u32>, InternalError> {
        Ok(match self.children(parent)? {
            Some(Children::Loaded(ids)) => {
                let hash = NameHash::of(base_name);
                ids.find(hash, base_name, |id| self.base_name(id))
            }
            _ => None,
        })
    }

    /// The node at `path`, if everything that leads there is in memory; an
    /// error if it takes a closer look to tell.
    ///
    /// On the way down only hashes are compared, and at the end the whole
    /// path: each name looked at is a trip to the memory.
    pub(super) fn find_in_memory(&self, path: &HgPath) -> Result<Lookup, NeedsLook> {
        let (mut id, mut end) = (ROOT, 0);
        for component in path.components() {
            let found = match self.children(id) {
                Ok(None) => None,
                Ok(Some(Children::OnDisk { .. })) | Err(_) => return Err(NeedsLook),
                Ok(Some(Children::Loaded(ids))) => {
                    let hash = NameHash::of(component);
                    ids.guess(hash, component, |id| self.base_name(id))
                }
            };
            let Some(child) = found else {
                // If this is the right directory.
                return match path.as_bytes().get(..end.max(1) - 1) {
                    Some(directory) if *self.full_path(id) == *directory => Ok(Lookup::Absent {
                        directory: id,
                        missing: end,
                    }),
                    _ => Err(NeedsLook),
                };
            };
            id = child;
            end += component.len() + 1;
        }
        if self.full_path(id) == path {
            Ok(Lookup::Found(id))
        } else {
            Err(NeedsLook)
        }
    }

    /// Turn children that are still in the file into nodes. The counts become
    /// the sums of the children's, so that a wrong one in the file mends.
    fn load_children(&mut self, id: u32) -> Result<(), DirstateError> {
        let Some(&Directory {
            children: Children::OnDisk { start, count },
            with_entry,
            tracked,
            ..
        }) = self.directory(id)
        else {
            return Ok(());
        };
        let data = self.data.clone();
        let on_disk = v2::read_siblings(&data, self.full_path(id), start, count)?;
        let (mut sum_with_entry, mut sum_tracked) = (0_u32, 0_u32);
        let mut ids = ChildIds::with_capacity(on_disk.len());
        for siblings in v2::pairs(&data, on_disk) {
            let (entry, counts) = (siblings.entry(), siblings.descendant_counts());
            sum_with_entry = sum_with_entry
                .wrapping_add(counts.0)
                .wrapping_add(u32::from(entry.any_tracked()));
            sum_tracked = sum_tracked
                .wrapping_add(counts.1)
                .wrapping_add(u32::from(entry.tracked()));
            let hash = NameHash::of(siblings.file.base_name(&data));
            ids.push(
                hash,
                self.add_disk_node(id, siblings.file, siblings.dir, entry)?,
            );
            if !std::ptr::eq(siblings.file, siblings.dir) {
                // The second part of one node has a path of its own, and may
                // have a copy source, which nobody looks at.
                self.forget_path(siblings.dir.path_range());
                if let Ok(unused) = siblings.dir.copy_source_range(&data) {
                    self.forget_path(unused);
                }
            }
        }
        self.unreachable_bytes = self
            .unreachable_bytes
            .saturating_add(count.saturating_mul(NODE_SIZE as u32));
        match self.directory_mut(id) {
            Some(directory) => directory.children = Children::Loaded(ids),
            None => return Err(NOT_A_DIRECTORY.into()),
        }
        self.add_to_counts(
            id,
            sum_with_entry.wrapping_sub(with_entry),
            sum_tracked.wrapping_sub(tracked),
        )?;
        Ok(())
    }

    /// Add to the counts of a directory and its ancestors, modulo 2^32: a
    /// wrong count read from a file may be anything.
    fn add_to_counts(
        &mut self,
        mut id: u32,
        with_entry: u32,
        tracked: u32,
    ) -> Result<(), InternalError> {
        if (with_entry, tracked) == (0, 0) {
            return Ok(());
        }
        loop {
            let directory = self.directory_mut(id).ok_or(NOT_A_DIRECTORY)?;
            directory.with_entry = directory.with_entry.wrapping_add(with_entry);
            directory.tracked = directory.tracked.wrapping_add(tracked);
            if id == ROOT {
                return Ok(());
            }
            id = self.node(id).parent;
        }
    }

    fn add_disk_node(
        &mut self,
        parent: u32,
        file: &DiskNode,
        dir: &DiskNode,
        entry: DirstateEntry,
    ) -> Result<u32, DirstateError> {
        let copy_source = file.copy_source_range(&self.data)?;
        let base_start = file.base_name_start();
        let id = self.add_node(parent, file.path_range(), base_start)?;
        let node = self.node_mut(id)?;
        node.entry = entry;
        node.copy_source = copy_source;
        let cached_mtime = dir.cached_directory_mtime();
        if dir.has_children() || cached_mtime.is_some() {
            let (start, count) = dir.children_range();
            let (with_entry, tracked) = dir.descendant_counts();
            let children = if count == 0 {
                Children::Loaded(ChildIds::default())
            } else {
                Children::OnDisk { start, count }
            };
            self.add_directory(
                id,
                Directory {
                    children,
                    with_entry,
                    tracked,
                    cached_mtime: cached_mtime.filter(|_| !entry.any_tracked()),
                },
            )?;
        }
        Ok(id)
    }

    /// Compare a child's base name with another.
    pub(super) fn compare(&self, id: u32, base_name: &HgPath) -> Ordering {
        self.base_name(id).cmp(base_name)
    }

    /// The node at `path`, which must exist, with all that leads to it in
    /// memory.
    pub(super) fn load_node(&mut self, path: &HgPath) -> Result<u32, DirstateError> {
        match self.load_towards(path)? {
            Lookup::Found(id) => Ok(id),
            Lookup::Absent { .. } => Err(DirstateError::PathNotFound(path.to_owned())),
        }
    }

    /// The node at `path`, which is made if it is not there.
    pub(super) fn load_or_add_node(&mut self, path: &HgPath) -> Result<u32, DirstateError> {
        HgPath::of_file(path)?;
        let lookup = match self.find_in_memory(path) {
            Ok(lookup) => lookup,
            Err(NeedsLook) => self.load_towards(path)?,
        };
        let (mut id, mut base_start) = match lookup {
            Lookup::Found(id) => return Ok(id),
            Lookup::Absent { directory, missing } => (directory, missing),
        };
        let stored = self.store_path(path)?;
        let missing = path.as_bytes().get(base_start..);
        let missing = missing.ok_or(InternalError::new("dirstate: a name is past its path"))?;
        for component in HgPath::new(missing).components() {
            let end = base_start + component.len();
            let range = PathRange {
                start: stored.start,
                len: end as u32,
            };
            let child = self.add_node(id, range, base_start as u32)?;
            self.add_child(id, NameHash::of(component), child, component)?;
            (id, base_start) = (child, end + 1);
        }
        Ok(id)
    }

    /// As [`Self::find_in_memory`], after loading what leads to `path`.
    fn load_towards(&mut self, path: &HgPath) -> Result<Lookup, DirstateError> {
        let (mut id, mut base_start) = (ROOT, 0);
        for component in path.components() {
            self.load_children(id)?;
            let Some(child) = self.find_loaded(id, component)? else {
                return Ok(Lookup::Absent {
                    directory: id,
                    missing: base_start,
                });
            };
            (id, base_start) = (child, base_start + component.len() + 1);
        }
        Ok(Lookup::Found(id))
    }

    /// List a node among its parent's children, where no other has its name.
    pub(super) fn add_child(
        &mut self,
        parent: u32,
        hash: NameHash,
        id: u32,
        base_name: &HgPath,
    ) -> Result<(), DirstateError> {
        // Out of the tree while names in the tree are compared.
        let mut ids = std::mem::take(self.children_mut(parent)?);
        ids.insert(hash, id, base_name, |child| self.base_name(child));
        *self.children_mut(parent)? = ids;
        Ok(())
    }

    /// Put all children in memory in order, which saves every walk to do it.
    pub(super) fn sort_children(&mut self) {
        // Out of the tree while names in the tree are compared.
        let mut directories = std::mem::take(&mut self.directories);
        for directory in &mut directories {
            if let Children::Loaded(ids) = &mut directory.children {
                ids.sort(|child| self.base_name(child));
            }
        }
        self.directories = directories;
    }

    /// Give a node in memory another entry, and keep the counts right.
    pub(super) fn set_entry(&mut self, id: u32, entry: DirstateEntry) -> Result<(), InternalError> {
        let node = self.node_mut(id)?;
        let old = std::mem::replace(&mut node.entry, entry);
        let parent = node.parent;
        if entry.any_tracked() {
            if let Some(directory) = self.directory_mut(id) {
                directory.cached_mtime = None;
            }
        }
        let change = |was: bool, is: bool| u32::from(is).wrapping_sub(u32::from(was));
        self.add_to_counts(
            parent,
            change(old.any_tracked(), entry.any_tracked()),
            change(old.tracked(), entry.tracked()),
        )
    }

    /// Remove a node in memory, and then its ancestors, while they hold
    /// nothing.
    pub(super) fn prune(&mut self, mut id: u32) -> Result<(), DirstateError> {
        while id != ROOT {
            let node = self.node(id);
            let has_children = match self.children(id)? {
                None => false,
                Some(Children::OnDisk { count, .. }) => *count > 0,
                Some(Children::Loaded(ids)) => !ids.is_empty(),
            };
            if node.entry.any_tracked() || node.copy_source.len > 0 || has_children {
                return Ok(());
            }
            let (parent, path) = (node.parent, node.path);
            // Out of the tree while names in the tree are compared.
            let mut ids = std::mem::take(self.children_mut(parent)?);
            let base_name = self.base_name(id);
            let was_there = ids.remove(id, |child| self.compare(child, base_name));
            *self.children_mut(parent)? = ids;
            if !was_there {
                return Err(
                    InternalError::new("dirstate: a node is not its parent's child").into(),
                );
            }
            self.forget_path(path);
            // A directory's time is good only while the dirstate knows all
            // that the directory holds.
            let directory = self.directory_mut(parent).ok_or(NOT_A_DIRECTORY)?;
            directory.cached_mtime = None;
            id = parent;
        }
        Ok(())
    }
}
