// SPDX-License-Identifier: GPL-2.0-or-later
//! The hunks of deltas: reading them, and combining two deltas into one.
//!
//! A delta is a run of hunks: three big-endian 32-bit numbers (the start and
//! the end of the bytes to replace, the length of what replaces them), then
//! the replacement.

use crate::delta::DeltaError;

/// Where the numbers of a hunk end and its data starts.
pub(super) const HUNK_HEADER_SIZE: usize = 12;

/// What a hunk puts in place of what it replaces: the bytes, or only how many.
pub(super) trait Data<'a>: Copy {
    fn from_bytes(bytes: &'a [u8]) -> Self;

    fn len(self) -> usize;

    /// What comes before `position`, and the rest; all and nothing when it is
    /// beyond the end.
    fn split_at_most(self, position: usize) -> (Self, Self);
}

impl<'a> Data<'a> for &'a [u8] {
    fn from_bytes(bytes: &'a [u8]) -> Self {
        bytes
    }

    fn len(self) -> usize {
        <[u8]>::len(self)
    }

    fn split_at_most(self, position: usize) -> (Self, Self) {
        // All of it comes before a position beyond its end.
        self.split_at_checked(position).unwrap_or((self, &[]))
    }
}

impl Data<'_> for usize {
    fn from_bytes(bytes: &[u8]) -> Self {
        bytes.len()
    }

    fn len(self) -> usize {
        self
    }

    fn split_at_most(self, position: usize) -> (Self, Self) {
        let first = self.min(position);
        (first, self - first)
    }
}

/// Replaces `start..end` of a text. The hunks of a delta are in order and do
/// not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hunk<D> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) data: D,
}

/// The hunks of `delta`, which applies to a text of `size` bytes; `size` is
/// then that of the text it makes.
pub(super) fn decode<'a, D: Data<'a>>(
    delta: &'a [u8],
    size: &mut usize,
) -> Result<Vec<Hunk<D>>, DeltaError> {
    let mut hunks = Vec::new();
    let mut rest = delta;
    let (mut removed, mut added) = (0, 0);
    let mut last_end = 0;
    while !rest.is_empty() {
        let (header, body) = rest
            .split_first_chunk::<HUNK_HEADER_SIZE>()
            .ok_or(DeltaError::Undecodable)?;
        let [start, end, length] = numbers(header);
        let (Some(start), Some(end)) = (not_negative(start), not_negative(end)) else {
            return Err(DeltaError::Undecodable);
        };
        if start > end {
            return Err(DeltaError::Undecodable);
        }
        let cut_short = DeltaError::CutShort {
            length,
            available: body.len(),
        };
        let length = not_negative(length).ok_or(cut_short)?;
        let (data, after) = body.split_at_checked(length).ok_or(cut_short)?;
        if start < last_end || end > *size {
            return Err(DeltaError::Invalid);
        }
        // Ranges of the text that do not overlap, and parts of `delta`: the
        // sums stay below the sizes of both.
        removed += end - start;
        added += length;
        last_end = end;
        hunks.push(Hunk {
            start,
            end,
            data: D::from_bytes(data),
        });
        rest = after;
    }
    *size = (*size - removed)
        .checked_add(added)
        .ok_or(DeltaError::Invalid)?;
    Ok(hunks)
}

/// The numbers in a hunk's header.
fn numbers(header: &[u8; HUNK_HEADER_SIZE]) -> [u32; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *header;
    [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(u32::from_be_bytes)
}

/// A number that is to have a sign; `None` if it has one.
fn not_negative(number: u32) -> Option<usize> {
    usize::try_from(i32::from_be_bytes(number.to_be_bytes())).ok()
}

/// A delta in the making, of a text none of whose positions is beyond
/// `i32::MAX`.
pub(super) struct Encoder {
    delta: Vec<u8>,
}

impl Encoder {
    /// # Errors
    /// [`DeltaError::TooLarge`] for texts whose positions a delta cannot hold.
    pub(super) fn new(old: &[u8], new: &[u8]) -> Result<Self, DeltaError> {
        let largest = i32::MAX as usize;
        if old.len() > largest || new.len() > largest {
            return Err(DeltaError::TooLarge);
        }
        Ok(Self { delta: Vec::new() })
    }

    /// Replace `start..end` of the old text by `data`.
    pub(super) fn push(&mut self, start: usize, end: usize, data: &[u8]) {
        for number in [start, end, data.len()] {
            self.delta.extend_from_slice(&(number as u32).to_be_bytes());
        }
        self.delta.extend_from_slice(data);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.delta
    }
}

/// One delta that does what `below`, then `above` do.
pub(super) fn combine<'a, D: Data<'a>>(below: &[Hunk<D>], above: &[Hunk<D>]) -> Vec<Hunk<D>> {
    // Each hunk above adds itself, and cuts at most one below in two.
    let mut combined = Vec::with_capacity(below.len() + 2 * above.len());
    let mut lower = Lower::new(below);
    for hunk in above {
        let start = lower.advance(hunk.start, |kept| combined.push(kept));
        let end = lower.advance(hunk.end, |_replaced| ());
        let data = hunk.data;
        combined.push(Hunk { start, end, data });
    }
    combined.extend(lower.current);
    combined.extend_from_slice(lower.rest);
    combined
}

/// A cursor over the delta below, in step with the one above.
struct Lower<'h, D> {
    /// What is left of the next hunk.
    current: Option<Hunk<D>>,
    rest: &'h [Hunk<D>],
    /// How far the hunks behind the cursor have moved what follows them:
    /// a position between the two deltas, less the one under both.
    shift: isize,
}

impl<'h, 'a, D: Data<'a>> Lower<'h, D> {
    fn new(hunks: &'h [Hunk<D>]) -> Self {
        let mut lower = Self {
            current: None,
            rest: hunks,
            shift: 0,
        };
        lower.next();
        lower
    }

    fn next(&mut self) {
        self.current = match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                Some(*first)
            }
            None => None,
        };
    }

    /// Pass what lies before `position` between the deltas, and say where
    /// that is in the text under both. A hunk across the position is cut in
    /// two; the first part takes all that the hunk replaces.
    fn advance(&mut self, position: usize, mut pass: impl FnMut(Hunk<D>)) -> usize {
        while let Some(hunk) = self.current {
            let start = hunk.start.wrapping_add_signed(self.shift);
            let Some(before @ 1..) = position.checked_sub(start) else {
                break;
            };
            let (first, second) = hunk.data.split_at_most(before);
            pass(Hunk {
                data: first,
                ..hunk
            });
            self.shift += first.len() as isize - (hunk.end - hunk.start) as isize;
            if second.len() == 0 {
                self.next();
            } else {
                self.current = Some(Hunk {
                    start: hunk.end,
                    end: hunk.end,
                    data: second,
                });
            }
        }
        position.wrapping_add_signed(-self.shift)
    }
}
