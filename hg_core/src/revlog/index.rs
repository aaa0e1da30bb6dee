// SPDX-License-Identifier: GPL-2.0-or-later
//! The version 1 index, read in place.

use std::ops::Range;

use bytes::Bytes;
use zerocopy::{FromBytes, IntoBytes};

use super::node_tree::NodeSource;
use super::record::{Header, RawRecord, Record, NULL_RECORD};
use super::RECORD_SIZE;
use crate::dag::{Graph, GraphError, RevisionSet};
use crate::revlog::RevlogError;
use crate::types::{Node, Revision};

/// Where the records on disk are.
#[derive(Debug)]
enum Layout {
    /// One after the other.
    Contiguous,
    /// At these offsets, each followed by its data.
    Inline(Vec<usize>),
}

/// A revlog index: what is on disk, and what was appended since.
///
/// The bytes are not copied. Nothing but the size is validated at opening
/// (and the chain of lengths, where data is inline): every accessor checks
/// what it reads.
#[derive(Debug)]
pub struct Index {
    data: Bytes,
    layout: Layout,
    pub(super) header: Header,
    on_disk: usize,
    /// Appended records, as they would stand on disk.
    appended: Vec<[u8; RECORD_SIZE]>,
}

impl Index {
    /// An index over `data`, the whole content of a `.i` file. For an empty
    /// one `default_header` says what it is to become.
    pub fn new(data: Bytes, default_header: u32) -> Result<Self, RevlogError> {
        let header = match data.first_chunk() {
            Some(first) => Header(u32::from_be_bytes(*first)),
            None if data.is_empty() => Header(default_header),
            None => return Err(RevlogError::TruncatedIndex(data.len())),
        };
        if !header.is_version_1() {
            return Err(RevlogError::UnknownVersion(header.0));
        }
        let layout = if header.is_inline() {
            Layout::Inline(inline_offsets(&data)?)
        } else if data.len() % RECORD_SIZE == 0 {
            Layout::Contiguous
        } else {
            return Err(RevlogError::TruncatedIndex(data.len()));
        };
        let on_disk = match &layout {
            Layout::Contiguous => data.len() / RECORD_SIZE,
            Layout::Inline(offsets) => offsets.len(),
        };
        if Revision::at(on_disk).is_none() {
            return Err(RevlogError::TooManyRevisions(on_disk));
        }
        Ok(Self {
            data,
            layout,
            header,
            on_disk,
            appended: Vec::new(),
        })
    }

