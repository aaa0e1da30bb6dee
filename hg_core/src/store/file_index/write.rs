// SPDX-License-Identifier: GPL-2.0-or-later
//! Changes of a file index written to its data files.

use zerocopy::IntoBytes;

use super::docket::{Docket, FileId, GarbageEntry, DATA_FILES};
use super::error::{FileIndexError, IndexFile};
use super::tree::Growth;
use super::view::{RawMeta, View, ROOT_TOKEN};
use super::{Changes, FileIndex, VacuumMode};
use crate::fs::{overwrite_from, remove_if_exists, write_anew, Durability};
use crate::types::InternalError;

/// A tree file smaller than this is not worth being written anew.
const SMALLEST_TO_VACUUM: u32 = 16 * 1024;

/// Transactions for which a file is kept after it became garbage.
const GARBAGE_TTL: u16 = 2;

/// What a transaction has to know while data files are written.
pub trait AnnounceFile {
    /// The error with which it may refuse.
    type Error: From<FileIndexError>;

    /// The file `name`, relative to the store, is new: it is to be removed if
    /// the transaction is not committed.
    ///
    /// # Errors
    /// Whatever the transaction has to say; nothing is written then.
    fn announce(&mut self, name: &str) -> Result<(), Self::Error>;
}

impl FileIndex {
    /// Count a transaction down for all garbage, and delete what is due at
    /// `now` (seconds since 1970), or all of it if `force`. Returns whether
    /// the docket has changed.
    ///
    /// # Errors
    /// [`FileIndexError::Io`] when a file cannot be deleted: it stays garbage.
    pub fn collect_garbage(&mut self, now: u32, force: bool) -> Result<bool, FileIndexError> {
        let mut kept = Vec::new();
        let mut is_changed = false;
        let mut failed = None;
        for mut entry in std::mem::take(&mut self.docket.garbage) {
            if entry.ttl > 0 {
                entry.ttl -= 1;
                is_changed = true;
            }
            let retention = self.options.retention;
            let is_old = retention == 0 || now > entry.timestamp.saturating_add(retention);
            if !force && (entry.ttl > 0 || !is_old) {
                kept.push(entry);
                continue;
            }
            let path = self.store.join(&entry.path);
            match remove_if_exists(&path) {
                Err(error) => {
                    failed.get_or_insert(FileIndexError::Io { path, error });
                    kept.push(entry);
                }
                Ok(()) => is_changed = true,
            }
        }
        self.docket.garbage = kept;
        match failed {
            Some(error) => Err(error),
            None => Ok(is_changed),
        }
    }

    /// Bring the data files up to date. Returns the bytes of the docket, which
    /// make it count once they are in place. `now` (seconds since 1970) is
    /// when files replaced by this became garbage.
    ///
    /// # Errors
    /// What `transaction` refuses with; [`FileIndexError::Io`] and others. The
    /// changes are still there then, and the docket as it was.
    pub fn write<T: AnnounceFile>(
        &mut self,
        transaction: &mut T,
        now: u32,
    ) -> Result<Vec<u8>, T::Error> {
        if !self.changes.is_empty() {
            let before = self.docket.clone();
            let written = self.write_data(transaction, now);
            let view = written.and_then(|()| self.read_data_files().map_err(T::Error::from));
            match view {
                Ok(view) => {
                    self.next_token = view.token_count();
                    self.view = view;
                }
                Err(error) => {
                    self.docket = before;
                    return Err(error);
                }
            }
            self.changes = Changes::default();
        }
        Ok(self.docket.serialize()?)
    }

    fn should_vacuum(&self) -> bool {
        let size = self.docket.tree_size;
        self.changes.vacuum
            || match self.options.vacuum {
                VacuumMode::Always => true,
                VacuumMode::Never => false,
                VacuumMode::Auto => {
                    let unused = f64::from(self.docket.tree_unused);
                    size >= SMALLEST_TO_VACUUM
                        && unused / f64::from(size) >= self.options.max_unused_ratio
                }
            }
    }

