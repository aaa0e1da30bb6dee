// SPDX-License-Identifier: GPL-2.0-or-later
//! Names of files in the store (contract section 2.12).
//!
//! The store keeps the history of `A file` in a file of a name that every
//! file system can hold, whatever its limits: in `data/_a file.i`.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use crate::types::HgPath;

/// How a repository names the files in its store, by its requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreEncoding {
    /// No `store`: names as they are, but that no file can stand where a
    /// directory must.
    Plain,
    /// `store`: reserved bytes and capital letters are escaped.
    Store,
    /// `fncache`: names that Windows reserves too, and long names are hashed.
    FnCache {
        /// `dotencode`: dots and spaces that start a name are escaped too.
        dotencode: bool,
    },
}

/// Nothing in the store has a longer name, where names are hashed.
const LONGEST: usize = 120;
/// How many bytes of a directory's name are left in a hashed name.
const LONGEST_DIRECTORY: usize = 8;
/// How many bytes all directories may take in a hashed name.
const LONGEST_DIRECTORIES: usize = 68;
/// What a hashed name starts with, in place of `data/` or `meta/`.
const HASHED: &[u8] = b"dh/";
const UNHASHED_LEN: usize = b"data/".len();

impl StoreEncoding {
    /// The name of `path`, such as `data/a.i` or `00changelog.i`, relative to
    /// the directory of the store.
    pub fn encode(self, path: &HgPath) -> Vec<u8> {
        let path = encode_directories(path.as_bytes());
        let dotencode = match self {
            Self::Plain => return path.into_owned(),
            Self::Store => {
                let mut name = Vec::with_capacity(2 * path.len());
                Letters::Escaped.push_all(&mut name, &path);
                return name;
            }
            Self::FnCache { dotencode } => dotencode,
        };
        if path.len() <= LONGEST {
            let name = encode_names(&path, Letters::Escaped, dotencode);
            if name.len() <= LONGEST {
                return name;
            }
        }
        hash(&path, dotencode)
    }
}

/// With `.hg` after directories whose name could be that of a revlog.
fn encode_directories(path: &[u8]) -> Cow<'_, [u8]> {
    let is_ambiguous = |name: &[u8]| {
        [&b".hg"[..], b".i", b".d"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
    };
    let mut encoded = Vec::new();
    let mut copied = 0;
    for slash in memchr::memchr_iter(b'/', path) {
        let (Some(before), Some(piece)) = (path.get(..slash), path.get(copied..slash)) else {
            continue;
        };
        if is_ambiguous(before) {
            encoded.extend_from_slice(piece);
            encoded.extend_from_slice(b".hg");
            copied = slash;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(path);
    }
    encoded.extend_from_slice(path.get(copied..).unwrap_or_default());
    Cow::Owned(encoded)
}

/// What becomes of capital letters.
#[derive(Clone, Copy)]
enum Letters {
    /// An underscore and the small letter; so that this can be undone, an
    /// underscore becomes two.
    Escaped,
    /// The small letter.
    Lowered,
}

impl Letters {
    fn push_all(self, name: &mut Vec<u8>, mut bytes: &[u8]) {
        // Most bytes of most names stay as they are.
        loop {
            let kept = bytes.iter().position(|&byte| is_changed(byte));
            let (run, rest) = bytes
                .split_at_checked(kept.unwrap_or(bytes.len()))
                .unwrap_or_default();
            name.extend_from_slice(run);
            let Some((&byte, rest)) = rest.split_first() else {
                return;
            };
            self.push_changed(name, byte);
            bytes = rest;
        }
    }

    fn push_changed(self, name: &mut Vec<u8>, byte: u8) {
        if byte != b'_' && !byte.is_ascii_uppercase() {
            return push_escaped(name, byte);
        }
        if matches!(self, Self::Escaped) {
            name.push(b'_');
        }
        name.push(byte.to_ascii_lowercase());
    }

    /// Whether this is, in the encoded form, a name that Windows reserves for
    /// a device, with or without an extension.
    fn makes_device(self, name: &[u8]) -> bool {
        let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default();
        let mut lowered = [0; 4];
        let Some(lowered) = lowered.get_mut(..stem.len()) else {
            return false;
        };
        lowered.copy_from_slice(stem);
        if matches!(self, Self::Lowered) {
            lowered.make_ascii_lowercase();
        }
        matches!(
            &*lowered,
            b"aux"
                | b"con"
                | b"prn"
                | b"nul"
                | [b'c', b'o', b'm', b'1'..=b'9']
                | [b'l', b'p', b't', b'1'..=b'9']
        )
    }
}

fn is_changed(byte: u8) -> bool {
    static CHANGED: [bool; 256] = {
        let mut changed = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            changed[byte] = matches!(
                byte as u8,
                0..=31 | 126..=255 | b'A'..=b'Z' | b'_'
                    | b'\\' | b':' | b'*' | b'?' | b'"' | b'<' | b'>' | b'|'
            );
            byte += 1;
        }
        changed
    };
    CHANGED[usize::from(byte)]
}

