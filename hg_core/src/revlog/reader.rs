// SPDX-License-Identifier: GPL-2.0-or-later
//! Reading texts out of a revlog's files.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha1::{Digest, Sha1};

use super::chunks::decompress;
use super::data_file::{read_whole, DataFile};
use super::node_tree::NodeSource;
use super::{Index, Record};
use crate::delta::apply_deltas;
use crate::revlog::{RevlogError, StoreError};
use crate::types::{Node, Revision};

/// A version 1 revlog, as it was when it was opened.
///
/// A small revlog is a single file: its data is inline, and all of it is read
/// at once. Of a large one, the index is read at once and the data, which is
/// in a file of its own, where it is asked for.
#[derive(Debug)]
pub struct RevlogReader {
    path: PathBuf,
    index: Index,
    /// `None` where data is inline, or there is none.
    data: Option<DataFile>,
}

impl RevlogReader {
    /// Open the revlog of `index_file`, and `data_file` if it has one.
    pub fn open(index_file: &Path, data_file: &Path) -> Result<Self, StoreError> {
        let bytes = read_whole(index_file)?;
        let named = |error| StoreError::Revlog {
            path: index_file.to_owned(),
            error,
        };
        // An empty file has no header: nor has it anything to read.
        let index = Index::new(Bytes::from(bytes), 1).map_err(named)?;
        let header = index.header();
        if !header.is_supported() {
            return Err(named(RevlogError::UnknownVersion(header.0)));
        }
        let data = match header.is_inline() || index.is_empty() {
            true => None,
            false => Some(DataFile::open(data_file)?),
        };
        Ok(Self {
            path: index_file.to_owned(),
            index,
            data,
        })
    }

    /// The index, as it was when the revlog was opened.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Where the index was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error in a text of this revlog, with the name of its file.
    pub fn error(&self, error: RevlogError) -> StoreError {
        StoreError::Revlog {
            path: self.path.clone(),
            error,
        }
    }

    /// The revision of `node`, if there is one; null is a revision.
    ///
    /// It is searched for from the last revision down, without a map, which
    /// would take longer to make than to use: what is asked for is mostly
    /// recent.
    pub fn revision_of(&self, node: &Node) -> Option<Revision> {
        if node.is_null() {
            return Some(Revision::NULL);
        }
        let is_it = |rev: &Revision| self.index.node(*rev) == Some(node);
        Revision::ZERO.until(self.index.end()).rev().find(is_it)
    }

    /// The flags of `rev`, as the index has them.
    pub fn flags(&self, rev: Revision) -> Result<u16, StoreError> {
        Ok(self.record(rev)?.flags())
    }

    /// The text of `rev`, of which the hash is right. The null revision is
    /// empty.
    pub fn text(&self, rev: Revision) -> Result<Vec<u8>, StoreError> {
        let record = self.record(rev)?;
        if rev.is_null() {
            return Ok(Vec::new());
        }
        if !record.is_plain() {
            let flags = record.flags();
            return Err(self.error(RevlogError::UnsupportedFlags { rev, flags }));
        }
        let text = self.stored_text(rev)?;
        self.check_hash(rev, &record, &text)
            .map_err(|error| self.error(error))?;
        Ok(text)
    }

    fn record(&self, rev: Revision) -> Result<Record, StoreError> {
        self.index
            .record(rev)
            .ok_or_else(|| self.error(RevlogError::InvalidRevision(rev)))
    }

    fn check_hash(&self, rev: Revision, record: &Record, text: &[u8]) -> Result<(), RevlogError> {
        let [p1, p2] = record.parents;
        let node_of = |parent| {
            let corrupted = RevlogError::CorruptedParent { rev, parent };
            self.index.node(parent).ok_or(corrupted)
        };
        let (p1, p2) = (node_of(p1)?, node_of(p2)?);
        let hash = Sha1::new()
            .chain_update(p1.min(p2))
            .chain_update(p1.max(p2))
            .chain_update(text)
            .finalize();
        match hash[..] == *record.node.as_bytes() {
            true => Ok(()),
            false => Err(RevlogError::WrongHash(rev)),
        }
    }