    /// The number of revisions.
    pub fn len(&self) -> usize {
        self.on_disk + self.appended.len()
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The revision after the last one.
    pub fn end(&self) -> Revision {
        // `new` and `append` keep the length within a Revision.
        Revision::at(self.len()).unwrap_or(Revision::MAX)
    }

    /// The header, with which the file begins.
    pub fn header(&self) -> Header {
        self.header
    }

    /// The revision as a position, if it exists; null does not.
    fn position(&self, rev: Revision) -> Option<usize> {
        rev.position().filter(|&rev| rev < self.len())
    }

    pub(super) fn raw(&self, rev: Revision) -> Option<&RawRecord> {
        let position = self.position(rev)?;
        let bytes: &[u8] = match position.checked_sub(self.on_disk) {
            Some(appended) => self.appended.get(appended)?,
            None => {
                let start = match &self.layout {
                    Layout::Contiguous => position * RECORD_SIZE,
                    Layout::Inline(offsets) => *offsets.get(position)?,
                };
                self.data.get(start..start + RECORD_SIZE)?
            }
        };
        RawRecord::ref_from_bytes(bytes).ok()
    }

    /// The entry of `rev`; null has one too.
    pub fn record(&self, rev: Revision) -> Option<Record> {
        if rev.is_null() {
            return Some(NULL_RECORD);
        }
        let mut record = Record::from(self.raw(rev)?);
        if rev == Revision::ZERO && self.on_disk > 0 {
            // The header stands in the upper half of the offset.
            record.offset_flags &= 0xffff;
        }
        Some(record)
    }

    /// The stored form of `rev`, where it follows its record.
    pub fn inline_chunk(&self, rev: Revision) -> Option<&[u8]> {
        let Layout::Inline(offsets) = &self.layout else {
            return None;
        };
        let start = offsets.get(self.position(rev)?)? + RECORD_SIZE;
        let length = usize::try_from(self.raw(rev)?.compressed_len.get()).ok()?;
        self.data.get(start..start.checked_add(length)?)
    }

    /// Bytes of an inline index as it is on disk, up to the data of `last`,
    /// if all of that was there when it was opened.
    pub(super) fn inline_bytes(&self, range: Range<usize>, last: Revision) -> Option<Bytes> {
        let Layout::Inline(_) = &self.layout else {
            return None;
        };
        let is_known = last.position()? < self.on_disk;
        (is_known && range.start <= range.end && range.end <= self.data.len())
            .then(|| self.data.slice(range))
    }

    /// What to write for `rev` after the revlog's header: its record, which
    /// for revision 0 lacks the four bytes that the header takes.
    pub fn entry_binary(&self, rev: Revision) -> Option<&[u8]> {
        let bytes = self.raw(rev)?.as_bytes();
        bytes.get(if rev == Revision::ZERO { 4 } else { 0 }..)
    }

    /// Add a revision at the end.
    pub fn append(&mut self, record: &Record) -> Result<(), RevlogError> {
        if self.end() == Revision::MAX {
            return Err(RevlogError::TooManyRevisions(self.len()));
        }
        let raw = RawRecord::from(record);
        let mut bytes = [0; RECORD_SIZE];
        bytes.copy_from_slice(raw.as_bytes());
        self.appended.push(bytes);
        Ok(())
    }

    /// Forget `start` and all after it.
    pub fn strip(&mut self, start: Revision) -> Result<(), RevlogError> {
        let Some(start) = self.position(start) else {
            return Err(RevlogError::InvalidRevision(start));
        };
        match start.checked_sub(self.on_disk) {
            Some(kept) => self.appended.truncate(kept),
            None => {
                self.appended.clear();
                self.on_disk = start;
                if let Layout::Inline(offsets) = &mut self.layout {
                    offsets.truncate(start);
                }
            }
        }
        Ok(())
    }

    /// The revisions that are heads, ascending, `hidden` ones aside; those
    /// below `end` only.
    pub fn head_revs(
        &self,
        end: Revision,
        hidden: &RevisionSet,
    ) -> Result<Vec<Revision>, GraphError> {
        crate::dag::heads_of_all(self, end.min(self.end()), hidden)
    }
}

/// The offset of each record in an inline index.
fn inline_offsets(data: &[u8]) -> Result<Vec<usize>, RevlogError> {
    let truncated = || RevlogError::TruncatedIndex(data.len());
    let mut offsets = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        let rest = data.get(offset..).ok_or_else(truncated)?;
        let (record, _) = RawRecord::ref_from_prefix(rest).map_err(|_| truncated())?;
        let length = usize::try_from(record.compressed_len.get()).map_err(|_| truncated())?;
        offsets.push(offset);
        offset = offset
            .checked_add(RECORD_SIZE)
            .and_then(|end| end.checked_add(length))
            .ok_or_else(truncated)?;
    }
    if offset != data.len() {
        return Err(truncated());
    }
    Ok(offsets)
}

impl Graph for Index {
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        let raw = self.raw(rev).ok_or(GraphError::InvalidRevision(rev))?;
        let parents = raw.parents.map(|parent| Revision::new(parent.get()));
        let valid = Revision::NULL..self.end();
        if parents.iter().all(|parent| valid.contains(parent)) {
            Ok(parents)
        } else {
            Err(GraphError::ParentOutOfRange(rev))
        }
    }

    fn check(&self, rev: Revision) -> Result<(), GraphError> {
        if (Revision::ZERO..self.end()).contains(&rev) {
            Ok(())
        } else {
            Err(GraphError::InvalidRevision(rev))
        }
    }
}

impl NodeSource for Index {
    fn node(&self, rev: Revision) -> Option<&Node> {
        if rev.is_null() {
            return Some(&Node::NULL);
        }
        self.raw(rev).map(|raw| &raw.node)
    }
}
