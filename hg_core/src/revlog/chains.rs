// SPDX-License-Identifier: GPL-2.0-or-later
//! Delta chains: what to read, and in which pieces, to restore a text.

use super::{Index, Record, RECORD_SIZE};
use crate::revlog::RevlogError;
use crate::types::Revision;

/// The revisions to read to restore a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaChain {
    /// Ascending; the base comes first, unless the chain stopped before it.
    pub revs: Vec<Revision>,
    /// Whether the chain ends at the revision it was told to stop at, which
    /// is not part of it.
    pub stopped: bool,
}

/// What counts as a gap between two chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// Other data alone, as Mercurial before 7 has it.
    Data,
    /// All that stands between them in the file: in an inline revlog records, too.
    File,
}

impl DeltaChain {
    /// Without the deltas that do nothing, but for the base of the chain, which
    /// may be an empty text.
    #[must_use]
    pub fn without_empty_deltas(mut self, index: &Index) -> Self {
        let base = match self.stopped {
            true => None,
            false => self.revs.first().copied(),
        };
        let is_empty = |rev| index.raw(rev).is_some_and(|raw| raw.compressed_len == 0);
        self.revs.retain(|&rev| Some(rev) == base || !is_empty(rev));
        self
    }
}

impl Index {
    /// What the delta of `rev` applies to; null for a full text.
    pub(super) fn delta_base(&self, rev: Revision) -> Result<Revision, RevlogError> {
        match self.base(rev)? {
            base if base == rev => Ok(Revision::NULL),
            base => Ok(base),
        }
    }

    /// The base field of `rev`, checked.
    fn base(&self, rev: Revision) -> Result<Revision, RevlogError> {
        let raw = self.raw(rev).ok_or(RevlogError::InvalidRevision(rev))?;
        let base = Revision::new(raw.base.get());
        if base > rev || base < Revision::NULL {
            return Err(RevlogError::CorruptedBase { rev, base });
        }
        Ok(base)
    }

    /// How many bytes the stored form of `rev` takes.
    fn length(&self, rev: Revision) -> Result<i64, RevlogError> {
        let length = match rev {
            Revision::NULL => 0,
            _ => {
                self.record(rev)
                    .ok_or(RevlogError::InvalidRevision(rev))?
                    .compressed_len
            }
        };
        if length < 0 {
            return Err(RevlogError::NegativeLength(rev));
        }
        Ok(length.into())
    }

    /// Where the stored form of `rev` starts, counted so that gaps are right.
    fn start(&self, rev: Revision, gaps: Gaps) -> Result<i64, RevlogError> {
        let record = self.record(rev).ok_or(RevlogError::InvalidRevision(rev))?;
        let records = match gaps {
            Gaps::File if self.header.is_inline() => i64::from(rev.get()) * RECORD_SIZE as i64,
            _ => 0,
        };
        // 48 bits always fit.
        Ok((record.offset_flags >> 16) as i64 + records)
    }

    /// The parent, or the revision below it that really holds its text where
    /// it has an empty delta.
    fn skip_empty(&self, mut rev: Revision) -> Result<Revision, RevlogError> {
        while rev != Revision::NULL && self.length(rev)? == 0 {
            let base = self.base(rev)?;
            if base == rev {
                break;
            }
            rev = base;
        }
        Ok(rev)
    }

    /// Whether `rev` is a full text.
    pub(super) fn is_full_text(&self, rev: Revision) -> Result<bool, RevlogError> {
        Ok(self.delta_base(rev)?.is_null())
    }

    /// Whether `rev` is a full text or an intermediate snapshot: a delta
    /// against another snapshot that is not a parent.
    pub fn is_snapshot(&self, rev: Revision) -> Result<bool, RevlogError> {
        let mut rev = rev;
        while rev != Revision::NULL {
            let base = self.delta_base(rev)?;
            if base == Revision::NULL {
                return Ok(true);
            }
            let raw = self.raw(rev).ok_or(RevlogError::InvalidRevision(rev))?;
            for parent in raw.parents {
                let parent = Revision::new(parent.get());
                if parent >= rev || parent < Revision::NULL {
                    return Err(RevlogError::CorruptedParent { rev, parent });
                }
                if base == self.skip_empty(parent)? {
                    return Ok(false);
                }
            }
            rev = base;
        }
        Ok(true)
    }

