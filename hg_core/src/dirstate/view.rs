// SPDX-License-Identifier: GPL-2.0-or-later
//! Looking at the tree: nodes in memory and nodes in the file alike.

use super::children::{ChildIds, Ids, NameHash};
use super::cursor::Entered;
use super::entry::DirstateEntry;
use super::tree::{Children, Tree, ROOT};
use super::v2::{self, DiskNode, DiskPair, Pairs};
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError, TruncatedTimestamp};

/// A node of the tree: a file, a directory, or both when a directory took the
/// place of a removed file.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    tree: &'a Tree,
    place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Memory(u32),
    Disk(DiskPair<'a>),
}

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRef")
            .field("path", &self.path())
            .field("entry", &self.plain_entry())
            .finish_non_exhaustive()
    }
}

impl<'a> NodeRef<'a> {
    /// The root of the tree, which has children alone.
    pub(super) fn root(tree: &'a Tree) -> Self {
        Self {
            tree,
            place: Place::Memory(ROOT),
        }
    }

    pub(super) fn memory(tree: &'a Tree, id: u32) -> Self {
        Self {
            tree,
            place: Place::Memory(id),
        }
    }

    pub(super) fn disk(tree: &'a Tree, pair: DiskPair<'a>) -> Self {
        Self {
            tree,
            place: Place::Disk(pair),
        }
    }

    /// The number of this node, when it is in memory.
    pub(super) fn memory_id(&self) -> Option<u32> {
        match self.place {
            Place::Memory(id) => Some(id),
            Place::Disk(_) => None,
        }
    }

