// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies between two changesets, chained from what each one on the way
//! recorded.

mod changed_files;
mod error;
mod walked;

use std::collections::{HashMap, HashSet};

use imbl::ordmap::DiffItem;
use imbl::OrdMap;

pub use changed_files::{decode_changed_files, Action, ChangedFile, Parent};
pub use error::CopiesError;

use crate::dag::GraphError;
use crate::types::{HgPath, HgPathBuf, InternalError, Revision};
use walked::{RevisionMap, WalkedGraph};

/// A path as a number: histories name the same files over and over.
type PathId = u32;

/// Where a file comes from, and which revision says so. No source means that
/// the file was removed: it hides what was known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KnownCopy {
    revision: Revision,
    source: Option<PathId>,
}

/// Copies by destination. Cloning shares structure: most revisions change
/// little of what their parent had.
type Copies = OrdMap<PathId, KnownCopy>;

/// Combines copies over a part of the graph, parents before children.
pub struct CopyTracer {
    paths: Paths,
    /// For each revision of interest, how many children are still to come.
    children_count: RevisionMap<usize>,
    /// What is known at revisions with children to come, and at those with
    /// none at all.
    copies: RevisionMap<Copies>,
    walked: WalkedGraph,
    /// What went wrong: without that revision every answer would be wrong.
    failed: Option<CopiesError>,
}

impl CopyTracer {
    /// `children_count` tells for each revision of interest how many of the
    /// revisions to be added are its children; the other parents of those
    /// have no part in this.
    pub fn new(children_count: impl IntoIterator<Item = (Revision, usize)>) -> Self {
        Self {
            paths: Paths::default(),
            children_count: children_count.into_iter().collect(),
            copies: RevisionMap::default(),
            walked: WalkedGraph::default(),
            failed: None,
        }
    }

