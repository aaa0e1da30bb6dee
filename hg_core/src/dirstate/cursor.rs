// SPDX-License-Identifier: GPL-2.0-or-later
//! Walks over the map that do not hold it: a cursor takes it at each step, so
//! that whoever keeps one may share the map with others.

use super::entry::DirstateEntry;
use super::map::DirstateMap;
use super::tree::{Children, PathRange, Tree, ROOT};
use super::v2::{self, Wanted, NODE_SIZE};
use super::view::NodeRef;
use crate::dirstate::DirstateError;
use crate::types::{HgPath, InternalError};

/// A walk over the nodes of a tree, each before its children, siblings by base
/// name. It ends after the first error.
#[derive(Debug, Clone)]
pub(super) struct NodeWalk {
    levels: Vec<Level>,
    /// The node last returned, whose children come next.
    entered: Option<Entered>,
    /// Which nodes of the file are looked at, if not all; of those in memory all
    /// are.
    wanted: Option<Wanted>,
}

/// A node that may have children.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entered {
    Memory(u32),
    /// With its path, and where its children are in the file.
    Disk(PathRange, (u32, u32)),
}

/// Nodes of a directory that have not been returned yet.
#[derive(Debug, Clone)]
enum Level {
    /// In memory: a copy of the list, which costs less than to look for the place
    /// in it at each step.
    Memory(std::vec::IntoIter<u32>),
    /// So many nodes of the file from `start` on.
    Disk {
        start: u32,
        count: u32,
        parent: PathRange,
        /// The base name of the last one checked here.
        previous: PathRange,
    },
}

impl NodeWalk {
    /// Over all nodes.
    pub(super) fn all() -> Self {
        Self {
            levels: Vec::new(),
            entered: Some(Entered::Memory(ROOT)),
            wanted: None,
        }
    }

    /// Over those that are wanted; over nodes in memory all the same.
    pub(super) fn some(wanted: Wanted) -> Self {
        Self {
            wanted: Some(wanted),
            ..Self::all()
        }
    }

    /// The next node of the tree, which is the same at each step.
    #[inline]
    pub(super) fn step<'a>(
        &mut self,
        tree: &'a Tree,
    ) -> Result<Option<NodeRef<'a>>, DirstateError> {
        let next = self.advance(tree);
        if next.is_err() {
            self.levels.clear();
        }
        next
    }

    /// The nodes that are to come.
    pub(super) fn over(
        mut self,
        tree: &Tree,
    ) -> impl Iterator<Item = Result<NodeRef<'_>, DirstateError>> {
        std::iter::from_fn(move || self.step(tree).transpose())
    }

    fn has_ended(&self) -> bool {
        self.levels.is_empty() && self.entered.is_none()
    }

    #[inline]
    fn advance<'a>(&mut self, tree: &'a Tree) -> Result<Option<NodeRef<'a>>, DirstateError> {
        if let Some(entered) = self.entered.take() {
            self.levels.push(Level::below(tree, entered, self.wanted)?);
        }
        while let Some(level) = self.levels.last_mut() {
            if let Some(node) = level.next(tree, self.wanted)? {
                self.entered = node.has_children().then(|| node.entered());
                return Ok(Some(node));
            }
            self.levels.pop();
        }
        Ok(None)
    }
}

impl Level {
    /// The children of a node. Those in the file are checked unless only some are
    /// wanted.
    fn below(tree: &Tree, entered: Entered, wanted: Option<Wanted>) -> Result<Self, DirstateError> {
        let (parent, (start, count)) = match entered {
            Entered::Disk(path, range) => (path, range),
            Entered::Memory(id) => match tree.children(id)? {
                Some(Children::OnDisk { start, count }) => (tree.node(id).path, (*start, *count)),
                Some(Children::Loaded(ids)) => {
                    if !ids.are_below(tree.nodes.len()) {
                        return Err(InternalError::new("dirstate: a child is no node").into());
                    }
                    let ids: Vec<u32> = ids.iter(|id| tree.base_name(id)).collect();
                    return Ok(Self::Memory(ids.into_iter()));
                }
                None => (PathRange::default(), (0, 0)),
            },
        };
        match wanted {
            None => drop(v2::read_siblings(
                &tree.data,
                tree.path(parent),
                start,
                count,
            )?),
            Some(_) => v2::check_range(&tree.data, start, count)?,
        }
        Ok(Self::Disk {
            start,
            count,
            parent,
            previous: PathRange::default(),
        })
    }

