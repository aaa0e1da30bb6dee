// SPDX-License-Identifier: GPL-2.0-or-later
//! The text of a manifest (contract section 2.9): a line for each file, of its
//! path, a NUL, the node of its revision in hexadecimal, and maybe a flag.

use crate::revlog::RevlogError;
use crate::types::{HgPath, Node};

/// A manifest's text, of which nothing is checked until it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    text: &'a [u8],
}

/// A line of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestEntry<'a> {
    /// The file.
    pub path: &'a HgPath,
    /// The revision of the file.
    pub node: Node,
    /// What it is, if no regular file.
    pub flag: Option<ManifestFlag>,
}

/// What a file is that is no regular one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestFlag {
    /// `x`: an executable file.
    Exec,
    /// `l`: a symbolic link; the text is its target.
    Link,
    /// `t`: a directory; the node is of its own manifest.
    Tree,
}

impl<'a> Manifest<'a> {
    /// Over the whole text of a manifest.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text }
    }

    /// The entries, by path. After an error, which any byte out of place is,
    /// the iterator ends.
    pub fn entries(&self) -> ManifestEntries<'a> {
        ManifestEntries {
            rest: self.text,
            size: self.text.len(),
            previous: HgPath::root(),
        }
    }
}

/// See [`Manifest::entries`].
#[derive(Clone, Debug)]
pub struct ManifestEntries<'a> {
    rest: &'a [u8],
    /// How long the whole text is.
    size: usize,
    previous: &'a HgPath,
}

impl<'a> ManifestEntries<'a> {
    fn parse(&mut self) -> Result<ManifestEntry<'a>, &'static str> {
        let rest = self.rest;
        let end = memchr::memchr2(b'\0', b'\n', rest).ok_or("a line that does not end")?;
        let (path, after) = rest
            .split_at_checked(end)
            .ok_or("a line that does not end")?;
        let path = HgPath::new(path);
        let Some((node, after)) = after
            .strip_prefix(b"\0")
            .and_then(|after| after.split_at_checked(Node::DIGITS))
        else {
            return Err("a line without a node");
        };
        let node = Node::from_hex(node).ok_or("a node that is not hexadecimal")?;
        let (flag, after) = match after {
            [b'\n', after @ ..] => (None, after),
            [b'x', b'\n', after @ ..] => (Some(ManifestFlag::Exec), after),
            [b'l', b'\n', after @ ..] => (Some(ManifestFlag::Link), after),
            [b't', b'\n', after @ ..] => (Some(ManifestFlag::Tree), after),
            _ => return Err("an unknown flag"),
        };
        // No path is empty: the first is after what comes before it, too.
        if path <= self.previous {
            return Err("a path that is empty, or not after the one before it");
        }
        self.previous = path;
        self.rest = after;
        Ok(ManifestEntry { path, node, flag })
    }
}

impl<'a> Iterator for ManifestEntries<'a> {
    type Item = Result<ManifestEntry<'a>, RevlogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.size - self.rest.len();
        let entry = self.parse().map_err(|problem| {
            self.rest = &[];
            RevlogError::CorruptedText {
                text: "manifest",
                problem,
                offset,
            }
        });
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const NODE: &str = "0123456789abcdef0123456789ABCDEF01234567";

    fn parse(text: &str) -> Result<Vec<ManifestEntry<'_>>, RevlogError> {
        Manifest::new(text.as_bytes()).entries().collect()
    }

    #[test]
    fn sound() {
        assert_eq!(parse("").unwrap(), []);
        let text = format!("a\0{NODE}\na b\0{NODE}x\nb\0{NODE}l\nc\0{NODE}t\n");
        let entries = parse(&text).unwrap();
        let found: Vec<_> = entries
            .iter()
            .map(|e| (e.path.as_bytes(), e.flag))
            .collect();
        let expected: [(&[u8], _); 4] = [
            (b"a", None),
            (b"a b", Some(ManifestFlag::Exec)),
            (b"b", Some(ManifestFlag::Link)),
            (b"c", Some(ManifestFlag::Tree)),
        ];
        assert_eq!(found, expected);
        assert_eq!(entries[0].node.as_bytes()[..4], [0x01, 0x23, 0x45, 0x67]);
        assert_eq!(entries[0].node.as_bytes()[12..16], [0x89, 0xab, 0xcd, 0xef]);
    }

    #[test]
    fn unsound() {
        let short = &NODE[1..];
        for (text, offset) in [
            (format!("a\0{NODE}"), 0),
            (format!("a\0{NODE}x"), 0),
            (format!("a\0{NODE}y\n"), 0),
            (format!("a\0{NODE}xx\n"), 0),
            (format!("a\0{short}\n"), 0),
            (format!("a\0{short}g\n"), 0),
            (format!("a\0{short}\0\n"), 0),
            (format!("a{NODE}\n"), 0),
            (format!("a\nb\0{NODE}\n"), 0),
            (format!("\0{NODE}\n"), 0),
            ("\n".to_owned(), 0),
            (format!("a\0{NODE}\n\n"), 43),
            (format!("a\0{NODE}\na\0{NODE}\n"), 43),
            (format!("b\0{NODE}\na\0{NODE}\n"), 43),
            (format!("a\0{NODE}\nb"), 43),
        ] {
            let error = parse(&text).unwrap_err();
            let RevlogError::CorruptedText { offset: found, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(found, offset, "{text:?}: {error}");
            // The error is the last thing to come.
            let entries = Manifest::new(text.as_bytes()).entries();
            assert_eq!(entries.filter(Result::is_err).count(), 1);
        }
    }

    #[test]
    fn every_prefix() {
        let text = format!("a\0{NODE}\nb\0{NODE}x\n");
        for length in 0..text.len() {
            let whole = length == 0 || length == 43;
            assert_eq!(parse(&text[..length]).is_ok(), whole, "{length}");
        }
    }
}
