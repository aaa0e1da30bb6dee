// SPDX-License-Identifier: GPL-2.0-or-later
//! Reading the files of a revlog.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::fs::OpenFile;
use crate::revlog::{RevlogError, StoreError};
use crate::types::{InternalError, Revision};

/// What lies between two chunks is read with them if it is shorter than this:
/// a second call would cost more.
const SHORT_GAP: u64 = 1 << 14;

/// A file that holds nothing but data.
#[derive(Debug)]
pub(super) struct DataFile {
    path: PathBuf,
    /// `None` if there is no such file.
    file: Option<OpenFile>,
    size: u64,
}

/// Chunks read from a data file.
pub(super) struct ReadChunks {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

/// Why parts of a file were not read.
#[derive(Debug)]
pub(super) enum SpanError {
    System(io::Error),
    /// The file ends before the part at this position does.
    Truncated(usize),
    Internal(InternalError),
}

impl From<io::Error> for SpanError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl ReadChunks {
    pub(super) fn chunks(&self) -> Result<Vec<&[u8]>, InternalError> {
        let missing = InternalError::new("data file: a chunk was not read");
        let at = |place: &Range<usize>| self.bytes.get(place.clone()).ok_or(missing);
        self.places.iter().map(at).collect()
    }

    /// Each of the parts, which share what was read.
    pub(super) fn into_parts(self) -> Vec<Bytes> {
        let bytes = Bytes::from(self.bytes);
        let part = |place: Range<usize>| bytes.slice(place);
        self.places.into_iter().map(part).collect()
    }
}

/// Read these parts of a file of `size` bytes. They are in order.
pub(super) fn read_spans(
    file: Option<&OpenFile>,
    size: u64,
    spans: &[Range<u64>],
) -> Result<ReadChunks, SpanError> {
    let mut places = Vec::with_capacity(spans.len());
    // What to read at once, and how long all of that is.
    let mut reads: Vec<Range<u64>> = Vec::new();
    let mut total = 0;
    for (position, span) in spans.iter().enumerate() {
        if span.is_empty() {
            places.push(0..0);
            continue;
        }
        if span.end > size {
            return Err(SpanError::Truncated(position));
        }
        match reads.last_mut() {
            Some(last) if span.start - last.end < SHORT_GAP => {
                total += span.end - last.end;
                last.end = span.end;
            }
            _ => {
                total += span.end - span.start;
                reads.push(span.clone());
            }
        }
        let start = total - (span.end - span.start);
        places.push(in_memory(start)?..in_memory(total)?);
    }
    let mut bytes = zeroed(total)?;
    let mut rest = &mut bytes[..];
    let internal = |place| SpanError::Internal(InternalError::new(place));
    for read in reads {
        let length = in_memory(read.end - read.start)?;
        // The parts together are as long as `total` says.
        let (part, after) = rest
            .split_at_mut_checked(length)
            .ok_or_else(|| internal("data file: no room for a part"))?;
        file.ok_or_else(|| internal("data file: part of no file"))?
            .read_exact_at(part, read.start)?;
        rest = after;
    }
    Ok(ReadChunks { bytes, places })
}

impl DataFile {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let named = |error| io_error(path, error);
        let (file, size) = match OpenFile::open(path) {
            Ok(file) => {
                let size = file.size().map_err(named)?;
                (Some(file), size)
            }
            // An empty file is as good as none, and clones leave it out.
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, 0),
            Err(error) => return Err(named(error)),
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
        })
    }

    /// Read these parts, which are in order, and in the file; `revs` they
    /// are the chunks of.
    pub(super) fn read(
        &self,
        spans: &[Range<u64>],
        revs: &[Revision],
    ) -> Result<ReadChunks, StoreError> {
        let damaged = |error| StoreError::Revlog {
            path: self.path.clone(),
            error,
        };
        read_spans(self.file.as_ref(), self.size, spans).map_err(|error| match error {
            SpanError::System(error) => io_error(&self.path, error),
            SpanError::Truncated(position) => damaged(truncated(revs, position)),
            SpanError::Internal(error) => damaged(error.into()),
        })
    }
}

/// The error that the file ends within the data of one of `revs`.
pub(super) fn truncated(revs: &[Revision], position: usize) -> RevlogError {
    match revs.get(position) {
        Some(&rev) => RevlogError::TruncatedData(rev),
        None => InternalError::new("data file: a part of no revision").into(),
    }
}

/// All of a file.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, StoreError> {
    let read = || {
        let file = OpenFile::open(path)?;
        let mut bytes = zeroed(file.size()?)?;
        let mut read = 0;
        // Once, as long as nobody shortens the file.
        while let Some(rest @ [_, ..]) = bytes.get_mut(read..) {
            match file.read_at(rest, read as u64)? {
                0 => break,
                length => read += length,
            }
        }
        bytes.truncate(read);
        Ok(bytes)
    };
    read().map_err(|error| io_error(path, error))
}

/// A size or position in a file as one in memory, or the error that there is
/// no memory for so much.
fn in_memory(size: u64) -> io::Result<usize> {
    usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// So many zero bytes, or the error that there is no memory for them.
pub(super) fn zeroed(size: u64) -> io::Result<Vec<u8>> {
    let no_memory = |_| io::Error::from(io::ErrorKind::OutOfMemory);
    let size = in_memory(size)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(no_memory)?;
    bytes.resize(size, 0);
    Ok(bytes)
}

fn io_error(path: &Path, error: io::Error) -> StoreError {
    StoreError::Io {
        path: path.to_owned(),
        error,
    }
}
