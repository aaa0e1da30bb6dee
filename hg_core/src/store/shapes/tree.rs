// SPDX-License-Identifier: GPL-2.0-or-later
//! Which paths are in and which are not, in the fewest words.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::types::HgPath;

/// How the text that is hashed for a fingerprint begins.
const FINGERPRINT_VERSION: &[u8] = b"shape-v1\n";

/// Directories and files that are in a part of the store, or are not, with all
/// below them but for what is said of deeper ones. Nothing is said twice: each
/// path differs from the nearest above it.
///
/// Paths have no slash at either end; the root is the empty path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeTree {
    /// Whether the root is in.
    root: bool,
    /// What differs below it.
    below: BTreeMap<Vec<u8>, bool>,
}

impl ShapeTree {
    /// The tree of all `paths` and whether each is included. A path that is
    /// included once is included. The root is not, unless it is said to be.
    pub fn new(paths: impl IntoIterator<Item = (Vec<u8>, bool)>) -> Self {
        let mut root = false;
        let mut said: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
        for (path, included) in paths {
            match path.is_empty() {
                true => root |= included,
                false => *said.entry(path).or_default() |= included,
            }
        }
        let mut tree = Self {
            root,
            below: BTreeMap::new(),
        };
        // What is above comes first: it is a prefix, and so less.
        for (path, included) in said {
            if tree.matches(HgPath::new(&path).parent().as_bytes()) != included {
                tree.below.insert(path, included);
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

    /// Whether the file `path` is in: what is said of it, or of the nearest
    /// directory above it.
    pub fn matches(&self, path: &[u8]) -> bool {
        let mut path = HgPath::new(path);
        while !path.is_root() {
            if let Some(&included) = self.below.get(path.as_bytes()) {
                return included;
            }
            path = path.parent();
        }
        self.root
    }

    /// Whether all files are in.
    pub fn matches_everything(&self) -> bool {
        self.root && self.below.values().all(|included| *included)
    }

    /// The paths, those above others first, and whether each is included.
    pub fn paths(&self) -> Vec<(&[u8], bool)> {
        let mut paths = vec![(&b""[..], self.root)];
        let below = self.below.iter();
        paths.extend(below.map(|(path, &included)| (path.as_slice(), included)));
        paths.sort_by(|(left, _), (right, _)| left.split(is_slash).cmp(right.split(is_slash)));
        paths
    }

    /// What is the same for trees that mean the same, and for no others.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(FINGERPRINT_VERSION);
        hash.update((1 + self.below.len() as u64).to_le_bytes());
        let root = (&Vec::new(), &self.root);
        for (path, included) in std::iter::once(root).chain(&self.below) {
            hash.update(if *included { b"inc/" } else { b"exc/" });
            hash.update(path);
            hash.update(b"\n");
        }
        hash.finalize().into()
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
