// SPDX-License-Identifier: GPL-2.0-or-later
//! Hiding new entries until their transaction is committed.

use std::io;

use super::error::{FileError, FileOperation, WriteError};
use super::RevlogFiles;
use crate::fs::{remove_if_exists, OpenFile};

/// What an index is called that holds what is not yet committed, after the
/// name of the one it stands for.
const DIVERTED_SUFFIX: &[u8] = b".a";
/// What an index is called that was split off its data in this transaction.
const SPLIT_SUFFIX: &[u8] = b".s";

/// Where a new entry is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    /// In the index, by everybody.
    Everybody,
    /// In these bytes, by this process.
    Buffered(Vec<u8>),
    /// In an index of another name, by those who know it. This is the name of
    /// the one that it will replace.
    Diverted { canonical: Vec<u8> },
}

impl RevlogFiles {
    /// The name of the index that everybody will see.
    pub fn canonical_index_name(&self) -> &[u8] {
        match &self.visibility {
            Visibility::Diverted { canonical } => canonical,
            _ => &self.index_name,
        }
    }

    /// Whether new entries are hidden.
    pub fn is_delaying(&self) -> bool {
        self.visibility != Visibility::Everybody
    }

    /// Hide what is added from now on. An empty revlog goes to an index of
    /// another name, which is returned, for the transaction to remove.
    ///
    /// # Errors
    /// [`WriteError::InlineDelayed`], [`WriteError::InUse`],
    /// [`WriteError::ReadOnly`], [`WriteError::File`]
    pub fn delay(&mut self, is_empty: bool) -> Result<Option<Vec<u8>>, WriteError> {
        self.check_delay()?;
        if self.is_delaying() {
            return Ok(None);
        }
        if !is_empty {
            self.visibility = Visibility::Buffered(Vec::new());
            return Ok(None);
        }
        let name = self.diverted_name();
        let path = self.path(&name);
        remove_if_exists(&path).map_err(FileError::of(FileOperation::Removing, &path))?;
        self.divert_to(name.clone());
        Ok(Some(name))
    }

    /// Show what is hidden to those who know where, as hooks do. Returns the
    /// name of the index they read, if it is a new one, and whether it has
    /// anything that the canonical one has not.
    ///
    /// # Errors
    /// As [`delay`](Self::delay)
    pub fn write_pending(&mut self) -> Result<(Option<Vec<u8>>, bool), WriteError> {
        self.check_delay()?;
        let entries = match &self.visibility {
            Visibility::Everybody => &[][..],
            Visibility::Diverted { .. } => return Ok((None, true)),
            Visibility::Buffered(entries) => entries,
        };
        let has_entries = !entries.is_empty();
        let name = self.diverted_name();
        let (index, pending) = (self.path(&self.index_name), self.path(&name));
        let copy = || -> io::Result<()> {
            let source = OpenFile::open(&index)?;
            let copied = self.files.create(&pending)?;
            source.copy_to(&copied)?;
            copied.append(entries)?;
            Ok(())
        };
        copy().map_err(FileError::of(FileOperation::Writing, &pending))?;
        self.divert_to(name.clone());
        Ok((Some(name), has_entries))
    }

    /// Show everybody what was hidden. Returns the name of the index.
    ///
    /// # Errors
    /// As [`write_pending`](Self::write_pending), and
    /// [`WriteError::NotDelayed`]; what was hidden still is then.
    pub fn finalize_pending(&mut self) -> Result<Vec<u8>, WriteError> {
        self.check_delay()?;
        match &self.visibility {
            Visibility::Everybody => return Err(WriteError::NotDelayed),
            Visibility::Buffered(entries) if entries.is_empty() => (),
            Visibility::Buffered(entries) => {
                let index = self.open_to_write(&self.index_name)?;
                let path = self.path(&self.index_name);
                let written = index.append(entries);
                written.map_err(FileError::of(FileOperation::Writing, &path))?;
            }
            Visibility::Diverted { canonical } => {
                let (from, to) = (self.path(&self.index_name), self.path(canonical));
                match self.files.replace(&from, &to) {
                    // Nothing was added.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => (),
                    result => result.map_err(FileError::of(FileOperation::Writing, &to))?,
                }
                self.index_name = canonical.clone();
            }
        }
        self.visibility = Visibility::Everybody;
        Ok(self.index_name.clone())
    }

    fn check_delay(&self) -> Result<(), WriteError> {
        self.check_writable()?;
        if self.is_inline {
            return Err(WriteError::InlineDelayed);
        }
        if self.is_writing() {
            return Err(WriteError::InUse);
        }
        Ok(())
    }

    /// The name that hooks know: that of the index as it was before it was
    /// split, with a suffix.
    fn diverted_name(&self) -> Vec<u8> {
        let name = &self.index_name[..];
        let name = name.strip_suffix(SPLIT_SUFFIX).unwrap_or(name);
        [name, DIVERTED_SUFFIX].concat()
    }

    fn divert_to(&mut self, name: Vec<u8>) {
        let canonical = std::mem::replace(&mut self.index_name, name);
        self.visibility = Visibility::Diverted { canonical };
    }
}
