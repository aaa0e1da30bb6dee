// SPDX-License-Identifier: GPL-2.0-or-later
//! Which paths are in and which are not, in the fewest words.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

/// How the text that is hashed for a fingerprint begins.
const FINGERPRINT_VERSION: &[u8] = b"shape-v1\n";

/// Directories and files that are in a part of the store, or are not, with all
/// below them but for what is said of deeper ones. Nothing is said twice: each
/// path differs from the nearest above it.
///
/// Paths have no slash at either end; the root is the empty path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeTree(BTreeMap<Vec<u8>, bool>);

impl ShapeTree {
    /// The tree of all `paths` and whether each is included. A path that is
    /// included once is included. The root is not, unless it is said to be.
    pub fn new(paths: impl IntoIterator<Item = (Vec<u8>, bool)>) -> Self {
        let mut said = BTreeMap::from([(Vec::new(), false)]);
        for (path, included) in paths {
            *said.entry(path).or_default() |= included;
        }
        let mut tree = Self(BTreeMap::new());
        // What is above comes first: it is a prefix, and so less.
        for (path, included) in said {
            if tree.nearest_above(&path) != Some(included) {
                tree.0.insert(path, included);
            }
        }
        tree
    }

    /// The tree of a client's patterns: of plain paths alone, written
    /// `path:PATH`. `None` where there is another pattern.
    ///
    /// The root is included by its path, by `.`, and where nothing else is.
    pub fn from_patterns(
        includes: &BTreeSet<Vec<u8>>,
        excludes: &BTreeSet<Vec<u8>>,
    ) -> Option<Self> {
        let plain = |pattern: &Vec<u8>| match pattern.strip_prefix(b"path:")? {
            b"." => Some(Vec::new()),
            path => is_plain(path).then(|| path.to_vec()),
        };
        let paths_of = |patterns: &BTreeSet<Vec<u8>>| -> Option<Vec<Vec<u8>>> {
            patterns.iter().map(plain).collect()
        };
        let mut included = paths_of(includes)?;
        if included.is_empty() {
            included.push(Vec::new());
        }
        let included = included.into_iter().map(|path| (path, true));
        let excluded = paths_of(excludes)?.into_iter().map(|path| (path, false));
        Some(Self::new(included.chain(excluded)))
    }

    /// Whether the file `path` is in.
    pub fn matches(&self, path: &[u8]) -> bool {
        let at_path = self.0.get(path).copied();
        at_path
            .or_else(|| self.nearest_above(path))
            .unwrap_or(false)
    }

    /// Whether all files are in.
    pub fn matches_everything(&self) -> bool {
        self.0.values().all(|included| *included)
    }

    /// The paths, those above others first, and whether each is included.
    pub fn paths(&self) -> Vec<(&[u8], bool)> {
        let mut paths: Vec<_> = self
            .0
            .iter()
            .map(|(path, &included)| (&path[..], included))
            .collect();
        paths.sort_by(|(left, _), (right, _)| left.split(is_slash).cmp(right.split(is_slash)));
        paths
    }

    /// What is the same for trees that mean the same, and for no others.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(FINGERPRINT_VERSION);
        hash.update((self.0.len() as u64).to_le_bytes());
        for (path, included) in &self.0 {
            hash.update(if *included { b"inc/" } else { b"exc/" });
            hash.update(path);
            hash.update(b"\n");
        }
        hash.finalize().into()
    }

    /// What is said of the nearest directory above `path`.
    fn nearest_above(&self, path: &[u8]) -> Option<bool> {
        let mut rest = path;
        while !rest.is_empty() {
            let end = memchr::memrchr(b'/', rest).unwrap_or(0);
            rest = rest.get(..end).unwrap_or_default();
            if let Some(&included) = self.0.get(rest) {
                return Some(included);
            }
        }
        None
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

/// Whether these bytes are a path with neither empty nor dotted components;
/// the root is.
pub(super) fn is_plain(path: &[u8]) -> bool {
    let component = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    path.is_empty() || (path.split(is_slash).all(component) && !path.contains(&0))
}
