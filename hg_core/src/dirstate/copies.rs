// SPDX-License-Identifier: GPL-2.0-or-later
//! The copy map: where copied files of the dirstate came from.

use super::cursor::CopiesCursor;
use super::map::DirstateMap;
use super::tree::PathRange;
use crate::dirstate::DirstateError;
use crate::types::{HgPath, HgPathBuf, InternalError};

impl DirstateMap {
    /// How many paths have a copy source.
    pub fn copy_map_len(&self) -> usize {
        self.with_copy_source as usize
    }

    /// The source of a copied path.
    pub fn copy_map_get(&self, path: &HgPath) -> Result<Option<&HgPath>, DirstateError> {
        match self.get_node(path)? {
            Some(node) => node.copy_source(),
            None => Ok(None),
        }
    }

    /// Whether a path has a copy source.
    pub fn copy_map_contains_key(&self, path: &HgPath) -> Result<bool, DirstateError> {
        Ok(self
            .get_node(path)?
            .is_some_and(|node| node.has_copy_source()))
    }

    /// Paths with their copy sources, in the order of the tree.
    pub fn copy_map_iter(&self) -> impl Iterator<Item = Result<(&HgPath, &HgPath), DirstateError>> {
        let mut cursor = self.copies_cursor();
        std::iter::from_fn(move || cursor.step(self).transpose())
    }

    /// A walk over what [`Self::copy_map_iter`] gives, which does not hold the
    /// map.
    pub fn copies_cursor(&self) -> CopiesCursor {
        CopiesCursor::new(self)
    }

    /// Record the source of a copied path, which need not have an entry.
    /// Returns the source it had.
    ///
    /// # Errors
    /// [`DirstateError::InvalidPath`] for a path or source that cannot be
    /// one.
    pub fn copy_map_insert(
        &mut self,
        path: &HgPath,
        source: &HgPath,
    ) -> Result<Option<HgPathBuf>, DirstateError> {
        HgPath::of_file(source)?;
        let old = self.copy_map_get(path)?.map(HgPath::to_owned);
        if old.as_deref() == Some(source) {
            return Ok(old);
        }
        let id = self.tree_mut().load_or_add_node(path)?;
        let range = self.tree_mut().store_path(source)?;
        self.replace_copy_source(id, range)?;
        Ok(old)
    }

    /// Forget the source of a copied path, and return it.
    pub fn copy_map_remove(&mut self, path: &HgPath) -> Result<Option<HgPathBuf>, DirstateError> {
        let Some(old) = self.copy_map_get(path)?.map(HgPath::to_owned) else {
            return Ok(None);
        };
        let id = self.tree_mut().load_node(path)?;
        self.replace_copy_source(id, PathRange::default())?;
        self.tree_mut().prune(id)?;
        Ok(Some(old))
    }

    /// Keep the count of copy sources, and of bytes no longer in use.
    pub(super) fn replace_copy_source(
        &mut self,
        id: u32,
        source: PathRange,
    ) -> Result<(), InternalError> {
        let old = std::mem::replace(&mut self.tree_mut().node_mut(id)?.copy_source, source);
        if old.len > 0 {
            self.with_copy_source = self.with_copy_source.saturating_sub(1);
            self.tree_mut().forget_path(old);
        }
        if source.len > 0 {
            self.with_copy_source = self.with_copy_source.saturating_add(1);
        }
        Ok(())
    }
}
