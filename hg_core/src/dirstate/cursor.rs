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
    /// The nodes in memory that are to come at all levels, the next one last: a
    /// copy of their lists, which costs less than to look for the place in a list
    /// at each step.
    in_memory: Vec<u32>,
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
    /// Those in memory, down to so many.
    Memory(usize),
    Disk(OnDisk),
}

/// So many nodes of the file from `start` on.
#[derive(Debug, Clone)]
struct OnDisk {
    start: u32,
    count: u32,
    parent: PathRange,
    /// The base name of the last one checked here.
    previous: PathRange,
}

impl NodeWalk {
    /// Over all nodes.
    pub(super) fn all() -> Self {
        Self {
            levels: Vec::new(),
            in_memory: Vec::new(),
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

    /// The next node of which `pick` makes something, and that; `None` once there
    /// is no more. The tree is the same at each step.
    #[inline]
    pub(super) fn find<'a, T>(
        &mut self,
        tree: &'a Tree,
        pick: impl FnMut(NodeRef<'a>) -> Result<Option<T>, DirstateError>,
    ) -> Result<Option<T>, DirstateError> {
        let found = self.advance(tree, pick);
        if found.is_err() {
            self.levels.clear();
        }
        found
    }

    fn has_ended(&self) -> bool {
        self.levels.is_empty() && self.entered.is_none()
    }

    #[inline]
    fn advance<'a, T>(
        &mut self,
        tree: &'a Tree,
        mut pick: impl FnMut(NodeRef<'a>) -> Result<Option<T>, DirstateError>,
    ) -> Result<Option<T>, DirstateError> {
        loop {
            if let Some(entered) = self.entered.take() {
                let level = Level::below(tree, entered, self.wanted, &mut self.in_memory)?;
                self.levels.push(level);
            }
            let next = match self.levels.last_mut() {
                None => return Ok(None),
                Some(Level::Memory(end)) if self.in_memory.len() <= *end => None,
                Some(Level::Memory(_)) => {
                    let id = self.in_memory.pop();
                    id.map(|id| NodeRef::memory(tree, id))
                }
                Some(Level::Disk(nodes)) => nodes.next(tree, self.wanted)?,
            };
            let Some(node) = next else {
                self.levels.pop();
                continue;
            };
            self.entered = node.has_children().then(|| node.entered());
            if let Some(found) = pick(node)? {
                return Ok(Some(found));
            }
        }
    }
}

impl Level {
    /// The children of a node, those in memory added to the list of them. Those in
    /// the file are checked unless only some are wanted.
    fn below(
        tree: &Tree,
        entered: Entered,
        wanted: Option<Wanted>,
        in_memory: &mut Vec<u32>,
    ) -> Result<Self, DirstateError> {
        let (parent, (start, count)) = match entered {
            Entered::Disk(path, range) => (path, range),
            Entered::Memory(id) => match tree.children(id)? {
                Some(Children::OnDisk { start, count }) => (tree.node(id).path, (*start, *count)),
                Some(Children::Loaded(ids)) => {
                    if !ids.are_below(tree.nodes.len()) {
                        return Err(InternalError::new("dirstate: a child is no node").into());
                    }
                    let end = in_memory.len();
                    in_memory.extend(ids.iter(|id| tree.base_name(id)));
                    if let Some(added) = in_memory.get_mut(end..) {
                        added.reverse();
                    }
                    return Ok(Self::Memory(end));
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
        Ok(Self::Disk(OnDisk {
            start,
            count,
            parent,
            previous: PathRange::default(),
        }))
    }
}

impl OnDisk {
    #[inline]
    fn next<'a>(
        &mut self,
        tree: &'a Tree,
        wanted: Option<Wanted>,
    ) -> Result<Option<NodeRef<'a>>, DirstateError> {
        let data = &tree.data;
        let mut pairs = v2::pairs(data, v2::nodes(data, self.start, self.count)?);
        let found = match wanted {
            None => pairs.next(),
            Some(wanted) => {
                let parent = tree.path(self.parent);
                let previous = tree.path(self.previous);
                let found = pairs.next_wanted(wanted, parent, previous)?;
                if let Some(pair) = found {
                    self.previous = pair.file.base_name_range();
                }
                found
            }
        };
        // They are fewer than before, of nodes that are in the file.
        let left = pairs.nodes_left() as u32;
        self.start += (self.count - left) * NODE_SIZE as u32;
        self.count = left;
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
    fn find<'a, T>(
        &mut self,
        map: &'a DirstateMap,
        pick: impl FnMut(NodeRef<'a>) -> Result<Option<T>, DirstateError>,
    ) -> Result<Option<T>, DirstateError> {
        if self.generation != map.generation() && !self.walk.has_ended() {
            return Err(DirstateError::Changed);
        }
        self.walk.find(map.tree(), pick)
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
        self.0.find(map, |node| match node.plain_entry() {
            Some(entry) => Ok(Some((node.full_path()?, entry))),
            None => Ok(None),
        })
    }

    /// As [`Self::step`], of the file the path alone.
    ///
    /// # Errors
    /// See there.
    pub fn step_path<'a>(
        &mut self,
        map: &'a DirstateMap,
    ) -> Result<Option<&'a HgPath>, DirstateError> {
        self.0.find(map, |node| match node.tracked() {
            (true, _) => node.full_path().map(Some),
            (false, _) => Ok(None),
        })
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
        self.0.find(map, |node| match node.copy_source()? {
            Some(source) => Ok(Some((node.full_path()?, source))),
            None => Ok(None),
        })
    }
}
