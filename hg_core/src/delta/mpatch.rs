// SPDX-License-Identifier: GPL-2.0-or-later
//! Applying deltas (contract section 2.3).
//!
//! A delta is a run of hunks: three big-endian 32-bit numbers (the start and
//! the end of the bytes to replace, the length of what replaces them), then
//! the replacement. A chain of deltas is first combined into one, so that
//! each byte of the text is copied once however long the chain is.

use crate::delta::DeltaError;

/// Where the numbers of a hunk end and its data starts.
const HUNK_HEADER_SIZE: usize = 12;

/// Replaces `start..end` of a text. The hunks of a delta are in order and do
/// not overlap.
#[derive(Clone, Copy, Debug)]
struct Hunk<'a> {
    start: usize,
    end: usize,
    data: &'a [u8],
}

/// Apply `deltas` to `base`, each to what the one before it made.
///
/// What this takes in memory is proportional to the size of its input.
pub fn apply_deltas(base: &[u8], deltas: &[&[u8]]) -> Result<Vec<u8>, DeltaError> {
    let mut size = base.len();
    let mut layers = Vec::with_capacity(deltas.len());
    for delta in deltas {
        let hunks = decode(delta, &mut size)?;
        if !hunks.is_empty() {
            layers.push(hunks);
        }
    }
    // Neighbours first: each hunk then takes part in few combinations.
    while layers.len() > 1 {
        layers = layers
            .chunks_mut(2)
            .map(|pair| match pair {
                [below, above] => combine(below, above),
                alone => alone.first_mut().map(std::mem::take).unwrap_or_default(),
            })
            .collect();
    }
    let mut text = Vec::with_capacity(size);
    let mut copied = 0;
    for hunk in layers.iter().flatten() {
        text.extend_from_slice(base.get(copied..hunk.start).ok_or(DeltaError::Invalid)?);
        text.extend_from_slice(hunk.data);
        copied = hunk.end;
    }
    text.extend_from_slice(base.get(copied..).ok_or(DeltaError::Invalid)?);
    Ok(text)
}

/// The hunks of `delta`, which applies to a text of `size` bytes; `size` is
/// then that of the text it makes.
fn decode<'a>(delta: &'a [u8], size: &mut usize) -> Result<Vec<Hunk<'a>>, DeltaError> {
    let mut hunks = Vec::new();
    let mut rest = delta;
    let (mut removed, mut added) = (0, 0);
    let mut last_end = 0;
    while !rest.is_empty() {
        let (header, body) = rest
            .split_first_chunk::<HUNK_HEADER_SIZE>()
            .ok_or(DeltaError::Undecodable)?;
        let [start, end, length] = numbers(header).ok_or(DeltaError::Undecodable)?;
        let (data, after) = body
            .split_at_checked(length)
            .ok_or(DeltaError::Undecodable)?;
        if start > end {
            return Err(DeltaError::Undecodable);
        }
        if start < last_end || end > *size {
            return Err(DeltaError::Invalid);
        }
        // Ranges of the text that do not overlap, and parts of `delta`: the
        // sums stay below the sizes of both.
        removed += end - start;
        added += length;
        last_end = end;
        hunks.push(Hunk { start, end, data });
        rest = after;
    }
    *size = (*size - removed)
        .checked_add(added)
        .ok_or(DeltaError::Invalid)?;
    Ok(hunks)
}

/// The numbers in a hunk's header, none of which may be negative.
fn numbers(header: &[u8; HUNK_HEADER_SIZE]) -> Option<[usize; 3]> {
    let mut numbers = [0; 3];
    for (number, bytes) in numbers.iter_mut().zip(header.chunks_exact(4)) {
        let value = i32::from_be_bytes(bytes.try_into().ok()?);
        *number = usize::try_from(value).ok()?;
    }
    Some(numbers)
}

