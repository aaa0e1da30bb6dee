// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of a revlog while it is written.
//!
//! A revision's data is written before the index says that it is there, so
//! that whoever reads meanwhile, or after a crash, never finds an entry without
//! its data. A transaction is told how long each file was before anything is
//! added to it, and cuts it back when it is not committed.
//!
//! A changelog hides what is new until the end of its transaction: its entries
//! wait in memory, or go to an index of another name, which hooks are shown.

mod announcement;
mod error;
mod hiding;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use announcement::{Announced, Announcement, WriteTransaction};
pub use error::{FileError, FileOperation, WriteError};

use super::record::RECORD_SIZE;
use crate::fs::{bytes_path, FileTimes, OpenFile, StoreFiles};
use hiding::Visibility;

/// The open files of a revlog.
#[derive(Debug)]
struct Open {
    index: OpenFile,
    /// `None` where the data is in the index.
    data: Option<OpenFile>,
    /// What the index was, for readers who compare.
    times: Option<FileTimes>,
}

/// A new revision as it is written.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// How many revisions there were before it.
    pub rev: u64,
    /// The entry of the index.
    pub entry: &'a [u8],
    /// What stands before the data: the mark of data that is not compressed.
    pub header: &'a [u8],
    /// The data.
    pub data: &'a [u8],
    /// Bytes of the data of all revisions before.
    pub offset: u64,
}

/// Where the files end: the index, and the data file if there is one.
pub type FileEnds = (u64, Option<u64>);

/// Where the file of a name is, relative to the store.
pub type EncodeName = fn(&[u8]) -> Vec<u8>;

/// The files of a revlog, by name, and how new entries are seen.
#[derive(Debug)]
pub struct RevlogFiles {
    files: StoreFiles,
    encode: EncodeName,
    is_read_only: bool,
    avoids_ambiguity: bool,
    is_inline: bool,
    index_name: Vec<u8>,
    data_name: Vec<u8>,
    visibility: Visibility,
    open: Option<Open>,
}

/// What a [`RevlogFiles`] is made of.
#[derive(Clone, Debug)]
pub struct RevlogNames {
    /// The name of the index, relative to the store.
    pub index: Vec<u8>,
    /// The name of the data file.
    pub data: Vec<u8>,
    /// Where the file of a name is.
    pub encode: EncodeName,
}

impl RevlogFiles {
    /// The files of a revlog in the store `files`. The data is in the index if
    /// `is_inline`.
    pub fn new(files: StoreFiles, names: RevlogNames, is_inline: bool) -> Self {
        Self {
            files,
            encode: names.encode,
            is_read_only: false,
            avoids_ambiguity: false,
            is_inline,
            index_name: names.index,
            data_name: names.data,
            visibility: Visibility::Everybody,
            open: None,
        }
    }

    /// Refuse to write.
    pub fn set_read_only(&mut self) {
        self.is_read_only = true;
    }

    /// Date an index apart that is written within the second of its last
    /// change, for readers who compare times.
    pub fn avoid_ambiguity(&mut self) {
        self.avoids_ambiguity = true;
    }

    /// The name of the index that is written to and read.
    pub fn index_name(&self) -> &[u8] {
        &self.index_name
    }

    /// The transaction has renamed the index.
    pub fn set_index_name(&mut self, name: Vec<u8>) {
        self.index_name = name;
    }

    /// Whether the data is in the index.
    pub fn is_inline(&self) -> bool {
        self.is_inline
    }

    /// The transaction has put the data back where it was, or taken it out.
    pub fn set_inline(&mut self, is_inline: bool) {
        self.is_inline = is_inline;
    }

    /// Whether the files are open for writing.
    pub fn is_writing(&self) -> bool {
        self.open.is_some()
    }

    /// Where the file of a name is.
    pub fn path(&self, name: &[u8]) -> PathBuf {
        self.files.path(bytes_path(&(self.encode)(name)))
    }

