// SPDX-License-Identifier: GPL-2.0-or-later
//! Applying deltas (contract section 2.3).
//!
//! A chain of deltas is first combined into one, so that each byte of the text
//! is copied once however long the chain is.

use crate::delta::hunks::{combine, decode};
use crate::delta::DeltaError;

/// Apply `deltas` to `base`, each to what the one before it made.
///
/// What this takes in memory is proportional to the size of its input.
pub fn apply_deltas(base: &[u8], deltas: &[&[u8]]) -> Result<Vec<u8>, DeltaError> {
    let mut size = base.len();
    let mut layers = Vec::with_capacity(deltas.len());
    for delta in deltas {
        let hunks = decode::<&[u8]>(delta, &mut size)?;
        if !hunks.is_empty() {
            layers.push(hunks);
        }
    }
    // Neighbours first: each hunk then takes part in few combinations.
    while layers.len() > 1 {
        let mut paired = Vec::with_capacity(layers.len().div_ceil(2));
        let mut rest = layers.into_iter();
        while let Some(below) = rest.next() {
            paired.push(match rest.next() {
                Some(above) => combine(&below, &above),
                None => below,
            });
        }
        layers = paired;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::delta::edits::{apply_naively, edits, encode};

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
        let cut_short = |length, available| Err(DeltaError::CutShort { length, available });
        for length in 1..sound.len() {
            let error = match length {
                12 => cut_short(1, 0),
                _ => Err(DeltaError::Undecodable),
            };
            assert_eq!(apply(&[&sound[..length]]), error);
        }
        assert_eq!(apply(&[&hunk(0, 0, -1, b"")]), cut_short(u32::MAX, 0));
        assert_eq!(apply(&[&hunk(0, 0, 2, b"x")]), cut_short(2, 1));
        for undecodable in [
            hunk(-1, 3, 0, b""),
            hunk(3, 1, 0, b""),
            hunk(3, 1, -1, b""),
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
