// SPDX-License-Identifier: GPL-2.0-or-later
//! Paths of a manifest that must not be written: they would land outside of
//! the working directory, or in a `.hg`, on some file system at least. What
//! Mercurial's `pathauditor` refuses by name is refused here.

use memchr::memmem;

use crate::types::HgPath;

/// Code points that HFS+ ignores in names, in UTF-8.
const IGNORED_BY_HFS: [&[u8; 3]; 16] = [
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x80\x8e",
    b"\xe2\x80\x8f",
    b"\xe2\x80\xaa",
    b"\xe2\x80\xab",
    b"\xe2\x80\xac",
    b"\xe2\x80\xad",
    b"\xe2\x80\xae",
    b"\xe2\x81\xaa",
    b"\xe2\x81\xab",
    b"\xe2\x81\xac",
    b"\xe2\x81\xad",
    b"\xe2\x81\xae",
    b"\xe2\x81\xaf",
    b"\xef\xbb\xbf",
];

/// Refuse a path by its name. The error is the message, Mercurial's.
pub(crate) fn audit(path: &HgPath) -> Result<(), Vec<u8>> {
    let illegal = || Err([b"path contains illegal component: ", path.as_bytes()].concat());
    if path.as_bytes().ends_with(b"/") {
        return Err([b"path ends in directory separator: ", path.as_bytes()].concat());
    }
    let names = path.components().map(HgPath::as_bytes);
    let first = match names.clone().next() {
        None | Some(b"") => return illegal(),
        Some(first) => first,
    };
    if is_repository(first) {
        // In the words of Mercurial's Rust.
        return Err([b"path '", path.as_bytes(), b"' is inside the '.hg' folder"].concat());
    }
    if names.clone().any(|name| name == b"..") || names.clone().any(is_short_name) {
        return illegal();
    }
    match names.clone().position(is_repository) {
        Some(depth) => {
            let nested: Vec<&[u8]> = names.take(depth).collect();
            Err(inside_nested(path, HgPath::new(&nested.join(&b'/'))))
        }
        None => Ok(()),
    }
}

/// Why a path is left to Python, which may well write it, if it is.
pub(crate) fn oddity(path: &HgPath) -> Option<&'static str> {
    let mut names = path.components();
    let depth = names.clone().count();
    if names.any(|name| name.is_root() || name == b".") {
        Some("a component is empty or a dot")
    } else if path.len() > MAXIMUM_LENGTH {
        Some("it is too long")
    } else if depth > MAXIMUM_DEPTH {
        Some("it is too deep")
    } else {
        None
    }
}

/// Below what systems take, as the path of the repository adds to it.
const MAXIMUM_LENGTH: usize = 3000;
/// Every directory on the way to a file is held open.
const MAXIMUM_DEPTH: usize = 100;

/// The message for a file below a symbolic link of the same revision.
pub(crate) fn traverses(path: &HgPath, link: &HgPath) -> Vec<u8> {
    let (path, link) = (quoted(path.as_bytes()), quoted(link.as_bytes()));
    [&b"path "[..], &path, b" traverses symbolic link ", &link].concat()
}

/// The message for a file in a directory that is a repository of its own.
pub(crate) fn inside_nested(path: &HgPath, repository: &HgPath) -> Vec<u8> {
    let repository = quoted(repository.as_bytes());
    [
        b"path '",
        path.as_bytes(),
        b"' is inside nested repo ",
        &repository,
    ]
    .concat()
}

/// Whether a name may be taken for `.hg`.
fn is_repository(name: &[u8]) -> bool {
    if name.len() < 3 {
        return false;
    }
    let mut clean = name.to_ascii_lowercase();
    if clean.contains(&0xe2) || clean.contains(&0xef) {
        for ignored in IGNORED_BY_HFS {
            while let Some(start) = memmem::find(&clean, ignored) {
                clean.drain(start..start + ignored.len());
            }
        }
    }
    clean == b".hg" || clean == b".hg."
}

/// Whether a name may be the short one that Windows makes for `.hg`.
fn is_short_name(name: &[u8]) -> bool {
    let mut parts = name.splitn(2, |&byte| byte == b'~');
    let (Some(first), Some(last)) = (parts.next(), parts.next()) else {
        return false;
    };
    let number = !last.is_empty() && last.iter().all(u8::is_ascii_digit);
    number && [&b"HG"[..], b"HG8B6C"].contains(&first.to_ascii_uppercase().as_slice())
}

/// As Python writes bytes, without the `b`.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        b'"'
    } else {
        b'\''
    };
    let mut result = vec![quote];
    for &byte in bytes {
        match byte {
            b'\t' => result.extend_from_slice(b"\\t"),
            b'\n' => result.extend_from_slice(b"\\n"),
            b'\r' => result.extend_from_slice(b"\\r"),
            b'\\' => result.extend_from_slice(b"\\\\"),
            byte if byte == quote => result.extend_from_slice(&[b'\\', quote]),
            b' '..=b'~' => result.push(byte),
            byte => result.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    result.push(quote);
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn message(path: &[u8]) -> String {
        audit(HgPath::new(path)).map_or_else(
            |error| String::from_utf8(error).unwrap(),
            |()| String::new(),
        )
    }

    #[test]
    fn refused() {
        let component = "path contains illegal component: ";
        for path in [
            "..",
            "../a",
            "a/../b",
            "a/..",
            "/a",
            "",
            "HG~1/a",
            "a/hg8b6c~12",
        ] {
            assert_eq!(message(path.as_bytes()), format!("{component}{path}"));
        }
        assert_eq!(message(b"a/"), "path ends in directory separator: a/");
        let inside = [
            ".hg",
            ".hg/a",
            ".HG/a",
            ".hG./b",
            ".h\u{200c}g/a",
            "\u{feff}.hg",
        ];
        for path in inside {
            let expected = format!("path '{path}' is inside the '.hg' folder");
            assert_eq!(message(path.as_bytes()), expected);
        }
        assert_eq!(
            message(b"a/b/.Hg./c"),
            "path 'a/b/.Hg./c' is inside nested repo 'a/b'"
        );
        assert_eq!(
            message("\u{e9}'/.hg".as_bytes()),
            "path '\u{e9}'/.hg' is inside nested repo \"\\xc3\\xa9'\""
        );
        assert_eq!(
            traverses(HgPath::new(b"a\\/b"), HgPath::new(b"a\\")),
            b"path 'a\\\\/b' traverses symbolic link 'a\\\\'"
        );
    }

    #[test]
    fn taken() {
        for path in [
            "a",
            "a/b",
            ".hgx",
            ".hg~1",
            "HG~",
            "HG~x",
            "xHG~1",
            "...",
            "a/.hg2/b",
            ".hg..",
            "a..",
            "\u{202f}.hg",
            ".hgignore",
            "~1",
        ] {
            assert_eq!(message(path.as_bytes()), "", "{path}");
            assert_eq!(oddity(HgPath::new(path)), None);
        }
        for path in ["a//b", "./a", "a/.", "a/./b"] {
            assert_eq!(message(path.as_bytes()), "");
            assert!(oddity(HgPath::new(path)).is_some());
        }
        assert!(oddity(HgPath::new(&[b'a'; 4000])).is_some());
        assert!(oddity(HgPath::new(&b"a/".repeat(101))).is_some());
    }
}