    #[inline]
    fn next<'a>(
        &mut self,
        tree: &'a Tree,
        wanted: Option<Wanted>,
    ) -> Result<Option<NodeRef<'a>>, DirstateError> {
        let (start, count, parent, previous) = match self {
            Self::Disk {
                start,
                count,
                parent,
                previous,
            } => (start, count, *parent, previous),
            Self::Memory(ids) => return Ok(ids.next().map(|id| NodeRef::memory(tree, id))),
        };
        let data = &tree.data;
        let mut pairs = v2::pairs(data, v2::nodes(data, *start, *count)?);
        let found = match wanted {
            None => pairs.next(),
            Some(wanted) => {
                let parent = tree.path(parent);
                let found = pairs.next_wanted(wanted, parent, tree.path(*previous))?;
                if let Some(pair) = found {
                    *previous = pair.file.base_name_range();
                }
                found
            }
        };
        // They are fewer than before, of nodes that are in the file.
        let left = pairs.nodes_left() as u32;
        *start += (*count - left) * NODE_SIZE as u32;
        *count = left;
        Ok(found.map(|pair| NodeRef::disk(tree, pair)))
    }
}

/// A walk over one map, which must not change before it has ended.
#[derive(Debug, Clone)]
struct Cursor {
    walk: NodeWalk,
    /// That of the map.
    generation: u64,
}

impl Cursor {
    fn new(map: &DirstateMap, walk: NodeWalk) -> Self {
        Self {
            walk,
            generation: map.generation(),
        }
    }

    #[inline]
    fn step<'a>(&mut self, map: &'a DirstateMap) -> Result<Option<NodeRef<'a>>, DirstateError> {
        if self.generation != map.generation() && !self.walk.has_ended() {
            return Err(DirstateError::Changed);
        }
        self.walk.step(map.tree())
    }
}

/// A walk over the files that have an entry, in the order of the tree. What it
/// takes at each step is the map that it was made for.
///
/// ```
/// use hg_core::dirstate::{DirstateError, DirstateMap};
/// use hg_core::types::HgPath;
///
/// let mut map = DirstateMap::new_empty();
/// map.set_tracked(HgPath::new("a"))?;
/// let (mut cursor, mut late) = (map.entries_cursor(), map.entries_cursor());
/// assert_eq!(cursor.step_path(&map)?, Some(HgPath::new("a")));
/// assert_eq!(cursor.step_path(&map)?, None);
/// map.set_tracked(HgPath::new("b"))?;
/// assert_eq!(late.step_path(&map), Err(DirstateError::Changed));
/// assert_eq!(cursor.step_path(&map)?, None);
/// # Ok::<(), DirstateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EntriesCursor(Cursor);

impl EntriesCursor {
    pub(super) fn new(map: &DirstateMap) -> Self {
        Self(Cursor::new(map, NodeWalk::all()))
    }

    /// The next file and its entry; `None` once there is no more.
    ///
    /// # Errors
    /// [`DirstateError::Changed`] once the map has changed, at every step. Where
    /// the file turns out to be corrupted the walk ends.
    pub fn step<'a>(
        &mut self,
        map: &'a DirstateMap,
    ) -> Result<Option<(&'a HgPath, DirstateEntry)>, DirstateError> {
        while let Some(node) = self.0.step(map)? {
            if let Some(entry) = node.plain_entry() {
                return Ok(Some((node.full_path()?, entry)));
            }
        }
        Ok(None)
    }

    /// As [`Self::step`], of the file the path alone.
    ///
    /// # Errors
    /// See there.
    pub fn step_path<'a>(
        &mut self,
        map: &'a DirstateMap,
    ) -> Result<Option<&'a HgPath>, DirstateError> {
        while let Some(node) = self.0.step(map)? {
            if node.tracked().0 {
                return node.full_path().map(Some);
            }
        }
        Ok(None)
    }
}

/// A walk over the paths that have a copy source, in the order of the tree. What
/// it takes at each step is the map that it was made for.
#[derive(Debug, Clone)]
pub struct CopiesCursor(Cursor);

impl CopiesCursor {
    pub(super) fn new(map: &DirstateMap) -> Self {
        Self(Cursor::new(map, NodeWalk::some(Wanted::Copied)))
    }

    /// The next path and its copy source; `None` once there is no more.
    ///
    /// # Errors
    /// As [`EntriesCursor::step`].
    pub fn step<'a>(
        &mut self,
        map: &'a DirstateMap,
    ) -> Result<Option<(&'a HgPath, &'a HgPath)>, DirstateError> {
        while let Some(node) = self.0.step(map)? {
            if let Some(source) = node.copy_source()? {
                return Ok(Some((node.full_path()?, source)));
            }
        }
        Ok(None)
    }
}
