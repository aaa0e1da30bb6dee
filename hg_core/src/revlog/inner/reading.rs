// SPDX-License-Identifier: GPL-2.0-or-later
//! Reading chunks and texts of a revlog that may be written meanwhile.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::{DeltaKind, InnerRevlog, ReadError, Snapshots};
use crate::delta::{self, apply_deltas};
use crate::fs::OpenFile;
use crate::revlog::chunks::decompress;
use crate::revlog::data_file::{read_spans, truncated, SpanError};
use crate::revlog::revlog_index::lock;
use crate::revlog::{DeltaChain, FileError, FileOperation, RevlogError, RECORD_SIZE};
use crate::types::{InternalError, Revision};

/// The longest text or delta there can be. What the entries say of lengths
/// need not be so, or may be left out.
const LONGEST: usize = i32::MAX as usize;

/// A text that the caller has already, which others may be made of.
pub type KnownText<'a> = Option<(Revision, &'a [u8])>;

/// A file while it is read.
enum Source<'a> {
    Open(&'a OpenFile),
    Shared(Arc<OpenFile>),
}

impl Source<'_> {
    fn file(&self) -> &OpenFile {
        match self {
            Self::Open(file) => file,
            Self::Shared(file) => file,
        }
    }
}

impl InnerRevlog {
    /// The revisions whose deltas make up `rev`, down to a full text or to
    /// `stop`; those whose deltas do nothing are left out.
    ///
    /// # Errors
    /// As [`Index::delta_chain`](crate::revlog::Index::delta_chain).
    pub fn delta_chain(
        &self,
        rev: Revision,
        stop: Option<Revision>,
    ) -> Result<DeltaChain, RevlogError> {
        let index = self.index().index();
        let chain = index.delta_chain(rev, stop, self.options().general_delta)?;
        Ok(chain.without_empty_deltas(index))
    }

    /// Whether `rev` is a snapshot.
    ///
    /// # Errors
    /// As [`Index::is_snapshot`](crate::revlog::Index::is_snapshot).
    pub fn is_snapshot(&self, rev: Revision) -> Result<bool, RevlogError> {
        let index = self.index().index();
        match self.options().snapshots {
            Snapshots::FullTexts => Ok(rev.is_null() || index.is_full_text(rev)?),
            Snapshots::Sparse => index.is_snapshot(rev),
            Snapshots::Flagged => index.is_flagged_snapshot(rev),
        }
    }

    /// The snapshots from `start` to `end`, which is included, each with its
    /// base; whatever does not exist of that range is left out.
    ///
    /// # Errors
    /// As [`is_snapshot`](Self::is_snapshot).
    pub fn snapshots(
        &self,
        start: Revision,
        end: Revision,
    ) -> Result<Vec<(Revision, Revision)>, RevlogError> {
        let index = self.index().index();
        let mut snapshots = Vec::new();
        for rev in start.max(Revision::ZERO).until(end.next().min(index.end())) {
            if self.is_snapshot(rev)? {
                snapshots.push((index.delta_base(rev)?, rev));
            }
        }
        Ok(snapshots)
    }

