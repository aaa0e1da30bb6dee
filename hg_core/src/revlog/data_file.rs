// SPDX-License-Identifier: GPL-2.0-or-later
//! Reading the files of a revlog.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

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
    file: Option<File>,
    size: u64,
}

/// Chunks read from a data file.
pub(super) struct ReadChunks {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl ReadChunks {
    pub(super) fn chunks(&self) -> Result<Vec<&[u8]>, InternalError> {
        let missing = InternalError::new("data file: a chunk was not read");
        let at = |place: &Range<usize>| self.bytes.get(place.clone()).ok_or(missing);
        self.places.iter().map(at).collect()
    }
}

impl DataFile {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let named = |error| io_error(path, error);
        let (file, size) = match File::open(path) {
            Ok(file) => {
                let size = file.metadata().map_err(named)?.len();
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
        let named = |error| io_error(&self.path, error);
        let mut places = Vec::with_capacity(spans.len());
        // What to read at once, and how long all of that is.
        let mut reads: Vec<Range<u64>> = Vec::new();
        let mut size = 0;
        for (span, &rev) in spans.iter().zip(revs) {
            if span.is_empty() {
                places.push(0..0);
                continue;
            }
            if span.end > self.size {
                return Err(StoreError::Revlog {
                    path: self.path.clone(),
                    error: RevlogError::TruncatedData(rev),
                });
            }
            match reads.last_mut() {
                Some(last) if span.start - last.end < SHORT_GAP => {
                    size += span.end - last.end;
                    last.end = span.end;
                }
                _ => {
                    size += span.end - span.start;
                    reads.push(span.clone());
                }
            }
            let start = size - (span.end - span.start);
            places.push(in_memory(start).map_err(named)?..in_memory(size).map_err(named)?);
        }
        let mut bytes = zeroed(size).map_err(named)?;
        let mut rest = &mut bytes[..];
        for read in reads {
            let length = in_memory(read.end - read.start).map_err(named)?;
            // The parts together are as long as `size` says.
            let (part, after) = rest
                .split_at_mut_checked(length)
                .ok_or_else(|| self.internal_error("data file: no room for a part"))?;
            let file = self.file.as_ref();
            file.ok_or_else(|| self.internal_error("data file: part of no file"))?
                .read_exact_at(part, read.start)
                .map_err(named)?;
            rest = after;
        }
        Ok(ReadChunks { bytes, places })
    }

    fn internal_error(&self, place: &'static str) -> StoreError {
        StoreError::Revlog {
            path: self.path.clone(),
            error: InternalError::new(place).into(),
        }
    }
}

/// All of a file.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, StoreError> {
    let read = || {
        let mut file = File::open(path)?;
        let mut bytes = zeroed(file.metadata()?.len())?;
        let mut read = 0;
        // Once, as long as nobody shortens the file.
        while let Some(rest @ [_, ..]) = bytes.get_mut(read..) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(length) => read += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
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
fn zeroed(size: u64) -> io::Result<Vec<u8>> {
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