    fn write_data<T: AnnounceFile>(
        &mut self,
        transaction: &mut T,
        now: u32,
    ) -> Result<(), T::Error> {
        let removing = !self.changes.removed.is_empty();
        let vacuum = self.should_vacuum();
        let renewed = [removing, removing, removing || vacuum];
        let mut replaced = Vec::new();
        for (file, renew) in DATA_FILES.into_iter().zip(renewed) {
            let old_name = self.docket.id(file).file_name(file);
            if old_name.is_some() && !renew {
                continue;
            }
            replaced.extend(old_name);
            self.renew(file)?;
            if let Some(name) = self.docket.id(file).file_name(file) {
                transaction.announce(&name)?;
            }
        }

        let nothing = View::default();
        let mut growth = Growth::new(if removing || vacuum {
            &nothing
        } else {
            &self.view
        })?;
        let mut added = NewPaths::after(&self.docket);
        if removing {
            let mut token = ROOT_TOKEN;
            for old_token in ROOT_TOKEN + 1..self.token_count() {
                if let Some(path) = self.path(old_token)? {
                    token += 1;
                    added.push(path)?;
                    growth.insert(path, token)?;
                }
            }
        } else {
            if vacuum {
                for token in ROOT_TOKEN + 1..self.view.token_count() {
                    growth.insert(self.view.path(token)?, token)?;
                }
            }
            for (token, path) in (self.view.token_count()..).zip(&self.changes.added) {
                added.push(path)?;
                growth.insert(path, token)?;
            }
        }
        let nodes = growth.finish()?;

        let mut docket = self.docket.clone();
        self.append(IndexFile::List, &mut docket.list_size, &added.list)?;
        self.append(IndexFile::Meta, &mut docket.meta_size, &added.meta)?;
        let new_tree = nodes.as_ref().map_or(&[][..], |nodes| &nodes.data);
        self.append(IndexFile::Tree, &mut docket.tree_size, new_tree)?;
        if let Some(nodes) = nodes {
            docket.tree_root = nodes.root;
            docket.tree_unused += nodes.replaced;
        }
        docket
            .garbage
            .extend(replaced.into_iter().map(|path| GarbageEntry {
                ttl: GARBAGE_TTL,
                timestamp: now,
                path,
            }));
        self.docket = docket;
        Ok(())
    }

    /// A new and empty file in place of one, in the docket.
    fn renew(&mut self, file: IndexFile) -> Result<(), FileIndexError> {
        let id = FileId::random().map_err(|error| FileIndexError::Io {
            path: self.store.clone(),
            error,
        })?;
        match file {
            IndexFile::Docket => {
                return Err(InternalError::new("file index: a docket with an id").into())
            }
            IndexFile::List => (self.docket.list_id, self.docket.list_size) = (id, 0),
            IndexFile::Meta => (self.docket.meta_id, self.docket.meta_size) = (id, 0),
            IndexFile::Tree => {
                (self.docket.tree_id, self.docket.tree_size) = (id, 0);
                (self.docket.tree_root, self.docket.tree_unused) = (0, 0);
            }
        }
        Ok(())
    }

    /// Write `data` behind the `size` bytes that are in use of a data file,
    /// and count it.
    fn append(&self, file: IndexFile, size: &mut u32, data: &[u8]) -> Result<(), FileIndexError> {
        let name = self.docket.id(file).file_name(file);
        let name = name.ok_or(InternalError::new("file index: a data file without a name"))?;
        let path = self.store.join(name);
        // What stands behind the bytes in use was never committed.
        let write = || match *size {
            0 => write_anew(&path, data),
            size => overwrite_from(&path, size.into(), data, Durability::System),
        };
        if !data.is_empty() || *size == 0 {
            write().map_err(|error| FileIndexError::Io { path, error })?;
        }
        let added = u32::try_from(data.len()).ok();
        *size = added
            .and_then(|added| size.checked_add(added))
            .ok_or(FileIndexError::TooLarge("a data file"))?;
        Ok(())
    }
}

/// What is appended to the list and the meta file.
struct NewPaths {
    list: Vec<u8>,
    meta: Vec<u8>,
    /// Bytes of the list file before these.
    list_start: u32,
}

impl NewPaths {
    fn after(docket: &Docket) -> Self {
        Self {
            list: Vec::new(),
            meta: match docket.meta_size {
                0 => RawMeta::ROOT.as_bytes().to_vec(),
                _ => Vec::new(),
            },
            list_start: docket.list_size,
        }
    }

    fn push(&mut self, path: &[u8]) -> Result<(), FileIndexError> {
        let offset = u32::try_from(self.list.len()).ok();
        let offset = offset.and_then(|offset| offset.checked_add(self.list_start));
        let offset = offset.ok_or(FileIndexError::TooLarge("the list file"))?;
        let meta = RawMeta::new(path, offset)?;
        self.meta.extend_from_slice(meta.as_bytes());
        self.list.extend_from_slice(path);
        self.list.push(0);
        Ok(())
    }
}
