// SPDX-License-Identifier: GPL-2.0-or-later
//! What two texts have in common at their ends, in whole lines.

use crate::types::InternalError;

/// Bytes compared at once, before the place of a difference is looked for.
const BLOCK: usize = 64;

/// Bytes of the lines that both texts begin with. Where one text ends within
/// a line of the other, that line is not shared.
pub(super) fn shared_first_lines(left: &[u8], right: &[u8]) -> Result<usize, InternalError> {
    let blocks = left.chunks_exact(BLOCK).zip(right.chunks_exact(BLOCK));
    let whole = BLOCK * blocks.take_while(|(left, right)| left == right).count();
    let (left_rest, right_rest) = (from(left, whole)?, from(right, whole)?);
    let bytes = left_rest.iter().zip(right_rest);
    let same = whole + bytes.take_while(|(left, right)| left == right).count();
    if same == left.len() && same == right.len() {
        return Ok(same);
    }
    Ok(memchr::memrchr(b'\n', until(left, same)?).map_or(0, |newline| newline + 1))
}

/// Bytes of the lines that both texts end with.
pub(super) fn shared_last_lines(left: &[u8], right: &[u8]) -> Result<usize, InternalError> {
    let blocks = left.rchunks_exact(BLOCK).zip(right.rchunks_exact(BLOCK));
    let whole = BLOCK * blocks.take_while(|(left, right)| left == right).count();
    let (left_rest, right_rest) = (
        until(left, left.len() - whole)?,
        until(right, right.len() - whole)?,
    );
    let bytes = left_rest.iter().rev().zip(right_rest.iter().rev());
    let same = whole + bytes.take_while(|(left, right)| left == right).count();
    let starts_line = |text: &[u8]| match (text.len() - same).checked_sub(1) {
        Some(before) => text.get(before) == Some(&b'\n'),
        None => true,
    };
    if starts_line(left) && starts_line(right) {
        return Ok(same);
    }
    // From the first line that begins within what is the same.
    let shared = from(left, left.len() - same)?;
    Ok(memchr::memchr(b'\n', shared).map_or(0, |newline| same - newline - 1))
}

/// What follows the first `start` bytes.
pub(super) fn from(text: &[u8], start: usize) -> Result<&[u8], InternalError> {
    let rest = text.get(start..);
    rest.ok_or(InternalError::new("delta: a part behind the end of a text"))
}

/// The first `end` bytes.
pub(super) fn until(text: &[u8], end: usize) -> Result<&[u8], InternalError> {
    let beginning = text.get(..end);
    beginning.ok_or(InternalError::new("delta: a part longer than its text"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::delta::edits::lines_of;

    proptest! {
        #[test]
        fn as_counted_by_line(
            left in prop::collection::vec(prop_oneof![3 => Just(b'a'), 1 => Just(b'\n')], 0..400),
            edits in prop::collection::vec((0..400usize, prop_oneof![Just(b'b'), Just(b'\n')]), 0..3),
            cut in 0..400usize,
        ) {
            let mut right = left.clone();
            for (at, byte) in edits {
                if let Some(changed) = right.get_mut(at) {
                    *changed = byte;
                }
            }
            if cut < 40 {
                right.truncate(cut * 10);
            }
            let (left_lines, right_lines) = (lines_of(&left), lines_of(&right));
            let first = left_lines.iter().zip(&right_lines).take_while(|(l, r)| l == r);
            let first: usize = first.map(|(line, _)| line.len()).sum();
            prop_assert_eq!(shared_first_lines(&left, &right), Ok(first));
            let last = left_lines.iter().rev().zip(right_lines.iter().rev()).take_while(|(l, r)| l == r);
            let last: usize = last.map(|(line, _)| line.len()).sum();
            prop_assert_eq!(shared_last_lines(&left, &right), Ok(last));
        }
    }

    #[test]
    fn a_part_that_is_not_there_is_no_empty_one() {
        assert_eq!(
            (from(b"ab", 2), until(b"ab", 0)),
            (Ok(&b""[..]), Ok(&b""[..]))
        );
        assert!(from(b"ab", 3).is_err() && until(b"ab", 3).is_err());
    }
}