    /// Where the data is.
    pub(super) fn path_of_data(&self) -> PathBuf {
        self.path(match self.is_inline {
            true => &self.index_name,
            false => &self.data_name,
        })
    }

    /// The file that the data is in, where it is open for writing.
    pub(super) fn open_data(&self) -> Option<&OpenFile> {
        let open = self.open.as_ref()?;
        match self.is_inline {
            true => Some(&open.index),
            false => open.data.as_ref(),
        }
    }

    /// What a transaction has to know before the files of a revlog are opened
    /// that has `revs` revisions and `data_length` bytes of data.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`]
    pub fn announce_writing(
        &self,
        revs: u64,
        data_length: u64,
    ) -> Result<Announcement, WriteError> {
        self.check_writable()?;
        let index_length = revs * RECORD_SIZE as u64;
        Ok(Announcement(match self.is_inline {
            true => vec![(self.index_name.clone(), data_length + index_length)],
            false => vec![
                (self.data_name.clone(), data_length),
                (self.index_name.clone(), index_length),
            ],
        }))
    }

    /// Open the files, to add to them; as they were announced.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`], [`WriteError::Changed`], [`WriteError::File`];
    /// the files are closed then.
    pub fn begin_writing(
        &mut self,
        announced: &Announced,
        revs: u64,
        data_length: u64,
    ) -> Result<(), WriteError> {
        if !announced.is(&self.announce_writing(revs, data_length)?) {
            return Err(WriteError::Changed);
        }
        let data = match self.is_inline {
            true => None,
            false => Some(self.open_to_write(&self.data_name)?),
        };
        let path = self.path(&self.index_name);
        let times = match self.avoids_ambiguity {
            true => FileTimes::of(&path).map_err(FileError::of(FileOperation::Reading, &path))?,
            false => None,
        };
        let index = self.open_to_write(&self.index_name)?;
        self.open = Some(Open { index, data, times });
        Ok(())
    }

