// SPDX-License-Identifier: GPL-2.0-or-later
//! The text of a changeset.

use super::manifest::parse_node;
use super::{Node, NULL_NODE};
use crate::errors::RevlogError;

/// The node of the manifest, which is the first line of a changeset's text.
/// That of the null changeset, which is empty, is null.
pub fn manifest_node(text: &[u8]) -> Result<Node, RevlogError> {
    if text.is_empty() {
        return Ok(NULL_NODE);
    }
    let line = memchr::memchr(b'\n', text).and_then(|end| text.get(..end));
    line.and_then(parse_node).ok_or(RevlogError::CorruptedText {
        text: "changeset",
        problem: "no manifest",
        offset: 0,
    })
}
