// SPDX-License-Identifier: GPL-2.0-or-later
//! How large deltas are once folded into one, without making it.
//!
//! Where a chain of deltas is short of a good base, Mercurial asks what a delta
//! against one further down would take. Folding needs only where hunks are and
//! how long: no data is kept, and each delta may go once it was folded.

use crate::delta::hunks::{combine, decode, Hunk, HUNK_HEADER_SIZE};
use crate::delta::DeltaError;

/// The length of texts is not known here: any that a hunk can name will do.
const LONGEST_TEXT: usize = i32::MAX as usize;

/// What several deltas, one on top of the other, replace together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedDelta(Vec<Hunk<usize>>);

impl FoldedDelta {
    /// One delta alone.
    ///
    /// # Errors
    /// When it is cut short or its hunks are out of order.
    pub fn new(delta: &[u8]) -> Result<Self, DeltaError> {
        decode(delta, &mut { LONGEST_TEXT }).map(Self)
    }

    /// Fold onto `below`, the delta that makes the text this one applies to.
    ///
    /// # Errors
    /// As [`new`](Self::new); the fold is as before then.
    pub fn fold_onto(&mut self, below: &[u8]) -> Result<(), DeltaError> {
        let mut combined = combine(&Self::new(below)?.0, &self.0);
        combined.dedup_by(|next, hunk| {
            let touching = hunk.end == next.start;
            if touching {
                hunk.end = next.end;
                hunk.data += next.data;
            }
            touching
        });
        self.0 = combined;
        Ok(())
    }

    /// Bytes of the delta that does the same, where hunks that touch are one.
    ///
    /// A shorter delta may exist: what one delta adds and a later one takes
    /// away again is counted as a change where it surrounds something else.
    pub fn encoded_size(&self) -> usize {
        self.0.iter().map(|hunk| HUNK_HEADER_SIZE + hunk.data).sum()
    }
}

/// Bytes of `deltas`, each on top of the one before it, folded into one. Empty
/// ones do not count.
///
/// # Errors
/// When one is cut short or its hunks are out of order.
pub fn folded_size(deltas: &[&[u8]]) -> Result<usize, DeltaError> {
    let mut from_the_top = deltas.iter().rev().filter(|delta| !delta.is_empty());
    let Some(top) = from_the_top.next() else {
        return Ok(0);
    };
    let mut folded = FoldedDelta::new(top)?;
    for delta in from_the_top {
        folded.fold_onto(delta)?;
    }
    Ok(folded.encoded_size())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::delta::edits::{edits, encode, Edit};

    fn delta(hunks: &[(usize, usize, usize)]) -> Vec<u8> {
        let edits: Vec<Edit> = hunks
            .iter()
            .map(|&(start, end, size)| (start, end, vec![b'x'; size]))
            .collect();
        encode(&edits)
    }

    fn fold(below: &[(usize, usize, usize)], above: &[(usize, usize, usize)]) -> FoldedDelta {
        let mut folded = FoldedDelta::new(&delta(above)).unwrap();
        folded.fold_onto(&delta(below)).unwrap();
        folded
    }

    #[test]
    fn apart_touching_overlapping_and_within() {
        let ranges = |folded: FoldedDelta| -> Vec<_> {
            let hunks = folded.0.into_iter();
            hunks
                .map(|hunk| (hunk.start, hunk.end, hunk.data))
                .collect()
        };
        // In a text that keeps its length.
        assert_eq!(
            ranges(fold(&[(0, 10, 10)], &[(20, 30, 10)])),
            [(0, 10, 10), (20, 30, 10)]
        );
        assert_eq!(ranges(fold(&[(0, 10, 10)], &[(10, 20, 10)])), [(0, 20, 20)]);
        assert_eq!(ranges(fold(&[(0, 10, 10)], &[(5, 15, 10)])), [(0, 15, 15)]);
        assert_eq!(ranges(fold(&[(4, 9, 5)], &[(0, 30, 1)])), [(0, 30, 1)]);
        // Positions above are moved by what is added and removed below.
        assert_eq!(
            ranges(fold(&[(0, 10, 5)], &[(10, 15, 10)])),
            [(0, 10, 5), (15, 20, 10)]
        );
        assert_eq!(
            ranges(fold(&[(10, 20, 20)], &[(25, 35, 3)])),
            [(10, 25, 18)]
        );
        assert_eq!(
            ranges(fold(&[(20, 50, 10)], &[(23, 28, 65)])),
            [(20, 50, 70)]
        );
        assert_eq!(ranges(fold(&[(5, 9, 0)], &[(5, 5, 3)])), [(5, 9, 3)]);
    }

    #[test]
    fn sizes() {
        assert_eq!(folded_size(&[]).unwrap(), 0);
        assert_eq!(folded_size(&[b"", b""]).unwrap(), 0);
        let one = delta(&[(0, 3, 4), (9, 9, 1)]);
        assert_eq!(folded_size(&[b"", &one]).unwrap(), one.len());
        assert_eq!(
            folded_size(&[&delta(&[(0, 10, 10)]), &delta(&[(5, 15, 10)])]).unwrap(),
            12 + 15
        );
        for cut in 1..one.len() {
            assert!(folded_size(&[&one[..cut], &one]).is_err() || cut == 12 + 4);
        }
        assert_eq!(
            folded_size(&[&delta(&[(3, 1, 0)])]),
            Err(DeltaError::Undecodable)
        );
        assert_eq!(
            folded_size(&[&delta(&[(3, 5, 0), (4, 6, 0)])]),
            Err(DeltaError::Invalid)
        );
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_the_combined_delta(
            layers in prop::collection::vec(
                (
                    prop::collection::vec(0..1000usize, 0..10),
                    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 5),
                ),
                1..6,
            ),
        ) {
            let mut size = 80;
            let mut deltas = Vec::new();
            for (cuts, data) in &layers {
                let edits = edits(size, cuts, data);
                size = edits.iter().fold(size, |size, (start, end, data)| size + data.len() - (end - start));
                deltas.push(encode(&edits));
            }
            // The bytes that are new in the result, told by a base of zeros.
            let base = vec![0; 80];
            let marked: Vec<Vec<u8>> = deltas.iter().map(|delta| mark(delta)).collect();
            let marked: Vec<&[u8]> = marked.iter().map(Vec::as_slice).collect();
            let text = crate::delta::apply_deltas(&base, &marked).unwrap();
            let added = text.iter().filter(|&&byte| byte != 0).count();

            let deltas: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
            let mut folded = FoldedDelta::new(deltas.last().unwrap()).unwrap();
            for delta in deltas.iter().rev().skip(1) {
                folded.fold_onto(delta).unwrap();
            }
            prop_assert_eq!(folded.0.iter().map(|hunk| hunk.data).sum::<usize>(), added);
            let removed: usize = folded.0.iter().map(|hunk| hunk.end - hunk.start).sum();
            prop_assert_eq!(80 - removed + added, text.len());
        }
    }

    /// The same delta with no zero in its data.
    fn mark(delta: &[u8]) -> Vec<u8> {
        let hunks = decode::<&[u8]>(delta, &mut { LONGEST_TEXT }).unwrap();
        let edits: Vec<Edit> = hunks
            .iter()
            .map(|hunk| (hunk.start, hunk.end, vec![1; hunk.data.len()]))
            .collect();
        encode(&edits)
    }
}