    /// As [`is_snapshot`](Self::is_snapshot), where the entries say what their
    /// deltas are.
    pub fn is_flagged_snapshot(&self, rev: Revision) -> Result<bool, RevlogError> {
        let record = self.record(rev).ok_or(RevlogError::InvalidRevision(rev))?;
        Ok(rev.is_null() || record.flags() & Record::SNAPSHOT_FLAG != 0)
    }

    /// The snapshots from `start` to `end`, which is included, each with its
    /// base; whatever does not exist of that range is left out.
    pub fn snapshots(
        &self,
        start: Revision,
        end: Revision,
    ) -> Result<Vec<(Revision, Revision)>, RevlogError> {
        let mut snapshots = Vec::new();
        for rev in start.max(Revision::ZERO).until(end.next().min(self.end())) {
            if self.is_snapshot(rev)? {
                snapshots.push((self.delta_base(rev)?, rev));
            }
        }
        Ok(snapshots)
    }

    /// The revisions whose deltas make up `rev`, down to a full text or to
    /// `stop`. Without general delta each applies to the one before it.
    pub fn delta_chain(
        &self,
        rev: Revision,
        stop: Option<Revision>,
        general_delta: bool,
    ) -> Result<DeltaChain, RevlogError> {
        let mut revs = Vec::new();
        let mut at = rev;
        let mut base = self.base(rev)?;
        while base != at && Some(at) != stop {
            revs.push(at);
            at = if general_delta { base } else { at.previous() };
            if at.is_null() {
                break;
            }
            base = self.base(at)?;
        }
        let stopped = Some(at) == stop;
        if !stopped {
            revs.push(at);
        }
        revs.reverse();
        Ok(DeltaChain { revs, stopped })
    }

    /// Cut an ascending list of revisions into chunks worth reading at once:
    /// the widest gaps above `min_gap` bytes are left out first, until the
    /// part of wanted bytes in what is read reaches `density`. `None` when
    /// the list is best read whole.
    pub fn slice_chunk_to_density(
        &self,
        revs: &[Revision],
        density: f64,
        min_gap: i64,
        gaps: Gaps,
    ) -> Result<Option<Vec<Vec<Revision>>>, RevlogError> {
        let (Some(&first), Some(&last)) = (revs.first(), revs.last()) else {
            return Ok(None);
        };
        if revs.len() == 1 {
            return Ok(None);
        }
        for &rev in revs {
            self.length(rev)?;
        }
        let span = self.start(last, gaps)? - self.start(first, gaps)?;
        if span < 0 {
            return Err(RevlogError::InconsistentOffsets { first, last });
        }
        let span = span + self.length(last)?;
        let mut payload = 0;
        for &rev in revs {
            payload += self.length(rev)?;
        }
        let density_of = |read: i64| match read {
            ..=0 => 1.0,
            _ => payload as f64 / read as f64,
        };
        if span <= min_gap || density_of(span) >= density {
            return Ok(None);
        }
        let mut gaps = self.gaps(revs, min_gap, gaps)?;
        if gaps.is_empty() {
            return Ok(None);
        }
        gaps.sort();
        let mut cuts = Vec::new();
        let mut read = span;
        while let Some((size, position)) = gaps.pop() {
            cuts.push(position);
            read -= size;
            if density_of(read) >= density {
                break;
            }
        }
        cuts.sort_unstable();
        cuts.push(revs.len());
        let mut chunks = Vec::new();
        let mut from = 0;
        for to in cuts {
            let mut end = to;
            while let Some(&rev) = revs.get(from..end).and_then(<[_]>::last) {
                // Nothing to read for an empty revision at the end of a
                // chunk; the head of the chain stays all the same.
                if end <= 1 || self.length(rev)? != 0 {
                    break;
                }
                end -= 1;
            }
            if let Some(chunk) = revs.get(from..end).filter(|c| !c.is_empty()) {
                chunks.push(chunk.to_vec());
            }
            from = to;
        }
        Ok(Some(chunks))
    }

    /// The gaps wider than `min_gap` bytes, each with the position of the
    /// revision behind it.
    fn gaps(
        &self,
        revs: &[Revision],
        min_gap: i64,
        counted: Gaps,
    ) -> Result<Vec<(i64, usize)>, RevlogError> {
        let mut gaps = Vec::new();
        let mut previous_end = None;
        for (position, &rev) in revs.iter().enumerate() {
            let (start, length) = (self.start(rev, counted)?, self.length(rev)?);
            if length == 0 {
                continue;
            }
            if let Some(end) = previous_end {
                if start - end > min_gap {
                    gaps.push((start - end, position));
                }
            }
            previous_end = Some(start + length);
        }
        Ok(gaps)
    }
}
