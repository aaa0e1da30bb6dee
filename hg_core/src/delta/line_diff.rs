// SPDX-License-Identifier: GPL-2.0-or-later
//! The delta between two texts, by whole lines.

use imara_diff::{Algorithm, Diff, InternedInput};

use super::hunks::Encoder;
use super::shared::{from, shared_first_lines, shared_last_lines, until};
use super::DeltaError;
use crate::types::InternalError;

/// The delta that makes `new` of `old`: empty when they are equal, else one
/// hunk for each run of lines that differ. Its hunks begin and end where
/// lines do.
///
/// It replaces few lines: the fewest where no line stands in a text often, and
/// finding them does not take unreasonably long.
///
/// # Errors
/// [`DeltaError::TooLarge`]
pub fn line_diff(old: &[u8], new: &[u8]) -> Result<Vec<u8>, DeltaError> {
    let mut delta = Encoder::new(old, new)?;
    let first = shared_first_lines(old, new)?;
    let (old, new) = (from(old, first)?, from(new, first)?);
    let last = shared_last_lines(old, new)?;
    let (old, new) = (until(old, old.len() - last)?, until(new, new.len() - last)?);
    if old.is_empty() || new.is_empty() {
        if old.len() != new.len() {
            delta.push(first, first + old.len(), new);
        }
        return Ok(delta.finish());
    }
    let (old_lines, new_lines) = (LineStarts::of(old), LineStarts::of(new));
    for hunk in Diff::compute(Algorithm::Myers, &InternedInput::new(old, new)).hunks() {
        let [start, end] = old_lines.bytes(hunk.before.start, hunk.before.end)?;
        let [new_start, new_end] = new_lines.bytes(hunk.after.start, hunk.after.end)?;
        let data = until(from(new, new_start)?, new_end - new_start)?;
        delta.push(first + start, first + end, data);
    }
    Ok(delta.finish())
}

/// Where each line of a text begins, and where the last one ends.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|newline| newline + 1));
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Self(starts)
    }

    /// Where the lines `start..end` begin and end.
    fn bytes(&self, start: u32, end: u32) -> Result<[usize; 2], InternalError> {
        let at = |line: u32| {
            let found = self.0.get(line as usize).copied();
            found.ok_or(InternalError::new("line_diff: no such line"))
        };
        Ok([at(start)?, at(end)?])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::delta::apply_deltas;
    use crate::delta::edits::{encode, lines_of};
    use crate::delta::hunks::decode;

    /// How many lines any delta between the two has to remove and add.
    fn fewest_lines(old: &[&[u8]], new: &[&[u8]]) -> usize {
        let mut row: Vec<usize> = (0..=new.len()).collect();
        for (i, left) in old.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, right) in new.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if left == right {
                    diagonal
                } else {
                    1 + above.min(row[j])
                };
                diagonal = above;
            }
        }
        row[new.len()]
    }

    proptest! {
        #[test]
        fn it_applies_and_is_made_of_lines(
            old in prop::collection::vec(prop_oneof![3 => b'a'..b'd', 2 => Just(b'\n')], 0..60),
            new in prop::collection::vec(prop_oneof![3 => b'a'..b'd', 2 => Just(b'\n')], 0..60),
        ) {
            let delta = line_diff(&old, &new).unwrap();
            prop_assert_eq!(apply_deltas(&old, &[&delta]).unwrap(), &new[..]);
            let hunks = decode::<&[u8]>(&delta, &mut old.len()).unwrap();
            for position in hunks.iter().flat_map(|hunk| [hunk.start, hunk.end]) {
                prop_assert!(position == 0 || position == old.len() || old[position - 1] == b'\n');
            }
            prop_assert!(hunks.windows(2).all(|pair| pair[0].end < pair[1].start));
        }

        #[test]
        fn it_is_minimal(
            old in Just((0..30u8).collect::<Vec<_>>()).prop_shuffle(),
            new in Just((10..40u8).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let text = |lines: &[u8]| -> Vec<u8> {
                lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
            };
            let (old, new) = (text(&old), text(&new));
            let delta = line_diff(&old, &new).unwrap();
            let hunks = decode::<&[u8]>(&delta, &mut old.len()).unwrap();
            let changed = hunks.iter().map(|hunk| {
                lines_of(&old[hunk.start..hunk.end]).len() + lines_of(hunk.data).len()
            });
            prop_assert_eq!(changed.sum::<usize>(), fewest_lines(&lines_of(&old), &lines_of(&new)));
        }
    }

    #[test]
    fn ends_and_beginnings() {
        let diff = |old: &[u8], new: &[u8]| line_diff(old, new).unwrap();
        assert_eq!(diff(b"", b""), b"");
        assert_eq!(diff(b"a\nb", b"a\nb"), b"");
        assert_eq!(diff(b"", b"a"), encode(&[(0, 0, b"a".to_vec())]));
        assert_eq!(diff(b"a\nb\n", b""), encode(&[(0, 4, vec![])]));
        assert_eq!(diff(b"a\nb\n", b"a\nb"), encode(&[(2, 4, b"b".to_vec())]));
        assert_eq!(
            diff(b"a\nb\nc\n", b"a\nx\nc\n"),
            encode(&[(2, 4, b"x\n".to_vec())])
        );
    }

    #[test]
    fn large_and_nothing_in_common() {
        let text = |word: &str| -> Vec<u8> {
            (0..50_000)
                .flat_map(|n| format!("{word} {n}\n").into_bytes())
                .collect()
        };
        let (old, new) = (text("old"), text("new"));
        let delta = line_diff(&old, &new).unwrap();
        assert_eq!(apply_deltas(&old, &[&delta]).unwrap(), new);
    }
}