/// One delta that does what `below`, then `above` do.
fn combine<'a>(below: &[Hunk<'a>], above: &[Hunk<'a>]) -> Vec<Hunk<'a>> {
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
struct Lower<'h, 'a> {
    /// What is left of the next hunk.
    current: Option<Hunk<'a>>,
    rest: &'h [Hunk<'a>],
    /// How far the hunks behind the cursor have moved what follows them:
    /// a position between the two deltas, less the one under both.
    shift: isize,
}

impl<'h, 'a> Lower<'h, 'a> {
    fn new(hunks: &'h [Hunk<'a>]) -> Self {
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
    fn advance(&mut self, position: usize, mut pass: impl FnMut(Hunk<'a>)) -> usize {
        while let Some(hunk) = self.current {
            let start = hunk.start.wrapping_add_signed(self.shift);
            let Some(before @ 1..) = position.checked_sub(start) else {
                break;
            };
            let (first, second) = match hunk.data.split_at_checked(before) {
                Some(halves) => halves,
                None => (hunk.data, &[][..]),
            };
            pass(Hunk {
                data: first,
                ..hunk
            });
            self.shift += first.len() as isize - (hunk.end - hunk.start) as isize;
            if second.is_empty() {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    type Edit = (usize, usize, Vec<u8>);

    fn encode(edits: &[Edit]) -> Vec<u8> {
        let mut delta = Vec::new();
        for (start, end, data) in edits {
            for number in [*start, *end, data.len()] {
                delta.extend_from_slice(&(number as u32).to_be_bytes());
            }
            delta.extend_from_slice(data);
        }
        delta
    }

    /// From the last edit to the first, so that positions stay true.
    fn apply_naively(text: &[u8], edits: &[Edit]) -> Vec<u8> {
        let mut text = text.to_vec();
        for (start, end, data) in edits.iter().rev() {
            text.splice(*start..*end, data.iter().copied());
        }
        text
    }

    /// Cuts, sorted and paired, are edits of a text of `size` bytes.
    fn edits(size: usize, cuts: &[usize], data: &[Vec<u8>]) -> Vec<Edit> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (size + 1)).collect();
        cuts.sort_unstable();
        cuts.chunks_exact(2)
            .zip(data)
            .map(|(cut, data)| (cut[0], cut[1], data.clone()))
            .collect()
    }

    proptest! {
        #[test]
        fn chains_do_what_each_delta_does(
            base in prop::collection::vec(any::<u8>(), 0..60),
            layers in prop::collection::vec(
                (
                    prop::collection::vec(0..1000usize, 0..10),
                    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 5),
                ),
                0..9,
            ),
        ) {
            let mut expected = base.clone();
            let mut deltas = Vec::new();
            for (cuts, data) in &layers {
                let edits = edits(expected.len(), cuts, data);
                expected = apply_naively(&expected, &edits);
                deltas.push(encode(&edits));
            }
            let deltas: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(apply_deltas(&base, &deltas).unwrap(), expected);
        }

        #[test]
        fn any_bytes_are_an_error_or_a_text(
            base in prop::collection::vec(any::<u8>(), 0..20),
            // Small numbers, which often make sense.
            deltas in prop::collection::vec(
                prop::collection::vec(prop_oneof![Just(0), Just(0), Just(0), 0..6u8, any::<u8>()], 0..40),
                0..4,
            ),
        ) {
            let deltas: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
            let _ = apply_deltas(&base, &deltas);
        }
    }

    #[test]
    fn nothing_to_do() {
        assert_eq!(apply_deltas(b"text", &[]).unwrap(), b"text");
        assert_eq!(apply_deltas(b"text", &[b"", b""]).unwrap(), b"text");
        assert_eq!(apply_deltas(b"", &[]).unwrap(), b"");
    }

    #[test]
    fn damage() {
        let hunk = |start: i32, end: i32, length: i32, data: &[u8]| {
            let numbers = [start, end, length].map(i32::to_be_bytes).concat();
            [&numbers, data].concat()
        };
        let apply = |deltas: &[&[u8]]| apply_deltas(b"text", deltas);
        let sound = hunk(1, 3, 1, b"E");
        assert_eq!(apply(&[&sound]).unwrap(), b"tEt");
        for length in 1..sound.len() {
            assert_eq!(apply(&[&sound[..length]]), Err(DeltaError::Undecodable));
        }
        for undecodable in [
            hunk(-1, 3, 0, b""),
            hunk(3, 1, 0, b""),
            hunk(0, 0, -1, b""),
            hunk(0, 0, i32::MAX, b"x"),
            [&sound[..], b"junk"].concat(),
        ] {
            assert_eq!(apply(&[&undecodable]), Err(DeltaError::Undecodable));
        }
        for invalid in [
            hunk(0, 5, 0, b""),
            hunk(5, 5, 0, b""),
            [sound.clone(), hunk(2, 4, 0, b"")].concat(),
        ] {
            assert_eq!(apply(&[&invalid]), Err(DeltaError::Invalid));
        }
        // Beyond what the first delta leaves, though not beyond the base.
        assert_eq!(
            apply(&[&sound, &hunk(0, 4, 0, b"")]),
            Err(DeltaError::Invalid)
        );
    }
}
