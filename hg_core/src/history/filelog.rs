// SPDX-License-Identifier: GPL-2.0-or-later
//! The text of a file's revision.

use crate::revlog::RevlogError;

/// What stands before and after metadata, such as what a file is a copy of.
/// A file that starts with it has metadata, if only empty.
const METADATA_MARK: &[u8] = b"\x01\n";

/// The file's content: the text without metadata.
pub fn file_data(text: &[u8]) -> Result<&[u8], RevlogError> {
    let Some(rest) = text.strip_prefix(METADATA_MARK) else {
        return Ok(text);
    };
    memchr::memmem::find(rest, METADATA_MARK)
        .and_then(|end| rest.get(end + METADATA_MARK.len()..))
        .ok_or(RevlogError::CorruptedText {
            text: "file revision",
            problem: "metadata without an end",
            offset: text.len(),
        })
}
