// SPDX-License-Identifier: GPL-2.0-or-later
//! Edits of a text, from which tests make deltas.

/// Replaces a range by bytes.
pub(super) type Edit = (usize, usize, Vec<u8>);

/// The delta that makes `edits`.
pub(super) fn encode(edits: &[Edit]) -> Vec<u8> {
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
pub(super) fn apply_naively(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (start, end, data) in edits.iter().rev() {
        text.splice(*start..*end, data.iter().copied());
    }
    text
}

/// Cuts, sorted and paired, are edits of a text of `size` bytes.
pub(super) fn edits(size: usize, cuts: &[usize], data: &[Vec<u8>]) -> Vec<Edit> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (size + 1)).collect();
    cuts.sort_unstable();
    cuts.chunks_exact(2)
        .zip(data)
        .map(|(cut, data)| (cut[0], cut[1], data.clone()))
        .collect()
}

/// The lines of a text, each with its end.
pub(super) fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}
