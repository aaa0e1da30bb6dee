// SPDX-License-Identifier: GPL-2.0-or-later
//! Names of files in the store (contract section 2.12).
//!
//! The store keeps the history of `A file` in a file of a name that every
//! file system can hold, whatever its limits: in `data/_a file.i`.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use crate::types::{hex, HgPath};

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

/// The name of `path` in a store of large servers, which encodes nothing but
/// that directories below `data/` end in `_`, so that none of them can be a
/// revlog's (contract section 2.12).
pub fn mark_directories(path: &HgPath) -> Vec<u8> {
    const DATA: &[u8] = b"data/";
    let path = path.as_bytes();
    let Some(below) = path.strip_prefix(DATA) else {
        return path.to_vec();
    };
    let names: Vec<&[u8]> = below.split(|&byte| byte == b'/').collect();
    [DATA, &names.join(&b"_/"[..])].concat()
}

/// The name of a directory, if it could be that of a revlog.
fn ambiguous_directory(name: &[u8]) -> Option<&[u8]> {
    let suffixes = [&b".hg"[..], b".i", b".d"];
    suffixes
        .iter()
        .any(|suffix| name.ends_with(suffix))
        .then_some(name)
}

/// With `.hg` after directories whose name could be that of a revlog.
pub(super) fn encode_directories(path: &[u8]) -> Cow<'_, [u8]> {
    let directory = |piece| ambiguous_directory(<[u8]>::strip_suffix(piece, b"/")?);
    let pieces = path.split_inclusive(|&byte| byte == b'/');
    if pieces.clone().find_map(directory).is_none() {
        return Cow::Borrowed(path);
    }
    let mut encoded = Vec::with_capacity(path.len() + b".hg".len());
    for piece in pieces {
        match directory(piece) {
            Some(name) => {
                encoded.extend_from_slice(name);
                encoded.extend_from_slice(b".hg/");
            }
            None => encoded.extend_from_slice(piece),
        }
    }
    Cow::Owned(encoded)
}

/// Without the `.hg` that [`encode_directories`] put in.
pub(super) fn decode_directories(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    for piece in path.split_inclusive(|&byte| byte == b'/') {
        match piece.strip_suffix(b".hg/").and_then(ambiguous_directory) {
            Some(name) => {
                decoded.extend_from_slice(name);
                decoded.push(b'/');
            }
            None => decoded.extend_from_slice(piece),
        }
    }
    decoded
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
            let kept = bytes.iter().take_while(|&&byte| !is_changed(byte)).count();
            let (run, rest) = bytes.split_at(kept);
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
        let encoded = |byte: &u8| match self {
            Self::Escaped => *byte,
            Self::Lowered => byte.to_ascii_lowercase(),
        };
        let (device, rest) = match name {
            [a, b, c, b'1'..=b'9', rest @ ..] => match [a, b, c].map(encoded) {
                [b'c', b'o', b'm'] | [b'l', b'p', b't'] => (true, rest),
                _ => (false, rest),
            },
            [a, b, c, rest @ ..] => match &[a, b, c].map(encoded) {
                b"aux" | b"con" | b"prn" | b"nul" => (true, rest),
                _ => (false, rest),
            },
            _ => (false, name),
        };
        device && matches!(rest, [] | [b'.', ..])
    }
}

fn is_changed(byte: u8) -> bool {
    matches!(
        byte,
        0..=31 | 126..=255 | b'A'..=b'Z' | b'_'
            | b'\\' | b':' | b'*' | b'?' | b'"' | b'<' | b'>' | b'|'
    )
}

fn push_escaped(name: &mut Vec<u8>, byte: u8) {
    name.push(b'~');
    name.extend_from_slice(hex::encode(&[byte]).as_bytes());
}

/// Each name in `path` by itself.
fn encode_names(path: &[u8], letters: Letters, dotencode: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(path.len() + path.len() / 2);
    for (position, name) in path.split(|&byte| byte == b'/').enumerate() {
        if position > 0 {
            encoded.push(b'/');
        }
        let is_dot = |&byte: &u8| matches!(byte, b'.' | b' ');
        let rest = match name {
            [first, after @ ..] if dotencode && is_dot(first) => {
                push_escaped(&mut encoded, *first);
                after
            }
            [first, second, third, after @ ..] if letters.makes_device(name) => {
                letters.push_all(&mut encoded, &[*first, *second]);
                push_escaped(&mut encoded, third.to_ascii_lowercase());
                after
            }
            name => name,
        };
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
    let hashed: Vec<u8> = path.iter().copied().skip(UNHASHED_LEN).collect();
    let lowered = encode_names(&hashed, Letters::Lowered, dotencode);
    let (directories, base_name) = HgPath::new(&lowered).split_base_name();
    let mut name = Vec::with_capacity(LONGEST);
    name.extend_from_slice(HASHED);
    push_directories(&mut name, directories);
    let extension = extension(base_name.as_bytes());
    let digits = hex::encode(&digest);
    let room = LONGEST.saturating_sub(name.len() + digits.len() + extension.len());
    name.extend(base_name.as_bytes().iter().take(room));
    name.extend_from_slice(digits.as_bytes());
    name.extend_from_slice(extension);
    name
}

/// As many directories as there is room for, each with a slash behind it.
fn push_directories(name: &mut Vec<u8>, directories: &HgPath) {
    let start = name.len();
    let mut length = 0;
    for directory in directories.components() {
        let kept = directory.len().min(LONGEST_DIRECTORY);
        let (piece, _) = directory.as_bytes().split_at(kept);
        // The first counts, however long; empty names before it do not.
        let together = match length {
            0 => piece.len(),
            _ => length + 1 + piece.len(),
        };
        if length > 0 && together > LONGEST_DIRECTORIES {
            break;
        }
        length = together;
        match piece {
            [beginning @ .., b'.' | b' '] => {
                name.extend_from_slice(beginning);
                name.push(b'_');
            }
            piece => name.extend_from_slice(piece),
        }
        name.push(b'/');
    }
    let is_empty_name = name.len() == start + 1;
    if is_empty_name {
        name.pop();
    }
}

/// The last dot and what follows it, unless all before it are dots too.
fn extension(name: &[u8]) -> &[u8] {
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return &[];
    };
    let (stem, extension) = name.split_at(dot);
    match stem.iter().all(|&byte| byte == b'.') {
        true => &[],
        false => extension,
    }
}
