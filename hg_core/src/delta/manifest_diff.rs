// SPDX-License-Identifier: GPL-2.0-or-later
//! The delta between two manifests, in one walk over both.

use std::cmp::Ordering;

use super::hunks::Encoder;
use super::shared::{from, shared_first_lines, until};
use super::DeltaError;
use crate::types::InternalError;

/// The delta that makes the manifest `new` of `old`, both sorted by path: one
/// hunk for each run of lines that differ. It is whole lines, and minimal: a
/// line is changed where its file is.
///
/// Texts that are no manifests give a delta that applies, if not a small one.
///
/// # Errors
/// [`DeltaError::TooLarge`]
pub fn manifest_diff(old: &[u8], new: &[u8]) -> Result<Vec<u8>, DeltaError> {
    let mut delta = Encoder::new(old, new)?;
    let (mut old_at, mut new_at) = (0, 0);
    loop {
        let same = shared_first_lines(from(old, old_at)?, from(new, new_at)?)?;
        old_at += same;
        new_at += same;
        if old_at == old.len() && new_at == new.len() {
            return Ok(delta.finish());
        }
        let (start, new_start) = (old_at, new_at);
        loop {
            let old_line = first_line(from(old, old_at)?)?;
            let new_line = first_line(from(new, new_at)?)?;
            let order = match (old_line, new_line) {
                (b"", b"") => break,
                (_, b"") => Ordering::Less,
                (b"", _) => Ordering::Greater,
                _ if old_line == new_line => break,
                _ => path_of(old_line)?.cmp(path_of(new_line)?),
            };
            if order != Ordering::Greater {
                old_at += old_line.len();
            }
            if order != Ordering::Less {
                new_at += new_line.len();
            }
        }
        let data = until(from(new, new_start)?, new_at - new_start)?;
        delta.push(start, old_at, data);
    }
}

/// The first line, with its end; nothing of nothing.
fn first_line(text: &[u8]) -> Result<&[u8], InternalError> {
    memchr::memchr(b'\n', text).map_or(Ok(text), |newline| until(text, newline + 1))
}

/// The path of a manifest's line.
fn path_of(line: &[u8]) -> Result<&[u8], InternalError> {
    memchr::memchr(0, line).map_or(Ok(line), |end| until(line, end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::delta::apply_deltas;
    use crate::delta::edits::{encode, lines_of};
    use crate::delta::hunks::decode;

    type Files = BTreeMap<String, u8>;

    fn text(files: &Files) -> Vec<u8> {
        let line = |(path, node): (&String, &u8)| format!("{path}\0{node:040x}\n").into_bytes();
        files.iter().flat_map(line).collect()
    }

    proptest! {
        #[test]
        fn it_applies_and_changes_what_changed(
            old in prop::collection::btree_map("[a-c]{1,3}", 0..3u8, 0..30),
            new in prop::collection::btree_map("[a-c]{1,3}", 0..3u8, 0..30),
        ) {
            let (before, after) = (text(&old), text(&new));
            let delta = manifest_diff(&before, &after).unwrap();
            prop_assert_eq!(apply_deltas(&before, &[&delta]).unwrap(), &after[..]);
            let kept = old.iter().filter(|(path, node)| new.get(*path) == Some(node)).count();
            let hunks = decode::<&[u8]>(&delta, &mut before.len()).unwrap();
            let added: usize = hunks.iter().map(|hunk| lines_of(hunk.data).len()).sum();
            prop_assert_eq!(added, new.len() - kept);
            let apart = hunks.windows(2).all(|pair| pair[0].end < pair[1].start);
            prop_assert!(apart);
        }

        #[test]
        fn anything_gives_a_delta_that_applies(
            old in prop::collection::vec(prop_oneof![b'a'..b'c', Just(b'\n'), Just(0)], 0..50),
            new in prop::collection::vec(prop_oneof![b'a'..b'c', Just(b'\n'), Just(0)], 0..50),
        ) {
            let delta = manifest_diff(&old, &new).unwrap();
            prop_assert_eq!(apply_deltas(&old, &[&delta]).unwrap(), new);
        }
    }

    #[test]
    fn ends_and_beginnings() {
        let diff = |old: &[u8], new: &[u8]| manifest_diff(old, new).unwrap();
        assert_eq!(diff(b"", b""), b"");
        assert_eq!(diff(b"a\0", b"a\0"), b"");
        assert_eq!(
            diff(b"", b"a\x001\n"),
            encode(&[(0, 0, b"a\x001\n".to_vec())])
        );
        assert_eq!(diff(b"a\x001\n", b""), encode(&[(0, 4, vec![])]));
        // A run of changes is one hunk.
        assert_eq!(
            diff(b"a\x001\nb\x001\nd\x001\n", b"a\x002\nc\x001\nd\x001\n"),
            encode(&[(0, 8, b"a\x002\nc\x001\n".to_vec())])
        );
    }
}