fn push_escaped(name: &mut Vec<u8>, byte: u8) {
    name.push(b'~');
    push_digits(name, byte);
}

fn push_digits(name: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    name.extend([digit(byte >> 4), digit(byte & 15)]);
}

/// Each name in `path` by itself.
fn encode_names(path: &[u8], letters: Letters, dotencode: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(path.len() + path.len() / 2);
    for (position, name) in path.split(|&byte| byte == b'/').enumerate() {
        if position > 0 {
            encoded.push(b'/');
        }
        let is_dot = |&byte: &u8| matches!(byte, b'.' | b' ');
        let hidden = match name {
            [first, ..] if dotencode && is_dot(first) => Some(0),
            name => letters.makes_device(name).then_some(2),
        };
        let mut rest = name;
        if let Some((before, [byte, after @ ..])) = hidden.and_then(|at| name.split_at_checked(at))
        {
            letters.push_all(&mut encoded, before);
            push_escaped(&mut encoded, byte.to_ascii_lowercase());
            rest = after;
        }
        match rest {
            [before @ .., last] if is_dot(last) => {
                letters.push_all(&mut encoded, before);
                push_escaped(&mut encoded, *last);
            }
            rest => letters.push_all(&mut encoded, rest),
        }
    }
    encoded
}

/// A name of which the digest is the identifying part: the starts of the
/// directories' names and of the file's, the digest, the extension.
fn hash(path: &[u8], dotencode: bool) -> Vec<u8> {
    let digest = Sha1::digest(path);
    let lowered = path.get(UNHASHED_LEN..).unwrap_or_default();
    let lowered = encode_names(lowered, Letters::Lowered, dotencode);
    let (directories, base_name) = match memchr::memrchr(b'/', &lowered) {
        Some(slash) => (
            lowered.get(..slash),
            lowered.get(slash + 1..).unwrap_or_default(),
        ),
        None => (None, &lowered[..]),
    };
    let mut name = Vec::with_capacity(LONGEST);
    name.extend_from_slice(HASHED);
    if let Some(directories) = directories {
        push_directories(&mut name, directories);
    }
    let extension = extension(base_name);
    let digits = 2 * digest.len();
    let room = LONGEST.saturating_sub(name.len() + digits + extension.len());
    name.extend_from_slice(base_name.get(..room).unwrap_or(base_name));
    for byte in digest {
        push_digits(&mut name, byte);
    }
    name.extend_from_slice(extension);
    name
}

/// As many directories as there is room for, each with a slash behind it.
fn push_directories(name: &mut Vec<u8>, directories: &[u8]) {
    let start = name.len();
    let mut length = 0;
    for directory in directories.split(|&byte| byte == b'/') {
        let piece = directory.get(..LONGEST_DIRECTORY).unwrap_or(directory);
        // The first counts, however long; empty names before it do not.
        let together = match length {
            0 => piece.len(),
            _ => length + 1 + piece.len(),
        };
        if length > 0 && together > LONGEST_DIRECTORIES {
            break;
        }
        length = together;
        name.extend_from_slice(piece);
        if let Some(end @ (b'.' | b' ')) = name.get_mut(start..).and_then(<[_]>::last_mut) {
            *end = b'_';
        }
        name.push(b'/');
    }
    if name.get(start..) == Some(b"/") {
        name.pop();
    }
}

/// The last dot and what follows it, unless all before it are dots too.
fn extension(name: &[u8]) -> &[u8] {
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return &[];
    };
    match name.split_at_checked(dot) {
        Some((stem, extension)) if stem.iter().any(|&byte| byte != b'.') => extension,
        _ => &[],
    }
}