    /// The text that the delta chain of `rev` makes, whatever it is.
    fn stored_text(&self, rev: Revision) -> Result<Vec<u8>, StoreError> {
        let named = |error| self.error(error);
        let general_delta = self.index.header().is_general_delta();
        let chain = self.index.delta_chain(rev, None, general_delta);
        let chain = chain.map_err(named)?.revs;
        let read;
        let chunks = match &self.data {
            None => self.inline_chunks(&chain).map_err(named)?,
            Some(data) => {
                read = data.read(&self.spans(&chain).map_err(named)?, &chain)?;
                read.chunks().map_err(|error| named(error.into()))?
            }
        };
        self.assemble(&chain, &chunks).map_err(named)
    }

    fn inline_chunks(&self, chain: &[Revision]) -> Result<Vec<&[u8]>, RevlogError> {
        let chunk_of = |&rev: &Revision| match rev {
            Revision::NULL => Ok(&[][..]),
            _ => {
                let chunk = self.index.inline_chunk(rev);
                chunk.ok_or(RevlogError::TruncatedData(rev))
            }
        };
        chain.iter().map(chunk_of).collect()
    }

    /// Where the chunks of `chain` are in the data file. They do not overlap,
    /// so that all of them together are not longer than the file.
    fn spans(&self, chain: &[Revision]) -> Result<Vec<Range<u64>>, RevlogError> {
        let mut spans = Vec::with_capacity(chain.len());
        let (mut previous, mut end) = (Revision::NULL, 0);
        for &rev in chain {
            let record = self.index.record(rev);
            let record = record.ok_or(RevlogError::InvalidRevision(rev))?;
            let length = u64::try_from(record.compressed_len);
            let length = length.map_err(|_| RevlogError::NegativeLength(rev))?;
            let start = record.offset();
            if length == 0 {
                spans.push(end..end);
                continue;
            }
            if start < end {
                return Err(RevlogError::InconsistentOffsets {
                    first: previous,
                    last: rev,
                });
            }
            // 48 bits and 31 bits.
            end = start + length;
            previous = rev;
            spans.push(start..end);
        }
        Ok(spans)
    }

    /// Make a text of the chunks of its chain.
    fn assemble(&self, chain: &[Revision], chunks: &[&[u8]]) -> Result<Vec<u8>, RevlogError> {
        let (Some((&base_rev, chain)), Some((base, chunks))) =
            (chain.split_first(), chunks.split_first())
        else {
            return Ok(Vec::new());
        };
        let mut size = self.text_size(base_rev)?;
        let base = decompress(base, size)?;
        let mut deltas = Vec::with_capacity(chunks.len());
        for (&rev, chunk) in chain.iter().zip(chunks) {
            let below = size;
            size = self.text_size(rev)?;
            deltas.push(decompress(chunk, longest_delta(below, size))?);
        }
        if deltas.is_empty() {
            return Ok(base.into_owned());
        }
        let deltas: Vec<&[u8]> = deltas.iter().map(Cow::as_ref).collect();
        Ok(apply_deltas(&base, &deltas)?)
    }

    /// How long the text of `rev` is, as the index says.
    fn text_size(&self, rev: Revision) -> Result<usize, RevlogError> {
        let record = self.index.record(rev);
        let record = record.ok_or(RevlogError::InvalidRevision(rev))?;
        usize::try_from(record.uncompressed_len).map_err(|_| RevlogError::NegativeLength(rev))
    }
}

/// The longest delta there can be between texts of these sizes: each hunk
/// removes or adds a byte at least. (A single one may do nothing.)
fn longest_delta(from: usize, to: usize) -> usize {
    const HUNK_HEADER: usize = 12;
    let hunks = from.saturating_add(to).saturating_add(1);
    hunks.saturating_mul(HUNK_HEADER).saturating_add(to)
}
