// SPDX-License-Identifier: GPL-2.0-or-later
//! An index with what is remembered of it: the map from nodes to revisions,
//! and its heads.
//!
//! What is remembered can be told anew from the index, so asking changes
//! nothing that anybody sees, and takes `&self`. A lock is held while the map
//! is asked or filled, and runs nobody else's code. Maps that are no longer
//! used are handed back: the owner of the bytes they read may run anything
//! when it is told to let them go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{Index, NodeMap, NodeSource, NodeTree, Record};
use crate::dag::{self, Graph, GraphError, RevisionSet};
use crate::revlog::{NodeTreeError, RevlogError};
use crate::types::{Node, NodePrefix, Revision};

/// The heads last asked for, and which revisions were hidden then.
type KnownHeads = Option<(RevisionSet, Arc<[Revision]>)>;

/// An index, its node map and its heads.
#[derive(Debug)]
pub struct RevlogIndex {
    index: Index,
    nodes: Mutex<NodeMap>,
    /// How many revisions `nodes` has: told without waiting for who fills it.
    mapped: AtomicUsize,
    heads: Mutex<KnownHeads>,
}

impl From<Index> for RevlogIndex {
    fn from(index: Index) -> Self {
        Self {
            index,
            nodes: Mutex::default(),
            mapped: AtomicUsize::new(0),
            heads: Mutex::default(),
        }
    }
}

impl RevlogIndex {
    /// The index alone.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Add a revision at the end.
    ///
    /// # Errors
    /// [`RevlogError::TooManyRevisions`]
    pub fn append(&mut self, record: &Record) -> Result<(), RevlogError> {
        self.index.append(record)?;
        *lock(&self.heads) = None;
        Ok(())
    }

    /// Forget `start` and all after it; nothing if it would be the next
    /// revision. The node map on disk is to be replaced then.
    ///
    /// # Errors
    /// [`RevlogError::InvalidRevision`]
    pub fn strip(&mut self, start: Revision) -> Result<(), RevlogError> {
        if start == self.index.end() {
            return Ok(());
        }
        self.index.strip(start)?;
        self.with_nodes(NodeMap::forget_all);
        *lock(&self.heads) = None;
        Ok(())
    }

    /// Forget what is remembered. Returns the map, to be dropped where its
    /// data may be let go.
    pub fn clear_caches(&self) -> NodeMap {
        *lock(&self.heads) = None;
        self.with_nodes(std::mem::take)
    }

    /// Of these revisions those that exist; null does not.
    pub fn existing(&self, revs: impl IntoIterator<Item = Revision>) -> RevisionSet {
        let all = Revision::ZERO..self.index.end();
        revs.into_iter().filter(|rev| all.contains(rev)).collect()
    }

    /// How many revisions a lookup has to add to the map first.
    pub fn unmapped(&self) -> usize {
        let mapped = self.mapped.load(Ordering::Relaxed);
        self.index.len().saturating_sub(mapped)
    }

