// SPDX-License-Identifier: GPL-2.0-or-later
//! A revlog that is read and written: its index, its files, and what is
//! remembered of its texts.
//!
//! Asking takes `&self`, and so does opening the files to read them: what is
//! remembered changes no answer.

mod reading;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use thiserror::Error;

pub use reading::KnownText;

use super::record::RECORD_SIZE;
use super::revlog_index::lock;
use super::{
    Announced, Announcement, ChunkCache, Compression, FileEnds, FileError, Index, NewEntry, Record,
    RevlogError, RevlogFiles, RevlogIndex, WriteError,
};
use crate::fs::OpenFile;
use crate::types::{InternalError, Revision};

/// Which revisions are snapshots: those that others may be deltas of, however
/// far away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snapshots {
    /// Full texts.
    #[default]
    FullTexts,
    /// And deltas against a snapshot that is no parent.
    Sparse,
    /// Those whose entries say so.
    Flagged,
}

/// How differences between texts are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeltaKind {
    /// By lines.
    #[default]
    Lines,
    /// By entries of a manifest.
    Manifest,
}

/// What a revlog is like, and how it is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevlogOptions {
    /// How many times the largest text is kept in deltas and texts that were
    /// decompressed; nothing is where this is `None`.
    pub chunk_cache_factor: Option<f64>,
    /// Whether a delta may apply to any revision, not just the one before.
    pub general_delta: bool,
    /// Which revisions are snapshots.
    pub snapshots: Snapshots,
    /// How new texts are compressed.
    pub compression: Compression,
    /// How differences are found.
    pub deltas: DeltaKind,
}

impl Default for RevlogOptions {
    fn default() -> Self {
        Self {
            chunk_cache_factor: None,
            general_delta: true,
            snapshots: Snapshots::default(),
            compression: Compression::Zlib(6),
            deltas: DeltaKind::default(),
        }
    }
}

/// Why a text could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system failed at a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// What was read is damaged.
    #[error(transparent)]
    Revlog(#[from] RevlogError),
}

impl From<InternalError> for ReadError {
    fn from(error: InternalError) -> Self {
        Self::Revlog(error.into())
    }
}

/// Who reads, and from what.
#[derive(Debug, Default)]
struct Readers {
    count: usize,
    /// The file of the data, once it was needed.
    file: Option<Arc<OpenFile>>,
}

/// A revlog of which texts are read, and to which revisions are added.
#[derive(Debug)]
pub struct InnerRevlog {
    index: RevlogIndex,
    files: RevlogFiles,
    options: RevlogOptions,
    chunks: Option<Mutex<ChunkCache>>,
    readers: Mutex<Readers>,
}

impl InnerRevlog {
    /// A revlog of this index and these files.
    pub fn new(index: Index, files: RevlogFiles, options: RevlogOptions) -> Self {
        let cache = |factor| Mutex::new(ChunkCache::new(factor));
        Self {
            index: index.into(),
            files,
            chunks: options.chunk_cache_factor.map(cache),
            options,
            readers: Mutex::default(),
        }
    }

    /// The index.
    pub fn index(&self) -> &RevlogIndex {
        &self.index
    }

    /// The files.
    pub fn files(&self) -> &RevlogFiles {
        &self.files
    }

    /// What it is like.
    pub fn options(&self) -> &RevlogOptions {
        &self.options
    }

    /// Add an entry to the index in memory.
    ///
    /// # Errors
    /// As [`RevlogIndex::append`].
    pub fn append(&mut self, record: &Record) -> Result<(), RevlogError> {
        self.index.append(record)
    }

    /// Forget revisions; see [`RevlogIndex::strip`].
    ///
    /// # Errors
    /// As [`RevlogIndex::strip`].
    pub fn strip(&mut self, start: Revision) -> Result<(), RevlogError> {
        self.index.strip(start)?;
        self.forget_chunks();
        Ok(())
    }

    /// The transaction has renamed the index.
    pub fn set_index_name(&mut self, name: Vec<u8>) {
        self.files.set_index_name(name);
        self.close_reading();
    }

    /// The transaction has put the data back where it was, or taken it out.
    pub fn set_inline(&mut self, is_inline: bool) {
        self.files.set_inline(is_inline);
        self.close_reading();
    }

    /// Whether any file is open.
    pub fn is_open(&self) -> bool {
        self.files.is_writing() || lock(&self.readers).count > 0
    }

    /// Have the data file open until [`end_reading`](Self::end_reading), which
    /// may be nested.
    ///
    /// # Errors
    /// [`FileError`]; nothing has begun then.
    pub fn begin_reading(&self) -> Result<(), FileError> {
        if self.index.index().is_empty() || self.files.is_inline() {
            // There is nothing to read, or most of it is in memory.
            lock(&self.readers).count += 1;
            return Ok(());
        }
        if self.files.open_data().is_none() && lock(&self.readers).file.is_none() {
            let file = Arc::new(self.open_to_read()?);
            lock(&self.readers).file = Some(file);
        }
        lock(&self.readers).count += 1;
        Ok(())
    }

    /// Close the data file, if nobody else reads.
    pub fn end_reading(&self) {
        let mut readers = lock(&self.readers);
        readers.count = readers.count.saturating_sub(1);
        if readers.count == 0 {
            readers.file = None;
        }
    }