    /// What is stored for the revisions from `start` to `end`, and where that
    /// begins. In an inline revlog entries stand between, and count.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn segment(&self, start: Revision, end: Revision) -> Result<(u64, Bytes), ReadError> {
        let (first, last) = (self.span(start)?, self.span(end)?);
        let span = first.start..last.end;
        if span.start > span.end {
            let (first, last) = (start, end);
            return Err(RevlogError::InconsistentOffsets { first, last }.into());
        }
        if let Some(bytes) = self.in_memory(&span, end) {
            return Ok((span.start, bytes));
        }
        if span.is_empty() {
            return Ok((span.start, Bytes::new()));
        }
        let start = span.start;
        let read = self.read(&[span], &[end])?;
        let bytes = read.first().cloned();
        Ok((start, bytes.ok_or(InternalError::new("segment: not read"))?))
    }

    /// What is stored for `rev`, without its compression.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn chunk(&self, rev: Revision) -> Result<Bytes, ReadError> {
        let chunks = self.chunks(&[rev])?.into_iter().next();
        Ok(chunks.ok_or(InternalError::new("chunk: not read"))?)
    }

    /// The text that the deltas of `rev` make, whatever it is: nobody looks
    /// whether it has the right hash, or flags that say it is something else.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn raw_text(&self, rev: Revision, known: KnownText<'_>) -> Result<Vec<u8>, ReadError> {
        if rev.is_null() {
            return Ok(Vec::new());
        }
        if let Some((known_rev, text)) = known {
            if known_rev == rev {
                return Ok(text.to_vec());
            }
        }
        let record = self.index().index().record(rev);
        let record = record.ok_or(RevlogError::InvalidRevision(rev))?;
        if let Ok(size) = usize::try_from(record.uncompressed_len) {
            self.seen_text(size);
        }
        let chain = self.delta_chain(rev, known.map(|(rev, _)| rev))?;
        let mut deltas = self.chunks(&chain.revs)?;
        let base: Cow<'_, [u8]> = match known.filter(|_| chain.stopped) {
            Some((_, text)) => text.into(),
            None if deltas.is_empty() => Cow::default(),
            None => Vec::from(deltas.remove(0)).into(),
        };
        if deltas.is_empty() {
            return Ok(base.into_owned());
        }
        let deltas: Vec<&[u8]> = deltas.iter().map(AsRef::as_ref).collect();
        Ok(apply_deltas(&base, &deltas).map_err(RevlogError::from)?)
    }

    /// The delta that makes the text of `to`, to which `extra` was applied
    /// if there is such a delta, of the text of `from`.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn diff(
        &self,
        from: Revision,
        to: Revision,
        extra: Option<&[u8]>,
        known: KnownText<'_>,
    ) -> Result<Vec<u8>, ReadError> {
        if from == to && extra.is_none() {
            return Ok(Vec::new());
        }
        let old = self.raw_text(from, known)?;
        let known = match known {
            Some((rev, _)) if rev == to => known,
            _ => Some((from, &old[..])).filter(|_| !from.is_null()),
        };
        let mut new = self.raw_text(to, known)?;
        if let Some(extra) = extra {
            new = apply_deltas(&new, &[extra]).map_err(RevlogError::from)?;
        }
        let by = match self.options().deltas {
            DeltaKind::Lines => delta::line_diff,
            DeltaKind::Manifest => delta::manifest_diff,
        };
        Ok(by(&old, &new).map_err(RevlogError::from)?)
    }

    /// The chunks of `revs`, which ascend, without their compression.
    fn chunks(&self, revs: &[Revision]) -> Result<Vec<Bytes>, ReadError> {
        let mut chunks: Vec<Option<Bytes>> = vec![None; revs.len()];
        if let Some(cache) = &self.chunks {
            let mut cache = lock(cache);
            for (chunk, &rev) in chunks.iter_mut().zip(revs) {
                *chunk = cache.get(rev);
            }
        }
        let mut missing = Vec::new();
        let mut spans = Vec::new();
        for (chunk, &rev) in chunks.iter_mut().zip(revs) {
            if chunk.is_some() {
                continue;
            }
            let span = self.span(rev)?;
            match self.in_memory(&span, rev) {
                Some(stored) => *chunk = Some(self.unpack(rev, &stored)?),
                None => {
                    missing.push(rev);
                    spans.push(span);
                }
            }
        }
        let read = match spans.is_empty() {
            true => Vec::new(),
            false => self.read(&in_order(spans, &missing)?, &missing)?,
        };
        let mut read = missing.into_iter().zip(read);
        let complete = |chunk| match chunk {
            Some(chunk) => Ok(chunk),
            None => match read.next() {
                Some((rev, stored)) => self.unpack(rev, &stored),
                None => Err(InternalError::new("chunks: one was not read").into()),
            },
        };
        chunks.into_iter().map(complete).collect()
    }

    /// Take the compression off, and remember what is left.
    fn unpack(&self, rev: Revision, stored: &Bytes) -> Result<Bytes, ReadError> {
        let chunk = match decompress(stored, LONGEST)? {
            Cow::Owned(chunk) => chunk.into(),
            Cow::Borrowed(chunk) => Bytes::copy_from_slice(chunk),
        };
        self.remember_chunk(rev, chunk.clone());
        Ok(chunk)
    }

    /// Where the chunk of `rev` is.
    fn span(&self, rev: Revision) -> Result<Range<u64>, RevlogError> {
        let record = self.index().index().record(rev);
        let record = record.ok_or(RevlogError::InvalidRevision(rev))?;
        let length = u64::try_from(record.compressed_len);
        let length = length.map_err(|_| RevlogError::NegativeLength(rev))?;
        let mut start = record.offset();
        if self.files().is_inline() {
            let entries = rev.next().position().unwrap_or(0);
            start += (entries * RECORD_SIZE) as u64;
        }
        Ok(start..start + length)
    }

    /// A part of an inline revlog that was read with the index.
    fn in_memory(&self, span: &Range<u64>, last: Revision) -> Option<Bytes> {
        if !self.files().is_inline() {
            return None;
        }
        let range = usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?;
        self.index().index().inline_bytes(range, last)
    }

    /// Parts of the file of the data, which are in order.
    fn read(&self, spans: &[Range<u64>], revs: &[Revision]) -> Result<Vec<Bytes>, ReadError> {
        let source = self.source()?;
        let file = source.file();
        let failed = |error| {
            let path = self.data_path();
            FileError::of(FileOperation::Reading, &path)(error)
        };
        let size = file.size().map_err(failed)?;
        let read = read_spans(Some(file), size, spans).map_err(|error| match error {
            SpanError::System(error) => ReadError::File(failed(error)),
            SpanError::Truncated(position) => truncated(revs, position).into(),
            SpanError::Internal(error) => error.into(),
        })?;
        Ok(read.into_parts())
    }

    fn source(&self) -> Result<Source<'_>, FileError> {
        if let Some(file) = self.files().open_data() {
            return Ok(Source::Open(file));
        }
        if let Some(file) = &lock(&self.readers).file {
            return Ok(Source::Shared(file.clone()));
        }
        let file = Arc::new(self.open_to_read()?);
        let mut readers = lock(&self.readers);
        if readers.count > 0 {
            readers.file = Some(file.clone());
        }
        Ok(Source::Shared(file))
    }

    pub(super) fn open_to_read(&self) -> Result<OpenFile, FileError> {
        let path = self.data_path();
        OpenFile::open(&path).map_err(FileError::of(FileOperation::Reading, &path))
    }
}

/// The spans of `revs`, of which none begins before the last one ends.
fn in_order(mut spans: Vec<Range<u64>>, revs: &[Revision]) -> Result<Vec<Range<u64>>, RevlogError> {
    let (mut end, mut first) = (0, Revision::NULL);
    for (span, &last) in spans.iter_mut().zip(revs) {
        if span.is_empty() {
            *span = end..end;
        } else if span.start < end {
            return Err(RevlogError::InconsistentOffsets { first, last });
        } else {
            (end, first) = (span.end, last);
        }
    }
    Ok(spans)
}
