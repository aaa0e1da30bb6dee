// SPDX-License-Identifier: GPL-2.0-or-later
//! Changing the dirstate map (contract 4).

use super::entry::{DirstateEntry, EntryData};
use super::map::DirstateMap;
use super::tree::{Directory, PathRange, NOT_A_DIRECTORY};
use crate::dirstate::DirstateError;
use crate::types::{HgPath, HgPathBuf, TruncatedTimestamp};

/// A node, as it was found.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// Tracked nowhere when the node has none.
    entry: DirstateEntry,
    has_copy_source: bool,
    /// Its number, when it is in memory.
    id: Option<u32>,
}

impl DirstateMap {
    /// Track a file in the working copy. Returns whether it was not before.
    pub fn set_tracked(&mut self, path: &HgPath) -> Result<bool, DirstateError> {
        let Some(found) = self.find(path)? else {
            let mut entry = DirstateEntry::default();
            entry.set_tracked();
            let id = self.tree_mut().load_or_add_node(path)?;
            self.tree_mut().set_entry(id, entry)?;
            return Ok(true);
        };
        let mut entry = found.entry;
        let newly = !entry.tracked();
        if newly {
            entry.set_tracked();
        } else {
            entry.set_possibly_dirty();
        }
        self.change(path, found, entry, false)?;
        Ok(newly)
    }

    /// Stop tracking a file in the working copy: a file that no parent has is
    /// dropped. Its copy source goes too, unless it was merged. Returns
    /// whether the file had an entry.
    pub fn set_untracked(&mut self, path: &HgPath) -> Result<bool, DirstateError> {
        let Some(found) = self.find_entry(path)? else {
            return Ok(false);
        };
        let mut entry = found.entry;
        let drop_copy = !entry.p2_info();
        entry.set_untracked();
        self.change(path, found, entry, drop_copy)?;
        Ok(true)
    }

    /// Record what a clean file looks like; its copy source is dropped. The
    /// size is kept modulo 2^31.
    ///
    /// # Errors
    /// [`DirstateError::PathNotFound`] when the file has no entry.
    pub fn set_clean(
        &mut self,
        path: &HgPath,
        mode: u32,
        size: u32,
        mtime: TruncatedTimestamp,
    ) -> Result<(), DirstateError> {
        let found = self.existing(path)?;
        let mut entry = found.entry;
        entry.set_clean(mode, size, mtime);
        self.change(path, found, entry, true)
    }

    /// Have the next status look into a file.
    ///
    /// # Errors
    /// [`DirstateError::PathNotFound`] when the file has no entry.
    pub fn set_possibly_dirty(&mut self, path: &HgPath) -> Result<(), DirstateError> {
        let found = self.existing(path)?;
        let mut entry = found.entry;
        entry.set_possibly_dirty();
        self.change(path, found, entry, false)
    }

    /// Give a file another entry, whatever it had; its copy source is
    /// dropped. With nothing tracked the file has no entry afterwards.
    ///
    /// # Errors
    /// [`DirstateError::InvalidPath`] for a path that no file can have.
    pub fn reset_state(&mut self, path: &HgPath, state: EntryData) -> Result<(), DirstateError> {
        let entry = DirstateEntry::new(state);
        if let Some(found) = self.find(path)? {
            self.change(path, found, entry, true)
        } else if entry.any_tracked() {
            let id = self.tree_mut().load_or_add_node(path)?;
            self.tree_mut().set_entry(id, entry)?;
            Ok(())
        } else {
            Ok(())
        }
    }

    /// Drop what the second parent brought, now that it is no longer one.
    /// Returns the copies that went with it, as path and source.
    pub fn setparents_fixup(&mut self) -> Result<Vec<(HgPathBuf, HgPathBuf)>, DirstateError> {
        let mut merged = Vec::new();
        for item in self.iter() {
            let (path, entry) = item?;
            if entry.p2_info() {
                merged.push(path.to_owned());
            }
        }
        let mut copies = Vec::new();
        for path in merged {
            let found = self.existing(&path)?;
            let mut entry = found.entry;
            entry.drop_merge_data();
            if found.has_copy_source {
                if let Some(source) = self.copy_map_get(&path)?.map(HgPath::to_owned) {
                    copies.push((path.clone(), source));
                }
            }
            self.change(&path, found, entry, true)?;
        }
        Ok(copies)
    }

    /// Forget all files. The data file, if any, can still be appended to.
    pub fn clear(&mut self) {
        self.tree_mut().clear();
        self.with_copy_source = 0;
    }

    /// What there is at a path, without reading more of the file than it
    /// takes to know.
    fn find(&self, path: &HgPath) -> Result<Option<Found>, DirstateError> {
        Ok(self.get_node(path)?.map(|node| Found {
            entry: node.plain_entry().unwrap_or(DirstateEntry::NONE),
            has_copy_source: node.has_copy_source(),
            id: node.memory_id(),
        }))
    }

    fn find_entry(&self, path: &HgPath) -> Result<Option<Found>, DirstateError> {
        let found = self.find(path)?;
        Ok(found.filter(|found| found.entry.any_tracked()))
    }

    fn existing(&self, path: &HgPath) -> Result<Found, DirstateError> {
        self.find_entry(path)?
            .ok_or_else(|| DirstateError::PathNotFound(path.to_owned()))
    }

    /// Give the node that was found at `path` another entry. One tracked
    /// nowhere is none; nodes that hold nothing any more are removed.
    fn change(
        &mut self,
        path: &HgPath,
        found: Found,
        entry: DirstateEntry,
        drop_copy: bool,
    ) -> Result<(), DirstateError> {
        let drop_copy = drop_copy && found.has_copy_source;
        if found.entry == entry && !drop_copy {
            return Ok(());
        }
        let id = match found.id {
            Some(id) => id,
            None => self.tree_mut().load_node(path)?,
        };
        if drop_copy {
            self.replace_copy_source(id, PathRange::default())?;
        }
        self.tree_mut().set_entry(id, entry)?;
        if entry.any_tracked() {
            return Ok(());
        }
        self.tree_mut().prune(id)
    }

    /// Remember when a directory, all of whose files have nodes or are
    /// ignored, was last modified. Returns whether that is news; it is not
    /// remembered for the root, nor for a path that has no node or has an
    /// entry.
    pub fn set_cached_directory_mtime(
        &mut self,
        path: &HgPath,
        mtime: TruncatedTimestamp,
    ) -> Result<bool, DirstateError> {
        match self.get_node(path)? {
            Some(node)
                if node.plain_entry().is_none() && node.plain_cached_mtime() != Some(mtime) =>
            {
                self.replace_cached_mtime(path, Some(mtime))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Forget when a directory was last modified.
    pub fn clear_cached_directory_mtime(&mut self, path: &HgPath) -> Result<(), DirstateError> {
        match self.get_node(path)? {
            Some(node) if node.plain_cached_mtime().is_some() => {
                self.replace_cached_mtime(path, None)
            }
            _ => Ok(()),
        }
    }

    fn replace_cached_mtime(
        &mut self,
        path: &HgPath,
        mtime: Option<TruncatedTimestamp>,
    ) -> Result<(), DirstateError> {
        let id = self.tree_mut().load_node(path)?;
        let tree = self.tree_mut();
        if tree.children(id)?.is_none() {
            tree.add_directory(id, Directory::empty())?;
        }
        let directory = tree.directory_mut(id).ok_or(NOT_A_DIRECTORY)?;
        directory.cached_mtime = mtime;
        Ok(())
    }
}