    /// Close the files, that of the index last: what it tells of is there.
    ///
    /// # Errors
    /// [`WriteError::File`] where the index could not be dated apart.
    pub fn end_writing(&mut self) -> Result<(), WriteError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        drop(open.data);
        drop(open.index);
        let path = self.path(&self.index_name);
        let dated = open
            .times
            .map_or(Ok(()), |times| times.avoid_ambiguity(&path));
        Ok(dated.map_err(FileError::of(FileOperation::Writing, &path))?)
    }

    /// What a transaction has to know before a revision is added to `rev` others
    /// whose data takes `offset` bytes.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`], [`WriteError::NotOpen`],
    /// [`WriteError::InlineDelayed`]
    pub fn announce_entry(&self, rev: u64, offset: u64) -> Result<Announcement, WriteError> {
        self.check_writable()?;
        if self.open.is_none() {
            return Err(WriteError::NotOpen);
        }
        let index_length = rev * RECORD_SIZE as u64;
        let canonical = self.canonical_index_name().to_vec();
        if self.is_inline {
            if let Visibility::Buffered(_) = self.visibility {
                return Err(WriteError::InlineDelayed);
            }
            return Ok(Announcement(vec![(canonical, offset + index_length)]));
        }
        Ok(Announcement(vec![
            (self.data_name.clone(), offset),
            (canonical, index_length),
        ]))
    }

    /// Add a revision. Returns where the files end now.
    ///
    /// # Errors
    /// As [`announce_entry`](Self::announce_entry), [`WriteError::Changed`],
    /// [`WriteError::File`]
    pub fn write_entry(
        &mut self,
        announced: &Announced,
        new: &NewEntry<'_>,
    ) -> Result<FileEnds, WriteError> {
        if !announced.is(&self.announce_entry(new.rev, new.offset)?) {
            return Err(WriteError::Changed);
        }
        if self.is_inline {
            let bytes = [new.entry, new.header, new.data].concat();
            return Ok((self.append_to_index(&bytes)?, None));
        }
        let data_end = self.append_to_data(new.header, new.data)?;
        let index_end = match &mut self.visibility {
            Visibility::Buffered(entries) => {
                entries.extend_from_slice(new.entry);
                new.rev * RECORD_SIZE as u64 + new.entry.len() as u64
            }
            _ => self.append_to_index(new.entry)?,
        };
        Ok((index_end, Some(data_end)))
    }

    /// Where the open files end, with what is to be added to them in the end.
    ///
    /// # Errors
    /// [`WriteError::File`]
    pub fn ends(&self) -> Result<Option<FileEnds>, WriteError> {
        let Some(open) = &self.open else {
            return Ok(None);
        };
        let size = |file: &OpenFile, name: &[u8]| {
            let path = self.path(name);
            file.size()
                .map_err(FileError::of(FileOperation::Reading, &path))
        };
        let hidden = match &self.visibility {
            Visibility::Buffered(entries) => entries.len() as u64,
            _ => 0,
        };
        let index = size(&open.index, &self.index_name)? + hidden;
        let data = open.data.as_ref().map(|data| size(data, &self.data_name));
        Ok(Some((index, data.transpose()?)))
    }

    /// Take the data out of the index: write `data` to a file of its own, then
    /// `index` under `new_name`, where there is one. Files that were open are
    /// open again.
    ///
    /// # Errors
    /// [`WriteError::InlineDelayed`], [`WriteError::ReadOnly`],
    /// [`WriteError::File`]; the files are closed then.
    pub fn split_inline(
        &mut self,
        index: &[u8],
        data: &[u8],
        new_name: Option<Vec<u8>>,
    ) -> Result<(), WriteError> {
        self.check_writable()?;
        if let Visibility::Buffered(_) = self.visibility {
            return Err(WriteError::InlineDelayed);
        }
        let was_open = self.open.take();
        let data_file = self.create_with(&self.data_name, data)?;
        if let Some(name) = new_name {
            self.index_name = name;
        }
        let index_file = self.create_with(&self.index_name, index)?;
        self.is_inline = false;
        self.open = was_open.map(|open| Open {
            index: index_file,
            data: Some(data_file),
            times: open.times,
        });
        Ok(())
    }

    fn check_writable(&self) -> Result<(), WriteError> {
        match self.is_read_only {
            true => Err(WriteError::ReadOnly),
            false => Ok(()),
        }
    }

    fn open_to_write(&self, name: &[u8]) -> Result<OpenFile, FileError> {
        let path = self.path(name);
        let opened = self.files.open_to_write(&path);
        opened.map_err(FileError::of(FileOperation::Writing, &path))
    }

    fn create_with(&self, name: &[u8], content: &[u8]) -> Result<OpenFile, FileError> {
        let path = self.path(name);
        let create = || {
            let file = self.files.create(&path)?;
            file.append(content)?;
            Ok(file)
        };
        create().map_err(FileError::of(FileOperation::Writing, &path))
    }

    fn append_to_index(&self, bytes: &[u8]) -> Result<u64, WriteError> {
        let open = self.open.as_ref().ok_or(WriteError::NotOpen)?;
        let path = || self.path(&self.index_name);
        append(&open.index, bytes, path)
    }

    fn append_to_data(&self, header: &[u8], data: &[u8]) -> Result<u64, WriteError> {
        let open = self.open.as_ref().ok_or(WriteError::NotOpen)?;
        let file = open.data.as_ref().ok_or(WriteError::NotOpen)?;
        let path = || self.path(&self.data_name);
        match header {
            [] => append(file, data, path),
            header => append(file, &[header, data].concat(), path),
        }
    }
}

/// Write at the end of the file of a path; the new end.
fn append(
    file: &OpenFile,
    bytes: &[u8],
    path: impl FnOnce() -> PathBuf,
) -> Result<u64, WriteError> {
    let written = file.append(bytes);
    Ok(written.map_err(|error| FileError::of(FileOperation::Writing, &path())(error))?)
}