    /// What a transaction has to know before the files are opened to write.
    ///
    /// # Errors
    /// As [`RevlogFiles::announce_writing`].
    pub fn announce_writing(&self) -> Result<Announcement, WriteError> {
        let (revs, data_length) = self.lengths();
        self.files.announce_writing(revs, data_length)
    }

    /// Open the files to write.
    ///
    /// # Errors
    /// As [`RevlogFiles::begin_writing`].
    pub fn begin_writing(&mut self, announced: &Announced) -> Result<(), WriteError> {
        let (revs, data_length) = self.lengths();
        // What is opened to be written may be another file of the same name.
        self.close_reading();
        self.files.begin_writing(announced, revs, data_length)
    }

    /// Close the files.
    ///
    /// # Errors
    /// As [`RevlogFiles::end_writing`].
    pub fn end_writing(&mut self) -> Result<(), WriteError> {
        self.files.end_writing()
    }

    /// What a transaction has to know before the last revision of the index is
    /// written, whose data begins at `offset`.
    ///
    /// # Errors
    /// As [`RevlogFiles::announce_entry`].
    pub fn announce_entry(&self, offset: u64) -> Result<Announcement, WriteError> {
        self.files.announce_entry(self.last(), offset)
    }

    /// Write the last revision of the index: `entry`, `header` and `data`,
    /// which begins at `offset`.
    ///
    /// # Errors
    /// As [`RevlogFiles::write_entry`].
    pub fn write_entry(
        &mut self,
        announced: &Announced,
        entry: &[u8],
        (header, data): (&[u8], &[u8]),
        offset: u64,
    ) -> Result<FileEnds, WriteError> {
        let rev = self.last();
        let new = NewEntry {
            rev,
            entry,
            header,
            data,
            offset,
        };
        self.files.write_entry(announced, &new)
    }

    /// See [`RevlogFiles::delay`].
    ///
    /// # Errors
    /// As there.
    pub fn delay(&mut self) -> Result<Option<Vec<u8>>, WriteError> {
        self.check_unread()?;
        self.files.delay(self.index.index().is_empty())
    }

    /// See [`RevlogFiles::write_pending`].
    ///
    /// # Errors
    /// As there.
    pub fn write_pending(&mut self) -> Result<(Option<Vec<u8>>, bool), WriteError> {
        self.check_unread()?;
        self.files.write_pending()
    }

    /// See [`RevlogFiles::finalize_pending`].
    ///
    /// # Errors
    /// As there.
    pub fn finalize_pending(&mut self) -> Result<Vec<u8>, WriteError> {
        self.check_unread()?;
        self.files.finalize_pending()
    }

    /// Take the data out of the index, which from then on begins with `header`
    /// and is called `new_name`, if that is given. Returns the name of the
    /// index.
    ///
    /// # Errors
    /// As [`RevlogFiles::split_inline`], and what reading meets.
    pub fn split_inline(
        &mut self,
        header: u32,
        new_name: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, SplitError> {
        let mut index = Vec::with_capacity(self.index.index().len() * RECORD_SIZE);
        let mut data = Vec::new();
        for rev in Revision::ZERO.until(self.index.index().end()) {
            data.extend_from_slice(&self.segment(rev, rev)?.1);
            if rev == Revision::ZERO {
                index.extend_from_slice(&header.to_be_bytes());
            }
            let entry = self.index.index().entry_binary(rev);
            let missing = InternalError::new("split: a revision without an entry");
            index.extend_from_slice(entry.ok_or(missing).map_err(ReadError::from)?);
        }
        self.close_reading();
        self.files.split_inline(&index, &data, new_name)?;
        Ok(self.files.index_name().to_vec())
    }

    /// Forget texts and deltas that were decompressed.
    pub fn forget_chunks(&self) {
        if let Some(chunks) = &self.chunks {
            lock(chunks).clear();
        }
    }

    /// There is a text of so many bytes.
    pub fn seen_text(&self, size: usize) {
        if let Some(chunks) = &self.chunks {
            lock(chunks).seen_text(size);
        }
    }

    /// Remember what is stored for `rev`, without its compression.
    pub fn remember_chunk(&self, rev: Revision, chunk: Bytes) {
        if let Some(chunks) = &self.chunks {
            lock(chunks).insert(rev, chunk);
        }
    }

    fn check_unread(&self) -> Result<(), WriteError> {
        match lock(&self.readers).count {
            0 => Ok(()),
            _ => Err(WriteError::InUse),
        }
    }

    /// How many revisions there are before the last.
    fn last(&self) -> u64 {
        (self.index.index().len() as u64).saturating_sub(1)
    }

    /// How many revisions there are, and how much data.
    fn lengths(&self) -> (u64, u64) {
        let index = self.index.index();
        let last = index.record(index.end().previous());
        let end = last.map_or(0, |record| {
            let length = u64::try_from(record.compressed_len).unwrap_or(0);
            record.offset() + length
        });
        (index.len() as u64, end)
    }

    /// Have the next who reads open the file anew.
    fn close_reading(&self) {
        lock(&self.readers).file = None;
    }

    fn data_path(&self) -> PathBuf {
        self.files.path_of_data()
    }
}

/// Why a revlog could not be split.
#[derive(Debug, Error)]
pub enum SplitError {
    /// Its data could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its files could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
