// SPDX-License-Identifier: GPL-2.0-or-later
//! The fncache: the names of all files below `data/` and `meta/`.
//!
//! Hashed names cannot be decoded, so a store that has them keeps a list of
//! what they stand for. A name is a line of the file `fncache`, in which only
//! directories are encoded that could be taken for revlogs.

use std::path::PathBuf;

use thiserror::Error;

use super::names::decode_directories;
use crate::types::HgPath;

/// The file, relative to the store.
pub(super) const FILE: &str = "fncache";

/// Why an fncache could not be read.
#[derive(Debug, Error)]
pub enum FnCacheError {
    /// The system failed at the file.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Its last line is not a whole one. In Mercurial's words.
    #[error("fncache does not ends with a newline")]
    NoNewline,
    /// A line that is no name, counted from 1. In Mercurial's words.
    #[error("invalid entry in fncache, line {0}")]
    InvalidEntry(usize),
}

/// The names of all files below `data/` and `meta/`, such as
/// `data/a file.i`: as [`Store::path`](super::Store::path) takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FnCache {
    /// Sorted, each once.
    names: Vec<Vec<u8>>,
}

impl FnCache {
    /// What the bytes of the file say.
    ///
    /// # Errors
    /// [`FnCacheError::NoNewline`], [`FnCacheError::InvalidEntry`]
    pub fn parse(data: &[u8]) -> Result<Self, FnCacheError> {
        let lines = match data {
            [] => return Ok(Self::default()),
            [lines @ .., b'\n'] => lines,
            _ => return Err(FnCacheError::NoNewline),
        };
        let mut names = Vec::new();
        for (name, number) in lines.split(|&byte| byte == b'\n').zip(1..) {
            // No file that Mercurial keeps has a carriage return in its name.
            if name.is_empty() || name.contains(&b'\r') {
                return Err(FnCacheError::InvalidEntry(number));
            }
            names.push(decode_directories(name));
        }
        names.sort_unstable();
        names.dedup();
        Ok(Self { names })
    }

    /// The names, sorted.
    pub fn names(&self) -> &[Vec<u8>] {
        &self.names
    }

    /// Whether it has this name.
    pub fn contains(&self, name: &[u8]) -> bool {
        let found = self
            .names
            .binary_search_by(|other| other.as_slice().cmp(name));
        found.is_ok()
    }

    /// The files that have a history, sorted as their names are.
    pub fn tracked_files(&self) -> impl Iterator<Item = &HgPath> {
        self.names.iter().filter_map(|name| {
            let path = name.strip_prefix(b"data/")?.strip_suffix(b".i")?;
            Some(HgPath::new(path))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::store::names::encode_directories;
    use crate::store::{Store, StoreEncoding};

    const ENCODING: StoreEncoding = StoreEncoding::FnCache { dotencode: true };

    #[test]
    fn names_and_files() {
        let data = b"data/b.i\nmeta/a/00manifest.i\ndata/a.d.hg/x.i\ndata/b.d\ndata/b.i\n";
        let cache = FnCache::parse(data).unwrap();
        let names = [
            &b"data/a.d/x.i"[..],
            b"data/b.d",
            b"data/b.i",
            b"meta/a/00manifest.i",
        ];
        assert_eq!(cache.names(), names);
        assert!(cache.contains(b"data/a.d/x.i") && !cache.contains(b"data/a.d.hg/x.i"));
        let files: Vec<_> = cache.tracked_files().collect();
        assert_eq!(files, [HgPath::new("a.d/x"), HgPath::new("b")]);
        assert_eq!(FnCache::parse(b"").unwrap(), FnCache::default());
    }

    #[test]
    fn what_is_no_fncache() {
        let text = |data: &[u8]| FnCache::parse(data).unwrap_err().to_string();
        assert_eq!(
            text(b"data/a.i\ndata/b"),
            "fncache does not ends with a newline"
        );
        assert_eq!(
            text(b"data/a.i\n\ndata/b.i\n"),
            "invalid entry in fncache, line 2"
        );
        assert_eq!(text(b"\n"), "invalid entry in fncache, line 1");
        assert_eq!(text(b"data/a.i\r\n"), "invalid entry in fncache, line 1");
    }

    #[test]
    fn of_a_store() {
        let directory = tempfile::tempdir().unwrap();
        let store = |encoding| Store::new(directory.path().to_path_buf(), encoding);
        assert_eq!(store(StoreEncoding::Store).fncache().unwrap(), None);
        assert_eq!(store(ENCODING).fncache().unwrap(), Some(FnCache::default()));
        std::fs::write(directory.path().join(FILE), "data/A.i\n").unwrap();
        let store = store(ENCODING);
        let cache = store.fncache().unwrap().unwrap();
        let paths = cache.names().iter().map(|name| store.path(name));
        assert!(paths.eq([directory.path().join(Path::new("data/_a.i"))]));
        std::fs::remove_file(directory.path().join(FILE)).unwrap();
        std::fs::create_dir(directory.path().join(FILE)).unwrap();
        assert!(matches!(store.fncache(), Err(FnCacheError::Io { .. })));
    }

    proptest! {
        #[test]
        fn directories_are_decoded_as_they_were_encoded(
            path in prop::collection::vec(
                prop::sample::select(vec![".hg", ".i", ".d", "/", "a", "."]), 1..12
            ),
        ) {
            let path = path.concat();
            let encoded = encode_directories(path.as_bytes());
            let decoded = decode_directories(&encoded);
            prop_assert_eq!(decoded, path.as_bytes());
        }
    }
}