    /// The path from the root of the working directory.
    ///
    /// # Errors
    /// [`DirstateError::Internal`] if it has none.
    pub fn full_path(&self) -> Result<&'a HgPath, DirstateError> {
        let path = self.path();
        if path.is_root() {
            return Err(InternalError::new("dirstate: a node has no path").into());
        }
        Ok(path)
    }

    /// The full path: it was checked when the list of this node was read. Only
    /// that of the root is empty; see [`Self::full_path`] before it leaves this
    /// room.
    pub(super) fn path(&self) -> &'a HgPath {
        match self.place {
            Place::Memory(id) => self.tree.full_path(id),
            Place::Disk(pair) => pair.file.full_path(&self.tree.data),
        }
    }

    /// The last component of the path.
    pub fn base_name(&self) -> &'a HgPath {
        match self.place {
            Place::Memory(id) => self.tree.base_name(id),
            Place::Disk(pair) => pair.file.base_name(&self.tree.data),
        }
    }

    /// The entry, if the path is tracked in the working copy or in a parent.
    pub fn entry(&self) -> Result<Option<DirstateEntry>, DirstateError> {
        Ok(self.plain_entry())
    }

    /// Whether there is an entry, and whether the working copy tracks it.
    pub(super) fn tracked(&self) -> (bool, bool) {
        match self.place {
            Place::Memory(_) => match self.plain_entry() {
                Some(entry) => (true, entry.tracked()),
                None => (false, false),
            },
            Place::Disk(pair) => (pair.file.has_entry(), pair.file.tracked()),
        }
    }

    /// The node as it is in the file, if it is there unchanged and in one part.
    pub(super) fn as_on_disk(&self) -> Option<&'a DiskNode> {
        match self.place {
            Place::Disk(pair) if std::ptr::eq(pair.file, pair.dir) => Some(pair.file),
            _ => None,
        }
    }

    pub(super) fn plain_entry(&self) -> Option<DirstateEntry> {
        let entry = match self.place {
            Place::Memory(id) => self.tree.node(id).entry,
            Place::Disk(pair) => pair.entry(),
        };
        entry.any_tracked().then_some(entry)
    }

    /// Whether the path was copied from another.
    pub fn has_copy_source(&self) -> bool {
        match self.place {
            Place::Memory(id) => self.tree.node(id).copy_source.len > 0,
            Place::Disk(pair) => pair.file.has_copy_source(),
        }
    }

    /// The path that this one was copied from.
    ///
    /// # Errors
    /// When the file's reference to it leads nowhere.
    pub fn copy_source(&self) -> Result<Option<&'a HgPath>, DirstateError> {
        let range = match self.place {
            Place::Memory(id) => self.tree.node(id).copy_source,
            Place::Disk(pair) => pair.file.copy_source_range(&self.tree.data)?,
        };
        if range.len == 0 {
            return Ok(None);
        }
        let source = self.tree.path(range);
        if source.is_root() {
            return Err(InternalError::new("dirstate: a copy source has no path").into());
        }
        Ok(Some(source))
    }

    /// What a walk needs to go on to the children.
    pub(super) fn entered(&self) -> Entered {
        match self.place {
            Place::Memory(id) => Entered::Memory(id),
            Place::Disk(pair) => Entered::Disk(pair.file.path_range(), pair.dir.children_range()),
        }
    }

    /// Whether there are nodes below this one.
    pub fn has_children(&self) -> bool {
        match self.place {
            Place::Disk(pair) => pair.dir.has_children(),
            Place::Memory(id) => match self.tree.children(id) {
                Ok(Some(Children::Loaded(ids))) => !ids.is_empty(),
                Ok(Some(Children::OnDisk { count, .. })) => *count > 0,
                Ok(None) => false,
                // To list them is the error.
                Err(_) => true,
            },
        }
    }

    /// Where the children are in the file, if they are there unchanged.
    pub(super) fn children_on_disk(&self) -> Option<(u32, u32)> {
        match self.place {
            Place::Disk(pair) => Some(pair.dir.children_range()),
            Place::Memory(id) => match self.tree.directory(id)?.children {
                Children::OnDisk { start, count } => Some((start, count)),
                Children::Loaded(_) => None,
            },
        }
    }

    /// Where the path is in the file, if it is there.
    pub(super) fn path_on_disk(&self) -> Option<u32> {
        let start = match self.place {
            Place::Memory(id) => self.tree.node(id).path.start,
            Place::Disk(pair) => pair.file.path_range().start,
        };
        ((start as usize) < self.tree.data.len()).then_some(start)
    }

    /// Where the copy source is in the file, if it is there.
    pub(super) fn copy_source_on_disk(&self) -> Option<u32> {
        let start = match self.place {
            Place::Memory(id) => self.tree.node(id).copy_source.start,
            Place::Disk(pair) => pair.file.copy_source_range(&self.tree.data).ok()?.start,
        };
        ((start as usize) < self.tree.data.len()).then_some(start)
    }

    /// The children, sorted by base name.
    ///
    /// # Errors
    /// When their list in the file is not well-formed; whatever it refers to
    /// is checked here, once.
    pub fn children(&self) -> Result<ChildNodes<'a>, DirstateError> {
        let tree = self.tree;
        let list = match (self.place, self.children_on_disk()) {
            (_, Some((start, count))) => {
                ChildList::Disk(v2::read_siblings(&tree.data, self.path(), start, count)?)
            }
            (Place::Memory(id), None) => match tree.children(id)? {
                Some(Children::Loaded(ids)) if !ids.are_below(tree.nodes.len()) => {
                    return Err(InternalError::new("dirstate: a child is no node").into());
                }
                Some(Children::Loaded(ids)) => ChildList::Memory(ids),
                _ => ChildList::Disk(&[]),
            },
            (Place::Disk(_), None) => ChildList::Disk(&[]),
        };
        Ok(ChildNodes { tree, list })
    }

    /// The nodes below, each before its own children, siblings by base name. They
    /// end after the first error.
    pub(super) fn descendants(self) -> Descendants<'a> {
        Descendants {
            levels: Vec::new(),
            entered: Some(self),
        }
    }

    /// The child of this name. Unlike [`Self::children`] this reads no more
    /// of the file than it must.
    pub fn child(&self, base_name: &HgPath) -> Result<Option<NodeRef<'a>>, DirstateError> {
        let tree = self.tree;
        if let Some(range) = self.children_on_disk() {
            let found = v2::find_child(&tree.data, self.path(), range, base_name)?;
            return Ok(found.map(|pair| Self::disk(tree, pair)));
        }
        Ok(match self.place {
            Place::Memory(id) => tree
                .find_loaded(id, base_name)?
                .map(|id| Self::memory(tree, id)),
            Place::Disk(_) => None,
        })
    }

    /// When the directory was last seen to hold nothing but what has nodes or
    /// is ignored.
    pub fn cached_directory_mtime(&self) -> Result<Option<TruncatedTimestamp>, DirstateError> {
        Ok(self.plain_cached_mtime())
    }

    pub(super) fn plain_cached_mtime(&self) -> Option<TruncatedTimestamp> {
        match self.place {
            Place::Memory(id) => self.tree.directory(id)?.cached_mtime,
            Place::Disk(pair) if pair.file.has_entry() => None,
            Place::Disk(pair) => pair.dir.cached_directory_mtime(),
        }
    }

    /// How many nodes below this one have an entry.
    ///
    /// # Errors
    /// [`DirstateError::Internal`] alone.
    pub fn descendants_with_entry_count(&self) -> Result<u32, DirstateError> {
        Ok(self.descendant_counts()?.0)
    }

    /// How many files below this one the working copy tracks.
    ///
    /// # Errors
    /// [`DirstateError::Internal`] alone.
    pub fn tracked_descendants_count(&self) -> Result<u32, DirstateError> {
        Ok(self.descendant_counts()?.1)
    }

    pub(super) fn descendant_counts(&self) -> Result<(u32, u32), InternalError> {
        Ok(match self.place {
            Place::Memory(id) => match self.tree.known_directory(id)? {
                Some(directory) => (directory.with_entry, directory.tracked),
                None => (0, 0),
            },
            Place::Disk(pair) => pair.descendant_counts(),
        })
    }
}

