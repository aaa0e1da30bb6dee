// SPDX-License-Identifier: GPL-2.0-or-later
//! The text of a changeset.

use crate::revlog::RevlogError;
use crate::types::Node;

/// The node of the manifest, which is the first line of a changeset's text.
/// That of the null changeset, which is empty, is null.
pub fn manifest_node(text: &[u8]) -> Result<Node, RevlogError> {
    if text.is_empty() {
        return Ok(Node::NULL);
    }
    let line = memchr::memchr(b'\n', text).and_then(|end| text.get(..end));
    line.and_then(Node::from_hex)
        .ok_or(RevlogError::CorruptedText {
            text: "changeset",
            problem: "no manifest",
            offset: 0,
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn manifests() {
        let digits = "11".repeat(20);
        let text = format!("{digits}\nsomebody\n0 0\na\n\ndescription");
        assert_eq!(
            manifest_node(text.as_bytes()).unwrap(),
            Node::new([0x11; 20])
        );
        assert_eq!(manifest_node(b"").unwrap(), Node::NULL);
        for damaged in [&text[..40], &text[1..], &text[40..], "\n"] {
            assert!(manifest_node(damaged.as_bytes()).is_err());
        }
    }
}