    /// Bring the map up to date, as a lookup would.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn map_all(&self) -> Result<(), NodeTreeError> {
        self.with_tree(|_| Ok(()))
    }

    /// The revision of `node`; null has one too.
    ///
    /// # Errors
    /// [`NodeTreeError`] where the map on disk is damaged.
    pub fn rev(&self, node: &Node) -> Result<Option<Revision>, NodeTreeError> {
        self.find(&node.into())
    }

    /// The only revision whose node begins so. The null node counts.
    ///
    /// # Errors
    /// [`NodeTreeError::AmbiguousPrefix`]; others where the map on disk is
    /// damaged.
    pub fn find(&self, prefix: &NodePrefix) -> Result<Option<Revision>, NodeTreeError> {
        self.with_tree(|tree| tree.find(&self.index, prefix))
    }

    /// The only node that begins so.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn complete(&self, prefix: &NodePrefix) -> Result<Option<Node>, NodeTreeError> {
        let rev = self.find(prefix)?;
        Ok(rev.and_then(|rev| self.index.node(rev)).copied())
    }

    /// How many digits tell `node` from all the others, null included; `None`
    /// if there is no such node.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn shortest(&self, node: &Node) -> Result<Option<usize>, NodeTreeError> {
        self.with_tree(|tree| tree.shortest(&self.index, node))
    }

    /// Take the map up that was saved when `tip` was the last revision; what
    /// came after is added as it is needed. Returns the map that was there, to
    /// be dropped where its data may be let go. Where this fails, `data` is
    /// dropped at once: who minds keeps a clone.
    ///
    /// # Errors
    /// [`RevlogError::InvalidRevision`], [`NodeTreeError::TruncatedData`]
    pub fn use_saved_map(&self, data: Bytes, tip: Revision) -> Result<NodeMap, RevlogError> {
        if self.index.record(tip).is_none() {
            return Err(RevlogError::InvalidRevision(tip));
        }
        let map = NodeMap::new(NodeTree::from_bytes(data)?, tip);
        Ok(self.with_nodes(|nodes| std::mem::replace(nodes, map)))
    }

    /// What to append to the map that was taken up, to bring it up to date,
    /// and how many of its bytes die by that.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn map_to_append(&self) -> Result<(Vec<u8>, usize), NodeTreeError> {
        self.with_tree(|tree| Ok(tree.incremental()))
    }

    /// The whole map, as a new file has it.
    ///
    /// # Errors
    /// [`NodeTreeError`] where two nodes cannot be told apart.
    pub fn map_to_save(&self) -> Result<Vec<u8>, NodeTreeError> {
        let mut map = NodeMap::default();
        Ok(map.tree(&self.index)?.incremental().0)
    }

    /// The heads of all revisions but `hidden` ones, if they were the last
    /// that were asked for.
    pub fn known_heads(&self, hidden: &RevisionSet) -> Option<Arc<[Revision]>> {
        let known = lock(&self.heads);
        let (known_hidden, heads) = known.as_ref()?;
        (known_hidden == hidden).then(|| heads.clone())
    }

    /// The heads, ascending, of all revisions, or of those below `stop` where
    /// there is such a revision. `hidden` ones are no heads. Of an empty index
    /// null is the head.
    ///
    /// # Errors
    /// [`GraphError`] where a parent does not exist.
    pub fn heads(
        &self,
        hidden: RevisionSet,
        stop: Option<Revision>,
    ) -> Result<Arc<[Revision]>, GraphError> {
        let end = self.index.end();
        if end == Revision::ZERO {
            return Ok(Arc::new([Revision::NULL]));
        }
        let all = Revision::ZERO..end;
        if let Some(stop) = stop.filter(|stop| all.contains(stop)) {
            return Ok(self.index.head_revs(stop, &hidden)?.into());
        }
        if let Some(heads) = self.known_heads(&hidden) {
            return Ok(heads);
        }
        let heads: Arc<[Revision]> = self.index.head_revs(end, &hidden)?.into();
        *lock(&self.heads) = Some((hidden, heads.clone()));
        Ok(heads)
    }

    /// The `roots` that `heads` descend from, or all revisions between; see
    /// [`dag::reachable_roots`]. A root that does not exist is none.
    ///
    /// # Errors
    /// [`RevlogError::UnknownHead`], and what the walk meets.
    pub fn reachable_roots(
        &self,
        min_root: Revision,
        heads: &[Revision],
        roots: &[Revision],
        include_path: bool,
    ) -> Result<Vec<Revision>, RevlogError> {
        let all = Revision::NULL..self.index.end();
        if let Some(&head) = heads.iter().find(|head| !all.contains(head)) {
            return Err(RevlogError::UnknownHead(head));
        }
        let roots: Vec<_> = roots.iter().copied().filter(|r| all.contains(r)).collect();
        Ok(dag::reachable_roots(
            &self.index,
            min_root,
            heads,
            &roots,
            include_path,
        )?)
    }

    fn with_tree<T>(
        &self,
        job: impl FnOnce(&NodeTree) -> Result<T, NodeTreeError>,
    ) -> Result<T, NodeTreeError> {
        self.with_nodes(|nodes| job(nodes.tree(&self.index)?))
    }

    fn with_nodes<T>(&self, job: impl FnOnce(&mut NodeMap) -> T) -> T {
        let mut nodes = lock(&self.nodes);
        let result = job(&mut nodes);
        self.mapped.store(nodes.len(), Ordering::Relaxed);
        result
    }
}

impl Graph for RevlogIndex {
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        self.index.parents(rev)
    }

    fn check(&self, rev: Revision) -> Result<(), GraphError> {
        self.index.check(rev)
    }
}

/// A panic leaves no lie: a map is asked of the index whether it is right, and
/// heads are put in their place whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