    /// Go on by one revision, with its parents (null where there is none)
    /// and its side data, if it has any.
    ///
    /// # Errors
    /// When its side data is corrupted; every call that follows is the same
    /// error then.
    pub fn add_revision(
        &mut self,
        rev: Revision,
        parents: [Revision; 2],
        side_data: Option<&[u8]>,
    ) -> Result<(), CopiesError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let added = self.combine_parents(rev, parents, side_data);
        if let Err(error) = &added {
            self.failed = Some(error.clone());
        }
        added
    }

    fn combine_parents(
        &mut self,
        rev: Revision,
        parents: [Revision; 2],
        side_data: Option<&[u8]>,
    ) -> Result<(), CopiesError> {
        let files = match side_data {
            Some(data) => decode_changed_files(data)?,
            None => Vec::new(),
        };
        self.walked.insert(rev, parents);
        let sides = [Parent::First, Parent::Second].into_iter().zip(parents);
        let mut combined: Option<Copies> = None;
        for (side, parent) in sides {
            if let Some(before) = self.copies_at(parent) {
                let copies = self.chain(rev, side, before, &files);
                combined = Some(match combined {
                    Some(first) => self.merge(rev, first, copies, &files)?,
                    None => copies,
                });
            }
        }
        self.copies.insert(rev, combined.unwrap_or_default());
        Ok(())
    }

    /// The copies known at `target`: destinations and their sources. `None`
    /// if that revision was not added.
    ///
    /// # Errors
    /// That of [`add_revision`](Self::add_revision), if there was one.
    pub fn finish(
        mut self,
        target: Revision,
    ) -> Result<Option<Vec<(HgPathBuf, HgPathBuf)>>, CopiesError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Some(copies) = self.copies.remove(&target) else {
            return Ok(None);
        };
        let mut pairs = Vec::with_capacity(copies.len());
        for (&destination, copy) in &copies {
            if let Some(source) = copy.source {
                let path = |id| self.paths.path(id).map(HgPath::to_owned);
                pairs.push((path(destination)?, path(source)?));
            }
        }
        Ok(Some(pairs))
    }

    /// What is known at a parent, counting the child that asks: nothing at
    /// the first ones of interest, which are never added. `None` for a parent
    /// that is not of interest.
    fn copies_at(&mut self, parent: Revision) -> Option<Copies> {
        if parent.is_null() {
            return None;
        }
        let left = self.children_count.get_mut(&parent)?;
        *left = left.saturating_sub(1);
        let copies = match left {
            0 => self.copies.remove(&parent),
            _ => self.copies.get(&parent).cloned(),
        };
        Some(copies.unwrap_or_default())
    }

    /// What is known at `rev` through one parent.
    fn chain(
        &mut self,
        rev: Revision,
        side: Parent,
        before: Copies,
        files: &[ChangedFile<'_>],
    ) -> Copies {
        let mut copies = before.clone();
        for file in files {
            let Some((parent, source)) = file.copied else {
                continue;
            };
            if parent != side {
                continue;
            }
            let destination = self.paths.id(file.path);
            let source = self.paths.id(source);
            let origin = before.get(&source).and_then(|copy| copy.source);
            let copy = KnownCopy {
                revision: rev,
                source: Some(origin.unwrap_or(source)),
            };
            copies.insert(destination, copy);
        }
        for file in files {
            if file.action == Action::Removed {
                let path = self.paths.id(file.path);
                if let Some(copy) = copies.get_mut(&path) {
                    *copy = KnownCopy {
                        revision: rev,
                        source: None,
                    };
                }
            }
        }
        copies
    }

    /// What is known at a merge, where `first` came through the first parent:
    /// it wins where nothing else decides.
    fn merge(
        &mut self,
        rev: Revision,
        first: Copies,
        second: Copies,
        files: &[ChangedFile<'_>],
    ) -> Result<Copies, CopiesError> {
        let mut with_action = |action| -> HashSet<PathId> {
            let files = files.iter().filter(|file| file.action == action);
            files.map(|file| self.paths.id(file.path)).collect()
        };
        let (merged, salvaged) = (with_action(Action::Merged), with_action(Action::Salvaged));
        let mut result = second.clone();
        // Whatever both maps share is skipped without being looked at.
        for difference in second.diff(&first) {
            match difference {
                DiffItem::Add(&path, &copy) => {
                    result.insert(path, copy);
                }
                DiffItem::Remove(..) => {}
                DiffItem::Update {
                    old: (_, &theirs),
                    new: (&path, &ours),
                } => {
                    let copy = Conflict {
                        rev,
                        ours,
                        theirs,
                        merged: merged.contains(&path),
                        salvaged: salvaged.contains(&path),
                    };
                    result.insert(path, copy.resolve(&mut self.walked)?);
                }
            }
        }
        Ok(result)
    }
}

/// One destination about which the two sides of a merge disagree.
struct Conflict {
    rev: Revision,
    /// Through the first parent.
    ours: KnownCopy,
    theirs: KnownCopy,
    merged: bool,
    salvaged: bool,
}

impl Conflict {
    fn resolve(&self, walked: &mut WalkedGraph) -> Result<KnownCopy, GraphError> {
        let (ours, theirs) = (self.ours, self.theirs);
        // The merge itself decides, so it is what later merges compare with.
        let decided = |copy: KnownCopy| KnownCopy {
            revision: self.rev,
            ..copy
        };
        if ours.revision == theirs.revision {
            return Ok(ours);
        }
        if self.salvaged && ours.source.is_some() != theirs.source.is_some() {
            let alive = if ours.source.is_some() { ours } else { theirs };
            return Ok(decided(alive));
        }
        let ours_is_later = walked.is_ancestor(theirs.revision, ours.revision)?;
        let theirs_is_later =
            !ours_is_later && walked.is_ancestor(ours.revision, theirs.revision)?;
        Ok(match (ours_is_later, theirs_is_later) {
            // The file changed on both sides: either source is good.
            (true, _) | (_, true) if self.merged => decided(ours),
            (true, _) => ours,
            (_, true) => theirs,
            _ if ours.source.is_none() => decided(theirs),
            _ => decided(ours),
        })
    }
}

/// Paths and their numbers.
#[derive(Default)]
struct Paths {
    ids: HashMap<HgPathBuf, PathId>,
    paths: Vec<HgPathBuf>,
}

impl Paths {
    fn id(&mut self, path: &HgPath) -> PathId {
        if let Some(&id) = self.ids.get(path) {
            return id;
        }
        let id = self.paths.len() as PathId;
        self.ids.insert(path.to_owned(), id);
        self.paths.push(path.to_owned());
        id
    }

    fn path(&self, id: PathId) -> Result<&HgPath, InternalError> {
        let path = self.paths.get(id as usize).map(HgPathBuf::as_ref);
        path.ok_or(InternalError::new("copies: a path has no such number"))
    }
}

#[cfg(test)]
mod tests;