fn find_loaded<'a>(tree: &'a Tree, ids: &ChildIds, base_name: &HgPath) -> Option<NodeRef<'a>> {
    let found = ids.find(NameHash::of(base_name), base_name, |id| tree.base_name(id));
    found.map(|id| NodeRef::memory(tree, id))
}

/// The children of a directory, sorted by base name.
#[derive(Clone, Copy)]
pub struct ChildNodes<'a> {
    tree: &'a Tree,
    list: ChildList<'a>,
}

#[derive(Clone, Copy)]
enum ChildList<'a> {
    Memory(&'a ChildIds),
    Disk(&'a [DiskNode]),
}

impl<'a> ChildNodes<'a> {
    /// All of them.
    pub fn iter(&self) -> ChildNodesIter<'a> {
        let tree = self.tree;
        let list = match self.list {
            ChildList::Memory(ids) => IterList::Memory(ids.iter(|id| tree.base_name(id))),
            ChildList::Disk(nodes) => IterList::Disk(v2::pairs(&tree.data, nodes)),
        };
        ChildNodesIter { tree, list }
    }

    /// The child with this base name.
    pub fn get(&self, base_name: &HgPath) -> Option<NodeRef<'a>> {
        match self.list {
            ChildList::Memory(ids) => find_loaded(self.tree, ids, base_name),
            ChildList::Disk(nodes) => {
                // The first that is not before the name: of two parts of one
                // node, that is where `pairs` begins.
                let data = &self.tree.data;
                let index = nodes.partition_point(|node| node.base_name(data) < base_name);
                let pair = v2::pairs(data, nodes.get(index..)?).next()?;
                (pair.file.base_name(data) == base_name).then(|| NodeRef::disk(self.tree, pair))
            }
        }
    }

    /// How many there are; in the file, two parts of one node count twice.
    pub(super) fn len(&self) -> usize {
        match self.list {
            ChildList::Memory(ids) => ids.len(),
            ChildList::Disk(nodes) => nodes.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        match self.list {
            ChildList::Memory(ids) => ids.is_empty(),
            ChildList::Disk(nodes) => nodes.is_empty(),
        }
    }
}

impl<'a> IntoIterator for ChildNodes<'a> {
    type Item = NodeRef<'a>;
    type IntoIter = ChildNodesIter<'a>;

    fn into_iter(self) -> ChildNodesIter<'a> {
        self.iter()
    }
}

/// See [`ChildNodes::iter`].
#[derive(Clone)]
pub struct ChildNodesIter<'a> {
    tree: &'a Tree,
    list: IterList<'a>,
}

#[derive(Clone)]
enum IterList<'a> {
    Memory(Ids<'a>),
    Disk(Pairs<'a>),
}

impl<'a> Iterator for ChildNodesIter<'a> {
    type Item = NodeRef<'a>;

    fn next(&mut self) -> Option<NodeRef<'a>> {
        let tree = self.tree;
        match &mut self.list {
            IterList::Memory(ids) => Some(NodeRef::memory(tree, ids.next()?)),
            IterList::Disk(pairs) => Some(NodeRef::disk(tree, pairs.next()?)),
        }
    }
}

/// See [`NodeRef::descendants`].
pub(super) struct Descendants<'a> {
    levels: Vec<ChildNodesIter<'a>>,
    /// The node last returned, whose children come next.
    entered: Option<NodeRef<'a>>,
}

impl<'a> Iterator for Descendants<'a> {
    type Item = Result<NodeRef<'a>, DirstateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(node) = self.entered.take().filter(NodeRef::has_children) {
            match node.children() {
                Ok(children) => self.levels.push(children.iter()),
                Err(error) => {
                    self.levels.clear();
                    return Some(Err(error));
                }
            }
        }
        while let Some(level) = self.levels.last_mut() {
            if let Some(node) = level.next() {
                self.entered = Some(node);
                return Some(Ok(node));
            }
            self.levels.pop();
        }
        None
    }
}
